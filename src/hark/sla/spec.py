"""A business calendar as it is written down: the body of the API, the row in the database, the form on the page."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Opening(msgspec.Struct, frozen=True):
    """Open every week on `day` from `open` to `close` ("09:00"; `close` may be "24:00"). A `close` earlier than `open` lies on
    the next day. A day may have several."""

    day: Day
    open: str
    close: str


class Span(msgspec.Struct, frozen=True):
    """An opening of one date, written as in `Opening`."""

    open: str
    close: str


class PublicHolidays(msgspec.Struct, frozen=True):
    """The public holidays of a country, or of a part of it: ISO 3166 codes ("DE", "BY")."""

    country: str
    subdivision: str | None = None


class OwnHoliday(msgspec.Struct, frozen=True):
    """A date on which the calendar is closed, midnight to midnight in its zone. `yearly`: on that day of every year
    (29 February: in leap years)."""

    date: date
    name: str = ""
    yearly: bool = False


class DayException(msgspec.Struct, frozen=True):
    """A date with hours of its own: open as listed and only so (none: closed), also on a public holiday. The dates beside it
    keep theirs; a listed span may run into the next one unless that has hours of its own too."""

    date: date
    name: str = ""
    openings: tuple[Span, ...] = ()


class CalendarSpec(msgspec.Struct, frozen=True):
    """All that a calendar says. Order never matters."""

    zone: str
    openings: tuple[Opening, ...] = ()
    public_holidays: tuple[PublicHolidays, ...] = ()
    own_holidays: tuple[OwnHoliday, ...] = ()
    exceptions: tuple[DayException, ...] = ()
