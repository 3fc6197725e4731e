"""Comments and mentions as Instagram sends them; most keys may be missing. Keys after `media` are ours: history has more to
tell than a notification, and comes in the same form."""

from __future__ import annotations

from typing import Any

import msgspec

from hark.adapters._meta.payloads import Id, Time


class Person(msgspec.Struct):
    id: Id = None
    username: str | None = None
    self_ig_scoped_id: Id = None


class Media(msgspec.Struct):
    id: Id = None
    media_product_type: str | None = None
    ad_id: Id = None
    ad_title: str | None = None
    original_media_id: Id = None
    permalink: str | None = None
    caption: str | None = None


class Value(msgspec.Struct):
    id: Id = None
    comment_id: Id = None
    media_id: Id = None
    parent_id: Id = None
    text: str | None = None
    from_: Person | None = msgspec.field(default=None, name="from")
    media: Media | None = None
    verb: str | None = None
    timestamp: Time = None
    username: str | None = None
    media_url: str | None = None
    media_type: str | None = None


class Change(msgspec.Struct):
    field: str | None = None
    value: Any = None
