"""What `hark sandbox` and the fault tests ask of every stand-in."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from hark.standins.kit.calls import Calls
from hark.standins.kit.faults import Faults


class Accepted(msgspec.Struct, frozen=True):
    """Something that our account created on the platform: `id` the platform's, `place` the thread or post."""

    id: str
    text: str
    place: str


class StandIn(Protocol):
    """A platform's API with people behind it, as an ASGI application. Everything is in memory.

    Webhooks go where the platform's own call (or `values`, for platforms whose webhook is set by hand) told it; what
    is pushed keeps to `faults.webhook`.
    """

    faults: Faults
    calls: Calls

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...

    def values(self, address: str) -> dict[str, str]:
        """What connects an account to it, when it listens at `address`."""
        ...

    async def say(self, text: str, *, person: str = "1", source: str = "dm") -> str:
        """Somebody writes to our account; the platform's id of the message. It is pushed, or there to be polled."""
        ...

    def accepted(self) -> list[Accepted]:
        """Everything that our account created, oldest first."""
        ...

    def release(self) -> int:
        """Sends the notifications that `faults.webhook.withhold` kept back; how many."""
        ...

    async def aclose(self) -> None:
        """Ends what runs in the background."""
        ...
