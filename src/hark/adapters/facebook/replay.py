"""Rows of Graph lists in the form of notifications, so that history goes the same way and under the same
keys as live events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hark.adapters._meta.replay import filled, id_of
from hark.adapters._meta.wire import text_id
from hark.adapters.facebook.webhook import FETCHED, raw_item
from hark.channels.contract import RawItem


def comment_item(page_id: str, post_id: str, url: str | None, row: Mapping[str, Any]) -> RawItem | None:
    comment_id = text_id(row.get("id"))
    if comment_id is None:
        return None
    value = filled(
        item="comment",
        verb="add",
        comment_id=comment_id,
        post_id=post_id,
        parent_id=id_of(row.get("parent")) or post_id,
        message=row.get("message"),
        created_time=row.get("created_time"),
        post=filled(id=post_id, permalink_url=url),
        is_hidden=row.get("is_hidden") or None,
        **_author(row.get("from")),
        **_media(row.get("attachment")),
    )
    return _change(page_id, "feed", value)


def fetched_item(page_id: str, noted: Mapping[str, Any], row: Mapping[str, Any]) -> RawItem:
    """The content of a comment or post that a notification only told of."""
    thing = str(noted["id"])
    kind = "comment" if noted.get("item") == "comment" else "post"
    value = filled(
        item=str(noted.get("item") or "comment"),
        verb=FETCHED,
        message=row.get("message"),
        created_time=row.get("created_time"),
        **{f"{kind}_id": thing},
        **_media(row.get("attachment")),
    )
    return _change(page_id, str(noted.get("field") or "feed"), value)


def post_item(page_id: str, row: Mapping[str, Any]) -> RawItem:
    value = filled(
        item="post",
        verb="add",
        post_id=text_id(row.get("id")),
        message=row.get("message"),
        created_time=row.get("created_time"),
        permalink_url=row.get("permalink_url"),
        photo=row.get("full_picture"),
        **_author(row.get("from")),
    )
    return _change(page_id, "feed", value)


def review_item(page_id: str, row: Mapping[str, Any]) -> RawItem | None:
    story = id_of(row.get("open_graph_story"))
    if story is None:
        return None
    reviewer = row.get("reviewer")
    value = filled(
        item="rating",
        verb="add",
        open_graph_story_id=story,
        reviewer_id=id_of(reviewer),
        reviewer_name=reviewer.get("name") if isinstance(reviewer, dict) else None,
        review_text=row.get("review_text"),
        recommendation_type=row.get("recommendation_type"),
        rating=row.get("rating"),
        created_time=row.get("created_time"),
    )
    return _change(page_id, "ratings", value)


def _media(attachment: Any) -> dict[str, Any]:
    """A comment's picture, film or link."""
    if not isinstance(attachment, dict):
        return {}
    kind, media = str(attachment.get("type") or ""), attachment.get("media")
    image = media.get("image") if isinstance(media, dict) else None
    source = media.get("source") if isinstance(media, dict) else None
    if "video" in kind and source:
        return {"video": source}
    if kind in {"photo", "sticker", "animated_image_share"} and isinstance(image, dict):
        return filled(photo=image.get("src"))
    return filled(link=attachment.get("url"))


def _author(author: Any) -> dict[str, Any]:
    if not isinstance(author, dict) or text_id(author.get("id")) is None:
        return {}
    return {"from": filled(id=text_id(author.get("id")), name=author.get("name"))}


def _change(page_id: str, field: str, value: dict[str, Any]) -> RawItem:
    return raw_item(page_id, value.get("created_time"), "changes", {"field": field, "value": value})
