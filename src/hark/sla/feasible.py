"""Whether a calendar and a policy's targets go together: what can never be kept, or only in weeks. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from hark.kernel.errors import Invalid
from hark.sla.calendar import Calendar, NoOpening
from hark.sla.clocks import KINDS
from hark.sla.deadlines import add_business_time, business_time_between, openings_between
from hark.sla.drafts import Caution
from hark.sla.policies import Policy

FORTNIGHT = timedelta(days=14)
LONG = timedelta(days=60)
"""A target that takes longer than this by the clock on the wall is said to."""


def calendar_warnings(calendar: Calendar, now: datetime) -> Iterator[Caution]:
    """Raises Invalid when the calendar never opens."""
    spec = calendar.spec
    try:
        opens = add_business_time(calendar, now, timedelta(0))
    except NoOpening as error:
        raise Invalid(
            "This calendar never opens: every one of its openings lies on a holiday or a closed date.",
            code="never_open",
            fields={"spec.openings": "never open"},
        ) from error
    if opens > now + FORTNIGHT:
        yield Caution("closed_for_long", "spec.openings", [opens])
    if business_time_between(calendar, now, now + FORTNIGHT) == FORTNIGHT:
        yield Caution("always_open", "spec.openings")
    gone = [str(each.date) for each in spec.own_holidays if not each.yearly and each.date < now.date()]
    if gone:
        yield Caution("past_holidays", "spec.own_holidays", [len(gone)])
    for index, each in enumerate(spec.exceptions):
        if each.openings and each.date in {day.date for day in spec.own_holidays}:
            yield Caution("open_on_holiday", f"spec.exceptions[{index}]", [str(each.date)])


def target_warnings(policy: Policy, calendar: Calendar, now: datetime) -> Iterator[Caution]:
    """Raises Invalid where a target lies beyond everything that the calendar opens for. A target longer than any opening goes
    over several days, which may not be meant."""
    longest = max(
        (end - start for start, end in openings_between(calendar, now, now + FORTNIGHT)), default=timedelta(0)
    )
    for index, row in enumerate(policy.targets):
        for kind in KINDS:
            minutes = getattr(row, kind)
            if minutes is not None:
                yield from _of_target(
                    calendar, f"targets[{index}].{kind}", timedelta(minutes=minutes), longest, now
                )


def _of_target(
    calendar: Calendar, field: str, target: timedelta, longest: timedelta, now: datetime
) -> Iterator[Caution]:
    try:
        due = add_business_time(calendar, now, target)
    except NoOpening as error:
        raise Invalid(
            "Nobody can be held to this target: its calendar is not open that long in years.",
            code="unreachable_target",
            fields={field: "longer than the calendar is ever open"},
        ) from error
    if due - now > LONG:
        yield Caution("takes_long", field, [(due - now).days])
    elif target > longest and not field.endswith("resolution"):
        yield Caution("longer_than_opening", field, [int(longest.total_seconds() // 60)])
