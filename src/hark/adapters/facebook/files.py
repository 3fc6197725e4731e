"""What stands beside a comment or post: photos, a film, a link."""

from __future__ import annotations

from collections.abc import Iterator

from hark.adapters._meta.attachments import file_name
from hark.adapters.facebook import payloads
from hark.channels.contract import Attachment


def of_value(value: payloads.Value) -> tuple[Attachment, ...]:
    """What stands beside a comment or post: photos (an album names each, and repeats the first as `photo`),
    a video, a link."""
    return tuple(_of_value(value))


def _of_value(value: payloads.Value) -> Iterator[Attachment]:
    photos = dict.fromkeys([*(value.photos or []), *([value.photo] if value.photo else [])])
    if value.photos:
        photos = dict.fromkeys(value.photos)
    for photo in photos:
        yield Attachment("image", url=photo, name=file_name(photo))
    if value.video:
        yield Attachment("video", url=value.video, name=file_name(value.video))
    if value.link and not photos and not value.video:
        yield Attachment("share", data={"type": "link", "url": value.link, "title": None})
