"""Shapes of usage and quotas."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec


class Quota(msgspec.Struct, frozen=True):
    """What a platform said is left: `remaining` calls of `kind` ("send", "read", "any", or one of them with a name behind a
    colon) until `resets_at`; told at `at`. `provisional`: the window is over, and the limit was taken for the next one until
    the platform says more."""

    kind: str
    limit: int | None
    remaining: int
    resets_at: datetime
    at: datetime
    provisional: bool = False

    def covers(self, purpose: str) -> bool:
        return self.kind.partition(":")[0] in {"any", purpose}


class Spent(msgspec.Struct, frozen=True):
    """Units of a kind that were used up in a day."""

    kind: str
    units: float


class UsageRow(msgspec.Struct, frozen=True):
    """What one kind of calls used up in one day."""

    day: date
    kind: str
    calls: int
    units: float
    usd: float


class Counted(msgspec.Struct):
    """What was counted since the last flush."""

    calls: int = 0
    units: float = 0.0
    usd: float = 0.0

    def add(self, calls: int, units: float, usd: float) -> None:
        self.calls += calls
        self.units += units
        self.usd += usd


UsageKey = tuple[UUID, UUID, date, str]
QuotaKey = tuple[UUID, UUID, str]
