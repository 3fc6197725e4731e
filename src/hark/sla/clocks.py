"""The clocks of one conversation as a pure state machine (the rules: docs/sla.md).

What happened is a row of events, each with its own time. `replay` makes the state from all of them in any order; `apply` takes
the next one and says `OutOfOrder` when it belongs before what was applied already (then replay). `settle` reads the clocks at an
instant: warnings and breaches due by then are in the rows, the state itself is untouched. So a late event is never too late: its
own time decides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain

import msgspec

from hark.inbox.models import Status
from hark.sla.calendar import Calendar, NoOpening
from hark.sla.clock import KINDS, Clock, ClockState, Kind
from hark.sla.clock_changes import Change, changes
from hark.sla.deadlines import add_business_time, business_time_between
from hark.sla.events import (
    BotReply,
    Cause,
    CustomerMessage,
    Event,
    HandedOver,
    Happened,
    MergedAway,
    Opened,
    PersonReply,
    Plan,
    PlanChanged,
    StatusChanged,
)

__all__ = [
    "KINDS",
    "BotReply",
    "Calendars",
    "Cause",
    "Change",
    "Clock",
    "ClockState",
    "CustomerMessage",
    "Event",
    "HandedOver",
    "Happened",
    "Kind",
    "MergedAway",
    "Opened",
    "OutOfOrder",
    "PersonReply",
    "Plan",
    "PlanChanged",
    "State",
    "Status",
    "StatusChanged",
    "apply",
    "changes",
    "next_wake",
    "replay",
    "settle",
]

Calendars = Callable[[str], Calendar]
"""The calendar for `Plan.calendar`; one key is one unchanging content (id and version)."""


class Hold(msgspec.Struct, frozen=True):
    """A time that is not counted: while the status pauses, or resolved or closed. `until` None: still so."""

    since: datetime
    until: datetime | None = None


Key = tuple[datetime, int, int, str]


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that the machine remembers of a conversation; JSON by msgspec. Only this module looks inside."""

    status: Status = "open"
    bot_owned: bool = False
    plan: Plan | None = None
    opened_at: datetime | None = None
    first_message_at: datetime | None = None
    waiting_since: datetime | None = None
    """The oldest customer message that no person has answered."""
    handed_at: datetime | None = None
    answered: bool = False
    merged: bool = False
    holds: tuple[Hold, ...] = ()
    clocks: tuple[Clock, ...] = ()
    past: tuple[Clock, ...] = ()
    """Next responses that are over. They never change, so that a long conversation costs no more per event than a short one."""
    last: Key | None = None
    """Where the last event stands in the order of all."""


class OutOfOrder(Exception):
    """The event belongs before one that was applied already: replay."""


_DONE: frozenset[Status] = frozenset({"resolved", "closed"})
_OPEN: frozenset[ClockState] = frozenset({"running", "paused"})
_UNDONE: frozenset[ClockState] = frozenset({"running", "paused", "stopped"})
_RESPONSES: frozenset[Kind] = frozenset({"first_response", "next_response"})
_FIRST = datetime.min.replace(tzinfo=UTC)
_AN_INSTANT = timedelta(microseconds=1)
_RANK: dict[object, int] = {
    each: rank
    for rank, each in enumerate(
        (Opened, PlanChanged, HandedOver, CustomerMessage, BotReply, PersonReply, StatusChanged, MergedAway)
    )
}


def replay(events: Iterable[Event], calendars: Calendars) -> State:
    """The state after all events, in whatever order they are given; repeated ids count once."""
    state, known = State(), dict[str, Event]()
    for event in events:
        known.setdefault(event.id, event)
    for event in sorted(known.values(), key=_key):
        state = apply(state, event, calendars)
    return state


