"""Snoozes that end: the conversation is open again, on every screen."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import datetime
from uuid import UUID

from hark.flows.automation.enqueue import Happening, enqueue, follow
from hark.flows.clocks import keep_clocks
from hark.flows.context import Hark
from hark.inbox import repository as inbox
from hark.inbox.snapshots import load_conversations
from hark.inbox.waking import NEXT_WAKE, WAKE, Woken
from hark.infra.bus import FACTS
from hark.infra.db import Connection, columns
from hark.journal import Fact, fact_of, record
from hark.kernel.waiting import first_of

BATCH = 500
LONGEST_SLEEP = 5.0
"""Seconds; a snooze set meanwhile that ends sooner is at most this late."""


async def wake_due(hark: Hark) -> int:
    """Opens what is due, at most `BATCH`, in one transaction; gives how many."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        woken = await WAKE.all(connection, now, BATCH)
        if not woken:
            return 0
        await inbox.FOLLOW_TAGS.run(connection, *columns([(each.workspace_id, each.id) for each in woken], 2))
        clocks = await keep_clocks(connection, hark, [(each.workspace_id, each.id) for each in woken], now)
        by_workspace = _grouped(woken)
        for workspace_id in sorted(by_workspace, key=lambda each: each.int):
            await _record(
                connection, workspace_id, by_workspace[workspace_id], clocks.facts[workspace_id], now
            )
    for workspace_id in by_workspace:
        hark.bus.publish(FACTS, str(workspace_id))
    return len(woken)


async def wake_loop(hark: Hark, stop: asyncio.Event) -> None:
    """Sleeps until the next snooze ends. After an outage everything that fell due is opened at once."""
    while not stop.is_set():
        if await wake_due(hark) < BATCH:
            await first_of(stop, timeout=await _pause(hark))


async def _pause(hark: Hark) -> float:
    async with hark.db.connection() as connection:
        due: datetime | None = await NEXT_WAKE.value(connection)
    if due is None:
        return LONGEST_SLEEP
    return min(LONGEST_SLEEP, max(0.05, (due - hark.clock()).total_seconds()))


def _grouped(woken: list[Woken]) -> dict[UUID, list[UUID]]:
    grouped: dict[UUID, list[UUID]] = defaultdict(list)
    for each in woken:
        grouped[each.workspace_id].append(each.id)
    return grouped


async def _record(
    connection: Connection, workspace_id: UUID, ids: list[UUID], clocks: list[Fact], now: datetime
) -> None:
    changed = await load_conversations(connection, workspace_id, ids)
    facts = [
        fact_of("conversation.changed", now, each, conversation_id=each.id, actor="system")
        for each in changed
    ]
    opened = [Happening(each, "status_changed", detail={"status_before": "pending"}) for each in ids]
    await enqueue(connection, workspace_id, opened, now)
    await follow(connection, workspace_id, clocks, now)
    await record(connection, workspace_id, [*facts, *clocks])
