"""Group commit: requests that arrive while a commit runs share the next multi-row insert.

A request alone is written at once (no added wait); under load the batch grows by itself to what arrives during one
commit. One commit is in flight at a time: two gain nothing (docs/decisions/0002-group-commit.md).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from hark.infra.bus import RAW, Bus
from hark.infra.db import Database
from hark.infra.faultpoints import reach
from hark.intake import repository
from hark.intake.models import NewRaw
from hark.kernel.errors import HarkError, Unavailable

MAX_ROWS = 2000
MAX_WAITING_ROWS = 20_000
"""Beyond this many unwritten rows a request is told to come again, so that memory stays bounded while the database hangs."""


LONGEST_WAIT = 9.0
"""Seconds that a request waits for its commit. A database that hangs keeps the one write that is in flight for 8 s, and those
that queue behind it for longer; they are told to come again before a platform gives up on them."""


class Recorder:
    """Writes raw events durably. `record` returns only after the commit."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._waiting: deque[tuple[Sequence[NewRaw], asyncio.Future[None]]] = deque()
        self._waiting_rows = 0
        self._writer: asyncio.Task[None] | None = None

    async def record(self, rows: Sequence[NewRaw]) -> None:
        """Raises Unavailable when the rows could not be stored; then none of them was acknowledged."""
        if self._waiting_rows + len(rows) > MAX_WAITING_ROWS:
            raise Unavailable("Too many events are waiting to be stored.")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, done))
        self._waiting_rows += len(rows)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await done
        except TimeoutError:
            raise Unavailable("The database did not store the event in time.") from None

    async def _write_all(self) -> None:
        while self._waiting:
            batch, rows = self._take()
            try:
                await self._write(rows)
            except Exception as error:
                self._refuse(batch, error)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)

    def _take(self) -> tuple[list[tuple[Sequence[NewRaw], asyncio.Future[None]]], list[NewRaw]]:
        batch: list[tuple[Sequence[NewRaw], asyncio.Future[None]]] = []
        rows: list[NewRaw] = []
        while self._waiting and (not rows or len(rows) + len(self._waiting[0][0]) <= MAX_ROWS):
            entry = self._waiting.popleft()
            batch.append(entry)
            rows.extend(entry[0])
        self._waiting_rows -= len(rows)
        return batch, rows

    async def _write(self, rows: Sequence[NewRaw]) -> None:
        """Where all rows go in by one statement, it is its own transaction, and its commit costs no further round trip."""
        plain = all(row.reason is None and row.origin == rows[0].origin for row in rows)
        async with (self._database.connection if plain else self._database.transaction)() as connection:
            reach("receive.before_insert")
            await repository.insert(connection, rows)
        reach("receive.after_commit")
        self._bus.publish(RAW)

    @staticmethod
    def _refuse(batch: list[tuple[Sequence[NewRaw], asyncio.Future[None]]], error: Exception) -> None:
        shown = error if isinstance(error, HarkError) else Unavailable("The event could not be stored.")
        for _, done in batch:
            if not done.done():
                done.set_exception(shown)
