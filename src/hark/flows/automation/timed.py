"""Events that fall due: the customer has waited, or been silent, for as long as a rule says."""

from __future__ import annotations

from datetime import datetime

from hark.automation import repository
from hark.flows.context import Hark

BATCH = 500


async def enqueue_due(hark: Hark) -> int:
    """Queues what is due, at most `BATCH`, each once; gives how many. After an outage that is all that fell due."""
    async with hark.db.transaction() as connection:
        return len(await repository.ENQUEUE_DUE.all(connection, hark.clock(), BATCH))


async def next_due(hark: Hark) -> datetime | None:
    async with hark.db.connection() as connection:
        found: datetime | None = await repository.NEXT_DUE.value(connection, hark.clock())
    return found
