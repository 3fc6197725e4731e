"""A stand-in of the Threads API for tests, demos and fault injection.

Built from the platform's documentation, not from what Hark happens to send. It listens on loopback and calls only
loopback addresses. Not simulated: films, carousels, quotes, reply approvals.
"""

from hark.standins.threads.standin import ThreadsStandIn, create_standin

__all__ = ["ThreadsStandIn", "create_standin"]
