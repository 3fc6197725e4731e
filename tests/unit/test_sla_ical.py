"""Holidays from calendar files, which come from anywhere."""

from __future__ import annotations

from datetime import date
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hark.kernel.errors import Invalid, TooLarge
from hark.sla.ical import MOST_BYTES, MOST_EVENTS, read_ical
from hark.sla.spec import OwnHoliday


def file(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\nUID:{i}\n{each}\nEND:VEVENT\n" for i, each in enumerate(events))
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//EN\n{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


NEW_YEAR = "DTSTART;VALUE=DATE:20270101\nSUMMARY:New Year"


def test_a_whole_day_event_is_a_holiday() -> None:
    assert read_ical(file(NEW_YEAR)).holidays == (OwnHoliday(date(2027, 1, 1), "New Year"),)


def test_an_event_of_several_days_closes_each_of_them() -> None:
    found = read_ical(
        file("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nSUMMARY:Weihnachten\\, frei")
    )
    assert [each.date.day for each in found.holidays] == [24, 25, 26]
    assert {each.name for each in found.holidays} == {"Weihnachten, frei"}


def test_a_length_may_stand_in_place_of_an_end() -> None:
    found = read_ical(file("DTSTART;VALUE=DATE:20261224\nDURATION:P2D\nSUMMARY:Short"))
    assert [each.date.day for each in found.holidays] == [24, 25]


@pytest.mark.parametrize("rule", ["FREQ=YEARLY", "FREQ=YEARLY;INTERVAL=1;BYMONTH=12;BYMONTHDAY=24"])
def test_every_year_is_kept_as_every_year(rule: str) -> None:
    found = read_ical(file(f"DTSTART;VALUE=DATE:20201224\nRRULE:{rule}\nSUMMARY:Eve"))
    assert found.holidays == (OwnHoliday(date(2020, 12, 24), "Eve", yearly=True),)


SKIPPED = [
    ("DTSTART:20260501T100000Z\nSUMMARY:Meeting", "timed"),
    ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=WEEKLY", "repeats"),
    ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;COUNT=3", "repeats"),
    ("DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=YEARLY;BYDAY=1MO;BYMONTH=1", "repeats"),
    ("DTSTART;VALUE=DATE:20260101\nRDATE;VALUE=DATE:20260103", "repeats"),
    ("DTSTART;VALUE=DATE:20260101\nRRULE:nonsense", "repeats"),
    ("DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20270101", "too_long"),
    ("DTSTART;VALUE=DATE:20260101\nDURATION:P9999999D", "too_long"),
    ("DTSTART;VALUE=DATE:20261332", "unreadable"),
    ("SUMMARY:When?", "unreadable"),
    ("DTSTART;VALUE=DATE:10660101", "out_of_range"),
    ("DTSTART;VALUE=DATE:20260101\nSTATUS:CANCELLED", "cancelled"),
]


@pytest.mark.parametrize(("event", "reason"), SKIPPED)
def test_what_is_no_plain_holiday_is_left_out_and_said(event: str, reason: str) -> None:
    found = read_ical(file(NEW_YEAR, event))
    assert [each.date.year for each in found.holidays] == [2027]
    assert [each.reason for each in found.skipped] in ([reason], ["unreadable"])


@pytest.mark.parametrize(("event", "reason"), [each for each in SKIPPED if "nonsense" not in each[0]])
def test_the_reason_is_the_right_one(event: str, reason: str) -> None:
    assert read_ical(file(NEW_YEAR, event)).skipped[0].reason == reason


def test_a_date_named_twice_is_one() -> None:
    assert len(read_ical(file(NEW_YEAR, NEW_YEAR)).holidays) == 1


def test_names_are_one_line_and_bounded() -> None:
    found = read_ical(file("DTSTART;VALUE=DATE:20270101\nSUMMARY:" + "a\\nb" + "x" * 500))
    assert found.holidays[0].name.startswith("a b")
    assert len(found.holidays[0].name) == 200


BROKEN = [
    b"",
    b"hello",
    b"\xff\xfe\x00\x01",
    b"%PDF-1.7",
    b"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\nEND:VEVENT\r\n",
    b"END:VCALENDAR\r\n",
    file(NEW_YEAR)[:-40],
    b"BEGIN:VCALENDAR\r\n" * 3000,
    file(),
    file("DTSTART:20260501T100000Z"),
]


@pytest.mark.parametrize("content", BROKEN)
def test_a_file_that_gives_no_holiday_is_an_error_in_words(content: bytes) -> None:
    with pytest.raises(Invalid) as problem:
        read_ical(content)
    assert problem.value.fields["file"] == problem.value.detail


def test_a_large_file_is_refused_unread() -> None:
    with pytest.raises(TooLarge):
        read_ical(b"x" * (MOST_BYTES + 1))


def test_too_many_events_are_refused_unread() -> None:
    start = perf_counter()
    with pytest.raises(Invalid, match="more than"):
        read_ical(b"BEGIN:VEVENT\n" * (MOST_EVENTS + 1))
    assert perf_counter() - start < 1


def test_too_many_dates_are_refused() -> None:
    month = "DTSTART;VALUE=DATE:{year}{month:02}01\nDURATION:P28D"
    events = [month.format(year=2026 + i // 12, month=i % 12 + 1) for i in range(80)]
    with pytest.raises(Invalid, match="at most"):
        read_ical(file(*events))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_damage_to_a_file_ends_in_anything_but_an_answer_or_words(data: st.DataObject) -> None:
    content = bytearray(file(NEW_YEAR, *(each for each, _ in SKIPPED)))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_ical(bytes(content))
    except Invalid as problem:
        assert problem.fields
