"""A clock that runs with real time from wherever it is set."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import perf_counter


class RunningClock:
    def __init__(self, at: datetime) -> None:
        self.set(at)

    def set(self, at: datetime) -> None:
        self._at, self._since = at, perf_counter()

    def __call__(self) -> datetime:
        return self._at + timedelta(seconds=perf_counter() - self._since)
