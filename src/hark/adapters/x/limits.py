"""How many calls are left, and how long to wait: X says so in headers of every answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from hark.infra.metering import Meter
from hark.kernel.clock import utc_now

FAMILIES = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
"""The first is documented; the daily ones were seen by developers."""
LONGEST_WAIT = 25 * 3600.0


class Window(msgspec.Struct, frozen=True):
    """One limit as an answer tells it."""

    limit: int | None
    remaining: int
    resets_at: datetime


def windows(headers: Mapping[str, str]) -> list[Window]:
    return [found for family in FAMILIES if (found := _window(headers, family)) is not None]


def _window(headers: Mapping[str, str], family: str) -> Window | None:
    remaining, reset = _number(headers.get(f"{family}-remaining")), _number(headers.get(f"{family}-reset"))
    if remaining is None or reset is None:
        return None
    try:
        at = datetime.fromtimestamp(reset, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return Window(_number(headers.get(f"{family}-limit")), remaining, at)


def report(meter: Meter, kind: str, headers: Mapping[str, str]) -> None:
    """Tells the scarcest of the answer's limits. X has one for each kind of call, so `kind` has a name behind its colon."""
    found = windows(headers)
    if found:
        least = min(found, key=lambda window: (window.remaining, -window.resets_at.timestamp()))
        meter.quota(kind, remaining=least.remaining, resets_at=least.resets_at, limit=least.limit)


def wait_of(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait after a 429: until the last of the used-up limits is full again; None where X names no time."""
    found = windows(headers)
    used_up = [window for window in found if window.remaining <= 0] or found
    if used_up:
        latest = max(window.resets_at for window in used_up)
        return _bounded(max(1.0, (latest - _now(headers)).total_seconds()))
    return _retry_after(headers)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - _now(headers)).total_seconds()
        except (ValueError, TypeError):
            return None
    return _bounded(seconds) if seconds >= 0 else None


def _bounded(seconds: float) -> float | None:
    return min(seconds, LONGEST_WAIT) if seconds == seconds else None


def _now(headers: Mapping[str, str]) -> datetime:
    """X's own clock where the answer tells it: ours may be wrong, and X's decides."""
    try:
        at = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return utc_now()
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None
