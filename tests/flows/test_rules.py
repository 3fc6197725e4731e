"""Rules at work on PostgreSQL: what sets them off, what they do and say, their order, loops, time, kills, several workers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hark.automation import keep, repository
from hark.automation.models import (
    AddNote,
    AddTags,
    Assign,
    AutomaticReply,
    Close,
    Notify,
    RemoveTags,
    RuleGroup,
    SetPriority,
    SetSlaPolicy,
    SetStatus,
    Snooze,
    Stop,
)
from hark.flows.automation import work
from hark.flows.automation.timed import enqueue_due
from hark.flows.automation.work import work_off
from hark.flows.changing import change_case
from hark.flows.sla import remove_policy
from hark.inbox.changes import Change
from hark.infra.db import Database
from hark.journal import read_facts, record
from hark.kernel.clock import FixedClock
from hark.workspaces.founding import found_member
from hark.workspaces.rights import system_actor
from tests.support.deadlines import apply_all, minutes, policy, save, times, urgent
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform
from tests.support.rules import queued, rule, run_rules, runs, tag, when
from tests.support.sandbox_events import BASE, dm

HELLO = AutomaticReply(
    {"en": "Hello {{customer.first_name}}, one moment.", "de": "Hallo, einen Moment."}, "en"
)


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock, looks_up=False), clock)


async def status(desk: Desk, case: UUID, to: Any) -> None:
    from hark.flows.automation import follow

    async with desk.hark.db.transaction() as connection:
        _, facts = await change_case(desk.hark, connection, desk.agent, case, Change(status=to), desk.clock())
        await follow(connection, desk.account.workspace_id, facts, desk.clock())
        await record(connection, desk.account.workspace_id, facts)


# What sets rules off -----------------------------------------------------------------------------


async def test_a_message_sets_off_a_rule_that_matches_and_leaves_the_others_be(
    desk: Desk, db: Database
) -> None:
    await tag(desk, "refund")
    await rule(
        desk,
        "message_received",
        [SetPriority("urgent"), AddTags(["refund"])],
        when("text", "has_word", ["refund"]),
    )
    await rule(desk, "message_received", [SetStatus("resolved")], when("source", "is", "review"))
    case = await desk.hear("I want a refund!")
    other = await desk.hear("Hello", by="ole")
    await run_rules(desk)
    changed, same = await desk.conversation(case), await desk.conversation(other)
    assert (changed.priority, changed.tags, changed.status) == ("urgent", ["refund"], "open")
    assert (same.priority, same.tags) == ("medium", [])
    (run,) = await runs(desk, case)
    assert (run.outcome, run.depth, [each["state"] for each in run.actions]) == ("done", 0, ["done", "done"])
    assert run.judgement["items"][0]["actual"] == "I want a refund!"
    assert not await runs(desk, other)
    await check_facts(desk)
    await check_counters(db)


async def test_without_a_rule_for_it_nothing_is_queued(desk: Desk) -> None:
    await rule(desk, "sla_breach", [SetPriority("urgent")])
    await desk.hear("Hello")
    assert await queued(desk) == 0


async def test_a_rule_that_is_switched_off_does_nothing(desk: Desk) -> None:
    await rule(desk, "message_received", [SetPriority("urgent")], enabled=False)
    await desk.hear("Hello")
    assert await queued(desk) == 0


async def test_imported_history_sets_nothing_off(desk: Desk) -> None:
    await rule(desk, "message_received", [SetPriority("urgent")])
    await desk.post({**dm(7, "From long ago", by="old", at=0), "historic": True})
    async with desk.hark.db.connection() as connection:
        historic = await connection.fetchval("SELECT count(*) FROM message WHERE metadata ? 'history'")
    assert await queued(desk) == (0 if historic else 1)


async def test_a_conversation_is_created_once_whatever_is_written_in_it(desk: Desk) -> None:
    await rule(desk, "conversation_created", [AddNote("New: {{conversation.number}}")])
    at = int(desk.clock().timestamp() * 1000) - BASE
    await desk.post(dm(50, "One", by="ida", at=at), dm(51, "Two", by="ida", at=at + 1000))
    case = await desk.conversation_of("p-ida")
    assert await queued(desk) == 1
    await run_rules(desk)
    await desk.hear("Three", by="ida")
    await run_rules(desk)
    number = (await desk.conversation(case)).number
    notes = await desk.rows("SELECT content FROM message WHERE kind = 'note'")
    assert notes == [(f"New: {number}",)]


async def test_a_reply_of_ours_sets_off_message_sent_and_a_bot_reply_does_not(desk: Desk) -> None:
    await rule(desk, "message_sent", [SetPriority("low")])
    case = await desk.hear("Hello")
    await desk.say(case, "From a machine", by_human=False)
    assert await queued(desk) == 0
    await desk.say(case, "From me")
    await run_rules(desk)
    assert (await desk.conversation(case)).priority == "low"


async def test_a_change_of_status_tells_what_it_was_before(desk: Desk) -> None:
    await rule(
        desk,
        "status_changed",
        [AddNote("back")],
        when("status_before", "is", "resolved"),
        when("status", "is", "open"),
    )
    case = await desk.hear("Hello")
    await status(desk, case, "resolved")
    await run_rules(desk)
    assert not await runs(desk, case)
    await status(desk, case, "open")
    await run_rules(desk)
    assert len(await runs(desk, case)) == 1


async def test_being_reopened_by_the_customer_changes_the_status(desk: Desk) -> None:
    case = await desk.hear("Hello")
    await status(desk, case, "resolved")
    await rule(desk, "status_changed", [SetPriority("high")], when("status", "is", "open"))
    desk.clock.advance(timedelta(minutes=5))
    await desk.hear("Still broken")
    await run_rules(desk)
    assert (await desk.conversation(case)).priority == "high"


# What they do -------------------------------------------------------------------------------------


async def test_actions_go_on_after_one_that_is_refused_and_the_log_says_why(desk: Desk) -> None:
    await tag(desk, "new", "old")
    await rule(
        desk,
        "message_received",
        [Assign(None), AddTags(["new", "old"]), RemoveTags(["OLD"]), Snooze(30), SetPriority("high")],
    )
    case = await desk.hear("Hello")
    await run_rules(desk)
    now = await desk.conversation(case)
    assert (now.tags, now.status, now.priority) == (["new"], "pending", "high")
    assert now.snoozed_until == desk.clock() + timedelta(minutes=30)
    (run,) = await runs(desk, case)
    assert [each["state"] for each in run.actions] == ["unchanged", "done", "done", "done", "done"]


async def test_a_member_who_has_left_is_not_assigned_and_the_rest_is_done(desk: Desk) -> None:
    async with desk.hark.db.transaction() as connection:
        user, _ = await found_member(
            connection, desk.account.workspace_id, "a@b.example", "Ann", "agent", desk.clock()
        )
    await rule(desk, "message_received", [Assign(user), SetPriority("high")])
    async with desk.hark.db.transaction() as connection:
        await connection.execute("UPDATE member SET removed_at = now() WHERE user_id = $1", user)
    case = await desk.hear("Hello")
    await run_rules(desk)
    (run,) = await runs(desk, case)
    assert run.outcome == "partly"
    assert run.actions[0]["state"] == "failed"
    assert "member" in run.actions[0]["detail"]
    now = await desk.conversation(case)
    assert (now.assigned_to, now.priority) == (None, "high")


async def test_an_automatic_reply_is_a_bots_answers_no_clock_and_comes_once_per_span(desk: Desk) -> None:
    await rule(desk, "message_received", [HELLO], name="Greeter")
    case = await desk.hear("Good morning, is anybody there to help me?")
    await run_rules(desk)
    (said,) = await desk.messages(case)
    assert (said.sender_type, said.sender_name, said.content) == ("bot", "Greeter", "Hello Mara, one moment.")
    now = await desk.conversation(case)
    assert now.first_response_at is None
    assert now.waiting_since is not None
    desk.clock.advance(timedelta(minutes=30))
    await desk.hear("Hello?!")
    await run_rules(desk)
    assert len(await desk.messages(case)) == 1
    assert (await runs(desk, case))[-1].actions[0]["code"] == "too_soon"
    desk.clock.advance(timedelta(minutes=31))
    await desk.hear("I am still here.")
    await run_rules(desk)
    assert len(await desk.messages(case)) == 2


async def test_a_reply_is_in_the_language_of_what_was_written(desk: Desk) -> None:
    await rule(desk, "message_received", [HELLO])
    case = await desk.hear("Guten Morgen, wo bleibt denn meine Bestellung von letzter Woche?")
    await run_rules(desk)
    assert [each.content for each in await desk.messages(case)] == ["Hallo, einen Moment."]


async def test_a_reply_outside_the_networks_window_is_refused_and_logged(desk: Desk) -> None:
    await rule(desk, "status_changed", [HELLO, SetPriority("high")], when("status", "is", "pending"))
    case = await desk.hear("Hello")
    desk.clock.advance(timedelta(days=9))
    await status(desk, case, "pending")
    await run_rules(desk)
    (run,) = await runs(desk, case)
    assert not await desk.messages(case)
    assert (run.outcome, run.actions[0]["state"]) == ("partly", "failed")
    assert run.actions[0]["detail"]


async def test_two_bots_that_answer_one_another_stop(desk: Desk) -> None:
    """The other side answers whatever we say, at once, for an hour."""
    await rule(desk, "message_received", [AutomaticReply({"en": "Thanks!"}, "en", 1)])
    case = await desk.hear("Automatic answer 0")
    for number in range(1, 120):
        await run_rules(desk)
        desk.clock.advance(timedelta(seconds=30))
        await desk.hear(f"Automatic answer {number}")
    await run_rules(desk)
    assert len(await desk.messages(case)) <= work.HOURLY
    assert (await runs(desk, case))[-1].reason == "rate"


async def test_supervisors_are_told(desk: Desk) -> None:
    async with desk.hark.db.transaction() as connection:
        boss, _ = await found_member(
            connection, desk.account.workspace_id, "boss@b.example", "Boss", "supervisor", desk.clock()
        )
    await rule(desk, "message_received", [Notify("supervisors", "Look at #{{conversation.number}}")])
    case = await desk.hear("Hello")
    await run_rules(desk)
    [(content, values)] = await desk.rows(
        "SELECT content, metadata FROM message WHERE content_type = 'rule_notified'"
    )
    assert content == f"Look at #{(await desk.conversation(case)).number}"
    assert values["to"] == [str(boss)]


# Order and loops ----------------------------------------------------------------------------------


async def test_rules_look_in_their_order_each_on_what_the_one_before_left_and_stop_means_stop(
    desk: Desk,
) -> None:
    await tag(desk, "first")
    await rule(desk, "message_received", [AddTags(["first"])], name="one")
    await rule(
        desk,
        "message_received",
        [SetPriority("high"), Stop()],
        when("tags", "has_any", ["first"]),
        name="two",
    )
    await rule(desk, "message_received", [SetPriority("low")], name="three")
    case = await desk.hear("Hello")
    await run_rules(desk)
    assert [each.rule_name for each in await runs(desk, case)] == ["one", "two"]
    assert (await desk.conversation(case)).priority == "high"


async def test_the_order_can_be_changed(desk: Desk) -> None:
    first = await rule(desk, "message_received", [SetPriority("high")], name="one", stop=True)
    second = await rule(desk, "message_received", [SetPriority("low")], name="two", stop=True)
    actor = system_actor(desk.account.workspace_id)
    async with desk.hark.db.transaction() as connection:
        await keep.order_rules(connection, actor, [second.id, first.id], desk.clock())
    case = await desk.hear("Hello")
    await run_rules(desk)
    assert [each.rule_name for each in await runs(desk, case)] == ["two"]


async def test_a_rule_that_brings_about_what_it_waits_for_runs_once(desk: Desk) -> None:
    await rule(desk, "status_changed", [SetStatus("open"), SetStatus("pending")], name="self")
    case = await desk.hear("Hello")
    await status(desk, case, "pending")
    await run_rules(desk)
    outcomes = sorted((each.depth, each.outcome, each.reason) for each in await runs(desk, case))
    assert outcomes == [(0, "done", None), (1, "skipped", "loop"), (1, "skipped", "loop")]
    assert await queued(desk) == 0


async def test_rules_that_set_one_another_off_come_to_an_end(desk: Desk) -> None:
    for number in range(6):
        to: Any = "pending" if number % 2 else "open"
        await rule(
            desk, "status_changed", [SetStatus(to)], when("status", "is_not", to), name=f"rule {number}"
        )
    case = await desk.hear("Hello")
    await status(desk, case, "resolved")
    await run_rules(desk)
    found = await runs(desk, case)
    assert await queued(desk) == 0
    assert max(each.depth for each in found) < 3
    assert len([each for each in found if each.outcome == "done"]) <= work.HOURLY


# Time ---------------------------------------------------------------------------------------------


async def test_no_answer_fires_once_when_the_time_is_up_and_not_a_second_sooner(desk: Desk) -> None:
    await rule(desk, "no_answer", [SetPriority("urgent")], after_s=3600)
    case = await desk.hear("Hello?")
    desk.clock.advance(timedelta(seconds=3599))
    assert await run_rules(desk) == 0
    desk.clock.advance(timedelta(seconds=1))
    await run_rules(desk)
    assert (await desk.conversation(case)).priority == "urgent"
    desk.clock.advance(timedelta(hours=5))
    assert await run_rules(desk) == 0
    assert len(await runs(desk, case)) == 1


async def test_an_answer_in_between_calls_it_off_and_a_new_question_begins_anew(desk: Desk) -> None:
    await rule(desk, "no_answer", [AddNote("late")], after_s=600)
    case = await desk.hear("Hello?")
    desk.clock.advance(timedelta(minutes=5))
    await desk.say(case, "Yes?")
    desk.clock.advance(timedelta(minutes=20))
    assert await run_rules(desk) == 0
    await desk.hear("One more thing")
    desk.clock.advance(timedelta(minutes=10))
    await run_rules(desk)
    assert len(await runs(desk, case)) == 1


async def test_what_is_answered_between_falling_due_and_being_run_is_left_alone(desk: Desk) -> None:
    await rule(desk, "no_answer", [AddNote("late")], after_s=600)
    case = await desk.hear("Hello?")
    desk.clock.advance(timedelta(minutes=10))
    assert await enqueue_due(desk.hark) == 1
    await desk.say(case, "Yes?")
    await run_rules(desk)
    assert not await runs(desk, case)


async def test_a_case_is_closed_after_silence_and_stays_open_when_the_customer_writes(desk: Desk) -> None:
    await rule(desk, "customer_silent", [Close()], after_s=86_400)
    quiet, lively = await desk.hear("Hello?"), await desk.hear("Hi", by="ole")
    await desk.say(quiet, "How can we help?")
    await desk.say(lively, "How can we help?")
    desk.clock.advance(timedelta(hours=20))
    await desk.hear("With this", by="ole")
    desk.clock.advance(timedelta(hours=5))
    await run_rules(desk)
    assert (await desk.conversation(quiet)).status == "closed"
    assert (await desk.conversation(lively)).status == "open"


async def test_a_new_rule_does_not_fall_upon_what_was_due_before_it_and_an_outage_loses_nothing(
    desk: Desk,
) -> None:
    old = await desk.hear("Since yesterday")
    desk.clock.advance(timedelta(hours=3))
    await rule(desk, "no_answer", [SetPriority("urgent")], after_s=3600)
    fresh = await desk.hear("Now", by="ole")
    desk.clock.advance(timedelta(hours=20))  # nobody was there to look
    await run_rules(desk)
    assert not await runs(desk, old)
    assert len(await runs(desk, fresh)) == 1


# Kills and several workers ------------------------------------------------------------------------


async def test_a_worker_that_dies_in_the_middle_leaves_all_or_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(name: str) -> None:
        if name == "rules.before_commit":
            raise Killed

    await rule(desk, "message_received", [AddNote("once"), HELLO])
    case = await desk.hear("Hello")
    monkeypatch.setattr(work, "reach", die)
    with pytest.raises(Killed):
        await work_off(desk.hark)
    assert not await runs(desk, case)
    assert not await desk.messages(case)
    monkeypatch.undo()
    assert await run_rules(desk) == 0, "the dead worker's lease still stands"
    desk.clock.advance(timedelta(seconds=61))
    await run_rules(desk)
    assert len(await runs(desk, case)) == 1
    assert len(await desk.messages(case)) == 1
    assert await desk.rows("SELECT count(*) FROM message WHERE kind = 'note'") == [(1,)]


async def test_a_worker_that_was_slow_past_its_lease_does_nothing_twice(desk: Desk) -> None:
    await rule(desk, "message_received", [AddNote("once")])
    case = await desk.hear("Hello")
    async with desk.hark.db.transaction() as connection:
        (slow,) = await repository.CLAIM_EVENTS.all(connection, desk.clock(), 10)
    desk.clock.advance(timedelta(seconds=61))
    await asyncio.gather(work._deal_with(desk.hark, slow), work_off(desk.hark))
    assert len(await runs(desk, case)) == 1
    assert await desk.rows("SELECT count(*) FROM message WHERE kind = 'note'") == [(1,)]


async def test_several_workers_do_every_event_once_and_each_conversations_in_order(desk: Desk) -> None:
    await rule(desk, "message_received", [AddNote("note")])
    at = int(desk.clock().timestamp() * 1000) - BASE
    for number in range(12):
        events = [
            dm(1000 + number * 10 + who, f"{number}", by=f"guest{who}", at=at + number * 1000)
            for who in range(5)
        ]
        await desk.post(*events)
    assert await queued(desk) == 60

    async def worker() -> None:
        while await queued(desk):
            await work_off(desk.hark)

    await asyncio.gather(*(worker() for _ in range(4)))
    assert await desk.rows("SELECT count(*), count(DISTINCT event_id) FROM automation_run") == [(60, 60)]
    wrong = await desk.rows(
        """
        SELECT count(*) FROM automation_run a JOIN automation_run b
          ON a.conversation_id = b.conversation_id AND a.event_id < b.event_id AND a.at > b.at
        """
    )
    assert wrong == [(0,)]


async def test_two_workers_that_see_the_same_deadline_queue_it_once(desk: Desk) -> None:
    await rule(desk, "no_answer", [AddNote("late")], after_s=600)
    for number in range(20):
        await desk.hear("Hello?", by=f"guest{number}")
    desk.clock.advance(timedelta(minutes=11))
    found = await asyncio.gather(*(enqueue_due(desk.hark) for _ in range(4)))
    assert sum(found) == 20


async def test_every_run_is_a_fact_with_its_explanation(desk: Desk) -> None:
    await rule(
        desk,
        "message_received",
        [SetPriority("high")],
        RuleGroup("any", [when("text", "contains", ["help"])]),
    )
    case = await desk.hear("Please help")
    await run_rules(desk)
    async with desk.hark.db.connection() as connection:
        facts = await read_facts(connection, desk.account.workspace_id, 0)
    told = [fact for fact in facts if fact.kind == "rule.ran"]
    assert [fact.conversation_id for fact in told] == [case]
    assert b'"actual":"Please help"' in told[0].body


# SLA policies ------------------------------------------------------------------------------------


async def test_a_rule_gives_a_conversation_its_sla_policy_before_any_condition_and_lets_go_of_it(
    desk: Desk, db: Database
) -> None:
    workspace = desk.account.workspace_id
    everyone = await save(desk.hark, workspace, policy("Everyone", first=60, following=None, resolution=None))
    strict = await save(
        desk.hark,
        workspace,
        policy("Strict", first=5, following=None, resolution=None, conditions=(urgent(),)),
    )
    await apply_all(desk.hark)
    await rule(
        desk,
        "message_received",
        [SetSlaPolicy(strict.id)],
        when("text", "has_word", ["lawyer"]),
        name="Legal",
    )
    await rule(desk, "message_received", [SetSlaPolicy(None)], when("text", "has_word", ["settled"]))
    case = await desk.hear("My lawyer will write to you.")
    other = await desk.hear("Hello", by="ole")
    assert (await desk.conversation(case)).sla_policy_id == everyone.id
    await run_rules(desk)
    assert (await desk.conversation(case)).sla_policy_id == strict.id
    assert (await desk.conversation(other)).sla_policy_id == everyone.id
    assert (await times(db, case, "first_response"))["due_at"] == START + minutes(5)
    lines = await desk.rows(
        "SELECT sender_name, metadata ->> 'policy' FROM message WHERE content_type = 'sla_policy_set'"
    )
    assert lines == [("Legal", "Strict")]

    await desk.hear("It is settled.")
    await run_rules(desk)
    assert (await desk.conversation(case)).sla_policy_id == everyone.id
    assert (await times(db, case, "first_response"))["due_at"] == START + minutes(60)
    await check_facts(desk)


async def test_a_given_policy_that_is_removed_lets_the_conditions_choose(desk: Desk) -> None:
    workspace = desk.account.workspace_id
    everyone = await save(desk.hark, workspace, policy("Everyone"))
    strict = await save(desk.hark, workspace, policy("Strict", conditions=(urgent(),)))
    await apply_all(desk.hark)
    await rule(desk, "message_received", [SetSlaPolicy(strict.id)])
    case = await desk.hear("Hello")
    await run_rules(desk)
    assert (await desk.conversation(case)).sla_policy_id == strict.id
    async with desk.hark.db.transaction() as connection:
        _, facts = await remove_policy(connection, system_actor(workspace), strict.id, desk.clock())
        await record(connection, workspace, facts)
    await apply_all(desk.hark)
    assert (await desk.conversation(case)).sla_policy_id == everyone.id

    later = await desk.hear("Hello", by="ole")
    await run_rules(desk)
    [run] = await runs(desk, later)
    assert [(each["state"], each["code"]) for each in run.actions] == [("failed", "not_found")]
    assert (await desk.conversation(later)).sla_policy_id == everyone.id
