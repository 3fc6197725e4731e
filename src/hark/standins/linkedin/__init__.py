"""A local stand-in of LinkedIn's API for a page, for tests, demos and faults. Loopback only.

Built from LinkedIn's documentation, not from what Hark's adapter sends: versioned headers, Rest.li 2.0 encoding, roles, limits
per minute and day, tokens with their ends, the validation of webhooks and their signature. Not simulated: pictures, other
pages, LinkedIn's order of lists under load.
"""

from hark.standins.linkedin.standin import LinkedInStandIn, create_standin
from hark.standins.linkedin.world import Settings

__all__ = ["LinkedInStandIn", "Settings", "create_standin"]
