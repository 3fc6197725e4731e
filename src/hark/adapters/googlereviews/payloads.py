"""Google's JSON, as far as it is read, and the raw items made of it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Reviewer(msgspec.Struct, frozen=True, rename="camel"):
    """Google gives no id of a person."""

    display_name: str | None = None
    profile_photo_url: str | None = None
    is_anonymous: bool | None = None


class Reply(msgspec.Struct, frozen=True, rename="camel"):
    """The one answer of a review. `review_reply_state`: PENDING, APPROVED or REJECTED, then with `policy_violation`."""

    comment: str | None = None
    update_time: str | None = None
    review_reply_state: str | None = None
    policy_violation: Any = None


class Review(msgspec.Struct, frozen=True, rename="camel"):
    review_id: str | None = None
    name: str | None = None
    reviewer: Reviewer | None = None
    star_rating: str | None = None
    comment: str | None = None
    create_time: str | None = None
    update_time: str | None = None
    review_reply: Reply | None = None
    review_media_items: list[Any] | None = None
    review_reply_url: str | None = None


Kind = Literal["review", "reply", "reply_changed", "gone", "reply_gone", "push"]


class Envelope(msgspec.Struct, frozen=True):
    """A raw item. `review`, `reply` and `reply_changed` carry the review as the list gives it; `gone` and `reply_gone`
    name one (`item`) that the list does not have any more, noticed `at`; `push` is a Pub/Sub message."""

    kind: Kind
    item: Any
    location: str | None = None
    at: str | None = None
