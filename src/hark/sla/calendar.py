"""A business calendar checked and ready to be computed with: its openings as instants, made year by year and remembered.

Instants are whole microseconds since 1970 UTC. The local time t of a boundary is the first instant at which the zone's clock
reads t or later: a skipped time is the end of its gap, a repeated time its first occurrence, a date that never happened
is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from hark.kernel.errors import Invalid
from hark.sla.checking import DAY, Minutes, check_calendar, minutes
from hark.sla.holidays import closed_dates
from hark.sla.spec import DAYS, CalendarSpec, Opening
from hark.sla.zones import zone

HORIZON_YEARS = 10
"""How far a deadline is searched. A calendar with fewer openings than that is an error, never a long search."""
FIRST_YEAR, LAST_YEAR = 2, 9998
REMEMBERED = 1024
SECOND = 1_000_000
MINUTE = 60 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY_LENGTH = timedelta(days=1)
MIDNIGHT = time()


class NoOpening(Invalid):
    """The calendar is not open (long enough) within its horizon."""

    code = "no_opening"


class Year:
    """The openings of a local year: `starts[i]` to `ends[i]`, in order, none touching; `used[i]` is the open time from the
    year's `begin` through opening i."""

    __slots__ = ("begin", "end", "ends", "starts", "total", "used")

    def __init__(self, begin: int, end: int, openings: Iterable[Minutes]) -> None:
        self.begin, self.end = begin, end
        self.starts, self.ends = _joined(openings)
        self.used = list(accumulate(end - start for start, end in zip(self.starts, self.ends, strict=True)))
        self.total = self.used[-1] if self.used else 0


class Calendar:
    """A checked calendar. Its years are made when first needed; several threads may use it."""

    def __init__(self, spec: CalendarSpec) -> None:
        self.spec = spec
        self.zone = zone(spec.zone)
        self._week = tuple(_weekday(spec, day) for day in range(7))
        self._exceptions = {
            each.date: sorted(minutes(span) for span in each.openings) for each in spec.exceptions
        }
        self._closed = {each.date for each in spec.own_holidays if not each.yearly}
        self._yearly = {(each.date.month, each.date.day) for each in spec.own_holidays if each.yearly}
        self._years: dict[int, Year] = {}

    def year_at(self, instant: int, guess: int) -> tuple[int, Year]:
        """The local year in which the instant lies; `guess` is its year in UTC."""
        year = self.year(guess)
        if instant < year.begin:
            return guess - 1, self.year(guess - 1)
        if instant >= year.end:
            return guess + 1, self.year(guess + 1)
        return guess, year

    def year(self, number: int) -> Year:
        """Raises NoOpening outside of the years that a date can have."""
        known = self._years.get(number)
        if known is None:
            if not FIRST_YEAR <= number <= LAST_YEAR:
                raise NoOpening(f"Business time cannot be computed for the year {number}.")
            known = self._years[number] = self._made(number)
        return known

    def _made(self, number: int) -> Year:
        first, public = date(number, 1, 1), closed_dates(self.spec.public_holidays, number)
        days = [first + timedelta(days=each) for each in range((date(number + 1, 1, 1) - first).days)]
        openings = (
            found for day in days for found in _instants(self.zone, day, self._of_date(day, day in public))
        )
        begin, end = first_instant(self.zone, first, 0), first_instant(self.zone, days[-1], DAY)
        return Year(begin, end, openings)

    def _of_date(self, day: date, public: bool) -> list[Minutes]:
        """The minutes of a date that are open: what its own hours say, else the week's unless it is a holiday."""
        if (own := self._exceptions.get(day)) is not None:
            return [(start, min(end, DAY)) for start, end in own]
        if public or day in self._closed or (day.month, day.day) in self._yearly:
            return []
        regular = self._week[day.weekday()]
        over = [(0, end - DAY) for _, end in self._exceptions.get(day - _DAY_LENGTH, ()) if end > DAY]
        return _union([*over, *regular]) if over else regular


