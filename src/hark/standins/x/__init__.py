"""A stand-in of the X API v2: posts, direct messages, files, webhooks of both event products, OAuth of both kinds.

Written from X's documentation, not from what the adapter happens to send: limits, refusals and pages are X's.
"""

from hark.standins.x.app import XStandIn, create_standin

__all__ = ["XStandIn", "create_standin"]
