"""Clocks follow what happens to a conversation, in the transaction in which it happens, by the events' own times."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hark.flows import sla
from hark.flows.changing import change_case
from hark.flows.deliver import deliver_due
from hark.flows.inbound import ingest_pending
from hark.flows.wake import wake_due
from hark.inbox.changes import Change
from hark.infra.db import Database
from hark.journal import record
from hark.kernel.clock import FixedClock
from hark.workspaces.rights import system_actor
from tests.support.deadlines import (
    OFFICE,
    apply_all,
    clocks,
    everything,
    happenings,
    lines,
    minutes,
    policy,
    save,
    save_calendar,
    tick_all,
    times,
    urgent,
)
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform
from tests.support.program import receive
from tests.support.sandbox_events import BASE, body, dm


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock), clock)


async def change(desk: Desk, case: Any, **values: Any) -> None:
    async with desk.hark.db.transaction() as connection:
        _, facts = await change_case(desk.hark, connection, desk.agent, case, Change(**values), desk.clock())
        await record(connection, desk.account.workspace_id, facts)


async def answer(desk: Desk, case: Any, text: str = "Yes.", **draft: Any) -> None:
    await desk.say(case, text, **draft)
    await deliver_due(desk.hark)


async def begin(desk: Desk, **targets: Any) -> Any:
    return await save(desk.hark, desk.account.workspace_id, policy(**targets))


async def test_without_policies_the_reply_window_alone_says_by_when_to_answer(
    desk: Desk, db: Database
) -> None:
    case = await desk.hear("Hello?")
    shown = await desk.conversation(case)
    assert shown.answer_by == desk.clock() + timedelta(days=7)  # a person may answer so long
    assert shown.answer_by_reason["kind"] == "window"  # type: ignore[index]
    await answer(desk, case)
    assert (await desk.conversation(case)).answer_by is None
    assert await clocks(db, case) == []
    await check_facts(desk)


async def test_a_message_starts_its_clocks_and_a_reply_meets_them(desk: Desk, db: Database) -> None:
    saved = await begin(desk)
    case = await desk.hear("Hello?")
    asked = desk.clock()
    shown = await desk.conversation(case)
    assert (shown.answer_by, shown.sla_policy_id) == (asked + minutes(60), saved.id)
    assert await clocks(db, case) == [("first_response", 1, "running"), ("resolution", 1, "running")]
    desk.clock.advance(minutes(10))
    await answer(desk, case)
    assert await clocks(db, case) == [("first_response", 1, "met"), ("resolution", 1, "running")]
    assert (await times(db, case, "first_response"))["ended_at"] == desk.clock()
    assert (await desk.conversation(case)).answer_by == asked + minutes(600)
    desk.clock.advance(minutes(10))
    await desk.hear("And now?")
    await desk.hear("Hello??")
    assert (await desk.conversation(case)).answer_by == desk.clock() + minutes(30)
    desk.clock.advance(minutes(5))
    await answer(desk, case)
    await change(desk, case, status="resolved")
    assert await clocks(db, case) == [
        ("first_response", 1, "met"),
        ("next_response", 1, "met"),
        ("resolution", 1, "met"),
    ]
    assert (await desk.conversation(case)).answer_by is None
    await tick_all(desk.hark)
    await check_counters(db)
    await check_facts(desk)


async def test_a_reply_counts_when_it_was_sent_and_not_when_it_failed(desk: Desk, db: Database) -> None:
    await begin(desk)
    case = await desk.hear()
    await desk.say(case, "On its way.")
    assert (await clocks(db, case))[0] == ("first_response", 1, "running")
    await deliver_due(desk.hark)
    assert (await clocks(db, case))[0] == ("first_response", 1, "met")


async def test_an_automatic_reply_answers_nothing(desk: Desk, db: Database) -> None:
    await begin(desk)
    case = await desk.hear()
    await answer(desk, case, by_human=False)
    assert (await clocks(db, case))[0] == ("first_response", 1, "running")


async def test_a_reply_written_on_the_network_itself_counts_by_its_own_time(desk: Desk, db: Database) -> None:
    await begin(desk)
    case = await desk.hear()
    at = int(desk.clock().timestamp() * 1000) - BASE
    desk.clock.advance(minutes(90))
    await tick_all(desk.hark)
    assert (await clocks(db, case))[0] == ("first_response", 1, "breached")
    await desk.post(dm(90, "Answered in the app", at=at + 30 * 60_000, ours=True))
    assert (await clocks(db, case))[0] == ("first_response", 1, "met")
    assert ("corrected", "first_response", 1) in await happenings(desk.hark, desk.account.workspace_id)
    assert [line[0] for line in await lines(db, case)] == ["sla_warned", "sla_breached", "sla_corrected"]
    await check_facts(desk)


async def test_pending_stops_the_clocks_and_the_customer_starts_them_again(desk: Desk, db: Database) -> None:
    await begin(desk)
    case = await desk.hear()
    asked = desk.clock()
    desk.clock.advance(minutes(10))
    await change(desk, case, status="pending")
    shown = await desk.conversation(case)
    assert (await clocks(db, case))[0] == ("first_response", 1, "paused")
    assert shown.answer_by_reason["kind"] == "window"  # type: ignore[index]
    desk.clock.advance(minutes(300))
    await tick_all(desk.hark)
    await desk.hear("Still there?")
    assert (await times(db, case, "first_response"))["due_at"] == asked + minutes(360)
    assert (await desk.conversation(case)).answer_by == asked + minutes(360)


async def test_a_snooze_that_ends_during_an_outage_ends_at_its_own_time(desk: Desk, db: Database) -> None:
    await begin(desk)
    case = await desk.hear()
    asked = desk.clock()
    await change(desk, case, snoozed_until=asked + minutes(30))
    desk.clock.advance(minutes(50))
    await wake_due(desk.hark)
    assert (await times(db, case, "first_response"))["due_at"] == asked + minutes(90)


async def test_warning_and_breach_are_told_once_at_their_own_time(desk: Desk, db: Database) -> None:
    await begin(desk, resolution=None)
    case = await desk.hear()
    asked = desk.clock()
    desk.clock.advance(minutes(47))
    await tick_all(desk.hark)
    assert await lines(db, case) == []
    desk.clock.advance(minutes(200))  # an outage over both
    for _ in range(3):
        await tick_all(desk.hark)
    assert await lines(db, case) == [
        ("sla_warned", asked + minutes(48), "first_response"),
        ("sla_breached", asked + minutes(60), "first_response"),
    ]
    told = await happenings(desk.hark, desk.account.workspace_id, "warned", "breached")
    assert told == [("warned", "first_response", 1), ("breached", "first_response", 1)]
    assert (await times(db, case, "first_response"))["breached_at"] == asked + minutes(60)
    shown = await desk.conversation(case)
    assert shown.answer_by == asked + minutes(60)
    assert shown.answer_by_reason["state"] == "breached"  # type: ignore[index]
    await answer(desk, case)
    assert (await desk.conversation(case)).answer_by is None
    assert (await times(db, case, "first_response"))["state"] == "breached"
    await check_facts(desk)


async def test_priority_and_tags_choose_another_policy_at_once(desk: Desk, db: Database) -> None:
    await begin(desk)
    hurried = await save(
        desk.hark, desk.account.workspace_id, policy("Urgent", first=10, conditions=(urgent(),))
    )
    everyone = await begin(desk, name="Never reached")
    assert [hurried.position, everyone.position] == [1, 2]
    assert [each.code for each in everyone.warnings] == ["shadowed"]


async def test_another_priority_moves_open_clocks_from_their_own_start(desk: Desk, db: Database) -> None:
    workspace = desk.account.workspace_id
    await save(desk.hark, workspace, policy("Urgent", first=10, conditions=(urgent(),)))
    await save(desk.hark, workspace, policy("Rest"))
    case = await desk.hear()
    asked = desk.clock()
    desk.clock.advance(minutes(5))
    await change(desk, case, priority="urgent")
    assert (await times(db, case, "first_response"))["due_at"] == asked + minutes(10)
    desk.clock.advance(minutes(15))
    await change(desk, case, priority="low")
    first = await times(db, case, "first_response")
    assert (first["state"], first["breached_at"]) == ("breached", asked + minutes(10))


async def test_office_hours_count_and_the_list_is_sorted_by_what_is_due_first(
    desk: Desk, db: Database
) -> None:
    workspace = desk.account.workspace_id
    office = await save_calendar(desk.hark, workspace, OFFICE)
    await save(desk.hark, workspace, policy(first=600, resolution=None, calendar_id=office))
    late = await desk.hear(by="mara")  # Wednesday 10:27: ten office hours end on Thursday
    due = (await desk.conversation(late)).answer_by
    assert due == START + timedelta(days=1, hours=2)


async def test_edited_hours_and_targets_apply_to_what_is_open(desk: Desk, db: Database) -> None:
    workspace = desk.account.workspace_id
    office = await save_calendar(desk.hark, workspace, OFFICE)
    saved = await save(desk.hark, workspace, policy(calendar_id=office))
    await apply_all(desk.hark)
    cases = [await desk.hear(by=f"guest{number}") for number in range(7)]
    asked = desk.clock()
    desk.clock.advance(minutes(20))
    edited = desk.clock()
    await save(desk.hark, workspace, policy(first=15, calendar_id=office), saved.id)
    desk.clock.advance(minutes(5))
    await apply_all(desk.hark, limit=3)
    for case in cases:
        first = await times(db, case, "first_response")
        assert (first["state"], first["breached_at"]) == ("breached", asked + minutes(15))
    assert len(await happenings(desk.hark, workspace, "breached")) == 7
    progress = await desk.rows(
        "SELECT total, done, changed, applied_version = version, changed_at FROM sla_rollout"
    )
    assert progress == [(7, 7, 7, True, edited)]
    await check_facts(desk)


async def test_a_first_policy_follows_conversations_that_were_there_before(desk: Desk, db: Database) -> None:
    answered = await desk.hear(by="jonas")
    await answer(desk, answered)
    waiting = await desk.hear(by="mara")
    asked = desk.clock()
    desk.clock.advance(minutes(30))
    await begin(desk)
    await apply_all(desk.hark)
    assert await clocks(db, answered) == [("first_response", 1, "met"), ("resolution", 1, "running")]
    assert (await times(db, waiting, "first_response"))["due_at"] == asked + minutes(60)


async def test_removing_the_policy_cancels_open_clocks_and_keeps_breaches(desk: Desk, db: Database) -> None:
    saved = await begin(desk, first=10)
    case = await desk.hear()
    desk.clock.advance(minutes(20))
    await tick_all(desk.hark)

    async with desk.hark.db.transaction() as connection:
        actor = system_actor(desk.account.workspace_id)
        _, facts = await sla.remove_policy(connection, actor, saved.id, desk.clock())
        await record(connection, actor.workspace_id, facts)
    await apply_all(desk.hark)
    assert await clocks(db, case) == [("first_response", 1, "breached"), ("resolution", 1, "cancelled")]
    assert (await desk.conversation(case)).sla_policy_id is None


async def test_imported_history_starts_nothing(desk: Desk, db: Database) -> None:
    await begin(desk)
    await receive(desk.hark, desk.account, body(dm(1, "Long ago")), origin="history")
    while (await ingest_pending(desk.hark)).claimed:
        pass
    assert await desk.rows("SELECT count(*) FROM sla_clock") == [(0,)]


def _story() -> list[dict[str, Any]]:
    """Three customers who write and are answered on the network itself."""
    events, number = [], 0
    for name, said in {
        "mara": [(0, False), (20, True), (25, False), (27, False), (70, True), (71, False)],
        "jonas": [(1, False), (3, False), (90, True), (95, False)],
        "ilse": [(2, True), (40, False), (41, True), (42, True), (50, False)],
    }.items():
        for at, ours in said:
            number += 1
            events.append(dm(number, f"Text {number}", by=name, at=at * 60_000, ours=ours))
    return sorted(events, key=lambda each: each["at"])


@pytest.mark.parametrize("seed", range(6))
async def test_late_doubled_and_shuffled_events_end_where_the_ordered_ones_end(
    db: Database, tmp_path: Path, seed: int, ordered: list[Any]
) -> None:
    assert await _run(db, tmp_path, seed) == ordered


@pytest.fixture
async def ordered(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    url = await postgres.create()
    db = await Database.connect(url)
    try:
        yield await _run(db, tmp_path_factory.mktemp("ordered"), None)
    finally:
        await db.close()
        await postgres.drop(url)


async def _run(db: Database, folder: Path, seed: int | None) -> list[Any]:
    clock = FixedClock(START)
    desk = await open_desk(db, folder, FakePlatform(clock), clock)
    await begin(desk)
    story = _story()
    if seed is not None:
        chance = random.Random(seed)
        story = [*story, *chance.sample(story, 6)]
        chance.shuffle(story)
    clock.advance(minutes(100))  # what is to come is not believed
    for number, event in enumerate(story):
        clock.advance(minutes(3))
        await desk.post(event)
        if number % 4 == 3:
            await tick_all(desk.hark)
    clock.at = START + minutes(300)
    await tick_all(desk.hark)
    await check_facts(desk)
    return await everything(db)
