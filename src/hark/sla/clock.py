"""One SLA clock as a row, as an API answer and as the body of a fact."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Kind = Literal["first_response", "next_response", "resolution"]
KINDS: tuple[Kind, ...] = ("first_response", "next_response", "resolution")
ClockState = Literal["running", "paused", "stopped", "met", "breached", "cancelled"]


class Clock(msgspec.Struct, frozen=True):
    """One clock. (`kind`, `cycle`) name it within the conversation; cycles count from 1.

    `due_at` is None while paused, stopped or cancelled, and when the calendar does not open often enough for the target; of a
    breached clock it is `breached_at`. `warn_at` is the instant of a warning still to come, `warned_at` that of the one given.
    `ended_at`: met, stopped or cancelled; of a breached clock, when it was done after all.
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
