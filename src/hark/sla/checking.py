"""Whether a calendar as written down makes sense: one sentence per wrong field, all of them at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from hark.kernel.errors import Invalid
from hark.sla.holidays import holiday_problems
from hark.sla.spec import DAYS, CalendarSpec, DayException, Opening, OwnHoliday, Span
from hark.sla.zones import zone_names

DAY = 24 * 60
WEEK = 7 * DAY
MOST_OPENINGS = 200
MOST_SPANS = 24
MOST_PUBLIC = 20
MOST_DATES = 2000
LONGEST_NAME = 200
FIRST_YEAR, LAST_YEAR = 1900, 2200
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)

Minutes = tuple[int, int]
Problem = tuple[str, str]


def check_calendar(spec: CalendarSpec) -> None:
    """Raises Invalid; `fields` has a sentence for each place ("openings[2].close")."""
    problems = dict(reversed(list(_problems(spec))))
    if problems:
        ordered = dict(reversed(list(problems.items())))
        raise Invalid(next(iter(ordered.values())), code="calendar_invalid", fields=ordered)


def minutes(opening: Opening | Span) -> Minutes:
    """Start and end in minutes from the midnight that begins its day; an end on the next day is over 1440."""
    start, end = _clock(opening.open), _clock(opening.close)
    assert start is not None
    assert end is not None
    return start, end if end > start else end + DAY


def _clock(text: str) -> int | None:
    if text == "24:00":
        return DAY
    found = _TIME.fullmatch(text)
    return int(found[1]) * 60 + int(found[2]) if found else None


def _problems(spec: CalendarSpec) -> Iterator[Problem]:
    if spec.zone not in zone_names():
        yield "zone", f'There is no time zone "{spec.zone[:80]}"; names are like "Europe/Berlin".'
    yield from _too_many("openings", spec.openings, MOST_OPENINGS)
    yield from _too_many("public_holidays", spec.public_holidays, MOST_PUBLIC)
    yield from _too_many("own_holidays", spec.own_holidays, MOST_DATES)
    yield from _too_many("exceptions", spec.exceptions, MOST_DATES)
    if not spec.openings and not any(each.openings for each in spec.exceptions):
        yield (
            "openings",
            "The calendar has no opening at all, so nothing could ever be due; add at least one.",
        )
    yield from _weekly(spec.openings[:MOST_OPENINGS])
    yield from holiday_problems(spec.public_holidays[:MOST_PUBLIC])
    yield from _own_holidays(spec.own_holidays[:MOST_DATES])
    yield from _exceptions(spec.exceptions[:MOST_DATES], spec.own_holidays[:MOST_DATES])


def _too_many(field: str, values: Sequence[object], most: int) -> Iterator[Problem]:
    if len(values) > most:
        yield field, f"There are {len(values)} entries; at most {most} are possible."


def _weekly(openings: Sequence[Opening]) -> Iterator[Problem]:
    broken = list(_times([(f"openings[{i}]", each) for i, each in enumerate(openings)]))
    yield from broken
    if broken:
        return
    placed = sorted((_of_week(each), i) for i, each in enumerate(openings))
    for (earlier, first), (later, second) in _neighbors(placed):
        if later[0] < earlier[1]:
            yield f"openings[{second}]", _overlap(openings[second], openings[first])


def _neighbors(
    placed: list[tuple[Minutes, int]],
) -> Iterator[tuple[tuple[Minutes, int], tuple[Minutes, int]]]:
    """Each opening with the next one of the week, the last with the first of the next week. The one that reaches farthest is
    kept, so that one long opening over several short ones is found too."""
    if not placed:
        return
    (start, end), index = placed[0]
    around = [*placed, *([((start + WEEK, end + WEEK), index)] if len(placed) > 1 else [])]
    farthest = around[0]
    for each in around[1:]:
        yield farthest, each
        farthest = max(farthest, each, key=lambda found: found[0][1])


def _of_week(opening: Opening) -> Minutes:
    start, end = minutes(opening)
    shift = DAYS.index(opening.day) * DAY
    return start + shift, end + shift


def _times(placed: Iterable[tuple[str, Opening | Span]]) -> Iterator[Problem]:
    for path, each in placed:
        start, end = _clock(each.open), _clock(each.close)
        if start is None or start == DAY:
            yield f"{path}.open", f'"{each.open[:20]}" is not a time from 00:00 to 23:59.'
        if end is None:
            yield f"{path}.close", f'"{each.close[:20]}" is not a time from 00:00 to 24:00.'
        if start is not None and start == end:
            yield f"{path}.close", "It closes when it opens; for a whole day write 00:00 to 24:00."


def _own_holidays(holidays: Sequence[OwnHoliday]) -> Iterator[Problem]:
    for i, each in enumerate(holidays):
        yield from _dated(f"own_holidays[{i}]", each.date, each.name)


def _exceptions(exceptions: Sequence[DayException], own: Sequence[OwnHoliday]) -> Iterator[Problem]:
    closed, seen = {each.date for each in own if not each.yearly}, set[date]()
    for i, each in enumerate(exceptions):
        path = f"exceptions[{i}]"
        yield from _dated(path, each.date, each.name)
        if each.date in seen:
            yield f"{path}.date", f"{each.date} has hours of its own twice; put them into one."
        seen.add(each.date)
        if each.openings and each.date in closed:
            yield (
                f"{path}.date",
                f"{each.date} is one of your holidays and has opening hours too; remove one of them.",
            )
        yield from _spans(path, each.openings)


def _spans(path: str, spans: Sequence[Span]) -> Iterator[Problem]:
    yield from _too_many(f"{path}.openings", spans, MOST_SPANS)
    kept = spans[:MOST_SPANS]
    broken = list(_times([(f"{path}.openings[{i}]", each) for i, each in enumerate(kept)]))
    yield from broken
    if broken:
        return
    placed = sorted((minutes(each), i) for i, each in enumerate(kept))
    reach = 0, 0
    for (start, end), i in placed:
        if start < reach[0]:
            yield f"{path}.openings[{i}]", _overlap(kept[i], kept[reach[1]])
        reach = max(reach, (end, i))


def _dated(path: str, day: date, name: str) -> Iterator[Problem]:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        yield f"{path}.date", f"{day} is not between the years {FIRST_YEAR} and {LAST_YEAR}."
    if len(name) > LONGEST_NAME:
        yield f"{path}.name", f"The name is longer than {LONGEST_NAME} characters."


def _overlap(one: Opening | Span, other: Opening | Span) -> str:
    return f"{_said(one)} overlaps {_said(other)}; an opening may only touch another."


def _said(opening: Opening | Span) -> str:
    day = f"{opening.day} " if isinstance(opening, Opening) else ""
    return f"{day}{opening.open}–{opening.close}"
