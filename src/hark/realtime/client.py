"""One live connection: where it is in the sequence, what it may see, and the one task that writes to it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Literal
from uuid import UUID

from hark.infra.telemetry import LIVE_DROPPED
from hark.realtime.feed import Feed, Frame
from hark.realtime.frames import Bye, Hello, Reload, Skipped, encode
from hark.workspaces.rights import Actor

Reason = Literal["slow_client", "signed_out", "removed", "server_stopping"]

CLOSE_CODES: dict[Reason, int] = {
    "slow_client": 1013,
    "signed_out": 4401,
    "removed": 4403,
    "server_stopping": 1001,
}

MOST_EPHEMERAL = 500
"""Presence frames that wait for a client; older ones fall out, the next ones tell the same anew."""

RIGHT_OF = {
    "conversation": "conversations:read",
    "message": "conversations:read",
    "customer": "customers:read",
    "post": "conversations:read",
    "clock": "conversations:read",
    "sla": "conversations:read",
    "account": "accounts:read",
    "member": "members:read",
    "tag": "tags:read",
    "quarantine": "quarantine:read",
    "workspace": "workspace:read",
    "agent": "members:read",
    "team": "members:read",
    "assignment": "conversations:read",
    "queue": "conversations:read",
    "rule": "conversations:read",
}
"""The right that a fact's kind (the part before the dot) needs."""

Send = Callable[[str], Awaitable[None]]


class Client:
    """`proof` is the hash of the token by which the client came, to look up whether it still holds."""

    def __init__(self, number: int, actor: Actor, proof: bytes, feed: Feed, send: Send) -> None:
        self.number = number
        self.actor = actor
        self.proof = proof
        self.feed = feed
        self.position = feed.cursor
        self.conversation_id: UUID | None = None
        self.sending_since: float | None = None
        self.ended: asyncio.Future[Reason] = asyncio.get_running_loop().create_future()
        self._send = send
        self._begun = False
        self._asked = False
        self._live = True
        self._soon: deque[str] = deque(maxlen=MOST_EPHEMERAL)
        self._wake = asyncio.Event()
        feed.followers.add(self._wake)

    def greet(self, hello: Hello) -> None:
        self.position = hello.seq
        self.tell(encode(hello))

    def begin(self) -> None:
        """Facts flow from now on. Not before the client had a moment to say where it wants to resume."""
        self._begun = True
        self._wake.set()

    def expect_resume(self) -> None:
        """It has said where it goes on; facts wait for the answer, however long the database takes for it."""
        self._asked = True

    def begin_unasked(self) -> None:
        """The moment is over."""
        if not self._asked:
            self.begin()

    def resume(self, seq: int) -> None:
        self.position = seq
        self._live = False
        self.begin()

    def reload(self, seq: int) -> None:
        self.position = seq
        self._live = True
        self.tell(encode(Reload(seq)))
        self.begin()

    def tell(self, text: str) -> None:
        """Something ephemeral, before the facts that wait."""
        self._soon.append(text)
        self._wake.set()

    def end(self, reason: Reason) -> None:
        if not self.ended.done():
            LIVE_DROPPED.labels(reason).inc()
            self.ended.set_result(reason)

    def is_behind(self) -> bool:
        """Whether what it should get next is no longer kept, although it was live: it reads too slowly."""
        return self._live and self.position < self.feed.cursor and self.feed.after(self.position, 1) is None

    def leave(self) -> None:
        self.feed.followers.discard(self._wake)

    async def write(self) -> None:
        """Writes until cancelled or ended."""
        while not self.ended.done():
            await self._wake.wait()
            self._wake.clear()
            await self._write_soon()
            if self._begun:
                await self._write_facts()

    async def say_bye(self, reason: Reason) -> None:
        await self._write(encode(Bye(reason)))

    async def _write_soon(self) -> None:
        while self._soon:
            await self._write(self._soon.popleft())

    async def _write_facts(self) -> None:
        while self.position < self.feed.cursor and not self.ended.done():
            frames = self.feed.after(self.position)
            if frames is None and self._live:
                self.end("slow_client")
                return
            if frames is None:
                frames = await self.feed.read_after(self.position)
            else:
                self._live = True
            await self._write_frames(frames)

    async def _write_frames(self, frames: list[Frame]) -> None:
        for frame in frames:
            if frame.seq <= self.position:
                continue
            if frame.seq != self.position + 1:
                return
            self.position = frame.seq
            await self._write(frame.text if self._may_see(frame.kind) else encode(Skipped(frame.seq)))
            if self._soon:
                await self._write_soon()

    def _may_see(self, kind: str) -> bool:
        return RIGHT_OF.get(kind.partition(".")[0], "") in self.actor.rights

    async def _write(self, text: str) -> None:
        self.sending_since = monotonic()
        await self._send(text)
        self.sending_since = None
