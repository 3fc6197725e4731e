"""How fast a bot may send: 30 a second in all, 1 a second in one chat with bursts of 5, 20 a minute in one group.

Guidance numbers of Telegram's FAQ; the binding answer is 429 with `retry_after`.
"""

from __future__ import annotations

import math
from collections import deque

from hark.standins.telegram.errors import flood

PER_SECOND = 30
CHAT_BURST = 5
CHAT_WINDOW = 5.0
PER_MINUTE_GROUP = 20


class Limits:
    """Times of accepted sends, per window."""

    def __init__(self) -> None:
        self._windows: dict[tuple[object, ...], deque[float]] = {}

    def check(self, bot: int, chat: int | None, now: float) -> None:
        """Counts a send, or raises 429 with the seconds until there is room."""
        windows: list[tuple[tuple[object, ...], int, float]] = [((bot,), PER_SECOND, 1.0)]
        if chat is not None:
            windows.append(((bot, chat), CHAT_BURST, CHAT_WINDOW))
        if chat is not None and chat < 0:
            windows.append(((bot, chat, "minute"), PER_MINUTE_GROUP, 60.0))
        waits = [self._wait(key, most, seconds, now) for key, most, seconds in windows]
        if max(waits) > 0:
            raise flood(math.ceil(max(waits)))
        for key, _, _ in windows:
            self._windows[key].append(now)

    def _wait(self, key: tuple[object, ...], most: int, seconds: float, now: float) -> float:
        times = self._windows.setdefault(key, deque())
        while times and times[0] <= now - seconds:
            times.popleft()
        return times[0] + seconds - now if len(times) >= most else 0.0
