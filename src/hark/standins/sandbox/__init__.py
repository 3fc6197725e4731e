"""The sandbox network itself: a made-up social network with an API, a webhook, faults on request and a page
to play people."""

from hark.standins.sandbox.app import SandboxApp, WebhookTarget, create_network, create_standin
from hark.standins.sandbox.network import Network

__all__ = ["Network", "SandboxApp", "WebhookTarget", "create_network", "create_standin"]
