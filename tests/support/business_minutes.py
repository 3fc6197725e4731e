"""Business time counted minute by minute: an independent model to hold the product's arithmetic against.

Nothing here knows of instants of opening and closing. `by_clock` asks for each minute of real time what the local clock and date
show, and whether a supervisor reading the calendar would say "open"; `by_first_reading` colors minutes between the first ones
at which the clock reads the opening's times, for boundaries inside a skipped or repeated hour.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from hark.sla.spec import DAYS, CalendarSpec

MINUTE = timedelta(minutes=1)
Model = Callable[[CalendarSpec, datetime, int], list[bool]]


class Counted:
    """A window of `days` from `begin` (UTC), each minute open or not."""

    def __init__(self, spec: CalendarSpec, begin: datetime, days: int, model: Model) -> None:
        self.begin, self.open = begin, model(spec, begin, days)
        self.before = [0, *accumulate(self.open)]

    def used(self, at: datetime) -> timedelta:
        """Open time from the window's begin."""
        minute, rest = divmod(at - self.begin, MINUTE)
        part = rest if minute < len(self.open) and self.open[minute] else timedelta()
        return timedelta(minutes=self.before[minute]) + part

    def due(self, start: datetime, amount: timedelta) -> datetime | None:
        """Steps forward until the amount is used; None when the window ends before."""
        at, left = start, amount
        while (minute := (at - self.begin) // MINUTE) < len(self.open):
            step = self.begin + (minute + 1) * MINUTE - at
            if self.open[minute]:
                if left <= step:
                    return at + left
                left -= step
            at += step
        return None

    def is_open(self, at: datetime) -> bool:
        return self.open[(at - self.begin) // MINUTE]


@lru_cache(maxsize=64)
def walls(zone: str, begin: datetime, days: int) -> list[datetime]:
    """What the local clock shows at each minute, as naive times."""
    local = ZoneInfo(zone)
    minutes = (begin + each * MINUTE for each in range(days * 1440))
    return [each.astimezone(local).replace(tzinfo=None, fold=0) for each in minutes]


def by_clock(spec: CalendarSpec, begin: datetime, days: int) -> list[bool]:
    weekly = {day: _minutes((o.open, o.close) for o in spec.openings if o.day == day) for day in DAYS}
    special = {each.date: _minutes((o.open, o.close) for o in each.openings) for each in spec.exceptions}
    holidays = {each.date for each in spec.own_holidays if not each.yearly}
    yearly = {(each.date.month, each.date.day) for each in spec.own_holidays if each.yearly}

    def open_at(wall: datetime) -> bool:
        today, minute = wall.date(), wall.hour * 60 + wall.minute
        if today in special:
            return minute in special[today]
        if today in holidays or (today.month, today.day) in yearly:
            return False
        yesterday = today - timedelta(days=1)
        late = 1440 + minute
        if late in special.get(yesterday, ()):
            return True
        return minute in weekly[DAYS[today.weekday()]] or late in weekly[DAYS[yesterday.weekday()]]

    return [open_at(wall) for wall in walls(spec.zone, begin, days)]


def _minutes(hours: object) -> frozenset[int]:
    found: set[int] = set()
    for opens, closes in hours:  # type: ignore[attr-defined]
        first, last = _of(opens), _of(closes)
        found.update(range(first, last if last > first else last + 1440))
    return frozenset(found)


def _of(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def by_first_reading(spec: CalendarSpec, begin: datetime, days: int) -> list[bool]:
    """Weekly openings only."""
    shown = walls(spec.zone, begin, days)
    found = [False] * len(shown)

    def first(wanted: datetime) -> int:
        return next((i for i, wall in enumerate(shown) if wall >= wanted), len(shown))

    for day in _days(shown):
        for each in spec.openings:
            if each.day == DAYS[day.weekday()]:
                opens, closes = _of(each.open), _of(each.close)
                closes += 1440 if closes <= opens else 0
                midnight = datetime(day.year, day.month, day.day)
                for i in range(first(midnight + opens * MINUTE), first(midnight + closes * MINUTE)):
                    found[i] = True
    return found


def _days(shown: list[datetime]) -> list[date]:
    first = shown[0].date() - timedelta(days=1)
    return [first + timedelta(days=each) for each in range((shown[-1].date() - first).days + 1)]


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)
