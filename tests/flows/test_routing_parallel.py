"""Real parallel workers over one PostgreSQL: drains, arrivals, people's own changes and agents who come and go, all at once.

Whatever happens: one conversation is never given twice, one slot never given twice, nobody waits in a circle, and what can be
given is given in the end. 20 rounds here, 200 in the long form.
"""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path
from uuid import UUID

import asyncpg

from hark.api.writing import write
from hark.flows.inbound import ingest_pending
from hark.flows.routing import drain
from hark.inbox.changes import Change, change_conversation
from hark.infra.db import Connection, Database
from hark.journal import Fact
from hark.workspaces.rights import system_actor
from tests.flows.test_deliver_kills import death_after
from tests.support.fake_platform import Killed
from tests.support.fleet import Floor, check_floor, open_floor
from tests.support.program import receive
from tests.support.sandbox_events import body, dm

ROUNDS = 200 if os.environ.get("HARK_FAULTS") == "long" else 20
WORKERS = 4


async def settle(floor: Floor) -> None:
    """Drains until nothing changes: what a lost hint would have left is taken up too."""
    while True:
        done = await drain(floor.hark, floor.workspace)
        if not done.given and not done.released and not done.again:
            return


async def ingest_all(floor: Floor) -> None:
    while (await ingest_pending(floor.hark, 7)).claimed:
        pass


async def change(floor: Floor, conversation: UUID, change: Change) -> None:
    """What an agent does by hand; it may exceed a capacity, so only freeing changes are used here."""
    actor = system_actor(floor.workspace)

    async def work(connection: Connection) -> tuple[object, list[Fact]]:
        return await change_conversation(connection, actor, conversation, change, floor.clock())

    await write(floor.hark, actor, work)
    await drain(floor.hark, floor.workspace)


async def flip(floor: Floor, agents: list[UUID], chance: random.Random) -> None:
    await floor.turn(chance.sample(agents, 2), chance.choice(["online", "offline", "away"]))
    await drain(floor.hark, floor.workspace)


async def deadlocks(floor: Floor) -> int:
    [(count,)] = await floor.rows(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database() AND $1::uuid IS NOT NULL"
    )
    return int(count)


async def test_parallel_workers_never_give_twice(db: Database, tmp_path: Path) -> None:
    floor = await open_floor(db, tmp_path)
    chance = random.Random(5)
    agents = await floor.agents(6, capacity=3)
    await floor.policy("load_balanced", on_offline="reassign")
    for number in range(ROUNDS):
        queue = await floor.queue(chance.randint(0, 12))
        at = int(floor.clock().timestamp() * 1000)
        arriving = [
            dm(number * 100 + each, "Hello", by=f"guest{chance.randint(1, 40)}", at=at + each)
            for each in range(15)
        ]
        await receive(floor.hark, floor.account, body(*arriving))
        taken = [each for each, holder in (await floor.holders()).items() if holder is not None]
        done = [change(floor, each, Change(status="resolved")) for each in taken[: chance.randint(0, 9)]]
        back = [change(floor, each, Change(assigned_to=None)) for each in taken[9:12]]
        jobs = [
            *(drain(floor.hark, floor.workspace) for _ in range(WORKERS)),
            *(ingest_all(floor) for _ in range(2)),
            *done,
            *back,
            flip(floor, agents, chance),
        ]
        chance.shuffle(jobs)
        await asyncio.gather(*jobs)
        await settle(floor)
        await check_everything(floor, agents)
        floor.later(minutes=1)
        if len(queue) > 60:
            await floor.execute(
                "UPDATE conversation SET status = 'closed', live = false WHERE workspace_id = $1"
            )
    assert await deadlocks(floor) == 0


async def check_everything(floor: Floor, agents: list[UUID]) -> None:
    """A customer's reopen may exceed a capacity, so the limit is looked up in what routing itself did."""
    await check_floor(floor, limits=False)
    over = await floor.rows(
        "SELECT id FROM assignment WHERE workspace_id = $1 AND automatic AND agent_id IS NOT NULL"
        " AND (reasons ->> 'load')::int >= (reasons ->> 'capacity')::int"
    )
    assert over == []
    holders, loads = await floor.holders(), await floor.loads()
    online = {row[0] for row in await floor.rows(
        "SELECT user_id FROM agent_status WHERE workspace_id = $1 AND status = 'online'")}  # fmt: skip
    free = sum(max(0, 3 - loads[each]) for each in agents if each in online)
    waiting = sum(1 for holder in holders.values() if holder is None)
    assert free == 0 or waiting == 0, "somebody waits although there is room"


async def test_many_workers_racing_for_few_slots_give_each_once(db: Database, tmp_path: Path) -> None:
    floor = await open_floor(db, tmp_path)
    agents = await floor.agents(5, capacity=2)
    await floor.policy()
    for _ in range(ROUNDS):
        queue = await floor.queue(30)
        done = await asyncio.gather(*(drain(floor.hark, floor.workspace) for _ in range(6)))
        assert sum(each.given for each in done) == 10
        assert await floor.loads() == dict.fromkeys(agents, 2)
        assert [each for each in queue if (await floor.holders())[each] is not None] == queue[:10]
        await check_floor(floor)
        await floor.execute("UPDATE conversation SET status = 'closed', live = false WHERE workspace_id = $1")
    assert await deadlocks(floor) == 0


async def test_a_worker_that_dies_after_any_of_its_statements_leaves_nothing_half_done(
    db: Database, tmp_path: Path
) -> None:
    floor = await open_floor(db, tmp_path)
    agents = await floor.agents(4, capacity=3)
    await floor.policy("load_balanced", on_offline="reassign")
    died = 0
    for statement in range(1, ROUNDS + 1):
        queue = await floor.queue(8)
        await floor.turn(agents[:1], "offline" if statement % 2 else "online")
        with death_after(statement):
            try:
                await drain(floor.hark, floor.workspace)
            except Killed:
                died += 1
        await check_floor(floor)
        await settle(floor)
        await check_floor(floor)
        assert sum((await floor.loads()).values()) == min(len(queue), 9 if statement % 2 else 12)
        await floor.execute("UPDATE conversation SET status = 'closed', live = false WHERE workspace_id = $1")
        floor.later(minutes=1)
    assert died >= 15


async def test_ingest_that_dies_while_it_routes_is_taken_up_whole(db: Database, tmp_path: Path) -> None:
    floor = await open_floor(db, tmp_path)
    await floor.agents(50, capacity=1)
    await floor.policy()
    for number in range(1, 41):
        await receive(floor.hark, floor.account, body(dm(number, "Hello", by=f"guest{number}")))
        with death_after(number):
            try:
                await ingest_pending(floor.hark)
            except (Killed, asyncpg.PostgresError):
                pass
        await ingest_all(floor)
        await settle(floor)
        assert sum((await floor.loads()).values()) == number
    await check_floor(floor)
