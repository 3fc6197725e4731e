"""A stand-in of Instagram for tests, demos and fault injection: its API as both logins see it, and the sender of its
notifications.

Built from the platform's documentation, not from what Hark happens to send. It listens on loopback and calls only
loopback addresses. Not simulated: stories, reels, story replies, batches of several accounts.
"""

from hark.standins.instagram.standin import InstagramStandIn, create_standin

__all__ = ["InstagramStandIn", "create_standin"]
