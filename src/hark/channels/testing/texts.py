"""Texts of an exact length, made of signs that fill a unit differently than others."""

from __future__ import annotations

from hark.channels.contract import TextLimit, Unit
from hark.channels.contract.limits import measure

_FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
_SIGN = {
    Unit.CODEPOINTS: "\N{GRINNING FACE}",
    Unit.UTF16: "\N{GRINNING FACE}",
    Unit.BYTES: "\N{LATIN SMALL LETTER A WITH DIAERESIS}",
    Unit.GRAPHEMES: _FAMILY,
    Unit.WEIGHTED: _FAMILY,
}


def of_length(limit: TextLimit, over: int = 0) -> str:
    """A text of `limit.maximum + over` units, of wide signs as far as they and a second limit go."""
    length = limit.maximum + over
    sign = _SIGN[limit.unit]
    wide = measure(sign, limit)
    count = length // wide
    if limit.max_bytes is not None:
        count = min(count, (limit.max_bytes - length) // (len(sign.encode()) - wide))
    return "a" * (length - count * wide) + sign * count
