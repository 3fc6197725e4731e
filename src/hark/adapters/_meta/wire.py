"""JSON as Meta writes it: ids that are numbers or strings, times in seconds, milliseconds or ISO text."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from hark.channels.contract import MalformedPayload
from hark.kernel.loose_json import read_loosely

MILLISECONDS_FROM = 10**11
"""Numbers below are seconds (until the year 5138), from here on milliseconds (from 1973)."""
EARLIEST = datetime(2004, 2, 4, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_DIGITS = re.compile(r"\d{1,17}", re.ASCII)


def read_json(body: bytes) -> Any:
    """The body as plain values, every text storable. Raises MalformedPayload.

    The fast decoder refuses lone surrogates and a byte order mark, which people and proxies do produce;
    those bodies take the tolerant way. Numbers that JSON does not have (NaN, 1e999) are refused by both.
    """
    try:
        return read_loosely(body)
    except ValueError as error:
        raise MalformedPayload(f"the body is not JSON: {error}") from error


def text_id(value: Any) -> str | None:
    """An id as text, whether it came as a number or a string; None where there is none."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def instant(value: Any) -> datetime | None:
    """A time as aware UTC; None where there is none, or none that a social network can have."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_number(value)
    return _from_text(value) if isinstance(value, str) else None


def _from_number(value: float) -> datetime | None:
    milliseconds = value if value >= MILLISECONDS_FROM else value * 1000
    try:
        seconds, rest = divmod(int(milliseconds), 1000)
        at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
    except (ValueError, OverflowError, OSError):
        return None
    return _plausible(at)


def _from_text(value: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return _plausible(at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC))


def _plausible(at: datetime) -> datetime | None:
    return at if EARLIEST <= at < LATEST else None
