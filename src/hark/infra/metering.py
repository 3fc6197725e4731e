"""Counting what calls use up: units and money by kind, and what the platform's headers say is left."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Meter(Protocol):
    """Told by adapters about each call. Never raises and never waits."""

    def spend(self, kind: str, units: float = 1, usd: float = 0) -> None:
        """`units` of a budget or class of calls were used, for `usd` US dollars."""

    def quota(self, kind: str, *, remaining: int, resets_at: datetime, limit: int | None = None) -> None:
        """An answer's headers: so many calls of `kind` are left until `resets_at`. `kind` is "send" for what makes
        messages, "read" for lists and look-ups, "any" where the platform counts them together."""


class Unmetered:
    """Counts nothing."""

    def spend(self, kind: str, units: float = 1, usd: float = 0) -> None:
        pass

    def quota(self, kind: str, *, remaining: int, resets_at: datetime, limit: int | None = None) -> None:
        pass
