"""Business time: exact to the microsecond, pure, never an unbounded search. The rules are in docs/sla.md.

All times are aware; answers are in UTC.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta

from hark.kernel.errors import Invalid
from hark.sla.calendar import EPOCH, HORIZON_YEARS, Calendar, NoOpening, Year

_MICROSECOND = timedelta(microseconds=1)


def add_business_time(calendar: Calendar, start: datetime, amount: timedelta) -> datetime:
    """The earliest instant by which `amount` of open time has passed since `start`. Zero: `start` if open, else the next opening.

    Raises NoOpening when the calendar is not open long enough within its horizon, Invalid when `amount` is negative.
    """
    wanted = amount // _MICROSECOND
    if wanted <= 0:
        if wanted < 0:
            raise Invalid("A deadline lies ahead: its business time cannot be negative.")
        return next_opening(calendar, start)
    instant = _instant(start)
    number, year = calendar.year_at(instant, start.year)
    wanted += _used(year, instant)
    last = number + HORIZON_YEARS
    while wanted > year.total:
        if number >= last:
            raise _never(calendar)
        wanted -= year.total
        number += 1
        year = calendar.year(number)
    index = bisect_left(year.used, wanted)
    return EPOCH + timedelta(microseconds=year.ends[index] - year.used[index] + wanted)


def business_time_between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """The open time in [start, end). Raises Invalid when `end` is earlier than `start`."""
    first, last = _instant(start), _instant(end)
    if first > last:
        raise Invalid("The end of a time to measure lies before its start.")
    number, year = calendar.year_at(first, start.year)
    passed = -_used(year, first)
    while last >= year.end:
        passed += year.total
        number += 1
        year = calendar.year(number)
    return timedelta(microseconds=passed + _used(year, last))


def is_open(calendar: Calendar, at: datetime) -> bool:
    """At the instant of closing: closed."""
    instant = _instant(at)
    _, year = calendar.year_at(instant, at.year)
    index = bisect_right(year.starts, instant) - 1
    return index >= 0 and instant < year.ends[index]


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    """`at` when open, else when it opens next; raises NoOpening."""
    instant = _instant(at)
    number, year = calendar.year_at(instant, at.year)
    for following in range(number + 1, number + HORIZON_YEARS + 2):
        index = bisect_right(year.ends, instant)
        if index < len(year.ends):
            return EPOCH + timedelta(microseconds=max(instant, year.starts[index]))
        year = calendar.year(following)
    raise _never(calendar)


def openings_between(calendar: Calendar, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The openings within [start, end), clipped to it, touching ones as one: for the strip of two weeks."""
    first, last = _instant(start), _instant(end)
    number, year = calendar.year_at(first, start.year)
    found: list[tuple[int, int]] = []
    while first < last and year.begin < last:
        for index in range(bisect_right(year.ends, first), bisect_left(year.starts, last)):
            opens, closes = max(first, year.starts[index]), min(last, year.ends[index])
            if found and found[-1][1] == opens:
                opens = found.pop()[0]
            found.append((opens, closes))
        number += 1
        year = calendar.year(number)
    return [(EPOCH + opens * _MICROSECOND, EPOCH + closes * _MICROSECOND) for opens, closes in found]


def _instant(at: datetime) -> int:
    if at.tzinfo is None:
        raise Invalid("A time without a zone cannot be placed in a calendar.")
    passed = at - EPOCH
    return (passed.days * 86400 + passed.seconds) * 1_000_000 + passed.microseconds


def _used(year: Year, instant: int) -> int:
    """The open time from the year's begin to the instant."""
    index = bisect_right(year.starts, instant) - 1
    if index < 0:
        return 0
    left = year.ends[index] - instant
    return year.used[index] - left if left > 0 else year.used[index]


def _never(calendar: Calendar) -> NoOpening:
    return NoOpening(
        f"The calendar ({calendar.spec.zone}) is not open long enough within {HORIZON_YEARS} years to set a deadline."
    )
