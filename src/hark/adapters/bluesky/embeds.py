"""What stands beside a post or chat message: pictures, films, link cards, other posts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hark.adapters.bluesky.atproto import web_address
from hark.channels.contract import Attachment


def of_record(uri: str, embed: Any) -> tuple[Attachment, ...]:
    """The attachments of a post's record. A file is named by its post, its place in it and its content, and asked for when it
    is fetched."""
    return tuple(_of_embed(uri, embed)) if isinstance(embed, dict) else ()


def _of_embed(uri: str, embed: dict[str, Any]) -> Iterator[Attachment]:
    kind = str(embed.get("$type", "")).removeprefix("app.bsky.embed.").partition("#")[0]
    if kind == "images":
        yield from _images(uri, embed.get("images"))
    elif kind == "gallery":
        yield from _images(uri, embed.get("items"))
    elif kind == "video":
        yield _film(uri, embed)
    elif kind == "external":
        yield _card(embed.get("external"))
    elif kind == "record":
        yield _shared(embed.get("record"))
    elif kind == "recordWithMedia":
        media, record = embed.get("media"), embed.get("record")
        yield from of_record(uri, media)
        yield from of_record(
            uri, {"$type": "app.bsky.embed.record", **record} if isinstance(record, dict) else None
        )
    else:
        yield Attachment(kind or "unknown", data={"embed": embed})


def _images(uri: str, images: Any) -> Iterator[Attachment]:
    for place, image in enumerate(images if isinstance(images, list) else ()):
        if isinstance(image, dict):
            yield _file("image", uri, place, image.get("image"), image)


def _film(uri: str, embed: dict[str, Any]) -> Attachment:
    return _file("video", uri, 0, embed.get("video"), embed)


def _file(kind: str, uri: str, place: int, blob: Any, about: dict[str, Any]) -> Attachment:
    blob = blob if isinstance(blob, dict) else {}
    ref = blob.get("ref")
    cid = ref.get("$link") if isinstance(ref, dict) else None
    width, height = _proportions(about.get("aspectRatio"))
    alt = about.get("alt")
    return Attachment(
        kind,
        file_id=f"{kind} {uri} {place} {cid}" if isinstance(cid, str) else None,
        mime_type=_text(blob.get("mimeType")),
        size=_number(blob.get("size")),
        width=width,
        height=height,
        skip=None if isinstance(cid, str) else "Bluesky did not name the file.",
        alt=alt if isinstance(alt, str) and alt else None,
    )


def _proportions(ratio: Any) -> tuple[int | None, int | None]:
    """Usually the size itself; in any case the proportions."""
    if not isinstance(ratio, dict):
        return None, None
    return _number(ratio.get("width")), _number(ratio.get("height"))


def _card(external: Any) -> Attachment:
    card = external if isinstance(external, dict) else {}
    return Attachment(
        "share",
        data={
            "type": "link",
            "url": _text(card.get("uri")),
            "title": _text(card.get("title")),
            "description": _text(card.get("description")),
        },
    )


def _shared(record: Any) -> Attachment:
    """Another post (or list, feed, starter pack), with its words where the server gave them."""
    shared = record if isinstance(record, dict) else {}
    uri = _text(shared.get("uri"))
    value, author = shared.get("value"), shared.get("author")
    data = {
        "type": "post",
        "uri": uri,
        "url": web_address(uri) if uri else None,
        "text": _text(value.get("text")) if isinstance(value, dict) else None,
        "author": _text(author.get("handle")) if isinstance(author, dict) else None,
    }
    return Attachment("share", data={key: found for key, found in data.items() if found is not None})


def of_chat(embed: Any) -> tuple[Attachment, ...]:
    """A chat message can share a post, and an invitation to a group."""
    if not isinstance(embed, dict):
        return ()
    if str(embed.get("$type", "")).startswith("app.bsky.embed.record"):
        return (_shared(embed.get("record")),)
    name = str(embed.get("$type", "")).partition("#")[0].rpartition(".")[2]
    return (Attachment(name or "unknown", data={"embed": embed}),)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None
