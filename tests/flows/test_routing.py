"""Work finds its agents: in the transaction that brings it, and by the drain when something changes."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from hark.flows.inbound import ingest_pending
from hark.flows.routing import drain, wake_routing
from hark.flows.routing_loop import routing_loop
from hark.infra.bus import ROUTING
from hark.infra.db import Database
from tests.support.fleet import Floor, check_floor, open_floor
from tests.support.program import receive
from tests.support.sandbox_events import body, dm
from tests.support.waiting import until


@pytest.fixture
async def floor(db: Database, tmp_path: Path) -> Floor:
    return await open_floor(db, tmp_path)


async def arrive(floor: Floor, *numbers: int, by: str | None = None) -> None:
    """New messages, each by somebody else unless `by` names one."""
    at = int(floor.clock().timestamp() * 1000)
    people = [dm(number, "Hello", by=by or f"guest{number}", at=at + number) for number in numbers]
    await receive(floor.hark, floor.account, body(*people))
    await ingest_pending(floor.hark)


async def test_new_work_is_given_in_the_transaction_that_brings_it(floor: Floor) -> None:
    agents = await floor.agents(3, capacity=2)
    await floor.policy()
    await arrive(floor, 1, 2, 3, 4)
    assert sorted((await floor.loads()).values()) == [1, 1, 2]
    assert set(await floor.loads()) == set(agents)
    [(reason,)] = await floor.rows(
        "SELECT DISTINCT assigned_reason ->> 'code' FROM conversation WHERE workspace_id = $1"
    )
    assert reason == "round_robin"
    await check_floor(floor)


async def test_a_client_hears_of_the_assignment_with_its_reason(floor: Floor) -> None:
    [agent] = await floor.agents(1)
    await floor.policy()
    await arrive(floor, 1)
    facts = {fact.kind: msgspec.json.decode(fact.body) for fact in await floor.facts()}
    assert facts["conversation.changed"]["assigned_to"] == str(agent)
    assert facts["assignment.changed"]["agent_id"] == str(agent)
    assert facts["assignment.changed"]["reasons"]["code"] == "round_robin"
    assert facts["assignment.changed"]["reasons"]["eligible"] == 1


@pytest.mark.parametrize("strategy", [None, "manual"])
async def test_without_a_policy_new_work_waits_for_somebody(floor: Floor, strategy: str | None) -> None:
    await floor.agents(1)
    if strategy is not None:
        await floor.policy(strategy)
    await arrive(floor, 1)
    assert await drain(floor.hark, floor.workspace) == await drain(floor.hark, floor.workspace)
    assert await floor.loads() == {}


async def test_the_setting_of_the_workspace_still_gives_new_cases_to_whom_the_customer_had(
    floor: Floor,
) -> None:
    [agent] = await floor.agents(1, status="offline")
    await floor.execute("""UPDATE workspace SET settings = settings || '{"routing": "previous_agent", "after_resolve": "new"}'
                           WHERE id = $1""")  # fmt: skip
    await arrive(floor, 1, by="guest")
    assert await floor.loads() == {}
    await floor.execute(
        "UPDATE conversation SET assigned_to = $2, status = 'closed', live = false WHERE workspace_id = $1",
        agent,
    )
    floor.later(minutes=1)
    await arrive(floor, 2, by="guest")
    assert list((await floor.holders()).values()) == [agent]


async def test_who_comes_online_gets_what_waits_in_the_order_of_the_queue(floor: Floor) -> None:
    agents = await floor.agents(2, capacity=3, status="offline")
    await floor.policy()
    queue = await floor.queue(10)
    assert (await drain(floor.hark, floor.workspace)).given == 0
    await floor.turn(agents, "online")
    assert (await drain(floor.hark, floor.workspace)).given == 6
    holders = await floor.holders()
    assert [each for each in queue if holders[each] is not None] == queue[:6]
    await check_floor(floor)


async def test_a_freed_slot_is_given_to_the_next(floor: Floor) -> None:
    await floor.agents(1, capacity=1)
    await floor.policy()
    queue = await floor.queue(3)
    await drain(floor.hark, floor.workspace)
    await floor.execute(
        "UPDATE conversation SET status = 'resolved' WHERE workspace_id = $1 AND id = $2", queue[0]
    )
    assert (await drain(floor.hark, floor.workspace)).given == 1
    assert (await floor.holders())[queue[1]] is not None


async def test_manual_work_counts_as_load_and_may_exceed_the_capacity(floor: Floor) -> None:
    [agent] = await floor.agents(1, capacity=2)
    await floor.policy()
    queue = await floor.queue(5)
    await floor.execute(
        "UPDATE conversation SET assigned_to = $2 WHERE workspace_id = $1 AND id = ANY ($3)", agent, queue[:3]
    )
    assert (await drain(floor.hark, floor.workspace)).given == 0
    await floor.execute(
        "UPDATE conversation SET status = 'pending' WHERE workspace_id = $1 AND id = ANY ($2)", queue[:2]
    )
    assert (await drain(floor.hark, floor.workspace)).given == 1


@pytest.mark.parametrize(("on_offline", "moved"), [("stay", 0), ("reassign", 2)])
async def test_the_work_of_who_went_offline(floor: Floor, on_offline: str, moved: int) -> None:
    first, second = await floor.agents(2, capacity=5)
    await floor.policy(on_offline=on_offline)
    queue = await floor.queue(4)
    await drain(floor.hark, floor.workspace)
    floor.later(minutes=5)
    await floor.turn([first], "away")
    await drain(floor.hark, floor.workspace)
    assert (await floor.loads())[first] == 2, "away never moves work"
    ages = await floor.rows(
        "SELECT id, priority, status_at FROM conversation WHERE workspace_id = $1 ORDER BY id"
    )
    await floor.turn([first], "offline")
    done = await drain(floor.hark, floor.workspace)
    assert (done.released, done.given) == (moved, moved)
    assert await floor.loads() == Counter({first: 2 - moved, second: 2 + moved}) - Counter()
    await floor.turn([first], "online")
    await drain(floor.hark, floor.workspace)
    assert (await floor.loads())[second] == 2 + moved, "coming back takes nothing back"
    assert ages == await floor.rows(
        "SELECT id, priority, status_at FROM conversation WHERE workspace_id = $1 ORDER BY id"
    )
    assert len(queue) == 4
    await check_floor(floor)


@pytest.mark.parametrize(("status", "same"), [("online", True), ("away", False), ("offline", False)])
async def test_a_customers_reopen_goes_back_to_its_agent_who_is_online_even_when_full(
    floor: Floor, status: str, same: bool
) -> None:
    [first] = await floor.agents(1, capacity=1)
    await floor.policy()
    await arrive(floor, 1, by="guest")
    await floor.execute("UPDATE conversation SET status = 'resolved' WHERE workspace_id = $1")
    await arrive(floor, 2, by="other")
    assert (await floor.loads())[first] == 1
    [second] = await floor.agents(1)
    await floor.turn([first], status)
    floor.later(minutes=5)
    await arrive(floor, 3, by="guest")
    assert await floor.loads() == (Counter({first: 2}) if same else Counter({first: 1, second: 1}))
    await check_floor(floor, limits=False)


async def test_a_bots_conversation_is_given_at_the_hand_over_with_its_age_from_then_on(floor: Floor) -> None:
    await floor.agents(1, capacity=1)
    await floor.policy()
    bots, other = await floor.queue(2)
    await floor.execute(
        "UPDATE conversation SET bot_owned = true, priority = 3 WHERE workspace_id = $1 AND id = $2", bots
    )
    assert (await drain(floor.hark, floor.workspace)).given == 1
    assert (await floor.holders())[other] is not None
    await floor.execute(
        "UPDATE conversation SET status = 'resolved' WHERE workspace_id = $1 AND id = $2", other
    )
    await floor.execute(
        "UPDATE conversation SET bot_owned = false, queued_at = $3 WHERE workspace_id = $1 AND id = $2",
        bots,
        floor.clock(),
    )
    floor.later(seconds=40)
    assert (await drain(floor.hark, floor.workspace)).given == 1
    assert await floor.rows(
        "SELECT waited_s FROM assignment WHERE workspace_id = $1 AND conversation_id = $2", bots
    ) == [(40,)]


async def test_the_teams_policy_comes_before_the_accounts_and_that_before_the_workspaces(
    floor: Floor,
) -> None:
    await floor.agents(1)
    team = (await floor.rows(
        "INSERT INTO team (workspace_id, id, name, created_at, updated_at) VALUES ($1, uuidv7(), 'T', now(), now()) RETURNING id"
    ))[0][0]  # fmt: skip
    await floor.execute(
        "INSERT INTO team_member SELECT $1, $2, user_id FROM member WHERE workspace_id = $1", team
    )
    await floor.policy("round_robin")
    await floor.policy("manual", account_id=floor.account.account_id)
    await floor.policy("skill_based", team_id=team)
    in_team, without = await floor.queue(2)
    await floor.execute(
        "UPDATE conversation SET team_id = $3 WHERE workspace_id = $1 AND id = $2", in_team, team
    )
    await drain(floor.hark, floor.workspace)
    found = await floor.rows(
        "SELECT conversation_id, reasons ->> 'code' FROM assignment WHERE workspace_id = $1"
    )
    assert found == [(in_team, "skill_based")]
    await floor.execute("DELETE FROM routing_policy WHERE workspace_id = $1 AND account_id IS NOT NULL")
    await drain(floor.hark, floor.workspace)
    assert (await floor.holders())[without] is not None


async def test_the_rotation_and_the_fair_window_outlive_every_worker(floor: Floor, tmp_path: Path) -> None:
    agents = await floor.agents(4)
    await floor.policy(fair_limit=3)
    for _ in range(12):
        await floor.queue(1)
        restarted = Floor(floor.db, (await open_floor(floor.db, tmp_path)).hark, floor.clock, floor.account)
        assert (await drain(restarted.hark, floor.workspace)).given == 1
    assert await floor.loads() == Counter(dict.fromkeys(agents, 3))
    await floor.queue(1)
    done = await drain(floor.hark, floor.workspace)
    assert done.given == 0
    assert done.due is not None
    floor.clock.at = done.due
    assert (await drain(floor.hark, floor.workspace)).given == 1


async def test_what_somebody_is_changing_at_this_moment_is_left_for_another_look(floor: Floor) -> None:
    await floor.agents(1)
    await floor.policy()
    held, other = await floor.queue(2)
    async with floor.db.transaction() as connection:
        await connection.execute("SELECT 1 FROM conversation WHERE id = $1 FOR UPDATE", held)
        done = await drain(floor.hark, floor.workspace)
        assert (done.given, done.again) == (1, True)
    assert (await floor.holders())[other] is not None
    assert (await drain(floor.hark, floor.workspace)).given == 1


async def test_ingest_never_waits_for_a_drain_and_leaves_its_work_to_the_next(floor: Floor) -> None:
    await floor.agents(1)
    await floor.policy()
    heard: list[str] = []
    floor.hark.bus.subscribe(ROUTING, heard.append)
    async with floor.db.transaction() as connection:
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('routing ' || $1::uuid, 0))", floor.workspace
        )
        await asyncio.wait_for(arrive(floor, 1), 5)
        assert await floor.loads() == {}
    assert heard == [str(floor.workspace)]
    assert (await drain(floor.hark, floor.workspace)).given == 1


async def test_a_long_queue_is_worked_off_page_by_page_past_what_nobody_can_take(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hark.flows.routing.PAGE", 7)
    await floor.agents(2, capacity=6)
    await floor.policy()
    queue = await floor.queue(40)
    hard = queue[:20]
    await floor.execute(
        "UPDATE conversation SET required_skills = '{\"x\": 5}' WHERE workspace_id = $1 AND id = ANY ($2)",
        hard,
    )
    assert (await drain(floor.hark, floor.workspace)).given == 12
    holders = await floor.holders()
    assert [each for each in queue if holders[each] is not None] == queue[20:32]


async def test_the_loop_works_at_once_when_it_hears_something_and_again_when_something_is_due(
    floor: Floor,
) -> None:
    await floor.agents(1)
    await floor.policy(routing_steps=[{"after_s": 3600, "skills": {}}])
    stop = asyncio.Event()
    loop = asyncio.create_task(routing_loop(floor.hark, stop))
    [easy] = await floor.queue(1)
    await floor.execute("UPDATE conversation SET priority = 3 WHERE workspace_id = $1")
    wake_routing(floor.hark, floor.workspace)

    async def given(count: int) -> bool:
        return sum((await floor.loads()).values()) == count

    await until(lambda: given(1))
    await floor.queue(1)
    await floor.execute(
        "UPDATE conversation SET required_skills = '{\"x\": 1}' WHERE workspace_id = $1 AND id <> $2", easy
    )
    floor.later(seconds=3599)
    wake_routing(floor.hark, floor.workspace)
    assert (await drain(floor.hark, floor.workspace)).given == 0
    floor.later(seconds=1)
    wake_routing(floor.hark, floor.workspace)
    await until(lambda: given(2))
    stop.set()
    await asyncio.wait_for(loop, 10)
