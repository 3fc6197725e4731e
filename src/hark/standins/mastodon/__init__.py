"""A stand-in of a Mastodon server."""

from hark.standins.mastodon.standin import MastodonStandIn, create_standin

__all__ = ["MastodonStandIn", "create_standin"]
