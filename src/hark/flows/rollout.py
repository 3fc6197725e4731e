"""Saved policies and calendars are applied to what is open, a batch of conversations at a time, so that live work goes on.

Whoever is killed leaves the place up to which it was done; another worker goes on there. Saving again begins anew.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

import structlog

from hark.flows.clocks import keep_clocks
from hark.flows.context import Hark
from hark.flows.ticking import record_told
from hark.infra.bus import FACTS
from hark.infra.db import Connection
from hark.infra.faultpoints import reach
from hark.journal import fact_of
from hark.kernel.errors import Collided
from hark.kernel.waiting import first_of
from hark.sla import repository
from hark.sla.rows import Progress

BATCH = 100
"""Conversations per transaction: none of them is held longer than some tenths of a second."""
LOOK_EVERY = 1.0

log = structlog.stdlib.get_logger(__name__)


async def apply_saved(hark: Hark, limit: int = BATCH) -> int:
    """Applies what was saved to the next conversations of one workspace; gives how many, -1 when there is nothing to do."""
    now = hark.clock()
    async with hark.db.transaction(timeout=30) as connection:
        claimed = await repository.CLAIM_ROLLOUT.find(connection)
        if claimed is None:
            return -1
        workspace_id, cursor = claimed
        count = await _apply_to_next(hark, connection, workspace_id, cursor, limit, now)
        reach("rollout.before_commit")
    reach("rollout.after_commit")
    hark.bus.publish(FACTS, str(workspace_id))
    return count


async def _apply_to_next(
    hark: Hark, connection: Connection, workspace_id: UUID, cursor: UUID | None, limit: int, now: datetime
) -> int:
    ids = [row[0] for row in await repository.NEXT_OPEN.all(connection, workspace_id, cursor, limit)]
    told = await keep_clocks(connection, hark, [(workspace_id, each) for each in ids], now)
    progress = await _advance(connection, workspace_id, ids, len(told.conversations), now)
    if len(ids) < limit:
        progress = await repository.FINISH_ROLLOUT.one(connection, workspace_id, now)
    fact = fact_of("sla.changed", now, progress, actor="system")
    await record_told(connection, told, now, {workspace_id: [fact]})
    return len(ids)


async def _advance(
    connection: Connection, workspace_id: UUID, ids: list[UUID], changed: int, now: datetime
) -> Progress:
    last = ids[-1] if ids else None
    return await repository.ADVANCE_ROLLOUT.one(connection, workspace_id, last, len(ids), changed)


async def rollout_loop(hark: Hark, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            done = await apply_saved(hark)
        except Collided:
            log.debug("a batch of conversations collided with another one")
            done = 0
        if done < 0:
            await first_of(stop, timeout=LOOK_EVERY)
