"""Business time: the rules as tables, and as properties against counting minutes in zones whose clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hark.kernel.errors import Invalid
from hark.sla.calendar import Calendar, NoOpening, always_open, build_calendar
from hark.sla.checking import check_calendar
from hark.sla.deadlines import (
    add_business_time,
    business_time_between,
    is_open,
    next_opening,
    openings_between,
)
from hark.sla.spec import DAYS, CalendarSpec, DayException, Opening, OwnHoliday, PublicHolidays, Span
from tests.support.business_minutes import Counted, by_clock, by_first_reading

OFFICE = tuple(Opening(day, "09:00", "17:00") for day in DAYS[:5])


def calendar(zone: str, *openings: Opening, **more: object) -> Calendar:
    return build_calendar(CalendarSpec(zone=zone, openings=openings or OFFICE, **more))  # type: ignore[arg-type]


def local(zone: Calendar, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone.zone)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


BERLIN = calendar("Europe/Berlin")
ADDED = [
    # start, minutes, due; 2026-01-05 is a Monday
    ("2026-01-05 09:00", 30, "2026-01-05 09:30"),
    ("2026-01-05 16:30", 30, "2026-01-05 17:00"),
    ("2026-01-05 16:30", 31, "2026-01-06 09:01"),
    ("2026-01-05 09:00", 480, "2026-01-05 17:00"),
    ("2026-01-05 09:00", 960, "2026-01-06 17:00"),
    ("2026-01-05 17:00", 1, "2026-01-06 09:01"),
    ("2026-01-05 06:00", 1, "2026-01-05 09:01"),
    ("2026-01-09 16:59", 2, "2026-01-12 09:01"),
    ("2026-01-10 12:00", 480, "2026-01-12 17:00"),
    ("2026-01-05 10:00", 0, "2026-01-05 10:00"),
    ("2026-01-05 17:00", 0, "2026-01-06 09:00"),
    ("2026-01-09 17:00", 0, "2026-01-12 09:00"),
    ("2026-01-05 08:00", 0, "2026-01-05 09:00"),
]


@pytest.mark.parametrize(("start", "amount", "due"), ADDED)
def test_business_time_is_added(start: str, amount: int, due: str) -> None:
    found = add_business_time(BERLIN, local(BERLIN, start), minutes(amount))
    assert found == local(BERLIN, due)
    assert found.tzinfo is UTC


MEASURED = [
    ("2026-01-05 09:00", "2026-01-05 17:00", 480),
    ("2026-01-05 08:00", "2026-01-05 18:00", 480),
    ("2026-01-05 17:00", "2026-01-06 09:00", 0),
    ("2026-01-09 16:00", "2026-01-12 10:00", 120),
    ("2026-01-05 12:00", "2026-01-05 12:00", 0),
    ("2026-01-10 00:00", "2026-01-12 00:00", 0),
    ("2025-01-01 00:00", "2026-01-01 00:00", 261 * 480),
]


@pytest.mark.parametrize(("start", "end", "open_minutes"), MEASURED)
def test_open_minutes_are_measured_half_open(start: str, end: str, open_minutes: int) -> None:
    assert business_time_between(BERLIN, local(BERLIN, start), local(BERLIN, end)) == minutes(open_minutes)


def test_measuring_backwards_is_an_error() -> None:
    with pytest.raises(Invalid, match="before its start"):
        business_time_between(
            BERLIN, local(BERLIN, "2026-01-05 10:00:00.000001"), local(BERLIN, "2026-01-05 10:00")
        )


def test_a_negative_amount_is_an_error() -> None:
    with pytest.raises(Invalid, match="negative"):
        add_business_time(BERLIN, local(BERLIN, "2026-01-05 10:00"), minutes(-1))


def test_a_time_without_a_zone_is_an_error() -> None:
    with pytest.raises(Invalid, match="without a zone"):
        is_open(BERLIN, datetime(2026, 1, 5, 10))


def test_parts_of_a_second_are_kept() -> None:
    start = local(BERLIN, "2026-01-05 16:59:59.999999")
    assert add_business_time(BERLIN, start, minutes(1)) == local(BERLIN, "2026-01-06 09:00:59.999999")


def test_closing_is_closed_and_opening_is_open() -> None:
    assert not is_open(BERLIN, local(BERLIN, "2026-01-05 17:00"))
    assert is_open(BERLIN, local(BERLIN, "2026-01-05 09:00"))
    assert is_open(BERLIN, local(BERLIN, "2026-01-05 16:59:59.999999"))
    assert not is_open(BERLIN, local(BERLIN, "2026-01-05 08:59:59.999999"))


NIGHT = calendar("Europe/Berlin", Opening("mon", "22:00", "06:00"))


def test_a_night_shift_belongs_to_the_day_it_starts_on() -> None:
    assert is_open(NIGHT, local(NIGHT, "2026-01-06 05:59"))
    assert not is_open(NIGHT, local(NIGHT, "2026-01-05 05:59"))
    assert add_business_time(NIGHT, local(NIGHT, "2026-01-05 23:00"), minutes(420)) == local(
        NIGHT, "2026-01-06 06:00"
    )


def test_midnight_may_be_written_either_way() -> None:
    ends = calendar("Europe/Berlin", Opening("mon", "22:00", "24:00"))
    runs_over = calendar("Europe/Berlin", Opening("mon", "22:00", "00:00"))
    start, end = local(ends, "2026-01-05 00:00"), local(ends, "2026-01-19 00:00")
    assert openings_between(ends, start, end) == openings_between(runs_over, start, end)
    assert business_time_between(ends, start, end) == minutes(240)


def test_a_holiday_takes_only_its_own_date_from_a_night_shift() -> None:
    nights = calendar(
        "Europe/Berlin",
        *(Opening(day, "22:00", "06:00") for day in DAYS),
        own_holidays=(OwnHoliday(date(2026, 1, 6)),),
    )
    found = openings_between(nights, local(nights, "2026-01-05 12:00"), local(nights, "2026-01-07 12:00"))
    assert found == [
        (local(nights, "2026-01-05 22:00"), local(nights, "2026-01-06 00:00")),
        (local(nights, "2026-01-07 00:00"), local(nights, "2026-01-07 06:00")),
    ]


def test_touching_openings_are_one_whatever_their_order() -> None:
    split = calendar("Europe/Berlin", Opening("mon", "12:00", "17:00"), Opening("mon", "09:00", "12:00"))
    start, end = local(split, "2026-01-05 00:00"), local(split, "2026-01-06 00:00")
    assert openings_between(split, start, end) == [
        (local(split, "2026-01-05 09:00"), local(split, "2026-01-05 17:00"))
    ]
    assert next_opening(split, local(split, "2026-01-05 12:00")) == local(split, "2026-01-05 12:00")


def test_around_the_clock_is_one_opening_over_the_turn_of_the_year() -> None:
    start, end = datetime(2026, 12, 30, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC)
    assert openings_between(always_open(), start, end) == [(start, end)]
    assert add_business_time(always_open(), start, timedelta(days=3)) == end


CHANGES = [
    # zone, opening, from, to, real minutes: a clock change inside makes it longer or shorter
    ("Europe/Berlin", ("sun", "00:00", "06:00"), "2026-03-29", 300),
    ("Europe/Berlin", ("sun", "00:00", "06:00"), "2026-10-25", 420),
    ("America/New_York", ("sun", "00:00", "24:00"), "2026-03-08", 1380),
    ("America/New_York", ("sun", "00:00", "24:00"), "2026-11-01", 1500),
    ("Australia/Lord_Howe", ("sun", "01:00", "03:00"), "2026-04-05", 150),
    ("Australia/Lord_Howe", ("sun", "01:00", "03:00"), "2026-10-04", 90),
    ("Pacific/Apia", ("fri", "00:00", "24:00"), "2011-12-30", 0),
    ("Asia/Kathmandu", ("wed", "00:00", "24:00"), "1986-01-01", 1425),
    ("America/Sao_Paulo", ("sun", "00:00", "24:00"), "2017-10-15", 1380),
    ("America/Sao_Paulo", ("sat", "00:00", "24:00"), "2018-02-17", 1500),
    ("Europe/Berlin", ("sun", "02:00", "03:00"), "2026-03-29", 0),
    ("Europe/Berlin", ("sun", "02:30", "04:00"), "2026-03-29", 60),
    ("Europe/Berlin", ("sun", "02:00", "03:00"), "2026-10-25", 120),
    ("Africa/Monrovia", ("fri", "00:00", "24:00"), "1972-01-07", 24 * 60 - 44.5),
]


@pytest.mark.parametrize(("zone", "opening", "day", "real"), CHANGES)
def test_elapsed_time_is_real_time(zone: str, opening: tuple[str, str, str], day: str, real: float) -> None:
    one = calendar(zone, Opening(*opening))  # type: ignore[arg-type]
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=2)
    assert business_time_between(one, start, start + timedelta(days=4)) == minutes(real)


def test_an_opening_at_a_skipped_time_begins_after_the_gap() -> None:
    one = calendar("Europe/Berlin", Opening("sun", "02:30", "05:00"))
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert next_opening(one, start) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_an_opening_that_is_skipped_whole_is_not_shown() -> None:
    one = calendar("Europe/Berlin", Opening("sun", "02:00", "03:00"))
    assert openings_between(one, datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)) == []


def test_an_opening_at_a_repeated_time_begins_at_its_first_occurrence() -> None:
    one = calendar("Europe/Berlin", Opening("sun", "02:30", "05:00"))
    assert next_opening(one, datetime(2026, 10, 24, 12, tzinfo=UTC)) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


def test_the_date_that_apia_left_out_has_no_time() -> None:
    apia = calendar("Pacific/Apia", *(Opening(day, "09:00", "17:00") for day in DAYS))
    start = datetime(2011, 12, 29, 9, tzinfo=apia.zone)
    assert add_business_time(apia, start, minutes(481)) == datetime(2011, 12, 31, 9, 1, tzinfo=apia.zone)


def test_a_public_holiday_is_closed_and_an_exception_opens_it() -> None:
    closed = calendar("Europe/Berlin", public_holidays=(PublicHolidays("DE", "BY"),))
    opened = calendar(
        "Europe/Berlin",
        public_holidays=(PublicHolidays("DE", "BY"),),
        exceptions=(DayException(date(2026, 1, 6), "Epiphany", (Span("10:00", "12:00"),)),),
    )
    start = local(closed, "2026-01-05 17:00")
    assert next_opening(closed, start) == local(closed, "2026-01-07 09:00")
    assert add_business_time(opened, start, minutes(121)) == local(opened, "2026-01-07 09:01")


def test_an_exception_replaces_its_date_and_may_run_into_the_next() -> None:
    one = calendar(
        "Europe/Berlin",
        exceptions=(DayException(date(2026, 1, 6), "Party", (Span("20:00", "10:00"),)),),
    )
    found = openings_between(one, local(one, "2026-01-06 00:00"), local(one, "2026-01-08 00:00"))
    assert found == [(local(one, "2026-01-06 20:00"), local(one, "2026-01-07 17:00"))]


def test_a_yearly_holiday_comes_every_year() -> None:
    one = calendar("Europe/Berlin", own_holidays=(OwnHoliday(date(2020, 12, 24), "Eve", yearly=True),))
    for year in (2019, 2026, 2054):
        assert not is_open(one, datetime(year, 12, 24, 12, tzinfo=one.zone))


def test_a_calendar_that_never_opens_again_is_an_error_and_no_search_without_end() -> None:
    past = calendar(
        "Europe/Berlin",
        Opening("mon", "09:00", "17:00"),
        own_holidays=(),
    )
    only = build_calendar(
        CalendarSpec(
            "Europe/Berlin", exceptions=(DayException(date(2020, 1, 6), "", (Span("09:00", "17:00"),)),)
        )
    )
    start = datetime(2026, 1, 5, tzinfo=UTC)
    with pytest.raises(NoOpening, match="10 years"):
        next_opening(only, start)
    with pytest.raises(NoOpening):
        add_business_time(only, start, minutes(1))
    with pytest.raises(NoOpening):
        add_business_time(past, start, timedelta(days=365))
    assert add_business_time(past, start, timedelta(days=100)) > start


@pytest.mark.parametrize(("year", "found"), [(2036, True), (2037, False)])
def test_the_search_ends_after_ten_years(year: int, found: bool) -> None:
    opening = DayException(date(year, 12, 31), "", (Span("09:00", "17:00"),))
    once = build_calendar(CalendarSpec("Europe/Berlin", exceptions=(opening,)))
    start = datetime(2026, 1, 5, tzinfo=UTC)
    if found:
        assert next_opening(once, start) == local(once, "2036-12-31 09:00")
        assert add_business_time(once, start, minutes(480)) == local(once, "2036-12-31 17:00")
    else:
        for search in (lambda: next_opening(once, start), lambda: add_business_time(once, start, minutes(1))):
            with pytest.raises(NoOpening):
                search()


def test_the_smallest_amount_is_an_amount() -> None:
    due = add_business_time(BERLIN, local(BERLIN, "2026-01-05 17:00"), timedelta(microseconds=1))
    assert due == local(BERLIN, "2026-01-06 09:00:00.000001")


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_time_are_an_error_and_not_a_crash(year: int) -> None:
    with pytest.raises(NoOpening):
        add_business_time(BERLIN, datetime(year, 6, 1, tzinfo=UTC), minutes(1))


# -- properties ------------------------------------------------------------------------------------------------------

WINDOWS = [
    ("Europe/Berlin", datetime(2026, 3, 24, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 20, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 3, tzinfo=UTC)),
    ("America/New_York", datetime(2025, 12, 27, tzinfo=UTC)),
    ("America/St_Johns", datetime(2007, 10, 31, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 2, 13, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2017, 10, 10, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 3, 31, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 9, 29, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 26, tzinfo=UTC)),
    ("Pacific/Chatham", datetime(2026, 3, 31, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(1985, 12, 28, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2026, 2, 11, tzinfo=UTC)),
    ("Antarctica/Troll", datetime(2026, 3, 24, tzinfo=UTC)),
    ("Etc/UTC", datetime(2024, 2, 25, tzinfo=UTC)),
]
SAFE_WINDOWS = [each for each in WINDOWS if each[0] != "America/St_Johns"]
"""There midnight itself was repeated: a boundary strictly inside a repeated hour."""
LENGTH = 11
SAFE = ["00:00", "04:00", "06:00", "08:30", "12:00", "13:15", "18:00", "22:00", "24:00"]
ANY = sorted({f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45)} | {"24:00"})


@st.composite
def specs(draw: st.DrawFn, times: list[str], *, special: bool) -> tuple[CalendarSpec, datetime]:
    zone, begin = draw(st.sampled_from(WINDOWS if times is ANY else SAFE_WINDOWS))
    start = st.sampled_from([each for each in times if each != "24:00"])
    hours = st.tuples(start, st.sampled_from(times)).filter(lambda each: each[0] != each[1])
    one = st.builds(lambda day, each: Opening(day, *each), st.sampled_from(DAYS), hours)
    openings = draw(st.lists(one, min_size=1, max_size=7))
    days = st.integers(0, LENGTH).map(lambda each: (begin + timedelta(days=each)).date())
    own = draw(st.lists(st.builds(OwnHoliday, days), max_size=2)) if special else []
    spans = st.lists(st.builds(Span, start, st.sampled_from(times)), max_size=2).map(tuple)
    exceptions = (
        draw(st.lists(st.builds(DayException, days, st.just(""), spans), max_size=2)) if special else []
    )
    spec = CalendarSpec(zone, tuple(openings[:1]))
    for field, values in (("openings", openings[1:]), ("own_holidays", own), ("exceptions", exceptions)):
        for value in values:
            spec = valid_with(spec, field, value)
    return spec, begin


def valid_with(spec: CalendarSpec, field: str, value: object) -> CalendarSpec:
    """With the value too, if that makes a calendar that can be saved."""
    more = replace(spec, **{field: (*getattr(spec, field), value)})
    try:
        check_calendar(more)
    except Invalid:
        return spec
    return more


def moments(begin: datetime) -> st.SearchStrategy[datetime]:
    return st.integers(0, (LENGTH - 1) * 86400).map(lambda each: begin + timedelta(days=1, seconds=each))


def same_as_counting(data: st.DataObject, spec: CalendarSpec, begin: datetime, counted: Counted) -> None:
    built = build_calendar(spec)
    one, other = sorted((data.draw(moments(begin)), data.draw(moments(begin))))
    assert business_time_between(built, one, other) == counted.used(other) - counted.used(one)
    assert is_open(built, one) == counted.is_open(one)
    amount = timedelta(seconds=data.draw(st.integers(1, 3 * 86400)))
    due = counted.due(one, amount)
    if due is not None:
        assert add_business_time(built, one, amount) == due


@settings(max_examples=70, deadline=None)
@given(specs(SAFE, special=True), st.data())
def test_it_is_what_the_local_clock_says_minute_by_minute(
    drawn: tuple[CalendarSpec, datetime], data: st.DataObject
) -> None:
    spec, begin = drawn
    same_as_counting(data, spec, begin, Counted(spec, begin, LENGTH + 1, by_clock))


@settings(max_examples=50, deadline=None)
@given(specs(ANY, special=False), st.data())
def test_boundaries_inside_a_clock_change_are_the_first_reading(
    drawn: tuple[CalendarSpec, datetime], data: st.DataObject
) -> None:
    spec, begin = drawn
    same_as_counting(data, spec, begin, Counted(spec, begin, LENGTH + 1, by_first_reading))


@settings(max_examples=90, deadline=None)
@given(specs(ANY, special=True), st.data())
def test_adding_and_measuring_undo_one_another(
    drawn: tuple[CalendarSpec, datetime], data: st.DataObject
) -> None:
    spec, begin = drawn
    built, start = build_calendar(spec), data.draw(moments(begin))
    amount = timedelta(microseconds=data.draw(st.integers(1, 10**12)))
    try:
        due = add_business_time(built, start, amount)
    except NoOpening:
        return
    assert business_time_between(built, start, due) == amount
    assert business_time_between(built, start, due - timedelta(microseconds=1)) < amount


@settings(max_examples=90, deadline=None)
@given(specs(ANY, special=True), st.data())
def test_later_starts_and_longer_targets_are_never_due_earlier(
    drawn: tuple[CalendarSpec, datetime], data: st.DataObject
) -> None:
    spec, begin = drawn
    built = build_calendar(spec)
    one, other = sorted((data.draw(moments(begin)), data.draw(moments(begin))))
    less, more = sorted(timedelta(seconds=data.draw(st.integers(0, 10**6))) for _ in range(2))
    try:
        assert add_business_time(built, one, less) <= add_business_time(built, other, less)
        if less:
            assert add_business_time(built, one, less) <= add_business_time(built, one, more)
    except NoOpening:
        return


@settings(max_examples=50, deadline=None)
@given(specs(ANY, special=True), st.data())
def test_the_strip_adds_up_to_what_is_measured(
    drawn: tuple[CalendarSpec, datetime], data: st.DataObject
) -> None:
    spec, begin = drawn
    built = build_calendar(spec)
    one, other = sorted((data.draw(moments(begin)), data.draw(moments(begin))))
    found = openings_between(built, one, other)
    assert sum((end - start for start, end in found), timedelta()) == business_time_between(built, one, other)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(found))
    assert all(one <= start < end <= other for start, end in found)