def apply(state: State, event: Event, calendars: Calendars) -> State:
    """The state after one more event: the same as a replay with it. The event applied last, repeated, changes nothing.

    Raises OutOfOrder when the event is older than what was applied.
    """
    key = _key(event)
    if state.last is not None and key <= state.last:
        if key == state.last:
            return state
        raise OutOfOrder(event.id)
    if not state.merged:
        if not isinstance(event, Opened):
            state = _with(state, clocks=tuple(_settled(each, event.at) for each in state.clocks))
        state = _filed(_after(state, event, calendars))
    return _with(state, last=key)


def settle(state: State, now: datetime) -> tuple[Clock, ...]:
    """The clocks as they stand at `now`: warnings given by then, breaches by then. Finished cycles first."""
    return (*state.past, *(_settled(each, now) for each in state.clocks))


def next_wake(clocks: Sequence[Clock]) -> datetime | None:
    """The next instant at which a warning or a breach falls due; settle again then. None: nothing will.

    A breach falls due just after `due_at`: at that instant itself a reply is in time.
    """
    return min((wake for each in clocks if (wake := _wake(each)) is not None), default=None)


def _wake(clock: Clock) -> datetime | None:
    if clock.state != "running" or clock.due_at is None:
        return None
    return clock.warn_at or clock.due_at + _AN_INSTANT


def _settled(clock: Clock, now: datetime) -> Clock:
    if clock.state != "running" or clock.due_at is None:
        return clock
    if clock.warn_at is not None and clock.warn_at <= now:
        clock = _as(clock, warned_at=clock.warn_at, warn_at=None)
    if clock.due_at is not None and clock.due_at < now:
        return _as(clock, state="breached", breached_at=clock.due_at, warn_at=None)
    return clock


def _filed(state: State) -> State:
    over = tuple(
        each for each in state.clocks
        if each.kind == "next_response" and each.ended_at is not None and each.state != "stopped"
    )  # fmt: skip
    if not over:
        return state
    return _with(
        state, past=(*state.past, *over), clocks=tuple(each for each in state.clocks if each not in over)
    )


def _after(state: State, event: Event, calendars: Calendars) -> State:
    match event:
        case Opened():
            return _opened(state, event, calendars)
        case CustomerMessage(at=at):
            return _customer_wrote(state, at, calendars)
        case PersonReply(at=at):
            return _person_replied(state, at)
        case StatusChanged(at=at, status=status):
            return _in_status(state, status, at, calendars)
        case PlanChanged(at=at, plan=plan):
            return _planned(state, plan, at, calendars)
        case HandedOver(at=at, to_bot=to_bot):
            return _handed_over(state, at, calendars, to_bot=to_bot)
        case MergedAway(at=at):
            return _open_ones_cancelled(_with(state, merged=True), KINDS, at)
        case BotReply():
            return state


def _opened(state: State, event: Opened, calendars: Calendars) -> State:
    if state.opened_at is not None:
        return state
    state = _with(state, opened_at=event.at, status=event.status, bot_owned=event.bot_owned, plan=event.plan)
    if _held(state.status, state.plan):
        state = _with(state, holds=(Hold(event.at),))
    return _started(state, event.at, calendars)


def _customer_wrote(state: State, at: datetime, calendars: Calendars) -> State:
    if state.status in {"pending", "resolved"}:
        state = _in_status(state, "open", at, calendars)
    first, waiting = state.first_message_at or at, state.waiting_since or at
    state = _with(state, first_message_at=first, waiting_since=waiting)
    return _started(state, at, calendars)


def _person_replied(state: State, at: datetime) -> State:
    if state.first_message_at is None:
        return state
    clocks = tuple(_done(each, at) if each.kind in _RESPONSES else each for each in state.clocks)
    return _with(state, answered=True, waiting_since=None, clocks=clocks)


def _handed_over(state: State, at: datetime, calendars: Calendars, *, to_bot: bool) -> State:
    """A bot owes no response in time: what runs ends, and begins again when people get the conversation back."""
    if to_bot == state.bot_owned:
        return state
    if not to_bot:
        return _started(_with(state, bot_owned=False, handed_at=at), at, calendars)
    return _open_ones_cancelled(_with(state, bot_owned=True), _RESPONSES, at)


