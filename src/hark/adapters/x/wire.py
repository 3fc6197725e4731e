"""JSON as X writes it: ids as text, times in milliseconds, ISO text or the old English form, and times inside ids."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from hark.channels.contract import MalformedPayload
from hark.kernel.loose_json import read_loosely

EPOCH = 1_288_834_974_657
"""Milliseconds since 1970 at which the ids of X begin (they carry their time above the lowest 22 bits)."""
EARLIEST = datetime(2006, 3, 21, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_DIGITS = re.compile(r"\d{1,19}", re.ASCII)


def read_json(body: bytes) -> Any:
    """The body as plain values in which every text can be stored. Raises MalformedPayload."""
    try:
        return read_loosely(body)
    except ValueError as error:
        raise MalformedPayload(f"the body is not JSON: {error}") from error


def text_id(value: Any) -> str | None:
    """An id as text; None where there is none. Numbers may have been rounded by others: `id_str` goes first."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def millis(value: Any) -> datetime | None:
    """Milliseconds since 1970, as number or text; None where no calendar has the moment."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds, rest = divmod(int(value), 1000)
        return _plausible(datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000))
    except (ValueError, OverflowError, OSError):
        return None


def written(value: Any) -> datetime | None:
    """A time as ISO text, or as `Thu Dec 19 12:03:20 +0000 2019`."""
    if not isinstance(value, str) or not value:
        return None
    try:
        at = datetime.fromisoformat(value) if value[:1].isdigit() else _old_form(value)
        return _plausible(at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def _old_form(value: str) -> datetime:
    return datetime.strptime(value, "%a %b %d %H:%M:%S %z %Y")


def minted(snowflake: str | None) -> datetime | None:
    """The moment at which an id of X was made."""
    if snowflake is None or not _DIGITS.fullmatch(snowflake):
        return None
    number = int(snowflake)
    return millis((number >> 22) + EPOCH) if number >= 1 << 40 else None


def snowflake_at(at: datetime) -> int:
    """The smallest id that X can have made at this moment."""
    return max(0, int(at.timestamp() * 1000) - EPOCH) << 22


def back(snowflake: str, by: timedelta) -> int:
    """The id that is `by` older."""
    return max(0, int(snowflake) - (int(by.total_seconds() * 1000) << 22))


def _plausible(at: datetime) -> datetime | None:
    return at if EARLIEST <= at < LATEST else None
