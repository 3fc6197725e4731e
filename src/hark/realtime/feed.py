"""The facts of one workspace as they come, read once and encoded once, with the newest kept for everybody who follows.

A client is a position in the sequence and pulls what comes after it, so what waits for a slow client is bounded by what
is kept here, and nothing is copied per client.
"""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice
from uuid import UUID

import msgspec

from hark.infra.db import Connection, Database
from hark.infra.telemetry import logger
from hark.journal import StoredFact, encode_fact, last_seq, read_facts
from hark.kernel.errors import Unavailable

log = logger(__name__)

FALLBACK = 1.0
"""Seconds between two looks when no hint comes: hints may be lost."""

KEPT_FRAMES = 5_000
KEPT_BYTES = 8 * 1024 * 1024
PAGE = 500


class Frame(msgspec.Struct, frozen=True):
    seq: int
    kind: str
    text: str


class Feed:
    """`cursor` is the last sequence number read. `followers` are woken after each read."""

    def __init__(self, db: Database, workspace_id: UUID) -> None:
        self.workspace_id = workspace_id
        self.cursor = 0
        self.followers: set[asyncio.Event] = set()
        self._db = db
        self._kept: deque[Frame] = deque()
        self._bytes = 0
        self._hint = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        async with self._db.connection() as connection:
            self.cursor = await last_seq(connection, self.workspace_id)
        self._task = asyncio.create_task(self._run(), name=f"feed {self.workspace_id}")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def hint(self) -> None:
        self._hint.set()

    def after(self, seq: int, limit: int = PAGE) -> list[Frame] | None:
        """Kept frames after `seq`; None when the first of them is not kept any more."""
        if seq >= self.cursor:
            return []
        if not self._kept or self._kept[0].seq > seq + 1:
            return None
        start = seq + 1 - self._kept[0].seq
        return list(islice(self._kept, start, start + limit))

    async def read_after(self, seq: int) -> list[Frame]:
        """The same from the journal, for who was away longer."""
        async with self._db.connection() as connection:
            return await _read(connection, self.workspace_id, seq)

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(FALLBACK):
                    await self._hint.wait()
            except TimeoutError:
                pass
            self._hint.clear()
            try:
                await self._advance()
            except Unavailable:
                await asyncio.sleep(FALLBACK)
            except Exception as error:
                log.error("feed failed", workspace=str(self.workspace_id), exc_info=error)
                await asyncio.sleep(FALLBACK)

    async def _advance(self) -> None:
        while frames := await self.read_after(self.cursor):
            self._keep(frames)
            for follower in self.followers:
                follower.set()

    def _keep(self, frames: list[Frame]) -> None:
        self._kept.extend(frames)
        self._bytes += sum(len(frame.text) for frame in frames)
        self.cursor = frames[-1].seq
        while len(self._kept) > KEPT_FRAMES or (self._bytes > KEPT_BYTES and len(self._kept) > 1):
            self._bytes -= len(self._kept.popleft().text)


async def _read(connection: Connection, workspace_id: UUID, seq: int) -> list[Frame]:
    return [_frame(fact) for fact in await read_facts(connection, workspace_id, seq, PAGE)]


def _frame(fact: StoredFact) -> Frame:
    return Frame(fact.seq, fact.kind, encode_fact(fact).decode())
