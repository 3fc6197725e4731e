"""What a file is, by its bytes and never by its name or by what somebody says it is."""

from __future__ import annotations

import asyncio
import io
import warnings

import msgspec
import puremagic
from PIL import Image, UnidentifiedImageError

from hark.kernel.errors import Invalid

MAX_PIXELS = 50_000_000
"""Width times height of a picture; a larger one would take more than 200 MB to look at."""

UNKNOWN = "application/octet-stream"
IMAGES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "AVIF": "image/avif",
}
Image.init()
_OPENED = [name for name in IMAGES if name in Image.OPEN]
"""MPO is not among them: it is a JPEG that turns out to hold several pictures."""

AUDIO = frozenset(
    {"audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/x-wav", "audio/webm", "audio/flac"}
)
VIDEO = frozenset({"video/mp4", "video/webm", "video/ogg", "video/quicktime"})

SHOWN_INLINE = frozenset(IMAGES.values()) - {"image/bmp"} | AUDIO | VIDEO
"""What a browser may show inside the page: it runs nothing in these."""


class Sniffed(msgspec.Struct, frozen=True):
    """`kind`: image, video, audio or file. Sizes in pixels, of images only."""

    kind: str
    mime_type: str
    width: int | None = None
    height: int | None = None


async def sniff(content: bytes) -> Sniffed:
    """In a thread: looking into a picture can take milliseconds. Raises Invalid for pictures that are a bomb."""
    return await asyncio.to_thread(_sniff, content)


async def make_thumbnail(content: bytes, edge: int = 480) -> bytes | None:
    """A WebP of at most `edge` pixels on its longer side; None for what is no picture, or is broken further on."""
    return await asyncio.to_thread(_thumbnail, content, edge)


def _sniff(content: bytes) -> Sniffed:
    try:
        with _open(content) as image:
            if image.format in IMAGES:
                return Sniffed("image", IMAGES[image.format], image.width, image.height)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        pass
    mime = _magic(content)
    kind = "audio" if mime in AUDIO else "video" if mime in VIDEO else "file"
    return Sniffed(kind, mime)


def _open(content: bytes) -> Image.Image:
    """Only the header is read; what it announces decides."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(content), formats=_OPENED)
        except Image.DecompressionBombError as error:
            raise _bomb() from error
    if image.width * image.height > MAX_PIXELS:
        raise _bomb()
    return image


def _magic(content: bytes) -> str:
    try:
        found = puremagic.from_string(content[:65536], mime=True)
    except (puremagic.PureError, ValueError, OSError):
        return UNKNOWN
    return found if found and "image/" not in found else UNKNOWN


def _thumbnail(content: bytes, edge: int) -> bytes | None:
    try:
        with _open(content) as image:
            image.draft("RGB", (edge, edge))
            image.thumbnail((edge, edge))
            small = image if image.mode in {"RGB", "RGBA"} else image.convert("RGBA")
            out = io.BytesIO()
            small.save(out, "WEBP", quality=78)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Invalid):
        return None
    return out.getvalue()


def _bomb() -> Invalid:
    return Invalid(
        f"The picture has more than {MAX_PIXELS:,} pixels.",
        code="too_many_pixels",
        fields={"file": "too many pixels"},
    )
