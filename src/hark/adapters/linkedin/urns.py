"""URNs as LinkedIn spells them, brought to one spelling, and percent-encoded for Rest.li 2.0 addresses.

A comment has two spellings: compact in notifications (`urn:li:comment:(activity:A,C)`), full in the API
(`urn:li:comment:(urn:li:activity:A,C)`). Its own number C is snowflake-like: milliseconds since 1970 above the lowest 22 bits.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

_URN = re.compile(r"urn:li:([A-Za-z]{1,40}):([A-Za-z0-9_-]{1,64})", re.ASCII)
_COMMENT = re.compile(
    r"urn:li:comment:\((?:urn:li:)?([A-Za-z]{1,40}):([0-9]{1,24}),([0-9]{1,24})\)", re.ASCII
)
_PLAIN = re.compile(r"[A-Za-z0-9_.:(),-]*", re.ASCII)
_ENCODED = str.maketrans({":": "%3A", "(": "%28", ")": "%29", ",": "%2C"})
LONGEST = 200
"""Characters of a URN; longer ones are none."""
EARLIEST = datetime(2003, 5, 5, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def urn(value: Any) -> str | None:
    """A URN in its one spelling; None for anything else."""
    return _urn(value) if isinstance(value, str) and len(value) <= LONGEST else None


@lru_cache(maxsize=4096)
def _urn(value: str) -> str | None:
    found = _COMMENT.fullmatch(value.strip())
    if found is not None:
        return comment_urn(f"urn:li:{found.group(1)}:{found.group(2)}", found.group(3))
    plain = _URN.fullmatch(value.strip())
    return plain.group(0) if plain else None


def comment_urn(post: str, comment_id: str) -> str:
    return f"urn:li:comment:({post},{comment_id})"


@lru_cache(maxsize=4096)
def parts_of(comment: str) -> tuple[str, str] | None:
    """The post that a comment stands under, and the comment's own number."""
    found = _COMMENT.fullmatch(comment)
    return (f"urn:li:{found.group(1)}:{found.group(2)}", found.group(3)) if found else None


def organization_urn(value: str) -> str | None:
    """The URN of a page from its URN or bare number."""
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return f"urn:li:organization:{value}"
    return urn(value) if value.startswith("urn:li:organization:") else None


def id_of(value: str) -> str:
    """The last part of a plain URN."""
    return value.rpartition(":")[2]


def encoded(value: str) -> str:
    """Percent-encoded as Rest.li asks: colons, parentheses and commas too."""
    return value.translate(_ENCODED) if _PLAIN.fullmatch(value) else quote(value, safe="")


def time_in(value: str) -> datetime | None:
    """When the thing that this URN names was made, read from its number."""
    found = parts_of(value)
    digits = found[1] if found else id_of(value)
    return instant(int(digits) >> 22) if digits.isascii() and digits.isdecimal() else None


def instant(milliseconds: Any) -> datetime | None:
    """A time in milliseconds as aware UTC; None where it is none that LinkedIn can have."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    try:
        seconds, rest = divmod(int(milliseconds), 1000)
        at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
    except (ValueError, OverflowError, OSError):
        return None
    return at if EARLIEST <= at < LATEST else None


def post_address(post: str) -> str:
    """Where a person sees the post."""
    return f"https://www.linkedin.com/feed/update/{post}"


def comment_address(comment: str, parent: str | None) -> str | None:
    """Where a person sees the comment: the post, opened at it."""
    found = parts_of(comment)
    if found is None:
        return None
    shown = f"{post_address(found[0])}?commentUrn={encoded(_compact(parent or comment))}"
    return f"{shown}&replyUrn={encoded(_compact(comment))}" if parent else shown


def _compact(comment: str) -> str:
    return comment.replace("(urn:li:", "(", 1)
