"""A stand-in of Facebook for tests, demos and fault injection: the Graph API of pages, and the sender of
its notifications.

Built from the platform's documentation, not from what Hark happens to send; it knows nothing of the
product. It listens on loopback and calls only loopback addresses.
"""

from hark.standins.facebook.app import StandIn, create_app
from hark.standins.facebook.kit import create_standin
from hark.standins.facebook.notifier import Settings

__all__ = ["Settings", "StandIn", "create_app", "create_standin"]
