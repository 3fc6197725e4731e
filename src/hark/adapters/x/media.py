"""Pictures and films as attachments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from hark.adapters.x.payloads import Media, Size, Variant
from hark.channels.contract import Attachment

KINDS = {"photo": "image", "video": "video", "animated_gif": "video"}
"""An animated GIF is served as a film without sound."""
MP4 = "video/mp4"
_PRIVATE = re.compile(r"https://ton\.(?:twitter|x)\.com/(?:1\.1/ton/data/)?(dm/\d+/\d+/[\w.:-]+)", re.ASCII)


def attachments_of(media: Iterable[Media]) -> tuple[Attachment, ...]:
    return tuple(_attachment(each) for each in media)


def _attachment(media: Media) -> Attachment:
    size = _largest(media.sizes)
    video = media.type in {"video", "animated_gif"}
    url = _film(media) if video else media.media_url_https or media.url or media.preview_image_url
    private = _PRIVATE.match(url or "")
    duration = media.duration_ms or (media.video_info.duration_millis if media.video_info else None)
    return Attachment(
        kind=KINDS.get(media.type or "", media.type or "file"),
        url=None if private else url,
        file_id=private.group(1) if private else None,
        mime_type=MP4 if video and url else None,
        width=media.width or (size.w if size else None),
        height=media.height or (size.h if size else None),
        duration=round(duration / 1000) if duration else None,
        skip=None if url else "X gave no address for this file; open it on X.",
        alt=media.ext_alt_text or media.alt_text or None,
    )


def _film(media: Media) -> str | None:
    """The MP4 of the highest quality; a playlist (HLS) is no file."""
    variants = media.variants or (media.video_info.variants if media.video_info else None) or []
    films = [each for each in variants if each.url and (each.content_type or MP4) == MP4]
    return max(films, key=_quality).url if films else None


def _quality(variant: Variant) -> int:
    return variant.bitrate or variant.bit_rate or 0


def _largest(sizes: Mapping[str, Size] | None) -> Size | None:
    return (sizes or {}).get("large") or (sizes or {}).get("medium")
