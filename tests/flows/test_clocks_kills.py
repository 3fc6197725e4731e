"""Breaches and warnings are told once, whatever is killed and however many work at it; and so is what was saved applied."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from hark.flows.deliver import deliver_due
from hark.flows.rollout import apply_saved
from hark.flows.ticking import clocks_loop, tick_due
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from tests.flows.test_deliver_kills import death_after
from tests.support.deadlines import apply_all, everything, happenings, minutes, policy, save, tick_all, times
from tests.support.desk import START, Desk, check_facts, open_desk
from tests.support.fake_platform import FakePlatform, Killed
from tests.support.waiting import until

PEOPLE = 12


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    desk = await open_desk(db, tmp_path, FakePlatform(clock), clock)
    await save(desk.hark, desk.account.workspace_id, policy(first=10, resolution=None))
    await apply_all(desk.hark)
    return desk


async def told(desk: Desk) -> Counter[str]:
    found = await happenings(desk.hark, desk.account.workspace_id, "warned", "breached")
    return Counter(happening for happening, _, _ in found)


async def in_threads(desk: Desk) -> dict[str, int]:
    return dict(
        await desk.rows("SELECT content_type, count(*) FROM message WHERE kind = 'activity' GROUP BY 1")
    )


async def test_a_worker_killed_after_any_statement_leaves_each_notice_to_be_told_once(desk: Desk) -> None:
    cases = [await desk.hear(by=f"guest{number}") for number in range(3)]
    desk.clock.advance(minutes(20))
    statement = 1
    while True:
        with death_after(statement):
            try:
                await tick_due(desk.hark, limit=1)
            except Killed:
                statement += 1
                continue
        break
    assert statement > 8
    await tick_all(desk.hark)
    assert await told(desk) == {"warned": 3, "breached": 3}
    assert await in_threads(desk) == {"sla_warned": 3, "sla_breached": 3}
    for case in cases:
        assert (await times(desk.hark.db, case, "first_response"))["breached_at"] == START + minutes(10)
    await check_facts(desk)


async def test_several_workers_share_what_is_due(desk: Desk) -> None:
    for number in range(PEOPLE):
        await desk.hear(by=f"guest{number}")
    desk.clock.advance(minutes(30))
    while sum(await asyncio.gather(*(tick_due(desk.hark, limit=2) for _ in range(4)))):
        pass
    assert await told(desk) == {"warned": PEOPLE, "breached": PEOPLE}
    assert await in_threads(desk) == {"sla_warned": PEOPLE, "sla_breached": PEOPLE}
    await check_facts(desk)


async def test_a_reply_and_its_breach_at_the_same_time_end_as_one_after_the_other(
    desk: Desk, db: Database
) -> None:
    """The reply is stored while the loop is at the conversation, again and again."""
    cases = [await desk.hear(by=f"guest{number}") for number in range(6)]
    desk.clock.advance(minutes(9))
    for case in cases:
        await desk.say(case, "Here.")
    desk.clock.advance(minutes(2))
    await asyncio.gather(
        deliver_due(desk.hark), tick_due(desk.hark, 2), tick_due(desk.hark, 2), tick_due(desk.hark, 2)
    )
    await tick_all(desk.hark)
    for case in cases:
        clock = await times(db, case, "first_response")
        assert clock["ended_at"] is not None
    await check_facts(desk)


async def test_the_loop_tells_what_fell_due_in_a_ten_minute_outage_and_goes_on(desk: Desk) -> None:
    await desk.hear(by="mara")
    desk.clock.advance(minutes(8))
    await desk.hear(by="jonas")
    desk.clock.advance(minutes(10))
    stop = asyncio.Event()
    loop = asyncio.create_task(clocks_loop(desk.hark, stop))

    async def both() -> bool:
        return await told(desk) == {"warned": 2, "breached": 1}

    await until(both)
    desk.clock.advance(timedelta(seconds=1))

    async def all_of_them() -> bool:
        return await told(desk) == {"warned": 2, "breached": 2}

    await until(all_of_them)
    stop.set()
    await asyncio.wait_for(loop, 10)
    rows = await desk.rows("SELECT \"timestamp\" FROM message WHERE content_type = 'sla_breached' ORDER BY 1")
    assert [row[0] for row in rows] == [START + minutes(10), START + minutes(18)]


async def test_at_the_due_instant_itself_nothing_is_late(desk: Desk) -> None:
    await desk.hear()
    desk.clock.advance(minutes(10))
    await tick_all(desk.hark)
    assert await told(desk) == {"warned": 1}
    desk.clock.advance(timedelta(microseconds=1))
    await tick_all(desk.hark)
    assert await told(desk) == {"warned": 1, "breached": 1}


async def test_applying_what_was_saved_goes_on_where_a_killed_worker_left_it(
    desk: Desk, db: Database
) -> None:
    for number in range(5):
        await desk.hear(by=f"guest{number}")
    saved = await save(desk.hark, desk.account.workspace_id, policy("Slow", first=500), None)
    await apply_all(desk.hark)
    before = await everything(db)
    first = (await desk.rows("SELECT id FROM sla_policy WHERE position = 0"))[0][0]
    desk.clock.advance(minutes(1))
    await save(desk.hark, desk.account.workspace_id, policy(first=20, resolution=None), first)
    assert await everything(db) == before
    statement = 1
    while True:
        with death_after(statement):
            try:
                if await apply_saved(desk.hark, limit=2) < 0:
                    break
            except Killed:
                statement += 1
    assert statement > 10
    assert saved.position == 1
    rows = await desk.rows("SELECT DISTINCT due_at FROM sla_clock WHERE kind = 'first_response'")
    assert rows == [(START + minutes(20),)]
    assert await desk.rows("SELECT done, total, applied_version = version FROM sla_rollout") == [(5, 5, True)]
    assert len(await happenings(desk.hark, desk.account.workspace_id, "moved")) == 5
    await check_facts(desk)
