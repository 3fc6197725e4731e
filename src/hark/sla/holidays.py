"""Public holidays by country and subdivision, from the `holidays` library (MIT; 250 countries and territories).

The library is imported when first asked: its import takes a third of a second, and most processes never need it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import msgspec

from hark.sla.spec import PublicHolidays

if TYPE_CHECKING:
    from holidays import HolidayBase


class Subdivision(msgspec.Struct, frozen=True):
    """A part of a country with holidays of its own: its code, and its name where the library has one (in the country's own
    language)."""

    code: str
    name: str


class Country(msgspec.Struct, frozen=True):
    """`code`: ISO 3166-1 alpha-2; the page names it in the reader's language. `languages`: those of the
    holidays' names, the country's own first."""

    code: str
    subdivisions: tuple[Subdivision, ...]
    languages: tuple[str, ...]


class Holiday(msgspec.Struct, frozen=True):
    """One date, and what is celebrated."""

    date: date
    name: str


@cache
def countries() -> tuple[Country, ...]:
    """All countries that can be chosen, by code."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    return tuple(_country(code, codes) for code, codes in sorted(known.items()))


def holidays_of(choice: PublicHolidays, year: int, language: str = "en") -> list[Holiday]:
    """The public holidays of a year, in order, named in `language` where the library can, else in the country's own. Several
    of one date are one. Raises KeyError for an unknown country or subdivision."""
    found = _found(choice.country, choice.subdivision, year, _language(choice.country, language))
    return [Holiday(day, name) for day, name in sorted(found.items())]


def closed_dates(choices: Sequence[PublicHolidays], year: int) -> frozenset[date]:
    """The dates of a year that are a public holiday in any of the places."""
    return frozenset(day for each in choices for day in _found(each.country, each.subdivision, year, None))


def holiday_problems(choices: Sequence[PublicHolidays]) -> Iterator[tuple[str, str]]:
    """What is wrong with the places chosen: (field, sentence)."""
    for i, each in enumerate(choices):
        if (country := _by_code().get(each.country)) is None:
            yield (
                f"public_holidays[{i}].country",
                f'No public holidays are known for "{each.country[:20]}"; a country is written like "DE".',
            )
        elif each.subdivision is not None and each.subdivision not in {
            part.code for part in country.subdivisions
        }:
            yield (
                f"public_holidays[{i}].subdivision",
                f'{each.country} has no part "{each.subdivision[:40]}" with holidays of its own.',
            )


@cache
def _by_code() -> Mapping[str, Country]:
    return {each.code: each for each in countries()}


@lru_cache(maxsize=2048)
def _found(country: str, subdivision: str | None, year: int, language: str | None) -> Mapping[date, str]:
    import holidays

    if country not in _by_code():
        raise KeyError(country)
    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=year, language=language)
    except NotImplementedError as unknown:
        raise KeyError(subdivision) from unknown
    return {day: found[day] for day in found if day.year == year}


def _language(country: str, wanted: str) -> str | None:
    """The library's language for ours ("en" is "en_US" to it). Always named: without, it would follow the machine's locale."""
    known = _by_code()[country].languages if country in _by_code() else ()
    return next((each for each in known if each.split("_")[0] == wanted), known[0] if known else None)


def _country(code: str, subdivisions: Sequence[str]) -> Country:
    import holidays

    kind: HolidayBase = holidays.country_holidays(code)
    names = {part: name for name, part in getattr(kind, "subdivisions_aliases", {}).items()}
    parts = (Subdivision(part, names.get(part, part)) for part in subdivisions)
    languages = sorted(kind.supported_languages, key=lambda each: each != kind.default_language)
    return Country(code, tuple(sorted(parts, key=lambda part: part.name)), tuple(languages))
