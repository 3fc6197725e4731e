"""Business calendars, what they come to in the next two weeks, and holidays to put into them."""

from __future__ import annotations

from calendar import isleap
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from hark.api.bounds import MULTIPART
from hark.api.writing import Once, write, write_once
from hark.flows import sla
from hark.flows.context import Hark
from hark.infra.db import Connection
from hark.journal import Fact
from hark.kernel.errors import Invalid
from hark.kernel.pages import Page
from hark.sla.calendar import NoOpening, build_calendar
from hark.sla.deadlines import is_open, next_opening, openings_between
from hark.sla.drafts import BusinessCalendar, CalendarDraft, Caution
from hark.sla.holidays import Country, Holiday, countries, holiday_problems, holidays_of
from hark.sla.ical import MOST_BYTES, Imported, read_ical
from hark.sla.spec import CalendarSpec, PublicHolidays
from hark.sla.zones import zone
from hark.workspaces.rights import Actor

STRIP_DAYS = 14


class Open(msgspec.Struct, frozen=True):
    """An opening as two instants."""

    start: datetime
    end: datetime


class StripDay(msgspec.Struct, frozen=True):
    """A date of the calendar's zone: its openings, and what it is when it is not a day like others."""

    date: date
    openings: list[Open]
    holiday: str | None
    exception: str | None


class Strip(msgspec.Struct, frozen=True):
    """The next two weeks. `opens_at`: when it is open next (now, when it is); null when it never is."""

    zone: str
    open_now: bool
    opens_at: datetime | None
    days: list[StripDay]
    warnings: list[Caution]


class SpecToShow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    spec: CalendarSpec


@get("/api/v1/calendars", right="workspace:read", tags=["sla"], operation_id="listCalendars")
async def list_calendars(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor]
) -> Page[BusinessCalendar]:
    """The business calendars by name, all on one page."""
    async with hark.db.connection() as connection:
        return Page(await sla.list_calendars(connection, actor.workspace_id), None)


@post("/api/v1/calendars", right="policies:write", tags=["sla"], operation_id="createCalendar")
async def create_calendar(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    once: NamedDependency[Once],
    data: JSONBody[CalendarDraft],
) -> BusinessCalendar:
    """A new calendar, with warnings about what may not be meant."""

    async def work(connection: Connection) -> tuple[BusinessCalendar, list[Fact]]:
        return await sla.create_calendar(connection, actor, data, hark.clock())

    return await write_once(hark, actor, once, BusinessCalendar, work)


@get("/api/v1/calendars/{calendar_id:uuid}", right="workspace:read", tags=["sla"], operation_id="getCalendar")
async def get_calendar(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], calendar_id: FromPath[UUID]
) -> BusinessCalendar:
    """One calendar."""
    async with hark.db.connection() as connection:
        return await sla.load_calendar(connection, actor.workspace_id, calendar_id)


@put(
    "/api/v1/calendars/{calendar_id:uuid}",
    right="policies:write",
    tags=["sla"],
    operation_id="updateCalendar",
)
async def update_calendar(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    calendar_id: FromPath[UUID],
    data: JSONBody[CalendarDraft],
) -> BusinessCalendar:
    """Name and hours anew. Open clocks that count by it follow at once, in the background; see `getSlaProgress`."""

    async def work(connection: Connection) -> tuple[BusinessCalendar, list[Fact]]:
        return await sla.change_calendar(connection, actor, calendar_id, data, hark.clock())

    return await write(hark, actor, work)


@delete(
    "/api/v1/calendars/{calendar_id:uuid}",
    right="policies:write",
    tags=["sla"],
    operation_id="removeCalendar",
)
async def remove_calendar(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], calendar_id: FromPath[UUID]
) -> None:
    """Removes a calendar by which no policy counts."""

    async def work(connection: Connection) -> tuple[None, list[Fact]]:
        return await sla.remove_calendar(connection, actor, calendar_id, hark.clock())

    await write(hark, actor, work)


