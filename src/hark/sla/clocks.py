"""The clocks of one conversation as a pure state machine (docs: rules of §2; `docs/sla.md`).

What happened is a row of events, each with its own time. `replay` makes the state from all of them in any order; `apply` takes
the next one and says `OutOfOrder` when it belongs before what was applied already (then replay). `settle` reads the clocks at an
instant: warnings and breaches due by then are in the rows, the state itself is untouched. So a late event is never too late: its
own time decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from hark.sla.calendar import Calendar

Kind = Literal["first_response", "next_response", "resolution"]
KINDS: tuple[Kind, ...] = ("first_response", "next_response", "resolution")
ClockState = Literal["running", "paused", "stopped", "met", "breached", "cancelled"]
Status = Literal["open", "pending", "resolved", "closed"]
Cause = Literal["selected", "priority", "policy", "targets", "calendar"]

Calendars = Callable[[str], Calendar]
"""The calendar for `Plan.calendar`; one key is one unchanging content (id and version)."""


class Plan(msgspec.Struct, frozen=True):
    """What applies to a conversation now: the targets (minutes, None: no such clock) of the selected policy for its priority
    and source."""

    policy: str
    calendar: str
    first_response: int | None = None
    next_response: int | None = None
    resolution: int | None = None
    pause_statuses: tuple[Status, ...] = ("pending",)
    warn_at_percent: int | None = 80


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """What all events have. `id` makes a repetition harmless; `order` breaks ties among events of one instant (a message's
    position)."""

    id: str
    at: datetime
    order: int = 0


class Opened(Happened, frozen=True, tag="opened", kw_only=True):
    """The conversation came into being; always the first, whatever the others' times."""

    status: Status = "open"
    bot_owned: bool = False
    plan: Plan | None = None


class CustomerMessage(Happened, frozen=True, tag="customer_message", kw_only=True):
    """A public message by the customer; reopens a pending or resolved conversation in the same instant."""


class PersonReply(Happened, frozen=True, tag="person_reply", kw_only=True):
    """A public reply by a person."""


class BotReply(Happened, frozen=True, tag="bot_reply", kw_only=True):
    """A reply by a bot, a rule or an out-of-office text: answers nothing."""


class StatusChanged(Happened, frozen=True, tag="status_changed", kw_only=True):
    """Also resolve and reopen."""

    status: Status


class PlanChanged(Happened, frozen=True, tag="plan_changed", kw_only=True):
    """Another priority, policy, edited targets or opening hours; `plan` None: no policy matches any longer."""

    plan: Plan | None
    cause: Cause = "policy"


class HandedOver(Happened, frozen=True, tag="handed_over", kw_only=True):
    """From a bot to people, or (`to_bot`) back."""

    to_bot: bool = False


class MergedAway(Happened, frozen=True, tag="merged_away", kw_only=True):
    """The conversation went into another one. Nothing after this counts."""


Event = (
    Opened | CustomerMessage | PersonReply | BotReply | StatusChanged | PlanChanged | HandedOver | MergedAway
)


class Clock(msgspec.Struct, frozen=True):
    """One clock. (`kind`, `cycle`) name it within the conversation; cycles count from 1.

    `due_at` is None while paused, stopped or cancelled; of a breached clock it is `breached_at`. `warn_at` is the instant of a
    warning still to come, `warned_at` that of the one given. `ended_at`: met, stopped or cancelled; of a breached clock, when
    it was done after all.
    """

    kind: Kind
    cycle: int
    state: ClockState
    policy: str
    calendar: str
    target_minutes: int
    started_at: datetime
    due_at: datetime | None = None
    warn_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    paused_at: datetime | None = None
    ended_at: datetime | None = None


class State(msgspec.Struct, frozen=True):
    """All that the machine remembers of a conversation; JSON by msgspec. Opaque to others."""

    clocks: tuple[Clock, ...] = ()


class OutOfOrder(Exception):
    """The event belongs before one that was applied already: replay."""


def replay(events: Iterable[Event], calendars: Calendars) -> State:
    """The state after all events, in whatever order they are given; repeated ids count once."""
    raise NotImplementedError


def apply(state: State, event: Event, calendars: Calendars) -> State:
    """The state after one more event: the same as a replay with it. The event applied last, repeated, changes nothing.

    Raises OutOfOrder when the event is older than what was applied.
    """
    raise NotImplementedError


def settle(state: State, now: datetime, calendars: Calendars) -> tuple[Clock, ...]:
    """The clocks as they stand at `now`: warnings given by then, breaches by then. Oldest first."""
    raise NotImplementedError


def next_wake(clocks: Sequence[Clock]) -> datetime | None:
    """The next instant at which a warning or a breach falls due; settle again then. None: nothing will."""
    raise NotImplementedError


Happening = Literal[
    "started",
    "paused",
    "resumed",
    "moved",
    "warned",
    "breached",
    "met",
    "done_late",
    "stopped",
    "cancelled",
    "reopened",
    "corrected",
]


class Change(msgspec.Struct, frozen=True):
    """What became of a clock between two settlings: one fact of the journal each. `at` is its own time."""

    happening: Happening
    clock: Clock
    at: datetime


def changes(before: Sequence[Clock], after: Sequence[Clock], now: datetime) -> list[Change]:
    """The differences, in order: each warning and each breach exactly once."""
    raise NotImplementedError
