"""Hints between parts and processes: "there is work", "there are facts". Not truth: losing every hint only costs latency.

Topics: `raw` (raw events recorded), `facts` (payload: workspace id), `delivery` (queued), `media` (files to fetch),
`access` (payload: user id whose rights changed), `presence` (ephemeral, JSON).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Protocol

Listener = Callable[[str], None]

RAW = "raw"
FACTS = "facts"
DELIVERY = "delivery"
MEDIA = "media"
ACCESS = "access"
PRESENCE = "presence"


class Bus(Protocol):
    def publish(self, topic: str, payload: str = "") -> None:
        """Never raises and never waits."""

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        """Calls `listener(payload)` on the event loop for every hint; returns the way to stop."""

    async def close(self) -> None: ...


class MemoryBus:
    """The bus of a single process."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = defaultdict(list)

    def publish(self, topic: str, payload: str = "") -> None:
        for listener in list(self._listeners[topic]):
            listener(payload)

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        self._listeners[topic].append(listener)
        return lambda: self._listeners[topic].remove(listener)

    async def close(self) -> None:
        self._listeners.clear()