@post(
    "/api/v1/calendars/preview",
    right="workspace:read",
    tags=["sla"],
    operation_id="previewCalendar",
    status_code=200,
)
async def preview_calendar(hark: NamedDependency[Hark], data: JSONBody[SpecToShow]) -> Strip:
    """What a calendar comes to in the next two weeks, saved or not."""
    now = hark.clock()
    warnings = sla.check_spec(data.spec, now)
    calendar = build_calendar(data.spec)
    try:
        opens_at = next_opening(calendar, now)
    except NoOpening:
        opens_at = None
    return Strip(data.spec.zone, is_open(calendar, now), opens_at, _strip(data.spec, now), warnings)


def _strip(spec: CalendarSpec, now: datetime) -> list[StripDay]:
    """Day by day of the zone, an opening over midnight on both."""
    calendar, local = build_calendar(spec), zone(spec.zone)
    first = now.astimezone(local).date()
    holidays = _named_holidays(spec, first)
    exceptions = {each.date: each.name for each in spec.exceptions}
    days = []
    for number in range(STRIP_DAYS):
        day = first + timedelta(days=number)
        start, end = _midnight(day, spec.zone), _midnight(day + timedelta(days=1), spec.zone)
        found = openings_between(calendar, start, end)
        days.append(StripDay(day, [Open(*each) for each in found], holidays.get(day), exceptions.get(day)))
    return days


def _midnight(day: date, name: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone(name))


def _named_holidays(spec: CalendarSpec, first: date) -> dict[date, str]:
    """The names of holidays in the strip; own names win."""
    last = first + timedelta(days=STRIP_DAYS)
    named: dict[date, str] = {}
    for year in {first.year, last.year}:
        for choice in spec.public_holidays:
            named |= {each.date: each.name for each in holidays_of(choice, year)}
        for own in spec.own_holidays:
            if not own.yearly:
                named[own.date] = own.name
            elif (own.date.month, own.date.day) != (2, 29) or isleap(year):
                named[own.date.replace(year=year)] = own.name
    return named


@get("/api/v1/holidays/countries", right="workspace:read", tags=["sla"], operation_id="listHolidayCountries")
async def list_countries() -> list[Country]:
    """The countries whose public holidays are known, with their parts that have some of their own."""
    return list(countries())


@get("/api/v1/holidays", right="workspace:read", tags=["sla"], operation_id="listHolidays")
async def list_holidays(
    country: Annotated[
        str, QueryParameter(min_length=2, max_length=2, description="ISO 3166-1, two letters.")
    ],
    year: Annotated[int, QueryParameter(ge=1990, le=2100)],
    subdivision: Annotated[str | None, QueryParameter(max_length=8)] = None,
    language: Annotated[str, QueryParameter(min_length=2, max_length=5)] = "en",
) -> list[Holiday]:
    """The public holidays of a year."""
    choice = PublicHolidays(country, subdivision or None)
    problems = {
        "subdivision" if "subdivision" in field else "country": sentence
        for field, sentence in holiday_problems([choice])
    }
    if problems:
        raise Invalid(next(iter(problems.values())), code="unknown_place", fields=problems)
    return holidays_of(choice, year, language)


@post(
    "/api/v1/calendars/import",
    right="policies:write",
    accepts=MULTIPART,
    tags=["sla"],
    operation_id="importHolidays",
    status_code=200,
    request_max_body_size=2 * MOST_BYTES,
)
async def import_holidays(request: Request[Any, Any, Any]) -> Imported:
    """Reads holidays from an iCal file (form field `file`); nothing is saved. What was left out is named with the reason."""
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile):
        raise Invalid("The form needs a file in the field `file`.", fields={"file": "is missing"})
    return read_ical(await file.read())


HANDLERS: list[Any] = [
    list_calendars,
    create_calendar,
    preview_calendar,
    import_holidays,
    get_calendar,
    update_calendar,
    remove_calendar,
    list_countries,
    list_holidays,
]
