"""Files inside messages: what a bot or a customer gives becomes the object that stands in the message."""

from __future__ import annotations

import mimetypes
import struct

from hark.standins.telegram.errors import bad
from hark.standins.telegram.requests import Parameters
from hark.standins.telegram.world import Json, Stored, World

MAX_PHOTO = 10 * 1024 * 1024
MAX_FILE = 50 * 1024 * 1024

KINDS = ("photo", "document", "video", "audio", "voice", "animation", "video_note", "sticker")


def take_file(world: World, parameters: Parameters, field: str, given: object, kind: str) -> Stored:
    """A file by upload, by `attach://<part>`, by file id or by http address (not fetched here)."""
    reference = str(given or "")
    part = reference.removeprefix("attach://") if reference.startswith("attach://") else field
    upload = parameters.files.get(part)
    if upload is not None:
        _check_size(kind, len(upload.content))
        return world.store(upload.name, upload.mime_type, upload.content, kind)
    if reference in world.files:
        return world.files[reference]
    if reference.startswith(("http://", "https://")):
        name = reference.rpartition("/")[2]
        return world.store(name, mimetypes.guess_type(name)[0] or "application/octet-stream", b"", kind)
    if not reference:
        raise bad(f"there is no {kind} in the request")
    raise bad("wrong remote file identifier specified: Wrong character in the string")


def _check_size(kind: str, size: int) -> None:
    if size == 0:
        raise bad("file must be non-empty")
    if size > (MAX_PHOTO if kind == "photo" else MAX_FILE):
        raise bad("file is too big")


def describe(kind: str, file: Stored, **known: object) -> object:
    """The value of a message's field `kind`: a list of sizes for photos, an object for everything else."""
    common: Json = {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": file.size}
    if kind == "photo":
        return _sizes(common, file.content)
    if kind == "sticker":
        flags = {
            "is_animated": file.mime_type == "application/x-tgsticker",
            "is_video": file.mime_type == "video/webm",
        }
        return {**common, "width": 512, "height": 512, "type": "regular", **flags, **known}
    if kind == "video_note":
        return {**common, "length": 240, "duration": 3, **known}
    moving = {"width": 640, "height": 480} if kind in {"video", "animation"} else {}
    timed = {"duration": 3} if kind in {"video", "animation", "audio", "voice"} else {}
    named = {} if kind == "voice" else {"file_name": file.name}
    return {**common, **named, "mime_type": file.mime_type, **moving, **timed, **known}


def _sizes(common: Json, content: bytes) -> list[Json]:
    """A thumbnail and the picture; the thumbnail's id leads to nothing."""
    width, height = png_size(content) or (1280, 960)
    small = {
        "file_id": f"{common['file_id']}-s",
        "file_unique_id": f"{common['file_unique_id']}s",
        "file_size": 900,
    }
    return [
        {**small, "width": 90, "height": max(1, 90 * height // width)},
        {**common, "width": width, "height": height},
    ]


def png_size(content: bytes) -> tuple[int, int] | None:
    if content[:8] != b"\x89PNG\r\n\x1a\n" or len(content) < 24:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return (width, height) if width and height else None
