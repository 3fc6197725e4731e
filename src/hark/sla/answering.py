"""By when a conversation is to be answered, and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hark.inbox.models import AnswerReason
from hark.sla.clocks import Clock

DONE = frozenset({"resolved", "closed"})


class Answer(msgspec.Struct, frozen=True):
    """`at` None: no time is set; a paused clock is a reason all the same."""

    at: datetime | None
    reason: AnswerReason | None

    def stored(self) -> dict[str, Any] | None:
        return None if self.reason is None else msgspec.to_builtins(self.reason)


def answer_by(
    status: str, clocks: Sequence[Clock], window_ends: datetime | None, names: Mapping[str, str]
) -> Answer:
    """The earliest of the open clocks' due times and the end of the reply window. `names`: of policies by their id."""
    if status in DONE:
        return Answer(None, None)
    open_clocks = [clock for clock in clocks if _is_open(clock)]
    found = [Answer(clock.due_at, _reason(clock, names)) for clock in open_clocks if clock.due_at is not None]
    if window_ends is not None:
        found.append(Answer(window_ends, AnswerReason("window")))
    if found:
        return min(found, key=lambda each: each.at)  # type: ignore[arg-type, return-value]
    if open_clocks:
        return Answer(None, _reason(open_clocks[0], names))
    return Answer(None, None)


def _is_open(clock: Clock) -> bool:
    """A breached clock stays open until it is done after all."""
    return clock.state in {"running", "paused"} or (clock.state == "breached" and clock.ended_at is None)


def _reason(clock: Clock, names: Mapping[str, str]) -> AnswerReason:
    return AnswerReason(
        "sla",
        state=clock.state,  # type: ignore[arg-type]
        clock=clock.kind,
        cycle=clock.cycle,
        policy_id=UUID(clock.policy),
        policy_name=names.get(clock.policy),
        warn_at=clock.warned_at or clock.warn_at,
    )
