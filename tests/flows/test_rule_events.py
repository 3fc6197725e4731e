"""What sets rules off besides messages: clocks, assignment, customers, status."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hark.api.writing import write
from hark.automation.models import (
    AddNote,
    Assign,
    SetPriority,
)
from hark.bench.fleet import add_agents, add_policy, set_status
from hark.customers.directory import CustomerChange, change_customer
from hark.flows import ticking
from hark.flows.automation import work
from hark.flows.changing import change_case
from hark.flows.deliver import deliver_due
from hark.flows.handover import transfer
from hark.flows.routing import drain
from hark.flows.ticking import tick_due
from hark.flows.wake import wake_due
from hark.inbox.changes import Change
from hark.infra.db import Connection, Database
from hark.journal import Fact
from hark.kernel.clock import FixedClock
from hark.kernel.ids import new_id
from hark.sla.policies import Targets
from tests.support.deadlines import clocks, policy, save, tick_all
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform, Killed
from tests.support.rules import notes, queued, rule, run_rules, runs, told, when


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock, looks_up=False), clock)


# SLA: warnings and breaches ----------------------------------------------------------------------


async def under_policy(desk: Desk, **targets: Any) -> None:
    """First response in 60 minutes, warned of after 48."""
    given = {"first": 60, "following": None, "resolution": None} | targets
    await save(desk.hark, desk.account.workspace_id, policy(**given))


async def pass_time(desk: Desk, minutes: float) -> None:
    """The worker ticks, and the rules run."""
    desk.clock.advance(timedelta(minutes=minutes))
    await tick_all(desk.hark)
    await run_rules(desk)


async def answer(desk: Desk, case: UUID) -> None:
    """The agent's reply goes out; by that it counts."""
    await desk.say(case, "Like this.")
    await deliver_due(desk.hark)


async def test_a_warning_and_a_breach_each_set_off_their_rule_once_and_not_a_minute_sooner(
    desk: Desk, db: Database
) -> None:
    await under_policy(desk)
    await rule(desk, "sla_warning", [AddNote("soon")])
    await rule(desk, "sla_breach", [AddNote("late"), SetPriority("urgent")])
    case = await desk.hear("Hello?")
    await pass_time(desk, 47)
    assert await notes(desk, case) == []
    await pass_time(desk, 1)
    assert await notes(desk, case) == ["soon"]
    await pass_time(desk, 12)
    assert await notes(desk, case) == ["soon"], "in the due instant it may still be answered in time"
    await pass_time(desk, 1)
    assert await notes(desk, case) == ["soon", "late"]
    assert (await desk.conversation(case)).priority == "urgent"
    await pass_time(desk, 600)
    assert [each.event for each in await runs(desk, case)] == ["sla_warning", "sla_breach"]
    assert await queued(desk) == 0
    await check_facts(desk)
    await check_counters(db)


async def test_an_answer_in_time_sets_no_rule_about_the_clock_off(desk: Desk) -> None:
    await under_policy(desk)
    await rule(desk, "sla_warning", [AddNote("soon")])
    await rule(desk, "sla_breach", [AddNote("late")])
    case = await desk.hear("Hello?")
    desk.clock.advance(timedelta(minutes=40))
    await answer(desk, case)
    await pass_time(desk, 60)
    assert await notes(desk, case) == []


async def test_a_condition_tells_the_clocks_apart(desk: Desk) -> None:
    await under_policy(desk, first=30, resolution=60)
    await rule(desk, "sla_breach", [AddNote("no answer")], when("clock", "is", "first_response"))
    await rule(desk, "sla_breach", [AddNote("not solved")], when("clock", "is", "resolution"))
    await rule(desk, "sla_breach", [AddNote("never")], when("clock", "is", "next_response"))
    case = await desk.hear("Hello?")
    await pass_time(desk, 31)
    assert await notes(desk, case) == ["no answer"]
    await pass_time(desk, 30)
    assert await notes(desk, case) == ["no answer", "not solved"]


async def test_every_round_of_question_and_answer_may_be_breached_anew(desk: Desk) -> None:
    await under_policy(desk, first=None, following=30)
    await rule(desk, "sla_breach", [AddNote("late")], when("clock", "is", "next_response"))
    case = await desk.hear("Hello?")
    for text in ("And this?", "And that?"):
        await answer(desk, case)
        desk.clock.advance(timedelta(minutes=1))
        await desk.hear(text)
        await pass_time(desk, 31)
    assert await notes(desk, case) == ["late", "late"]


