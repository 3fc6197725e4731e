"""Warnings and breaches that fall due while nothing else happens, each told once and at its own time, whoever tells it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import datetime
from uuid import UUID

from hark.flows.automation.enqueue import follow
from hark.flows.clocks import Told, tick_clocks
from hark.flows.context import Hark
from hark.flows.conversations import conversation_facts
from hark.infra.bus import FACTS
from hark.infra.db import Connection
from hark.infra.faultpoints import reach
from hark.journal import Fact, record
from hark.kernel.waiting import first_of
from hark.sla import repository

BATCH = 500
IN_FLIGHT = 2
"""Batches at a time when many are due: one computes while the other is with the database."""
LONGEST_SLEEP = 1.0
"""Seconds; a deadline set meanwhile that is sooner than all others is told at most this late."""


async def tick_due(hark: Hark, limit: int = BATCH) -> int:
    """Settles the clocks of what is due, at most `limit` conversations, in one transaction; gives how many. Several workers may
    do it at once: they take different ones."""
    now = hark.clock()
    async with hark.db.transaction(timeout=30) as connection:
        due = await repository.CLAIM_DUE.all(connection, now, limit)
        if not due:
            return 0
        reach("clocks.claimed")
        told = await tick_clocks(connection, hark, [(each.workspace_id, each.id) for each in due], now)
        workspaces = await record_told(connection, told, now)
        reach("clocks.before_commit")
    reach("clocks.after_commit")
    for workspace_id in workspaces:
        hark.bus.publish(FACTS, str(workspace_id))
    return len(due)


async def record_told(
    connection: Connection, told: Told, now: datetime, further: dict[UUID, list[Fact]] | None = None
) -> list[UUID]:
    """Records the facts about clocks, the conversations that they changed, and further ones, as the last write of a transaction
    that does nothing else."""
    facts: dict[UUID, list[Fact]] = defaultdict(list)
    changed: dict[UUID, list[UUID]] = defaultdict(list)
    for workspace_id, conversation_id in told.conversations:
        changed[workspace_id].append(conversation_id)
    for workspace_id in changed.keys() | told.facts.keys() | (further or {}).keys():
        facts[workspace_id] += told.facts.get(workspace_id, [])
        facts[workspace_id] += await conversation_facts(
            connection, workspace_id, changed[workspace_id], now, "system"
        )
        facts[workspace_id] += (further or {}).get(workspace_id, [])
    workspaces = sorted(facts, key=lambda each: each.int)
    for workspace_id in workspaces:
        await follow(connection, workspace_id, told.facts.get(workspace_id, []), now)
    for workspace_id in workspaces:
        await record(connection, workspace_id, facts[workspace_id])
    return workspaces


async def clocks_loop(hark: Hark, stop: asyncio.Event) -> None:
    """Sleeps until the next deadline. After an outage all that fell due is told at once, at its own time."""
    while not stop.is_set():
        done = await tick_due(hark)
        while done == BATCH and not stop.is_set():
            done = max(await asyncio.gather(*(tick_due(hark) for _ in range(IN_FLIGHT))))
        if done == 0:
            await first_of(stop, timeout=await _pause(hark))


async def _pause(hark: Hark) -> float:
    async with hark.db.connection() as connection:
        due: datetime | None = await repository.NEXT_DUE.value(connection)
    if due is None:
        return LONGEST_SLEEP
    return min(LONGEST_SLEEP, max(0.02, (due - hark.clock()).total_seconds()))
