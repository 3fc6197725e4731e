"""When an agent works: local spans of a week in a zone. Pure.

A span that begins at a skipped local time begins when the clock goes on; a repeated hour counts from its first instant.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hark.routing.models import WEEKDAYS, Hours

AHEAD = 8
"""Days: a week repeats, so whoever works at all does so within eight days."""


def on_duty(hours: Hours | None, at: datetime) -> bool:
    return hours is None or any(start <= at < end for start, end in _spans(hours, at))


def next_opening(hours: Hours, at: datetime) -> datetime | None:
    """The next instant after `at` at which a span begins; None when there is none."""
    return min((start for start, _ in _spans(hours, at) if start > at), default=None)


def check_hours(hours: Hours) -> list[str]:
    """What is wrong with them, in words; empty when nothing is."""
    wrong = [f"{day} is no weekday (mon to sun)" for day in hours.week if day not in WEEKDAYS]
    try:
        ZoneInfo(hours.zone)
    except (KeyError, ValueError, OSError):
        wrong.append(f"{hours.zone!r} is no time zone")
    for day, spans in hours.week.items():
        wrong += [f"{day}: {start} to {end} is no span" for start, end in spans if not _is_span(start, end)]
    return wrong


def _is_span(start: str, end: str) -> bool:
    try:
        return _minutes(start) < 24 * 60 and _minutes(end) != _minutes(start)
    except ValueError:
        return False


def _spans(hours: Hours, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    zone = ZoneInfo(hours.zone)
    today = at.astimezone(zone).date()
    for offset in range(-1, AHEAD + 1):
        day = today + timedelta(days=offset)
        for start, end in hours.week.get(WEEKDAYS[day.weekday()], []):
            begins, ends = _minutes(start), _minutes(end)
            yield _instant(day, begins, zone), _instant(day, ends + (24 * 60 if ends <= begins else 0), zone)


def _minutes(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    total = int(hour) * 60 + int(minute)
    if not (0 <= int(minute) < 60 and 0 <= total <= 24 * 60):
        raise ValueError(f"{clock!r} is no time of day")
    return total


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Arithmetic on a zoned datetime goes by the clock on the wall."""
    return (datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minutes)).astimezone(UTC)