async def test_what_fell_due_in_an_outage_is_reacted_to_once_for_each_conversation(desk: Desk) -> None:
    await under_policy(desk)
    await rule(desk, "sla_warning", [AddNote("soon")])
    await rule(desk, "sla_breach", [AddNote("late")])
    cases = [await desk.hear("Hello?", by=f"guest{number}") for number in range(5)]
    desk.clock.advance(timedelta(hours=20))
    await asyncio.gather(*(tick_all(desk.hark) for _ in range(3)))
    await asyncio.gather(*(run_rules(desk) for _ in range(3)))
    assert [await notes(desk, case) for case in cases] == [["soon", "late"]] * 5


@pytest.mark.parametrize("point", ["clocks.claimed", "clocks.before_commit", "clocks.after_commit"])
async def test_a_tick_that_is_killed_and_repeated_sets_the_rule_off_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    await under_policy(desk)
    await rule(desk, "sla_breach", [AddNote("late")])
    case = await desk.hear("Hello?")
    desk.clock.advance(timedelta(minutes=61))

    def die(name: str) -> None:
        if name == point:
            raise Killed

    monkeypatch.setattr(ticking, "reach", die)
    with pytest.raises(Killed):
        await tick_due(desk.hark)
    monkeypatch.undo()
    assert await queued(desk) == (1 if point == "clocks.after_commit" else 0)
    await tick_all(desk.hark)
    await run_rules(desk)
    assert await notes(desk, case) == ["late"]


async def test_what_an_answer_brings_to_light_before_any_tick_sets_the_rules_off(desk: Desk) -> None:
    """It was written in time, goes out when the time is up, and the worker that ticks is later still."""
    await under_policy(desk)
    await rule(desk, "sla_warning", [AddNote("soon")])
    await rule(desk, "sla_breach", [AddNote("late")])
    case = await desk.hear("Hello?")
    desk.clock.advance(timedelta(minutes=40))
    await desk.say(case, "Like this.")
    desk.clock.advance(timedelta(minutes=21))
    await deliver_due(desk.hark)
    assert [state for _, _, state in await clocks(desk.hark.db, case)] == ["breached"]
    await pass_time(desk, 1)
    assert await notes(desk, case) == ["soon", "late"]


async def test_a_breach_that_a_rule_brings_about_is_never_swallowed_and_begins_a_chain(desk: Desk) -> None:
    """The case becomes urgent with the warning; by the times for urgent ones it is late at once. A clock breaches only once,
    so this cannot go round."""
    times = (Targets(first_response=60), Targets(priority="urgent", first_response=5))
    await under_policy(desk, targets=times)
    await rule(desk, "sla_warning", [SetPriority("urgent")], name="hurry")
    await rule(desk, "sla_breach", [AddNote("late")], name="late")
    case = await desk.hear("Hello?")
    await pass_time(desk, 48)
    assert {each.rule_name: each.depth for each in await runs(desk, case)} == {"hurry": 0, "late": 0}
    assert await queued(desk) == 0


# Assignment --------------------------------------------------------------------------------------


async def staff(desk: Desk, count: int, status: str = "offline") -> list[UUID]:
    async with desk.hark.db.transaction() as connection:
        return await add_agents(
            connection, desk.account.workspace_id, count, desk.clock(), status=status, capacity=50
        )


async def route_by_turns(desk: Desk) -> None:
    async with desk.hark.db.transaction() as connection:
        await add_policy(connection, desk.account.workspace_id, "round_robin", desk.clock())


async def change(desk: Desk, case: UUID, **values: Any) -> None:
    async def work(connection: Connection) -> tuple[Any, Sequence[Fact]]:
        return await change_case(desk.hark, connection, desk.agent, case, Change(**values), desk.clock())

    await write(desk.hark, desk.agent, work)


async def test_being_given_to_somebody_by_hand_sets_the_rule_off_and_it_knows_to_whom(desk: Desk) -> None:
    ann, bob = await staff(desk, 2)
    await rule(desk, "assigned", [AddNote("for Ann")], when("assigned_to", "is", str(ann)))
    case = await desk.hear()
    await change(desk, case, assigned_to=bob)
    await run_rules(desk)
    assert await notes(desk, case) == []
    await change(desk, case, assigned_to=ann)
    await change(desk, case, assigned_to=ann)
    await run_rules(desk)
    assert await notes(desk, case) == ["for Ann"]


async def test_being_given_back_sets_the_rule_off_with_nobody_who_has_it(desk: Desk) -> None:
    (ann,) = await staff(desk, 1)
    await rule(desk, "assigned", [SetPriority("high")], when("assigned_to", "is_unknown"))
    case = await desk.hear()
    await change(desk, case, assigned_to=ann)
    await run_rules(desk)
    assert not await runs(desk, case)
    await change(desk, case, assigned_to=None)
    await run_rules(desk)
    assert told(await runs(desk, case)) == [(0, "done", None)]
    await check_facts(desk)


