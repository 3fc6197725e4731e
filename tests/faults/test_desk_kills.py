"""A worker killed while it tells deadlines, applies what was saved, hands out the queue or follows rules: another one ends
the work, and each notice, assignment and action has happened once."""

from __future__ import annotations

import signal
from pathlib import Path
from uuid import UUID

import pytest

from hark.automation.models import AddNote, SetPriority
from hark.bench.fleet import add_agents, add_policy
from hark.flows.automation.work import work_off
from hark.flows.routing import drain
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from tests.support.deadlines import apply_all, clocks, happenings, minutes, policy, save, tick_all
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.dying import work_and_die
from tests.support.fake_platform import FakePlatform
from tests.support.rules import queued, rule, run_rules, runs

CLOCKS = ("clocks.claimed", "clocks.written", "clocks.before_commit", "clocks.after_commit")
ROLLOUT = ("clocks.written", "rollout.before_commit", "rollout.after_commit")
ROUTING = ("routing.decided", "routing.before_commit")
RULES = ("rules.claimed", "rules.before_commit", "rules.after_commit")
STAGES = {*CLOCKS, *ROLLOUT, *ROUTING, *RULES}
PEOPLE = 3

WORKING = """
import asyncio, sys
from datetime import datetime
from pathlib import Path
from uuid import UUID
from hark.flows.automation.work import work_off
from hark.flows.rollout import apply_saved
from hark.flows.routing import drain
from hark.flows.ticking import tick_due
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from tests.support.fake_platform import FakePlatform
from tests.support.program import compose

async def main():
    url, folder, at, workspace, work = sys.argv[1:]
    clock = FixedClock(datetime.fromisoformat(at))
    db = await Database.connect(url, min_size=1, max_size=4)
    hark = compose(db, Path(folder), FakePlatform(clock).adapter, clock=clock)
    if work == "clocks":
        await tick_due(hark)
    elif work == "rollout":
        await apply_saved(hark)
    elif work == "routing":
        await drain(hark, UUID(workspace))
    else:
        await work_off(hark)

asyncio.run(main())
"""


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock, looks_up=False), clock)


class Place:
    """Where a killed worker works: the database and the files of the test."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder

    def die(self, desk: Desk, work: str, point: str) -> None:
        at, workspace = desk.clock().isoformat(), str(desk.account.workspace_id)
        ended = work_and_die(WORKING, point, self._url, str(self._folder), at, workspace, work)
        assert ended == -signal.SIGKILL, f"{point} was not reached"


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Place:
    return Place(database_url, tmp_path)


async def hear_all(desk: Desk) -> list[UUID]:
    return [await desk.hear(by=f"guest{number}") for number in range(PEOPLE)]


@pytest.mark.faults
@pytest.mark.parametrize("point", CLOCKS)
async def test_deadlines_that_a_killed_worker_was_telling_are_told_once(
    desk: Desk, place: Place, point: str
) -> None:
    await save(desk.hark, desk.account.workspace_id, policy(first=10, following=None, resolution=None))
    await apply_all(desk.hark)
    await hear_all(desk)
    desk.clock.advance(minutes(20))
    place.die(desk, "clocks", point)
    await tick_all(desk.hark)
    told = await happenings(desk.hark, desk.account.workspace_id, "warned", "breached")
    assert (
        sorted(told)
        == [("breached", "first_response", 1)] * PEOPLE + [("warned", "first_response", 1)] * PEOPLE
    )
    lines = await desk.rows("SELECT content_type, count(*) FROM message WHERE kind = 'activity' GROUP BY 1")
    assert dict(lines) == {"sla_warned": PEOPLE, "sla_breached": PEOPLE}
    await check_facts(desk)


@pytest.mark.faults
@pytest.mark.parametrize("point", ROLLOUT)
async def test_a_policy_that_a_killed_worker_was_applying_reaches_every_conversation_once(
    desk: Desk, place: Place, point: str
) -> None:
    cases = await hear_all(desk)
    await save(desk.hark, desk.account.workspace_id, policy(first=10, following=None, resolution=None))
    place.die(desk, "rollout", point)
    await apply_all(desk.hark)
    for case in cases:
        assert await clocks(desk.hark.db, case) == [("first_response", 1, "running")]
    started = await happenings(desk.hark, desk.account.workspace_id, "started")
    assert started == [("started", "first_response", 1)] * PEOPLE
    await check_facts(desk)


@pytest.mark.faults
@pytest.mark.parametrize("point", ROUTING)
async def test_a_queue_that_a_killed_worker_was_handing_out_is_handed_out_once(
    desk: Desk, place: Place, point: str
) -> None:
    workspace, now = desk.account.workspace_id, desk.clock()
    async with desk.hark.db.transaction() as connection:
        await add_policy(connection, workspace, "round_robin", now)
    cases = await hear_all(desk)  # nobody is there yet
    async with desk.hark.db.transaction() as connection:
        await add_agents(connection, workspace, 2, now)
    place.die(desk, "routing", point)
    await drain(desk.hark, workspace)
    holders = [(await desk.conversation(case)).assigned_to for case in cases]
    assert None not in holders
    assert len(set(holders)) == 2
    given = await desk.rows("SELECT conversation_id, count(*) FROM assignment WHERE automatic GROUP BY 1")
    assert dict(given) == dict.fromkeys(cases, 1)
    await check_facts(desk)
    await check_counters(desk.hark.db)


@pytest.mark.faults
@pytest.mark.parametrize("point", RULES)
async def test_rules_that_a_killed_worker_was_following_act_once(
    desk: Desk, place: Place, point: str
) -> None:
    await rule(desk, "message_received", [SetPriority("urgent"), AddNote("Look at this one first.")])
    cases = await hear_all(desk)
    place.die(desk, "rules", point)
    desk.clock.advance(minutes(2))  # longer than a worker may hold an event
    await run_rules(desk)
    assert await queued(desk) == 0
    for case in cases:
        assert (await desk.conversation(case)).priority == "urgent"
        assert [run.outcome for run in await runs(desk, case)] == ["done"]
    notes = await desk.rows("SELECT conversation_id, count(*) FROM message WHERE kind = 'note' GROUP BY 1")
    assert dict(notes) == dict.fromkeys(cases, 1)
    assert await work_off(desk.hark) == 0
    await check_facts(desk)
    await check_counters(desk.hark.db)
