"""Resource names and times as Google writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

_LOCATION = re.compile(r"(?:accounts/([\w-]{1,64})/)?locations/([\w-]{1,64})(?:/.*)?", re.ASCII)
_ACCOUNT = re.compile(r"accounts/[\w-]{1,64}", re.ASCII)
_REVIEW_ID = re.compile(r"[\w=+:.~-]{1,300}", re.ASCII)
_FRACTION = re.compile(r"(\.\d{6})\d+", re.ASCII)
EARLIEST = datetime(2004, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def location_of(value: Any) -> str | None:
    """`locations/…` from any name that contains it: one location has one name, whichever account it is seen through."""
    found = _LOCATION.fullmatch(value.strip()) if isinstance(value, str) else None
    return f"locations/{found.group(2)}" if found else None


def account_of(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) and _ACCOUNT.fullmatch(value.strip()) else None


def review_id(value: Any) -> str | None:
    """An id that may stand in an address as it is."""
    return value if isinstance(value, str) and _REVIEW_ID.fullmatch(value) and ".." not in value else None


def reply_id(review: str) -> str:
    """A review has one answer; its id is made of the review's."""
    return f"{review}/reply"


def instant(value: Any) -> datetime | None:
    """An RFC 3339 time (with up to nine decimals) as aware UTC; None where it is none that Google can have."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(_FRACTION.sub(r"\1", value.strip()))
    except ValueError:
        return None
    try:
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        return None
    return at if EARLIEST <= at < LATEST else None