def _in_status(state: State, status: Status, at: datetime, calendars: Calendars) -> State:
    was_done, is_done = state.status in _DONE, status in _DONE
    state = _holding(_with(state, status=status), at)
    if is_done and not was_done:
        return _with(state, clocks=tuple(_resolved(each, at) for each in state.clocks))
    if is_done:
        return state
    if was_done:
        clocks = tuple(_reopened(state, each, at, calendars) for each in state.clocks)
        return _started(_with(state, clocks=clocks), at, calendars)
    return _held_or_running(state, at, calendars)


def _planned(state: State, plan: Plan | None, at: datetime, calendars: Calendars) -> State:
    state = _holding(_with(state, plan=plan), at)
    clocks = tuple(
        _timed(state, each, at, calendars) if each.state in _OPEN else each for each in state.clocks
    )
    return _started(_with(state, clocks=clocks), at, calendars)


def _held_or_running(state: State, at: datetime, calendars: Calendars) -> State:
    """After a change between statuses that are not done: open clocks pause, or go on."""
    wanted = "paused" if _on_hold(state) else "running"
    clocks = tuple(
        _timed(state, each, at, calendars) if each.state in _OPEN and each.state != wanted else each
        for each in state.clocks
    )
    return _with(state, clocks=clocks)


def _holding(state: State, at: datetime) -> State:
    """Opens or closes the hold as status and plan say."""
    held, holds = _held(state.status, state.plan), state.holds
    if held == _on_hold(state):
        return state
    if held:
        return _with(state, holds=(*holds, Hold(at)))
    *earlier, last = holds
    ended = (Hold(last.since, at),) if last.since < at else ()
    return _with(state, holds=(*earlier, *ended))


def _held(status: Status, plan: Plan | None) -> bool:
    return status in _DONE or (plan is not None and status in plan.pause_statuses)


def _on_hold(state: State) -> bool:
    return bool(state.holds) and state.holds[-1].until is None


def _started(state: State, at: datetime, calendars: Calendars) -> State:
    """Starts the clocks that should be there and are not; none while resolved or closed."""
    if state.plan is None or state.status in _DONE or state.merged:
        return state
    for kind in KINDS:
        start = _start(state, kind)
        if start is not None and _target(state.plan, kind) is not None and not _has(state, kind):
            clock = Clock(
                kind, _cycle(state, kind), "running", state.plan.policy, state.plan.calendar, 0, start
            )
            state = _with(state, clocks=(*state.clocks, _timed(state, clock, at, calendars)))
    return state


def _cycle(state: State, kind: Kind) -> int:
    """The number of the next clock of that kind."""
    latest = chain(reversed(state.clocks), reversed(state.past))
    return next((each.cycle for each in latest if each.kind == kind), 0) + 1


def _start(state: State, kind: Kind) -> datetime | None:
    """Since when the clock of that kind counts, or None: it has nothing to count now."""
    if kind == "resolution":
        return state.opened_at
    since = state.waiting_since if state.answered else state.first_message_at
    if since is None or state.bot_owned or state.answered != (kind == "next_response"):
        return None
    return max(since, state.handed_at) if state.handed_at is not None else since


def _has(state: State, kind: Kind) -> bool:
    """Whether that kind of clock is there for what it would count now. Next responses: one per unanswered message."""
    there = (each for each in state.clocks if each.kind == kind and each.state != "cancelled")
    if kind == "next_response":
        return any(each.ended_at is None or each.state == "stopped" for each in there)
    return any(there)


