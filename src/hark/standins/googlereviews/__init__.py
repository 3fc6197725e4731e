"""A local stand-in of Google's Business Profile APIs, for tests, demos and faults. Loopback only.

Built from Google's documentation, not from what Hark's adapter sends: reviews ordered by change, one answer each, answers judged,
limits per minute, tokens of an hour, PKCE, one notification setting per account. Not simulated: several locations, pictures.
"""

from hark.standins.googlereviews.standin import GoogleReviewsStandIn, create_standin
from hark.standins.googlereviews.world import Settings

__all__ = ["GoogleReviewsStandIn", "Settings", "create_standin"]