def build_calendar(spec: CalendarSpec) -> Calendar:
    """The calendar, or Invalid with one sentence per wrong field ("openings[2].close")."""
    check_calendar(spec)
    return Calendar(spec)


_remembered: dict[str, Calendar] = {}


def remembered_calendar(key: str, spec: Callable[[], CalendarSpec]) -> Calendar:
    """The calendar of that key (id and version) as built before in this process; `spec` is asked only when it was not."""
    known = _remembered.get(key)
    if known is None:
        known = build_calendar(spec())
        while len(_remembered) >= REMEMBERED:
            _remembered.pop(next(iter(_remembered)), None)
        _remembered[key] = known
    return known


def always_open() -> Calendar:
    """Around the clock: for policies without a calendar."""
    return remembered_calendar("", _around_the_clock)


def first_instant(local: ZoneInfo, day: date, minute: int) -> int:
    """The first instant at which the local clock reads that minute of the day, or later."""
    wall = datetime.combine(day, MIDNIGHT, local) + timedelta(minutes=minute)
    earlier, later = _offset(wall, 0), _offset(wall, 1)
    reading = (wall.toordinal() - _EPOCH_DAY) * 86400 + wall.hour * 3600 + wall.minute * 60
    if later <= earlier:
        return (reading - earlier) * SECOND
    return _end_of_gap(local, reading - later, reading - earlier) * SECOND


def _end_of_gap(local: ZoneInfo, before: int, after: int) -> int:
    """The second at which the clock jumps, between one before the jump and one after it."""
    offset = _utc_offset(local, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _utc_offset(local, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _utc_offset(local: ZoneInfo, second: int) -> int:
    moment = (EPOCH + timedelta(seconds=second)).astimezone(local)
    return _seconds(moment.utcoffset())


def _offset(wall: datetime, fold: int) -> int:
    return _seconds(wall.replace(fold=fold).utcoffset())


def _seconds(offset: timedelta | None) -> int:
    assert offset is not None
    return offset.days * 86400 + offset.seconds


def _instants(local: ZoneInfo, day: date, spans: list[Minutes]) -> Iterable[Minutes]:
    if not spans:
        return ()
    midnight = datetime.combine(day, MIDNIGHT, local)
    offset, following = _offset(midnight, 0), midnight + _DAY_LENGTH
    if offset == _offset(midnight, 1) == _offset(following, 0) == _offset(following, 1):
        base = ((day.toordinal() - _EPOCH_DAY) * 86400 - offset) * SECOND
        return [(base + start * MINUTE, base + end * MINUTE) for start, end in spans]
    return [(first_instant(local, day, start), first_instant(local, day, end)) for start, end in spans]


def _joined(openings: Iterable[Minutes]) -> tuple[list[int], list[int]]:
    starts: list[int] = []
    ends: list[int] = []
    for start, end in openings:
        if start >= end:
            continue
        if ends and start == ends[-1]:
            ends[-1] = end
        else:
            starts.append(start)
            ends.append(end)
    return starts, ends


def _weekday(spec: CalendarSpec, day: int) -> list[Minutes]:
    """The open minutes of a weekday: its own openings up to midnight, and what runs in from the day before."""
    own = [minutes(each) for each in _on(spec, day)]
    before = [minutes(each) for each in _on(spec, (day - 1) % 7)]
    spill = [(0, end - DAY) for _, end in before if end > DAY]
    return _union([*spill, *((start, min(end, DAY)) for start, end in own)])


def _on(spec: CalendarSpec, day: int) -> list[Opening]:
    return [each for each in spec.openings if each.day == DAYS[day]]


def _union(spans: Iterable[Minutes]) -> list[Minutes]:
    """In order, overlapping and touching ones as one."""
    found: list[Minutes] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def _around_the_clock() -> CalendarSpec:
    return CalendarSpec(zone="Etc/UTC", openings=tuple(Opening(day, "00:00", "24:00") for day in DAYS))
