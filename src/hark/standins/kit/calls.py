"""Which calls came, and how each ended."""

from __future__ import annotations

from collections import deque
from datetime import datetime

import msgspec

MOST = 20_000


class Call(msgspec.Struct, frozen=True):
    """`fault` is the mode of the fault that the call met; `status` None where no answer was given."""

    at: datetime
    method: str
    path: str
    status: int | None
    fault: str | None = None


class Calls:
    """The newest calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=MOST)

    def add(self, call: Call) -> None:
        self._calls.append(call)

    def all(self, on: str = "") -> list[Call]:
        """Those whose "METHOD /path" begins with `on`."""
        return [call for call in self._calls if f"{call.method} {call.path}".startswith(on)]

    def clear(self) -> None:
        self._calls.clear()
