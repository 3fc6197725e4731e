"""Changes under a page as Meta sends them. Ids may be numbers or strings, most keys may be missing; unknown keys are passed
over here and stay in the raw event."""

from __future__ import annotations

from typing import Any

import msgspec

from hark.adapters._meta.payloads import Id, Time


class Person(msgspec.Struct):
    id: Id = None
    name: str | None = None


class PostInfo(msgspec.Struct):
    """`is_published` false: only shown as an advertisement. `promotion_status`: inactive, extendable, active ..."""

    id: Id = None
    permalink_url: str | None = None
    message: str | None = None
    is_published: bool | None = None
    promotion_status: str | None = None


class Value(msgspec.Struct):
    """`changes[].value` of the fields feed, mention and ratings in one: their keys do not contradict one
    another."""

    item: str | None = None
    verb: str | None = None
    from_: Person | None = msgspec.field(default=None, name="from")
    sender_id: Id = None
    sender_name: str | None = None
    user_id: Id = None
    post_id: Id = None
    comment_id: Id = None
    parent_id: Id = None
    created_time: Time = None
    edited_time: Time = None
    message: str | None = None
    photo: str | None = None
    photos: list[str] | None = None
    video: str | None = None
    link: str | None = None
    is_hidden: bool | None = None
    reaction_type: str | None = None
    post: PostInfo | None = None
    permalink_url: str | None = None
    open_graph_story_id: Id = None
    reviewer_id: Id = None
    reviewer_name: str | None = None
    review_text: str | None = None
    recommendation_type: str | None = None
    rating: int | float | None = None


class Change(msgspec.Struct):
    field: str | None = None
    value: Any = None
