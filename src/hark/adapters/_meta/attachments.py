"""Attachments of messages and comments: what can be fetched, what is only a link, what is a sticker."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from hark.adapters._meta import payloads
from hark.adapters._meta.wire import text_id
from hark.channels.contract import Attachment

FILES = frozenset({"image", "video", "audio", "file"})
SHARES = frozenset(
    {"fallback", "reel", "ig_reel", "post", "ig_post", "ig_story", "story", "story_mention", "share", "media"}
)
HEART = "like_heart"
ONCE = frozenset({"ephemeral"})
STORY_REPLY = "story_reply"
"""Our word, beside Meta's types, for the story that is answered."""
THUMBS_UP = frozenset({"369239263222822", "369239343222814", "369239383222810"})
"""The like button, by size."""
_MEDIA_HOST = re.compile(r"(^|\.)(fbcdn\.net|fbsbx\.com|cdninstagram\.com)$")
_FILE_NAME = re.compile(r"[^/\\]+\.[A-Za-z0-9]{1,8}")


def of_message(
    body: payloads.MessageBody | payloads.MessageEdit, name: str = "Facebook"
) -> tuple[Attachment, ...]:
    """The attachments in order. A sticker that is listed as sticker and as image counts once."""
    found: list[Attachment] = []
    stickers: set[str] = set()
    for raw in body.attachments or []:
        attachment = _attachment(raw, name)
        sticker = attachment.data.get("sticker_id")
        if sticker is not None and sticker in stickers:
            continue
        if sticker is not None:
            stickers.add(sticker)
        found.append(attachment)
    return tuple(found)


def _attachment(raw: payloads.Attachment, name: str) -> Attachment:
    payload = raw.payload if isinstance(raw.payload, dict) else {}
    url = _text(payload.get("url")) or raw.url
    sticker = text_id(payload.get("sticker_id"))
    if sticker is not None or raw.type == "sticker":
        return Attachment("sticker", url=url, data=_sticker_data(sticker))
    if raw.type in FILES:
        return _file(raw.type, url, name)
    if raw.type == "location":
        return Attachment("location", data={"type": raw.type, **_coordinates(payload)})
    if raw.type in SHARES:
        return _share(raw, payload, url)
    if raw.type == HEART:
        return Attachment("sticker", data={"type": HEART, "like": True})
    if raw.type in ONCE:
        return Attachment(raw.type, skip=f"{name} hands over nothing that may be seen only once.")
    return Attachment(raw.type, data={"type": raw.type, "title": raw.title, "payload": raw.payload})


def _file(kind: str, url: str | None, name: str) -> Attachment:
    if url is None:
        return Attachment(kind, skip=f"{name} gave no address for this file.")
    return Attachment(kind, url=url, name=file_name(url))


def _share(raw: payloads.Attachment, payload: dict[str, Any], url: str | None) -> Attachment:
    """A link, or a shared post whose picture lies on Meta's media servers and is kept before its address
    expires."""
    data = {"type": raw.type, "url": url, "title": _text(payload.get("title")) or raw.title}
    extra = {key: value for key, value in payload.items() if key not in {"url", "title"}}
    media = url if url and is_media(url) else None
    return Attachment("share", url=media, data={**data, **({"payload": extra} if extra else {})})


def _sticker_data(sticker: str | None) -> dict[str, Any]:
    return {"sticker_id": sticker, **({"like": True} if sticker in THUMBS_UP else {})} if sticker else {}


def _coordinates(payload: dict[str, Any]) -> dict[str, Any]:
    place = payload.get("coordinates")
    if not isinstance(place, dict):
        return {}
    return {"latitude": place.get("lat"), "longitude": place.get("long")}


def of_story(story: payloads.Story) -> Attachment:
    """The story that a message answers. Its address lives as long as the story, 24 hours, so the picture is kept now."""
    media = story.url if story.url and is_media(story.url) else None
    data = {"type": STORY_REPLY, "url": story.url, "title": None, "story_id": text_id(story.id)}
    return Attachment("share", url=media, data=data)


def is_media(url: str) -> bool:
    """Whether the address is one of Meta's servers for pictures and films (a page about them is not)."""
    return _MEDIA_HOST.search(_host(url)) is not None


def file_name(url: str) -> str | None:
    """The last part of the path when it looks like a file's name."""
    try:
        last = unquote(urlsplit(url).path.rsplit("/", 1)[-1])
    except ValueError:
        return None
    return last if _FILE_NAME.fullmatch(last) else None


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