def _timed(state: State, clock: Clock, at: datetime, calendars: Calendars) -> Clock:
    """The open clock computed again from its own start, under the plan that applies at `at`."""
    target = _target(state.plan, clock.kind)
    if state.plan is None or target is None:
        return _cancelled(clock, at)
    calendar = calendars(state.plan.calendar)
    paused = _paused(state, clock.started_at, at, calendar)
    due = _due(calendar, clock.started_at, timedelta(minutes=target) + paused)
    clock = _as(
        clock, state="running", policy=state.plan.policy, calendar=state.plan.calendar, target_minutes=target,
        due_at=due, warn_at=None, paused_at=None, ended_at=None,
    )  # fmt: skip
    if (percent := state.plan.warn_at_percent) is not None and clock.warned_at is None:
        used = timedelta(minutes=target) * percent / 100
        warn = _due(calendar, clock.started_at, used + paused)
        clock = _as(clock, warn_at=warn)
        if warn is not None and warn <= at:
            clock = _as(clock, warn_at=None, warned_at=at)
    if due is not None and due < at:
        return _as(clock, state="breached", breached_at=due, warn_at=None)
    return _paused_clock(clock, state.holds[-1].since) if _on_hold(state) else clock


def _paused(state: State, start: datetime, at: datetime, calendar: Calendar) -> timedelta:
    spans = ((max(each.since, start), min(each.until or at, at)) for each in state.holds)
    return sum(
        (business_time_between(calendar, since, until) for since, until in spans if since < until),
        timedelta(),
    )


def _due(calendar: Calendar, start: datetime, amount: timedelta) -> datetime | None:
    """None when the calendar is not open often enough: nothing falls due, and nothing fails because of it."""
    try:
        return add_business_time(calendar, start, amount)
    except NoOpening:
        return None


def _paused_clock(clock: Clock, since: datetime) -> Clock:
    paused_at = max(since, clock.started_at)
    return _as(clock, state="paused", due_at=None, warn_at=None, paused_at=paused_at)


def _resolved(clock: Clock, at: datetime) -> Clock:
    if clock.kind == "resolution":
        return _done(clock, at)
    if clock.state not in _OPEN:
        return clock
    return _as(clock, state="stopped", due_at=None, warn_at=None, ended_at=at)


def _reopened(state: State, clock: Clock, at: datetime, calendars: Calendars) -> Clock:
    """Stopped clocks go on, and so does the resolution: the time in between is not counted."""
    if clock.kind == "resolution" and clock.state == "breached":
        return _as(clock, ended_at=None)
    if clock.state == "stopped":
        owed = not (state.bot_owned and clock.kind in _RESPONSES)
        return _timed(state, clock, at, calendars) if owed else _cancelled(clock, at)
    if clock.kind == "resolution" and clock.state == "met" and _target(state.plan, clock.kind) is not None:
        return _timed(state, clock, at, calendars)
    return clock


def _done(clock: Clock, at: datetime) -> Clock:
    """What the clock waited for happened."""
    if clock.state == "breached" and clock.ended_at is None:
        return _as(clock, ended_at=at)
    if clock.state in _UNDONE:
        return _as(clock, state="met", ended_at=at, warn_at=None)
    return clock


def _open_ones_cancelled(state: State, kinds: Collection[Kind], at: datetime) -> State:
    clocks = (
        _cancelled(each, at) if each.kind in kinds and each.state in _OPEN else each for each in state.clocks
    )
    return _with(state, clocks=tuple(clocks))


def _cancelled(clock: Clock, at: datetime) -> Clock:
    if clock.state not in _UNDONE:
        return clock
    return _as(clock, state="cancelled", due_at=None, warn_at=None, ended_at=at)


def _target(plan: Plan | None, kind: Kind) -> int | None:
    return None if plan is None else getattr(plan, kind)


def _key(event: Event) -> Key:
    at = _FIRST if isinstance(event, Opened) else event.at
    return at, event.order, _RANK[type(event)], event.id


_with = msgspec.structs.replace
_as = msgspec.structs.replace
