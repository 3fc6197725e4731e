"""How much of its limits an app has used up: what Meta's answers say in headers, and what that means for the next calls.

`X-App-Usage` and `X-Business-Use-Case-Usage` give percentages, never numbers of calls
(https://developers.facebook.com/docs/graph-api/overview/rate-limiting); at 100 calls fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hark.infra.metering import Meter

APP, BUSINESS = "x-app-usage", "x-business-use-case-usage"
CALLS_PER_PERCENT = 100
"""The meter counts calls and Meta tells percentages: each stands for so many, which only the ratio of them uses."""
READING_UP_TO = 80
"""Percent up to which lists are read, so that answers to customers always have something left."""
WINDOW = timedelta(hours=1)
"""The rolling time in which Meta counts."""
UNTOLD = timedelta(minutes=5)
"""When to try again where a limit is reached and no time is named."""

SENDING = frozenset({"messenger", "instagram", "threads", "whatsapp"})
"""Use cases whose limits hold for messages; the others (`pages`, `ads_management`) only for the rest."""


class Usage(msgspec.Struct, frozen=True):
    """One row: the highest of its percentages, and the minutes until calls work again."""

    kind: str
    percent: float
    minutes: float = 0.0


def report_usage(meter: Meter, headers: Mapping[str, str], now: datetime) -> None:
    """Tells the meter what an answer's headers say; nothing where they say nothing."""
    rows = read_usage(headers)
    if not rows:
        return
    _report(meter, "read", rows, READING_UP_TO, now)
    _report(meter, "send", [row for row in rows if row.kind in SENDING or row.kind == "app"], 100, now)


def _report(meter: Meter, kind: str, rows: list[Usage], most: int, now: datetime) -> None:
    if not rows:
        return
    used = max(row.percent for row in rows)
    remaining = int(max(0.0, most - used) * CALLS_PER_PERCENT)
    wait = timedelta(minutes=max(row.minutes for row in rows)) or UNTOLD
    meter.quota(
        kind,
        remaining=remaining,
        resets_at=now + (WINDOW if remaining else wait),
        limit=most * CALLS_PER_PERCENT,
    )


def read_usage(headers: Mapping[str, str]) -> list[Usage]:
    """The rows of both headers; unreadable ones are passed over."""
    app = _decoded(headers.get(APP, ""))
    rows = [_row("app", app)] if isinstance(app, dict) and app else []
    return rows + [_row(str(row.get("type") or ""), row) for row in _business_rows(headers)]


def regain_minutes(headers: Mapping[str, str]) -> float:
    """The longest time until something that is used up works again."""
    return max((row.minutes for row in read_usage(headers)), default=0.0)


def _business_rows(headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    usage = _decoded(headers.get(BUSINESS, ""))
    for entries in usage.values() if isinstance(usage, dict) else ():
        yield from (row for row in (entries if isinstance(entries, list) else ()) if isinstance(row, dict))


def _row(kind: str, row: Mapping[str, Any]) -> Usage:
    shares = [_number(row.get(name)) for name in ("call_count", "total_time", "total_cputime")]
    return Usage(kind, max(shares), _number(row.get("estimated_time_to_regain_access")))


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _decoded(header: str) -> Any:
    try:
        return msgspec.json.decode(header) if header else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
