"""A stand-in of Bluesky: an account's server, the AppView, the chat service, and a stream."""

from hark.standins.bluesky.standin import BlueskyStandIn, create_standin

__all__ = ["BlueskyStandIn", "create_standin"]