async def test_work_that_is_routed_as_it_arrives_sets_the_rule_off(desk: Desk) -> None:
    (ann,) = await staff(desk, 1, "online")
    await route_by_turns(desk)
    await rule(desk, "assigned", [AddNote("yours")], when("assigned_to", "is", str(ann)))
    case = await desk.hear()
    assert (await desk.conversation(case)).assigned_to == ann
    await run_rules(desk)
    assert await notes(desk, case) == ["yours"]


async def test_work_that_waited_and_is_handed_out_later_sets_the_rule_off_then(desk: Desk) -> None:
    agents = await staff(desk, 1, "offline")
    await route_by_turns(desk)
    await rule(desk, "assigned", [AddNote("yours")])
    case = await desk.hear()
    await run_rules(desk)
    assert await notes(desk, case) == []
    async with desk.hark.db.transaction() as connection:
        await set_status(connection, desk.account.workspace_id, agents, "online", desk.clock())
    await drain(desk.hark, desk.account.workspace_id)
    await run_rules(desk)
    assert await notes(desk, case) == ["yours"]


async def found_team(desk: Desk, name: str) -> UUID:
    team = new_id(desk.clock())
    async with desk.hark.db.transaction() as connection:
        await connection.execute(
            "INSERT INTO team (workspace_id, id, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)",
            desk.account.workspace_id,
            team,
            name,
            desk.clock(),
        )
    return team


async def test_a_transfer_takes_it_from_whoever_had_it_and_sets_the_rule_off(desk: Desk) -> None:
    (ann,) = await staff(desk, 1)
    team = await found_team(desk, "Seniors")
    case, free = await desk.hear(), await desk.hear(by="ole")
    await change(desk, case, assigned_to=ann)
    await rule(
        desk, "assigned", [AddNote("to the team")], when("assigned_to", "is_unknown"), when("team", "is", str(team))
    )  # fmt: skip

    for each in (case, free):
        await write(
            desk.hark, desk.agent, lambda c, at=each: transfer(c, desk.agent, at, team, "", desk.clock())
        )
    await run_rules(desk)
    assert await notes(desk, case) == ["to the team"]
    assert await notes(desk, free) == [], "nobody had it, so nobody gave it back"


# Loops over assignment ---------------------------------------------------------------------------


async def test_a_rule_on_assignment_that_assigns_runs_once_in_its_chain(desk: Desk) -> None:
    ann, bob = await staff(desk, 2)
    await rule(desk, "assigned", [Assign(bob), Assign(ann)])
    case = await desk.hear()
    await change(desk, case, assigned_to=ann)
    await run_rules(desk)
    assert told(await runs(desk, case)) == [(0, "done", None), (1, "skipped", "loop"), (1, "skipped", "loop")]
    assert await queued(desk) == 0


@pytest.mark.parametrize("first", [0, 1])
async def test_two_rules_that_pass_a_case_to_and_fro_come_to_an_end(desk: Desk, first: int) -> None:
    """In one order both act within one event, each on what the other left; in the other one after the other."""
    people = await staff(desk, 2)
    for one, other in ((people[first], people[1 - first]), (people[1 - first], people[first])):
        await rule(desk, "assigned", [Assign(other)], when("assigned_to", "is", str(one)))
    case = await desk.hear()
    await change(desk, case, assigned_to=people[0])
    assert await run_rules(desk) <= 6
    found = await runs(desk, case)
    assert await queued(desk) == 0
    assert {each.rule_id for each in found if each.outcome == "done"} == {each.rule_id for each in found}
    assert max(each.depth for each in found) < 3


async def test_a_row_of_rules_ends_with_the_third(desk: Desk) -> None:
    people = await staff(desk, 5)
    for last, following in zip(people[::-1][1:], people[::-1], strict=False):
        # In this order no rule sees within one event what the one before it did.
        await rule(desk, "assigned", [Assign(following)], when("assigned_to", "is", str(last)))
    case = await desk.hear()
    await change(desk, case, assigned_to=people[0])
    await run_rules(desk)
    assert told(await runs(desk, case)) == [(depth, "done", None) for depth in range(3)]
    assert (await desk.conversation(case)).assigned_to == people[3]
    assert await queued(desk) == 0


