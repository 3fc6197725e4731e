"""Snoozed conversations come back when their time is over, each once, and everybody hears of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from hark.flows.inbound import ingest_pending
from hark.flows.wake import wake_due, wake_loop
from hark.infra.bus import FACTS
from hark.infra.db import Database
from hark.journal import last_seq, read_facts
from hark.kernel.clock import FixedClock, utc_now
from tests.support.program import Connected, compose, connect, receive
from tests.support.sandbox_events import body, dm
from tests.support.waiting import until


class Snoozed:
    """A workspace with pending conversations that are snoozed for an hour."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.clock = FixedClock(utc_now())
        self.hark = compose(db, folder, clock=self.clock)
        self.until = self.clock() + timedelta(hours=1)

    async def fill(self, count: int, *, status: str = "pending") -> Connected:
        account = await connect(self.hark)
        people = [dm(number, "Hello", by=f"guest{number}") for number in range(count)]
        await receive(self.hark, account, body(*people))
        await ingest_pending(self.hark)
        async with self.hark.db.transaction() as connection:
            await connection.execute(
                "UPDATE conversation SET status = $1, snoozed_until = $2 WHERE workspace_id = $3",
                status,
                self.until,
                account.workspace_id,
            )
        return account

    async def statuses(self, workspace_id: UUID) -> list[tuple[str, bool]]:
        async with self.hark.db.connection() as connection:
            rows = await connection.fetch(
                "SELECT status, snoozed_until IS NOT NULL AS snoozed FROM conversation WHERE workspace_id = $1",
                workspace_id,
            )
        return [tuple(row) for row in rows]


@pytest.fixture
async def snoozed(db: Database, tmp_path: Path) -> Snoozed:
    return Snoozed(db, tmp_path)


async def test_nothing_wakes_early_and_everything_that_is_due_wakes_once(snoozed: Snoozed) -> None:
    account = await snoozed.fill(3)
    assert await wake_due(snoozed.hark) == 0
    snoozed.clock.advance(timedelta(hours=1))
    heard: list[str] = []
    snoozed.hark.bus.subscribe(FACTS, heard.append)
    async with snoozed.hark.db.connection() as connection:
        before = await last_seq(connection, account.workspace_id)
    woken = await asyncio.gather(*(wake_due(snoozed.hark) for _ in range(3)))
    assert sum(woken) == 3
    assert await snoozed.statuses(account.workspace_id) == [("open", False)] * 3
    async with snoozed.hark.db.connection() as connection:
        facts = await read_facts(connection, account.workspace_id, before)
    assert [fact.kind for fact in facts] == ["conversation.changed"] * 3
    assert all(b'"status":"open"' in fact.body for fact in facts)
    assert set(heard) == {str(account.workspace_id)}


async def test_a_resolved_conversation_stays_resolved_when_its_snooze_ends(snoozed: Snoozed) -> None:
    account = await snoozed.fill(1, status="resolved")
    snoozed.clock.advance(timedelta(hours=2))
    assert await wake_due(snoozed.hark) == 1
    assert await snoozed.statuses(account.workspace_id) == [("resolved", False)]


async def test_after_an_outage_the_loop_wakes_what_fell_due_meanwhile(snoozed: Snoozed) -> None:
    account = await snoozed.fill(2)
    snoozed.clock.advance(timedelta(days=3))
    stop = asyncio.Event()
    loop = asyncio.create_task(wake_loop(snoozed.hark, stop))

    async def all_open() -> bool:
        return await snoozed.statuses(account.workspace_id) == [("open", False)] * 2

    await until(all_open)
    stop.set()
    await asyncio.wait_for(loop, 10)
