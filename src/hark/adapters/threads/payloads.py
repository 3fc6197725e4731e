"""Replies and mentions as Threads tells them, by notification and in lists alike. `us`, `to` and `hide_status` come from lists
only: a notification does not say who we are."""

from __future__ import annotations

from typing import Any

import msgspec

from hark.adapters._meta.payloads import Id, Time


class Replied(msgspec.Struct):
    id: Id = None


class Root(msgspec.Struct):
    id: Id = None
    owner_id: Id = None
    username: str | None = None


class Value(msgspec.Struct):
    id: Id = None
    username: str | None = None
    text: str | None = None
    media_type: str | None = None
    media_url: str | None = None
    gif_url: str | None = None
    permalink: str | None = None
    replied_to: Replied | None = None
    root_post: Root | None = None
    timestamp: Time = None
    hide_status: str | None = None
    us: bool | None = None
    to: str | None = None
    post_text: str | None = None
    post_url: str | None = None


class Envelope(msgspec.Struct):
    """What `split` stores: which field, when it was told, and the value."""

    field: str
    time: Time = None
    value: Any = None
