"""Steps 4 to 8 in batches against one event per transaction, on a large store.

Who writes: eight in ten messages come from the tenth of the customers who wrote last, one from anybody, one from somebody new.
"""

from __future__ import annotations

import asyncio
import random
from time import perf_counter

from hark.bench.made import PLATFORM, MadeAccount, message
from hark.bench.report import Figure, at_least, noted
from hark.flows.context import Hark
from hark.flows.inbound import BATCH, IN_FLIGHT, ingest_pending
from hark.intake import NewRaw
from hark.intake import repository as intake

ALONE = 600
"""Events that are ingested one per transaction."""


async def bench(hark: Hark, account: MadeAccount, events: int, customers: int) -> list[Figure]:
    chance = random.Random(7)
    at = int(hark.clock().timestamp() * 1000)
    await record_raw(hark, account, [body_of(n, chance, customers, at) for n in range(ALONE)])
    alone = await drain_raw(hark, 1, 1)
    await record_raw(hark, account, [body_of(ALONE + n, chance, customers, at) for n in range(events)])
    batched = await drain_raw(hark, BATCH, IN_FLIGHT)
    stored = await hark.db.pool.fetchval(
        "SELECT count(*) FROM message WHERE workspace_id = $1", account.workspace_id
    )
    return [
        noted("messages stored", f"{stored:,}"),
        noted("one event per transaction", f"{ALONE / alone:,.0f}/s"),
        at_least("batches", events / batched, 4000, "/s"),
        at_least("batches / one event per transaction", events / batched / (ALONE / alone), 10),
    ]


def body_of(number: int, chance: random.Random, customers: int, at: int) -> bytes:
    draw = chance.random()
    who = chance.randint(1, customers // 10) if draw < 0.8 else chance.randint(1, customers)
    name = f"new{number}" if draw > 0.9 else str(who)
    return message(
        f"i{number}", name, f"Where is my order {number}? I have been waiting since Monday.", at + number
    )


async def record_raw(hark: Hark, account: MadeAccount, bodies: list[bytes]) -> None:
    adapter = hark.registry.load(PLATFORM)
    now = hark.clock()
    for start in range(0, len(bodies), 1000):
        rows = [
            NewRaw(account.workspace_id, account.account_id, item.dedup_key, item.payload, now)
            for body in bodies[start : start + 1000]
            for item in adapter.split(body)
        ]
        async with hark.db.transaction() as connection:
            await intake.insert(connection, rows)


async def drain_raw(hark: Hark, batch: int, in_flight: int) -> float:
    async def work() -> None:
        while (await ingest_pending(hark, batch)).claimed:
            pass

    start = perf_counter()
    await asyncio.gather(*(work() for _ in range(in_flight)))
    return perf_counter() - start
