"""What a change of policies or calendars would do to the open conversations, without doing it. Pure, and quick: 100,000 take
seconds.

Whether a clock would be late follows from when it started: for each pair of calendar and target there is one instant, found once,
at or before which a clock must have started to be late now. Clocks that were paused are computed one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hark.sla.calendar import Calendar, NoOpening
from hark.sla.clocks import Plan
from hark.sla.deadlines import add_business_time, business_time_between
from hark.sla.reading import Ruled, case_of, choose
from hark.sla.rows import OpenRow

MOST_EXAMPLES = 20
_MINUTE = timedelta(minutes=1)
_EXACT = timedelta(seconds=1)


class PolicyShare(msgspec.Struct, frozen=True):
    """How many open conversations a policy has, and would have. `policy_id` null: those without one."""

    policy_id: UUID | None
    name: str | None
    before: int
    after: int


class Example(msgspec.Struct, frozen=True):
    """A conversation that would be late at once."""

    id: UUID
    number: int


class Preview(msgspec.Struct, frozen=True):
    """Of `open` conversations, `changed` would get other deadlines; `gained` and `lost` are those among them that would have a
    policy for the first time, or none any more. `late_before` are late now; `newly_late` would be as soon as it is saved, some of
    them shown in `examples`."""

    open: int
    changed: int
    gained: int
    lost: int
    late_before: int
    newly_late: int
    policies: list[PolicyShare]
    examples: list[Example]


class Clocked(msgspec.Struct, frozen=True):
    """An open clock as far as a preview needs it. `pause`: business time that it stood still; None while it still does."""

    kind: str
    started_at: datetime
    late: bool = False
    pause: timedelta | None = timedelta(0)


Calendars = Callable[[str], Calendar]


def preview(
    rows: Sequence[OpenRow],
    before: Sequence[Ruled],
    after: Sequence[Ruled],
    calendars: Calendars,
    now: datetime,
) -> Preview:
    """`after` are the policies as they would be; the calendars include those that they would count by."""
    plans_before, plans_after = _Plans(before), _Plans(after)
    late = _Late(calendars, now)
    shares: Counter[tuple[str | None, bool]] = Counter()
    changed = gained = lost = late_before = newly = 0
    examples: list[Example] = []
    for row in rows:
        old, new = plans_before.of(row), plans_after.of(row)
        shares[(old.policy if old else None, False)] += 1
        shares[(new.policy if new else None, True)] += 1
        clocks = list(_clocks(row, old, calendars))
        was_late = any(clock.late or (old is not None and late.of(clock, old)) for clock in clocks)
        late_before += was_late
        if old == new:
            continue
        changed += 1
        gained += old is None
        lost += new is None
        if new is not None and not was_late and any(late.of(clock, new) for clock in clocks):
            newly += 1
            if len(examples) < MOST_EXAMPLES:
                examples.append(Example(row.id, row.number))
    names = {str(each.policy.id): each.policy.name for each in (*before, *after)}
    return Preview(len(rows), changed, gained, lost, late_before, newly, _shares(shares, names), examples)


class _Plans:
    """The plan of each kind of conversation, found once: there are few kinds and many conversations."""

    def __init__(self, ruled: Sequence[Ruled]) -> None:
        self._ruled = ruled
        self._found: dict[object, Plan | None] = {}

    def of(self, row: OpenRow) -> Plan | None:
        kind = (
            row.account_id, row.platform, row.source, row.priority, tuple(row.tags), row.language, row.team_id,
            row.pinned_policy_id,
        )  # fmt: skip
        if kind not in self._found:
            self._found[kind] = choose(self._ruled, case_of(row))[1]
        return self._found[kind]


class _Late:
    def __init__(self, calendars: Calendars, now: datetime) -> None:
        self._calendars, self._now = calendars, now
        self._edges: dict[tuple[str, int], datetime] = {}

    def of(self, clock: Clocked, plan: Plan) -> bool:
        minutes: int | None = getattr(plan, clock.kind)
        if minutes is None or clock.pause is None:
            return False
        if clock.pause:
            calendar = self._calendars(plan.calendar)
            return self._due(calendar, clock.started_at, minutes * _MINUTE + clock.pause) < self._now
        key = (plan.calendar, minutes)
        if key not in self._edges:
            self._edges[key] = self._edge(self._calendars(plan.calendar), minutes * _MINUTE)
        return clock.started_at <= self._edges[key]

    def _edge(self, calendar: Calendar, target: timedelta) -> datetime:
        """The latest start, to the second, that is late now. Later starts are due later."""
        step = max(target, timedelta(days=1))
        early = self._now - step
        while self._due(calendar, early, target) >= self._now:
            step *= 2
            if step > timedelta(days=3650):
                return self._now - step
            early = self._now - step
        late = self._now
        while late - early > _EXACT:
            middle = early + (late - early) / 2
            if self._due(calendar, middle, target) < self._now:
                early = middle
            else:
                late = middle
        return early

    def _due(self, calendar: Calendar, start: datetime, amount: timedelta) -> datetime:
        try:
            return add_business_time(calendar, start, amount)
        except NoOpening:
            return datetime.max.replace(tzinfo=self._now.tzinfo)


def _clocks(row: OpenRow, plan: Plan | None, calendars: Calendars) -> Iterator[Clocked]:
    """Its open clocks; those that a first policy would start, from the conversation's figures."""
    kinds = row.kinds or ()
    for kind, state, target, start, due in zip(
        kinds, row.states or (), row.targets or (), row.starts or (), row.dues or (), strict=True
    ):
        if state == "breached":
            yield Clocked(kind, start, late=True)
        elif state == "paused" or due is None:
            yield Clocked(kind, start, pause=None)
        elif row.held and plan is not None:
            used = business_time_between(calendars(plan.calendar), start, due)
            yield Clocked(kind, start, pause=max(timedelta(0), used - target * _MINUTE))
        else:
            yield Clocked(kind, start)
    yield from (
        Clocked(kind, start)
        for kind, start in _would_start(row)
        if kind not in kinds and not (row.followed and plan is not None and getattr(plan, kind))
    )


def _would_start(row: OpenRow) -> Iterator[tuple[str, datetime]]:
    if row.waiting_since is not None:
        yield ("next_response" if row.answered else "first_response"), row.waiting_since
    yield "resolution", row.created_at


def _shares(counted: Counter[tuple[str | None, bool]], names: dict[str, str]) -> list[PolicyShare]:
    found = dict.fromkeys(policy for policy, _ in counted)
    shares = [
        PolicyShare(
            UUID(policy) if policy else None,
            names.get(policy) if policy else None,
            counted[(policy, False)],
            counted[(policy, True)],
        )
        for policy in found
    ]
    return sorted(shares, key=lambda each: (each.policy_id is None, -each.after, each.name or ""))
