"""JSON as X writes it: ids as text, times in milliseconds, ISO text or the old English form, and times inside ids."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from hark.channels.contract import MalformedPayload
from hark.kernel.text import storable

EPOCH = 1_288_834_974_657
"""Milliseconds since 1970 at which the ids of X begin (they carry their time above the lowest 22 bits)."""
EARLIEST = datetime(2006, 3, 21, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_DIGITS = re.compile(r"\d{1,19}", re.ASCII)
_ODD_TEXT = (b"\\u0000", b"\\ud", b"\\uD")


def read_json(body: bytes) -> Any:
    """The body as plain values in which every text can be stored. Raises MalformedPayload.

    Lone surrogates and a byte order mark do occur; the fast decoder refuses them, so such bodies take the slow way.
    """
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _storable(_read_slowly(body))
    return _storable(value) if any(mark in body for mark in _ODD_TEXT) else value


def _read_slowly(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise MalformedPayload(f"the body is not JSON: {error}") from error


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(str(key)): _storable(item) for key, item in value.items()}
    return value


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
