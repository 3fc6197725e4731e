"""A business calendar checked and ready to be computed with."""

from __future__ import annotations

from hark.kernel.errors import Invalid
from hark.sla.spec import CalendarSpec


class NoOpening(Invalid):
    """The calendar is not open again within its horizon."""

    code = "no_opening"


class Calendar:
    """A checked calendar that remembers its openings year by year. Two threads may use one."""

    def __init__(self, spec: CalendarSpec) -> None:
        self.spec = spec


def build_calendar(spec: CalendarSpec) -> Calendar:
    """The calendar, or Invalid with one sentence per wrong field ("openings[2].close")."""
    raise NotImplementedError


def remembered_calendar(key: str, spec: CalendarSpec) -> Calendar:
    """The calendar of that key (id and version) as built before in this process, else built now."""
    raise NotImplementedError


def always_open() -> Calendar:
    """Around the clock: for policies without a calendar."""
    raise NotImplementedError
