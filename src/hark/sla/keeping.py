"""The clocks of one conversation kept up with what is stored of it. Pure: what was remembered, what there is now, what follows.

A conversation's messages are read anew each time, so one that comes late stands where its own time puts it. What else happened
(its status, what applies to it, who owns it) is remembered as events, each noticed when the stored conversation differs from
what was last seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from hark.sla.clocks import (
    Calendars,
    Cause,
    Change,
    Clock,
    CustomerMessage,
    Event,
    HandedOver,
    Opened,
    PersonReply,
    Plan,
    PlanChanged,
    State,
    Status,
    StatusChanged,
    changes,
    next_wake,
    replay,
    settle,
)

Remembered = StatusChanged | PlanChanged | HandedOver


class Said(msgspec.Struct, frozen=True):
    """A message that counts: the customer's, or a person's that was sent."""

    id: UUID
    at: datetime
    by_customer: bool


class Seen(msgspec.Struct, frozen=True):
    """A conversation as it is now. `rules_at`: when the policies and calendars in force (`rules`) were saved."""

    status: Status
    status_at: datetime
    bot_owned: bool
    handed_over_at: datetime | None
    plan: Plan | None
    rules: int
    rules_at: datetime


class Record(msgspec.Struct):
    """What is remembered of a conversation: the last seen, what happened beside messages, and the clocks as last settled."""

    opened: Opened
    status: Status
    status_at: datetime
    bot_owned: bool
    plan: Plan | None
    rules: int
    events: list[Remembered]
    state: State
    clocks: tuple[Clock, ...] = ()


class Kept(msgspec.Struct, frozen=True):
    """What became of the clocks. `changed` says whether anything at all is to be written."""

    record: Record
    changed: bool
    changes: list[Change]
    next_at: datetime | None


def calendar_keys(record: Record | None, plan: Plan | None) -> set[str]:
    """The calendars that following this conversation may need."""
    plans = [plan]
    if record is not None:
        plans += [record.plan, record.opened.plan]
        plans += [event.plan for event in record.events if isinstance(event, PlanChanged)]
    return {each.calendar for each in plans if each is not None}


def follow(
    before: Record | None, seen: Seen, said: Sequence[Said], now: datetime, calendars: Calendars
) -> Kept | None:
    """The conversation followed to now; None when nobody has said anything that counts yet. `said` is in order."""
    if not said:
        return None
    opened = _opened(before, seen, said)
    noticed = _noticed(before, opened, seen, now)
    events = [*(before.events if before else ()), *noticed]
    state = replay([opened, *events, *_spoken(said, events)], calendars)
    record = Record(
        opened, seen.status, seen.status_at, seen.bot_owned, seen.plan, seen.rules, events, state,
        settle(state, now),
    )  # fmt: skip
    same = before is not None and not noticed and (before.opened, before.state) == (opened, state)
    return _kept(before.clocks if before else (), record, now, unchanged=same)


def tick(before: Record, now: datetime) -> Kept:
    """Time has passed, nothing else: the warnings and breaches due by now."""
    record = msgspec.structs.replace(before, clocks=settle(before.state, now))
    return _kept(before.clocks, record, now, unchanged=True)


def _kept(before: Sequence[Clock], record: Record, now: datetime, *, unchanged: bool) -> Kept:
    told = changes(before, record.clocks, now)
    changed = not unchanged or tuple(before) != record.clocks
    return Kept(record, changed, told, next_wake(record.clocks))


def _opened(before: Record | None, seen: Seen, said: Sequence[Said]) -> Opened:
    """It began with its first message, also when that comes last. What we ourselves began waits for the customer."""
    first = said[0]
    status: Status = "open" if first.by_customer else "pending"
    plan = seen.plan if before is None else before.opened.plan
    owned = seen.bot_owned if before is None else before.opened.bot_owned
    return Opened(id="opened", at=first.at, status=status, bot_owned=owned, plan=plan)


def _noticed(before: Record | None, opened: Opened, seen: Seen, now: datetime) -> list[Remembered]:
    number = len(before.events) if before else 0
    found: list[Remembered] = []
    known = before.status if before else opened.status
    moved = seen.status != known or (before is not None and seen.status_at != before.status_at)
    if moved:
        found.append(
            StatusChanged(id=f"status:{number}", at=seen.status_at, order=number, status=seen.status)
        )
    if before is None:
        return found
    if seen.bot_owned != before.bot_owned:
        at = seen.handed_over_at if seen.handed_over_at and not seen.bot_owned else now
        found.append(HandedOver(id=f"owner:{number}", at=at, order=number, to_bot=seen.bot_owned))
    if seen.plan != before.plan:
        saved = seen.rules != before.rules
        found.append(
            PlanChanged(
                id=f"plan:{number}", at=seen.rules_at if saved else now, order=number, plan=seen.plan,
                cause=_cause(before.plan, seen.plan, saved=saved),
            )
        )  # fmt: skip
    return found


def _cause(before: Plan | None, after: Plan | None, *, saved: bool) -> Cause:
    if before is None:
        return "selected"
    if after is None or before.policy != after.policy:
        return "policy"
    if before.calendar != after.calendar:
        return "calendar"
    return "targets" if saved else "priority"


def _spoken(said: Sequence[Said], events: Sequence[Remembered]) -> list[Event]:
    """The messages that can matter: of several in a row by one side only the first, unless something happened in between."""
    moments = sorted(event.at for event in events)
    found: list[Event] = []
    last: Said | None = None
    passed = 0
    for each in said:
        before = passed
        while passed < len(moments) and moments[passed] <= each.at:
            passed += 1
        if last is None or last.by_customer != each.by_customer or passed != before:
            kind = CustomerMessage if each.by_customer else PersonReply
            found.append(kind(id=str(each.id), at=each.at))
        last = each
    return found
