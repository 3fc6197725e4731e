"""What the last look saw, kept in the account's state: YouTube tells neither of new replies nor of what is gone, so each
look is compared with the one before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

KEY = "youtube"
MOST_THREADS = 300
MOST_REPLIES = 60
"""Of one thread: those that are looked after."""


class Known(msgspec.Struct):
    """A thread: when it began, how many replies YouTube counted, and their ids as far as they are known."""

    at: datetime
    count: int = 0
    replies: list[str] = []


class Memory(msgspec.Struct):
    """`held` are comments that wait for review; `swept_at` is when older threads were last looked at too."""

    threads: dict[str, Known] = {}
    held: list[str] = []
    swept_at: datetime | None = None

    def keep(self) -> dict[str, Any]:
        """As state: the newest threads only."""
        newest = sorted(self.threads.items(), key=lambda each: each[1].at, reverse=True)[:MOST_THREADS]
        kept = Memory(dict(newest), self.held, self.swept_at)
        return {KEY: msgspec.to_builtins(kept)}


def recall(state: Mapping[str, Any]) -> Memory:
    """An empty one where there is none, or one that an older version left."""
    try:
        return msgspec.convert(state.get(KEY) or {}, Memory)
    except msgspec.ValidationError:
        return Memory()
