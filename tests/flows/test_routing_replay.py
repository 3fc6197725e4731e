"""A dry run over stored days: what happened beside what an edited policy would have done; nothing is changed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from hark.flows.routing import drain
from hark.flows.routing_replay import replay_routing
from hark.infra.db import Database
from hark.routing.gather import as_policy
from hark.routing.repository import POLICIES
from tests.support.fleet import Floor, open_floor


@pytest.fixture
async def floor(db: Database, tmp_path: Path) -> Floor:
    return await open_floor(db, tmp_path)


SPANS = """
    INSERT INTO agent_status_span (workspace_id, user_id, since, status)
    SELECT workspace_id, user_id, since, status FROM agent_status WHERE workspace_id = $1
"""


async def test_an_edited_policy_is_compared_with_what_happened(floor: Floor) -> None:
    first, second = await floor.agents(2, capacity=10)
    await floor.policy("round_robin")
    await floor.execute(SPANS)
    await floor.queue(6)
    await floor.execute("UPDATE conversation SET last_inbound_at = created_at WHERE workspace_id = $1")
    floor.later(seconds=30)
    assert (await drain(floor.hark, floor.workspace)).given == 6
    floor.later(minutes=30)
    before = await floor.rows(
        "SELECT id, assigned_to, updated_at FROM conversation WHERE workspace_id = $1 ORDER BY id"
    )
    async with floor.db.connection() as connection:
        [row] = await POLICIES.all(connection, [floor.workspace])
    edited = msgspec.structs.replace(as_policy(row), fair_limit=2, fair_window_s=600)
    heard: list[float] = []
    done = await replay_routing(floor.hark, floor.workspace, edited, days=1, heard=heard.append)
    await asyncio.sleep(0)
    assert done.whole
    assert (done.happened.given, done.happened.waited_longest_s) == (6, 30)
    assert done.happened.by_agent == {first: 3, second: 3}
    assert (done.would.given, done.would.waited_median_s, done.would.waited_longest_s) == (6, 0, 600)
    assert done.would.overruns == 0
    assert heard[-1] == 1.0
    assert done.names[first].startswith("Agent ")
    assert before == await floor.rows(
        "SELECT id, assigned_to, updated_at FROM conversation WHERE workspace_id = $1 ORDER BY id"
    )


async def test_a_policy_that_is_switched_off_leaves_the_days_to_the_setting(floor: Floor) -> None:
    await floor.agents(1)
    await floor.policy("round_robin")
    await floor.queue(3)
    await floor.execute("UPDATE conversation SET last_inbound_at = created_at WHERE workspace_id = $1")
    floor.later(seconds=1)
    async with floor.db.connection() as connection:
        [row] = await POLICIES.all(connection, [floor.workspace])
    off = msgspec.structs.replace(as_policy(row), enabled=False)
    done = await replay_routing(floor.hark, floor.workspace, off, days=1)
    assert (done.would.apart, done.would.given, done.would.conversations) == (3, 0, 3)