async def test_a_rule_that_gives_back_whatever_routing_hands_out_is_stopped_within_the_hour(
    desk: Desk,
) -> None:
    """Every assignment by routing begins a chain of its own, so only the count of runs can stop this."""
    await staff(desk, 2, "online")
    await route_by_turns(desk)
    await rule(desk, "assigned", [Assign(None)], when("assigned_to", "is_known"))
    case = await desk.hear()
    for _ in range(work.HOURLY + 5):
        await run_rules(desk)
        desk.clock.advance(timedelta(seconds=1))
        await drain(desk.hark, desk.account.workspace_id)
    found = await runs(desk, case)
    assert len([each for each in found if each.outcome == "done"]) == work.HOURLY
    assert found[-1].reason == "rate"
    assert (await desk.conversation(case)).assigned_to is not None
    assert await queued(desk) == 0


# Customers ---------------------------------------------------------------------------------------


async def describe(desk: Desk, case: UUID, **values: Any) -> None:
    """An agent changes what is known of whom the case is with."""
    customer = (await desk.rows("SELECT customer_id FROM conversation WHERE id = $1", case))[0][0]

    async def work(connection: Connection) -> tuple[Any, Sequence[Fact]]:
        return await change_customer(connection, desk.agent, customer, CustomerChange(**values), desk.clock())

    await write(desk.hark, desk.agent, work)


async def test_a_change_of_the_customer_is_looked_at_in_every_open_case_of_theirs_and_in_no_other(
    desk: Desk,
) -> None:
    direct, public = await desk.hear(), await desk.comment("Hello")
    other, over = await desk.hear(by="ole"), await desk.comment("Done", post="post-2")
    waiting = await desk.comment("Later", post="post-3")
    await change(desk, over, status="resolved")
    await change(desk, waiting, status="pending")
    await rule(desk, "customer_changed", [SetPriority("high")], when("customer_notes", "contains", ["VIP"]))
    await describe(desk, direct, notes="Friendly")
    await run_rules(desk)
    assert not await runs(desk, direct)
    await describe(desk, direct, notes="A VIP since spring")
    await run_rules(desk)
    priorities = [(await desk.conversation(each)).priority for each in (direct, public, waiting, other, over)]
    assert priorities == ["high", "high", "high", "medium", "medium"]


async def test_a_customers_language_is_known_to_the_rule_that_its_change_sets_off(desk: Desk) -> None:
    await rule(desk, "customer_changed", [AddNote("German")], when("customer_language", "is", "de"))
    case = await desk.hear()
    await describe(desk, case, language="de")
    await run_rules(desk)
    assert await notes(desk, case) == ["German"]
    await describe(desk, case, language=None)
    await run_rules(desk)
    assert await notes(desk, case) == ["German"]


# Status: snoozing --------------------------------------------------------------------------------


async def test_snoozing_and_waking_up_both_change_the_status(desk: Desk) -> None:
    await rule(
        desk,
        "status_changed",
        [AddNote("sleeps")],
        when("snoozed", "is", True),
        when("status_before", "is", "open"),
    )
    await rule(
        desk, "status_changed", [AddNote("awake")], when("status", "is", "open"), when("status_before", "is", "pending")
    )  # fmt: skip
    case = await desk.hear()
    await change(desk, case, snoozed_until=desk.clock() + timedelta(hours=1))
    await run_rules(desk)
    assert await notes(desk, case) == ["sleeps"]
    desk.clock.advance(timedelta(hours=1))
    await wake_due(desk.hark)
    await run_rules(desk)
    assert await notes(desk, case) == ["sleeps", "awake"]


@pytest.mark.parametrize("before", ["resolved", "pending"])
async def test_a_customer_who_writes_again_changes_the_status_and_the_rule_knows_what_it_was(
    desk: Desk, before: Any
) -> None:
    await rule(
        desk,
        "status_changed",
        [AddNote("back")],
        when("status_before", "is", before),
        when("status", "is", "open"),
    )
    case, open_one = await desk.hear(), await desk.hear(by="ole")
    await change(desk, case, status=before)
    desk.clock.advance(timedelta(minutes=5))
    await desk.hear("Still broken")
    await desk.hear("And this", by="ole")
    await run_rules(desk)
    assert (await notes(desk, case), await notes(desk, open_one)) == (["back"], [])
    await desk.hear("Very much so")
    await run_rules(desk)
    assert await notes(desk, case) == ["back"]


async def test_priority_and_tags_set_no_rule_off(desk: Desk) -> None:
    """They have no event; a rule about them waits for another one."""
    for event in ("status_changed", "assigned", "customer_changed", "moderated"):
        await rule(desk, event, [AddNote("never")])  # type: ignore[arg-type]
    case = await desk.hear()
    await change(desk, case, priority="urgent")
    assert await queued(desk) == 0
