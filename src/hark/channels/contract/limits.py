"""How long a text is for a platform: the one measure that adapters, delivery and the contract suite share. The page
counts by the same rules (`web/src/lib/counting.ts`); tests/unit/text_lengths.json holds both to the same examples."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import regex

from hark.channels.contract.manifest import TextLimit, Unit
from hark.kernel.links import find_links
from hark.kernel.text import graphemes

LINK_LENGTH = 23
"""Of a link in `Unit.WEIGHTED`, where the limit names no other (twitter-text configuration v3, transformedURLLength)."""

_LIGHT = regex.compile(r"[\u0000-\u10FF\u2000-\u200D\u2010-\u201F\u2032-\u2037]")
"""Code points that weigh 1; all others weigh 2 (twitter-text configuration v3, ranges)."""
_EMOJI = regex.compile(
    r"\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3"
    r"|\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}|[\U000E0020-\U000E007F]+)?"
    r"(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*"
)
"""An emoji with everything joined to it (UTS 51): weighs 2 as a whole."""


def measure(text: str, limit: TextLimit) -> int:
    """The length of a text in the units of the limit."""
    if counts_links(limit):
        return sum(width for _, width in units(text, limit))
    return _length(text, limit.unit)


def fits(text: str, limit: TextLimit) -> bool:
    """Whether the text keeps the limit, and that of its bytes where there is one."""
    if measure(text, limit) > limit.maximum:
        return False
    return limit.max_bytes is None or octets(text) <= limit.max_bytes


def octets(text: str) -> int:
    """The bytes of the text in UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


def units(text: str, limit: TextLimit) -> Iterator[tuple[str, int]]:
    """The text in pieces that a cut should not go through (user-perceived characters; links, where they count apart), each
    with its width; together they are the text."""
    at = 0
    for start, end in _links(text, limit):
        for cluster in graphemes(text[at:start]):
            yield cluster, _length(cluster, limit.unit)
        yield text[start:end], limit.link_length or LINK_LENGTH
        at = end
    for cluster in graphemes(text[at:]):
        yield cluster, _length(cluster, limit.unit)


def counts_links(limit: TextLimit) -> bool:
    """Whether a link has another width than its letters."""
    return limit.unit is Unit.WEIGHTED or limit.link_length is not None


def _links(text: str, limit: TextLimit) -> Iterator[tuple[int, int]]:
    """A platform that shortens links itself takes domains without a scheme for links too; the others do not."""
    return find_links(text, bare=limit.unit is Unit.WEIGHTED) if counts_links(limit) else iter(())


def _length(text: str, unit: Unit) -> int:
    match unit:
        case Unit.CODEPOINTS:
            return len(text)
        case Unit.UTF16:
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case Unit.BYTES:
            return octets(text)
        case Unit.GRAPHEMES:
            return len(graphemes(text))
        case Unit.WEIGHTED:
            return _weight(unicodedata.normalize("NFC", text).replace("\r\n", "\n"))


def _weight(text: str) -> int:
    emoji = 2 * sum(1 for _ in _EMOJI.finditer(text))
    rest = _EMOJI.sub("", text)
    return emoji + 2 * len(rest) - sum(1 for _ in _LIGHT.finditer(rest))
