"""What became of the clocks between two looks at them: one fact of the journal each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from hark.sla.clock import Clock

Happening = Literal[
    "started", "paused", "resumed", "moved", "warned", "breached", "met", "done_late", "stopped", "cancelled", "reopened",
    "corrected",
]  # fmt: skip
"""`moved`: due at another time. `done_late`: after its breach. `corrected`: a late event showed that it was otherwise (a breach
that was none, a clock that never was)."""


class Change(msgspec.Struct, frozen=True):
    """`clock` as it is now (as it was, when it is no more); `at`: when it happened by the clock's own times."""

    happening: Happening
    clock: Clock
    at: datetime


def changes(before: Sequence[Clock], after: Sequence[Clock], now: datetime) -> list[Change]:
    """The differences by (kind, cycle), clock by clock, each in the order in which it happened."""
    known = {(each.kind, each.cycle): each for each in before}
    found = [
        change
        for clock in after
        for change in _of_clock(known.pop((clock.kind, clock.cycle), None), clock, now)
    ]
    return [*found, *(Change("corrected", each, now) for each in known.values())]


def _of_clock(old: Clock | None, new: Clock, now: datetime) -> Iterator[Change]:
    if old is None:
        yield Change("started", new, new.started_at)
        old = Clock(
            new.kind,
            new.cycle,
            "running",
            new.policy,
            new.calendar,
            new.target_minutes,
            new.started_at,
            new.due_at,
        )
    if old == new:
        return
    if _was_otherwise(old, new):
        yield Change("corrected", new, now)
    elif (old.state in {"stopped", "met"} and new.state in {"running", "paused", "breached"}) or _undone(
        old, new
    ):
        yield Change("reopened", new, now)
    if new.warned_at is not None and old.warned_at is None:
        yield Change("warned", new, new.warned_at)
    if new.state == "breached" and old.state != "breached" and new.breached_at is not None:
        yield Change("breached", new, new.breached_at)
    yield from _of_state(old, new, now)


def _was_otherwise(old: Clock, new: Clock) -> bool:
    """A breach taken back, or a response that was not one: only an event with an earlier time can do that."""
    breach_gone = old.state == "breached" and new.state != "breached"
    unanswered = old.kind != "resolution" and old.state == "met" and new.state != "met"
    return breach_gone or unanswered or old.started_at != new.started_at


def _undone(old: Clock, new: Clock) -> bool:
    return old.state == new.state == "breached" and old.ended_at is not None and new.ended_at is None


def _of_state(old: Clock, new: Clock, now: datetime) -> Iterator[Change]:
    if new.state == "breached":
        if new.ended_at is not None and (old.state != "breached" or old.ended_at is None):
            yield Change("done_late", new, new.ended_at)
    elif new.state == "running":
        if old.state == "paused":
            yield Change("resumed", new, now)
        elif old.state == "running" and old.due_at != new.due_at:
            yield Change("moved", new, now)
    elif new.state != old.state:
        yield Change(new.state, new, new.paused_at or new.ended_at or now)
