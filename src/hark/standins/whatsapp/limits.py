"""The documented limits: messages a second of a number, and messages to one person."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from hark.kernel.clock import Clock
from hark.standins.whatsapp.errors import GraphProblem

PER_SECOND = 80
BURST = 45
PAIR_SECONDS = 6.0


class Limits:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._recent: deque[datetime] = deque()
        self._pairs: dict[str, tuple[float, datetime]] = {}

    def check(self, person: str) -> None:
        """Counts a message; refuses one too many as the Cloud API does."""
        now = self._clock()
        while self._recent and now - self._recent[0] >= timedelta(seconds=1):
            self._recent.popleft()
        if len(self._recent) >= PER_SECOND:
            raise GraphProblem(130429, "Cloud API message throughput has been reached.", status=429)
        held, since = self._pairs.get(person, (float(BURST), now))
        held = min(float(BURST), held + (now - since).total_seconds() / PAIR_SECONDS)
        if held < 1:
            raise GraphProblem(
                131056, "too many messages sent to the same phone number in a short period of time"
            )
        self._pairs[person] = (held - 1, now)
        self._recent.append(now)
