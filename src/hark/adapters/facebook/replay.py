"""Rows of Graph lists in the form of notifications, so that history goes the same way and under the same
keys as live events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hark.adapters._meta.graph import rows_of
from hark.adapters._meta.wire import instant, text_id
from hark.adapters.facebook.webhook import FETCHED, raw_item
from hark.channels.contract import RawItem

_KINDS = {"image_data": "image", "video_data": "video"}


def message_item(page_id: str, customer: str | None, row: Mapping[str, Any]) -> RawItem | None:
    """A message of a conversation; None when its id or its other side is not told."""
    mid, sender = text_id(row.get("id")), _id_of(row.get("from"))
    ours = sender == page_id
    customer = customer or (_recipient(row, page_id) if ours else sender)
    if mid is None or customer is None:
        return None
    body = _filled(
        mid=mid,
        text=row.get("message"),
        attachments=list(_attachments(row)),
        is_echo=True if ours else None,
    )
    sides = (page_id, customer) if ours else (customer, page_id)
    item = {
        "sender": {"id": sides[0]},
        "recipient": {"id": sides[1]},
        "timestamp": _milliseconds(row.get("created_time")),
        "message": body,
    }
    return raw_item(page_id, item["timestamp"], "messaging", item)


def _recipient(row: Mapping[str, Any], page_id: str) -> str | None:
    people = (text_id(person.get("id")) for person in rows_of(row.get("to")))
    return next((person for person in people if person and person != page_id), None)


def _attachments(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for attachment in rows_of(row.get("attachments")):
        yield _attachment(attachment)
    sticker = row.get("sticker")
    if isinstance(sticker, str) and sticker:
        yield {"type": "sticker", "payload": {"url": sticker}}
    for share in rows_of(row.get("shares")):
        yield {"type": "fallback", "payload": _filled(url=share.get("link"), title=share.get("name"))}


def _attachment(attachment: Mapping[str, Any]) -> dict[str, Any]:
    """European privacy rules may leave only a name; then there is an attachment without an address."""
    for key, kind in _KINDS.items():
        data = attachment.get(key)
        if isinstance(data, dict):
            return {"type": kind, "payload": _filled(url=data.get("url"))}
    mime = str(attachment.get("mime_type") or "")
    kind = "audio" if mime.startswith("audio/") else "file"
    return {"type": kind, "payload": _filled(url=attachment.get("file_url"))}


def comment_item(page_id: str, post_id: str, url: str | None, row: Mapping[str, Any]) -> RawItem | None:
    comment_id = text_id(row.get("id"))
    if comment_id is None:
        return None
    value = _filled(
        item="comment",
        verb="add",
        comment_id=comment_id,
        post_id=post_id,
        parent_id=_id_of(row.get("parent")) or post_id,
        message=row.get("message"),
        created_time=row.get("created_time"),
        post=_filled(id=post_id, permalink_url=url),
        is_hidden=row.get("is_hidden") or None,
        **_author(row.get("from")),
        **_media(row.get("attachment")),
    )
    return _change(page_id, "feed", value)


def fetched_item(page_id: str, noted: Mapping[str, Any], row: Mapping[str, Any]) -> RawItem:
    """The content of a comment or post that a notification only told of."""
    thing = str(noted["id"])
    kind = "comment" if noted.get("item") == "comment" else "post"
    value = _filled(
        item=str(noted.get("item") or "comment"),
        verb=FETCHED,
        message=row.get("message"),
        created_time=row.get("created_time"),
        **{f"{kind}_id": thing},
        **_media(row.get("attachment")),
    )
    return _change(page_id, str(noted.get("field") or "feed"), value)


def post_item(page_id: str, row: Mapping[str, Any]) -> RawItem:
    value = _filled(
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
    story = _id_of(row.get("open_graph_story"))
    if story is None:
        return None
    reviewer = row.get("reviewer")
    value = _filled(
        item="rating",
        verb="add",
        open_graph_story_id=story,
        reviewer_id=_id_of(reviewer),
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
        return _filled(photo=image.get("src"))
    return _filled(link=attachment.get("url"))


def _author(author: Any) -> dict[str, Any]:
    if not isinstance(author, dict) or text_id(author.get("id")) is None:
        return {}
    return {"from": _filled(id=text_id(author.get("id")), name=author.get("name"))}


def _change(page_id: str, field: str, value: dict[str, Any]) -> RawItem:
    return raw_item(page_id, value.get("created_time"), "changes", {"field": field, "value": value})


def _milliseconds(time: Any) -> int | None:
    at = instant(time)
    return int(at.timestamp() * 1000) if at else None


def _id_of(thing: Any) -> str | None:
    return text_id(thing.get("id")) if isinstance(thing, dict) else None


def _filled(**known: Any) -> dict[str, Any]:
    """What is known; keys without a value are left out, as Meta does."""
    return {key: value for key, value in known.items() if value not in (None, "", [], {})}
