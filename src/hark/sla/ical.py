"""Holidays from an iCalendar file (.ics): whole-day events become closed dates. By `icalendar` (BSD); never from an address.

A file is somebody else's work: size, events, days per event and dates are bounded, repetition is only followed for "every year",
and all that was left out is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from icalendar import BrokenCalendarProperty, Event
from icalendar import Calendar as Ical

from hark.kernel.errors import Invalid, TooLarge
from hark.sla.checking import FIRST_YEAR, LAST_YEAR, LONGEST_NAME, MOST_DATES
from hark.sla.spec import OwnHoliday

MOST_BYTES = 1_000_000
MOST_EVENTS = 5000
LONGEST_EVENT = 60
"""Days of one event; longer ones are schedules, not holidays."""
_DAY = timedelta(days=1)


class Skipped(msgspec.Struct, frozen=True):
    """An event that became no holiday. `reason`: timed (has a time of day), too_long, repeats (not simply every year),
    unreadable, out_of_range, cancelled."""

    name: str
    reason: str


class Imported(msgspec.Struct, frozen=True):
    """What a file gave, by date; `skipped` in the file's order."""

    holidays: tuple[OwnHoliday, ...]
    skipped: tuple[Skipped, ...]


class _Refused(Exception):
    """Says why an event is skipped."""


def read_ical(content: bytes) -> Imported:
    """Raises TooLarge, or Invalid with field "file" when it is no calendar, has too many events or no holiday in it."""
    skipped: list[Skipped] = []
    found: dict[tuple[date, bool], OwnHoliday] = {}
    for event in _events(content):
        name = _name(event)
        try:
            for holiday in _holidays(event, name):
                found.setdefault((holiday.date, holiday.yearly), holiday)
        except _Refused as why:
            skipped.append(Skipped(name, str(why)))
        except BrokenCalendarProperty:
            skipped.append(Skipped(name, "unreadable"))
    if len(found) > MOST_DATES:
        raise _wrong(f"The file has {len(found)} dates; at most {MOST_DATES} are possible.")
    if not found:
        raise _wrong("The file has no whole-day event that could be a holiday.")
    return Imported(tuple(sorted(found.values(), key=lambda each: each.date)), tuple(skipped))


def _events(content: bytes) -> list[Event]:
    if len(content) > MOST_BYTES:
        raise TooLarge(f"The file is larger than {MOST_BYTES // 1000} kB.", fields={"file": "too large"})
    if content.upper().count(b"BEGIN:VEVENT") > MOST_EVENTS:
        raise _wrong(f"The file has more than {MOST_EVENTS} events.")
    try:
        calendars = Ical.from_ical(content, multiple=True)
        events = [event for each in calendars for event in each.walk("VEVENT")]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as broken:
        raise _wrong("The file is not an iCalendar file that can be read.") from broken
    if not calendars or any(each.name != "VCALENDAR" for each in calendars):
        raise _wrong("The file is not an iCalendar file: it has no VCALENDAR.")
    return [each for each in events if isinstance(each, Event)]


def _holidays(event: Event, name: str) -> Iterator[OwnHoliday]:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        raise _Refused("cancelled")
    first = _date(event, "DTSTART")
    days = (_after(event, first) - first).days
    if days > LONGEST_EVENT:
        raise _Refused("too_long")
    if not FIRST_YEAR <= first.year <= LAST_YEAR - 1:
        raise _Refused("out_of_range")
    yearly = _yearly(event, first)
    for passed in range(max(days, 1)):
        yield OwnHoliday(first + passed * _DAY, name, yearly)


def _date(event: Event, name: str) -> date:
    value = getattr(event.get(name), "dt", None)
    if isinstance(value, datetime):
        raise _Refused("timed")
    if not isinstance(value, date):
        raise _Refused("unreadable")
    return value


def _after(event: Event, first: date) -> date:
    """The date after the event's last: of itself, by a length, or the next one."""
    if event.get("DTEND") is not None:
        return _date(event, "DTEND")
    length = getattr(event.get("DURATION"), "dt", _DAY)
    if not isinstance(length, timedelta):
        raise _Refused("unreadable")
    try:
        return first + length
    except OverflowError:
        raise _Refused("too_long") from None


def _yearly(event: Event, first: date) -> bool:
    """True for "every year on this day, without end". Any other repetition would be a half-truth."""
    rule: Any = event.get("RRULE")
    if event.get("RDATE") is not None or event.get("EXDATE") is not None:
        raise _Refused("repeats")
    if rule is None:
        return False
    try:
        said = {key.upper(): [str(value).upper() for value in values] for key, values in rule.items()}
    except (AttributeError, TypeError):
        raise _Refused("repeats") from None
    same = {
        "FREQ": ["YEARLY"],
        "INTERVAL": ["1"],
        "BYMONTH": [str(first.month)],
        "BYMONTHDAY": [str(first.day)],
    }
    if said.get("FREQ") != same["FREQ"]:
        raise _Refused("repeats")
    if any(same.get(key) != values for key, values in said.items() if key != "WKST"):
        raise _Refused("repeats")
    return True


def _name(event: Event) -> str:
    return " ".join(str(event.get("SUMMARY", "")).split())[:LONGEST_NAME]


def _wrong(sentence: str) -> Invalid:
    return Invalid(sentence, code="ical_invalid", fields={"file": sentence})
