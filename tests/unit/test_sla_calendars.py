"""Which calendars are refused, and in which words; how they are remembered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from hark.kernel.errors import Invalid
from hark.sla.calendar import REMEMBERED, build_calendar, remembered_calendar
from hark.sla.checking import MOST_DATES, MOST_OPENINGS, check_calendar
from hark.sla.deadlines import add_business_time, is_open
from hark.sla.holidays import countries, holidays_of
from hark.sla.spec import CalendarSpec, DayException, Opening, OwnHoliday, PublicHolidays, Span
from hark.sla.zones import zone, zone_names

DAY = Opening("mon", "09:00", "17:00")


def refused(**said: object) -> dict[str, str]:
    """What is wrong, by field."""
    with pytest.raises(Invalid) as problem:
        check_calendar(CalendarSpec(**{"zone": "Europe/Berlin", "openings": (DAY,)} | said))  # type: ignore[arg-type]
    assert problem.value.code == "calendar_invalid"
    assert problem.value.detail == next(iter(problem.value.fields.values()))
    return problem.value.fields


WRONG = [
    ({"zone": "Mars/Olympus"}, "zone", "no time zone"),
    ({"zone": "../../etc/passwd"}, "zone", "no time zone"),
    ({"zone": ""}, "zone", "no time zone"),
    ({"zone": "europe/berlin"}, "zone", "no time zone"),
    ({"openings": ()}, "openings", "no opening at all"),
    ({"openings": (), "exceptions": (DayException(date(2026, 1, 6)),)}, "openings", "no opening at all"),
    ({"openings": (Opening("mon", "9:00", "17:00"),)}, "openings[0].open", "is not a time"),
    ({"openings": (Opening("mon", "09:00", "24:01"),)}, "openings[0].close", "is not a time"),
    ({"openings": (Opening("mon", "24:00", "06:00"),)}, "openings[0].open", "is not a time"),
    ({"openings": (Opening("mon", "09:60", "17:00"),)}, "openings[0].open", "is not a time"),
    ({"openings": (Opening("mon", "०९:००", "17:00"),)}, "openings[0].open", "is not a time"),
    ({"openings": (Opening("mon", "09:00\n", "17:00"),)}, "openings[0].open", "is not a time"),
    ({"openings": (DAY, Opening("tue", "08:00", "08:00"))}, "openings[1].close", "closes when it opens"),
    ({"openings": (DAY, DAY)}, "openings[1]", "overlaps"),
    ({"openings": (DAY, Opening("mon", "16:59", "18:00"))}, "openings[1]", "mon 16:59–18:00 overlaps mon 09:00–17:00"),
    ({"openings": (DAY, Opening("sun", "22:00", "09:01"))}, "openings[0]", "overlaps sun 22:00–09:01"),
    ({"openings": (Opening("mon", "08:00", "07:59"), Opening("mon", "09:00", "10:00"), Opening("mon", "11:00", "12:00"))},
     "openings[2]", "overlaps mon 08:00–07:59"),
    ({"openings": (DAY,) * (MOST_OPENINGS + 1)}, "openings", "at most"),
    ({"own_holidays": (OwnHoliday(date(2026, 1, 1)),) * (MOST_DATES + 1)}, "own_holidays", "at most"),
    ({"own_holidays": (OwnHoliday(date(1066, 1, 1)),)}, "own_holidays[0].date", "between the years"),
    ({"own_holidays": (OwnHoliday(date(2026, 1, 1), "x" * 201),)}, "own_holidays[0].name", "longer"),
    ({"public_holidays": (PublicHolidays("ZZ"),)}, "public_holidays[0].country", "ZZ"),
    ({"public_holidays": (PublicHolidays("de"),)}, "public_holidays[0].country", "de"),
    ({"public_holidays": (PublicHolidays("DE", "XX"),)}, "public_holidays[0].subdivision", "XX"),
    ({"exceptions": (DayException(date(2026, 1, 6)),) * 2}, "exceptions[1].date", "twice"),
    ({"exceptions": (DayException(date(2026, 1, 6), "", (Span("09:00", "nine"),)),)}, "exceptions[0].openings[0].close", "nine"),
    ({"exceptions": (DayException(date(2026, 1, 6), "", (Span("09:00", "12:00"), Span("11:00", "13:00"))),)},
     "exceptions[0].openings[1]", "overlaps"),
    ({"exceptions": (DayException(date(2026, 1, 6), "", (Span("09:00", "12:00"),)),),
      "own_holidays": (OwnHoliday(date(2026, 1, 6)),)},
     "exceptions[0].date", "remove one"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "field", "words"), WRONG)
def test_a_calendar_that_makes_no_sense_is_refused(said: dict[str, object], field: str, words: str) -> None:
    assert words in refused(**said)[field]


def test_all_that_is_wrong_is_said_at_once() -> None:
    found = refused(
        zone="Nowhere", openings=(Opening("mon", "9", "10"),), public_holidays=(PublicHolidays("ZZ"),)
    )
    assert list(found) == ["zone", "openings[0].open", "openings[0].close", "public_holidays[0].country"]


FINE = [
    (DAY, Opening("mon", "17:00", "18:00")),
    (DAY, Opening("sun", "22:00", "09:00")),
    (Opening("mon", "09:00", "08:59"),),
    (Opening("sun", "22:00", "06:00"), Opening("mon", "06:00", "24:00"), Opening("tue", "00:00", "24:00")),
]


@pytest.mark.parametrize("openings", FINE)
def test_touching_and_night_openings_are_fine(openings: tuple[Opening, ...]) -> None:
    check_calendar(CalendarSpec("Europe/Berlin", openings))


def test_a_calendar_is_built_once_for_its_key() -> None:
    asked: list[str] = []

    def spec() -> CalendarSpec:
        asked.append("asked")
        return CalendarSpec("Etc/UTC", (DAY,))

    assert remembered_calendar("test:1", spec) is remembered_calendar("test:1", spec)
    assert len(asked) == 1


def test_remembered_calendars_are_bounded() -> None:
    spec = CalendarSpec("Etc/UTC", (DAY,))
    first = remembered_calendar("bound:first", lambda: spec)
    for each in range(REMEMBERED):
        remembered_calendar(f"bound:{each}", lambda: spec)
    assert remembered_calendar("bound:first", lambda: spec) is not first


def test_a_year_is_made_once() -> None:
    built = build_calendar(CalendarSpec("Etc/UTC", (DAY,)))
    add_business_time(built, datetime(2026, 1, 1, tzinfo=UTC), timedelta(minutes=1))
    assert built.year(2026) is built.year(2026)


def test_zones_are_those_of_the_package_and_new_enough() -> None:
    assert {"Europe/Berlin", "Australia/Lord_Howe", "Etc/UTC", "America/Ciudad_Juarez"} <= zone_names()
    # 2023c: Lebanon did not put off its summer time after all.
    assert datetime(2023, 4, 1, tzinfo=zone("Asia/Beirut")).utcoffset() == timedelta(hours=3)
    with pytest.raises(KeyError):
        zone("/etc/localtime")


def test_countries_have_their_parts_by_name() -> None:
    found = {each.code: each for each in countries()}
    assert len(found) >= 200
    assert ("BY", "Bayern") in {(part.code, part.name) for part in found["DE"].subdivisions}
    assert "de" in found["DE"].languages


@pytest.mark.parametrize(
    ("language", "name"), [("de", "Neujahr"), ("en", "New Year's Day"), ("xx", "Neujahr")]
)
def test_holidays_are_named_in_the_language_where_there_is_one(language: str, name: str) -> None:
    assert holidays_of(PublicHolidays("DE"), 2026, language)[0].name == name


def test_subdivisions_have_holidays_of_their_own() -> None:
    bavaria = {each.date for each in holidays_of(PublicHolidays("DE", "BY"), 2026)}
    everywhere = {each.date for each in holidays_of(PublicHolidays("DE"), 2026)}
    assert date(2026, 1, 6) in bavaria - everywhere
    assert everywhere < bavaria


def test_an_unknown_place_has_no_holidays() -> None:
    for choice in (PublicHolidays("ZZ"), PublicHolidays("DE", "XX")):
        with pytest.raises(KeyError):
            holidays_of(choice, 2026)


def test_several_places_close_together() -> None:
    both = build_calendar(
        CalendarSpec(
            "Europe/Berlin", (Opening("mon", "00:00", "24:00"),), (PublicHolidays("DE"), PublicHolidays("US"))
        )
    )
    assert not is_open(both, datetime(2026, 4, 6, 12, tzinfo=UTC))  # Easter Monday, DE
    assert not is_open(both, datetime(2026, 9, 7, 12, tzinfo=UTC))  # Labor Day, US
    assert is_open(both, datetime(2026, 9, 14, 12, tzinfo=UTC))


@pytest.mark.parametrize("code", [each.code for each in countries()])
def test_every_country_can_be_chosen(code: str) -> None:
    spec = CalendarSpec("Etc/UTC", (DAY,), (PublicHolidays(code),))
    assert build_calendar(spec).year(2026).total > 0
