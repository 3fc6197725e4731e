"""A workspace with agents, a queue and a policy; several workers over one database; and the verdict over all of it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from hark.bench.fleet import add_agents, add_policy, add_queue, set_status
from hark.flows.context import Hark
from hark.inbox.assigned import Assignment
from hark.infra.db import Database
from hark.journal import StoredFact, read_facts
from hark.kernel.clock import FixedClock
from tests.support.program import Connected, compose, connect

START = datetime.fromisoformat("2026-03-02T12:00:00+00:00")


class Floor:
    """One workspace of agents; `hark` is one of its workers."""

    def __init__(self, db: Database, hark: Hark, clock: FixedClock, account: Connected) -> None:
        self.db, self.hark, self.clock, self.account = db, hark, clock, account
        self.workspace = account.workspace_id

    async def agents(self, count: int, **values: Any) -> list[UUID]:
        async with self.db.transaction() as connection:
            return await add_agents(connection, self.workspace, count, self.clock(), **values)

    async def policy(self, strategy: str = "round_robin", **values: Any) -> UUID:
        async with self.db.transaction() as connection:
            return await add_policy(connection, self.workspace, strategy, self.clock(), **values)

    async def queue(self, count: int) -> list[UUID]:
        async with self.db.transaction() as connection:
            return await add_queue(connection, self.workspace, self.account.account_id, count, self.clock())

    async def turn(self, agents: list[UUID], status: str) -> None:
        async with self.db.transaction() as connection:
            await set_status(connection, self.workspace, agents, status, self.clock())

    async def execute(self, sql: str, *values: Any) -> None:
        async with self.db.transaction() as connection:
            await connection.execute(sql, self.workspace, *values)

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        async with self.db.connection() as connection:
            return [tuple(row) for row in await connection.fetch(sql, self.workspace, *values)]

    async def holders(self) -> dict[UUID, UUID | None]:
        """Who has each open conversation."""
        found = await self.rows(
            "SELECT id, assigned_to FROM conversation WHERE workspace_id = $1 AND status = 'open'"
        )
        return dict(found)  # type: ignore[arg-type]

    async def loads(self) -> Counter[UUID]:
        return Counter(agent for agent in (await self.holders()).values() if agent is not None)

    async def facts(self, after: int = 0) -> list[StoredFact]:
        async with self.db.connection() as connection:
            return await read_facts(connection, self.workspace, after, 100_000)

    def later(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))


async def open_floor(db: Database, folder: Path) -> Floor:
    clock = FixedClock(START)
    hark = compose(db, folder, clock=clock)
    return Floor(db, hark, clock, await connect(hark))


async def check_floor(floor: Floor, *, limits: bool = True) -> None:
    """No conversation given twice, no slot given twice, and log, thread and journal say the same as the conversations."""
    has: dict[UUID, UUID | None] = {}
    told = 0
    for fact in await floor.facts():
        if fact.kind == "assignment.changed":
            entry = msgspec.json.decode(fact.body, type=Assignment)
            if entry.automatic and entry.agent_id is not None:
                assert has.get(entry.conversation_id) is None, "given while somebody had it"
            has[entry.conversation_id] = entry.agent_id
            told += entry.automatic
    log = await floor.rows("SELECT count(*) FROM assignment WHERE workspace_id = $1 AND automatic")
    lines = await floor.rows(
        "SELECT count(*) FROM message WHERE workspace_id = $1 AND content_type IN ('assigned', 'unassigned')"
        " AND sender_name = 'Hark' AND metadata ? 'reason'"
    )
    assert log == lines == [(told,)]
    if limits:
        over = await floor.rows(
            "SELECT a.user_id, a.capacity, count(*) FROM conversation c JOIN agent a ON a.workspace_id = c.workspace_id AND"
            " a.user_id = c.assigned_to WHERE c.workspace_id = $1 AND c.status = 'open'"
            " GROUP BY a.user_id, a.capacity HAVING count(*) > a.capacity"
        )
        assert over == []
