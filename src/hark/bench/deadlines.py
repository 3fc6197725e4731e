"""How fast deadlines are computed: one core, no database, times of one year that come in no order.

Nothing here waits, so the processor's time is measured: what else the machine does at the moment is not in the figure.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import thread_time

from hark.bench.report import Figure, at_least
from hark.sla.calendar import Calendar, always_open, build_calendar
from hark.sla.clocks import CustomerMessage, Opened, PersonReply, Plan, apply, replay
from hark.sla.deadlines import add_business_time, business_time_between
from hark.sla.spec import DAYS, CalendarSpec, Opening, PublicHolidays

GOAL = 50_000
_START = datetime(2026, 1, 1, tzinfo=UTC)
_ASKED = [(_START + timedelta(minutes=(each * 7919) % 525_600), each % 4800 + 1) for each in range(4096)]


def bench(seconds: float) -> list[Figure]:
    """Computations a second; the calendar's years are made before (and measured by themselves)."""
    calendar = build_calendar(_split_shifts())
    return [
        at_least("due times", _rate(lambda: _add(calendar), len(_ASKED), seconds), GOAL, "/s"),
        at_least("open time between", _rate(lambda: _between(calendar), len(_ASKED), seconds), GOAL, "/s"),
        at_least(
            "due times, a calendar of 24 hours",
            _rate(lambda: _add(always_open()), len(_ASKED), seconds),
            GOAL,
            "/s",
        ),
        at_least("events applied to clocks", _rate(lambda: _clocks(calendar), 128, seconds), 10_000, "/s"),
        at_least("years made from a calendar", _rate(lambda: _years(calendar), 16, seconds), 100, "/s"),
    ]


def _rate(work: Callable[[], None], each: int, seconds: float) -> float:
    work()
    count, start = 0, thread_time()
    while thread_time() - start < seconds:
        work()
        count += each
    return count / (thread_time() - start)


def _add(calendar: Calendar) -> None:
    for start, minutes in _ASKED:
        add_business_time(calendar, start, timedelta(minutes=minutes))


def _between(calendar: Calendar) -> None:
    for start, minutes in _ASKED:
        business_time_between(calendar, start, start + timedelta(minutes=minutes))


def _clocks(calendar: Calendar) -> None:
    """A conversation of 128 events, each applied to the state before it."""
    plan = Plan("policy", "calendar", first_response=60, next_response=30, resolution=4800)
    state = replay([Opened(id="0", at=_START, plan=plan)], lambda _: calendar)
    for each in range(1, 129):
        kind = CustomerMessage if each % 2 else PersonReply
        event = kind(id=str(each), at=_START + timedelta(minutes=each * 5))
        state = apply(state, event, lambda _: calendar)


def _years(calendar: Calendar) -> None:
    fresh = Calendar(calendar.spec)
    for year in range(2020, 2036):
        fresh.year(year)


def _split_shifts() -> CalendarSpec:
    """Two openings a day and one through the night, in a zone with clock changes, with public holidays."""
    days = [(day, *hours) for day in DAYS[:5] for hours in (("08:30", "12:00"), ("13:00", "18:15"))]
    openings = [Opening(*each) for each in [*days, ("sat", "22:00", "06:00")]]
    return CalendarSpec("Europe/Berlin", tuple(openings), (PublicHolidays("DE", "BY"),))
