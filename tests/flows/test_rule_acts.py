"""Acts on messages (hide, like, delete): by people, which set rules off; and by rules, asked of the platform once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hark.automation.fields import FIELDS
from hark.automation.models import (
    AddNote,
    Moderate,
    Rule,
    SetPriority,
)
from hark.channels.contract import Ability, PlatformProblem, Reconnect, Rejected, TryAgain, Unconfirmed
from hark.flows.act import PAST, act
from hark.flows.automation.outside import ATTEMPTS, do_outside
from hark.flows.deliver import deliver_due
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform, Killed
from tests.support.rules import notes, queued, rule, run_rules, runs, told, when
from tests.support.sandbox_events import BASE, edit


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock, looks_up=False), clock)


# What people moderate ----------------------------------------------------------------------------


async def comment_of(desk: Desk, case: UUID) -> UUID:
    return (await desk.messages(case, "inbound"))[0].id


ACTS: dict[Ability, list[Ability]] = {
    Ability.HIDE: [],
    Ability.UNHIDE: [Ability.HIDE],
    Ability.LIKE: [],
    Ability.UNLIKE: [Ability.LIKE],
    Ability.DELETE: [],
    Ability.BAN: [],
    Ability.UNBAN: [Ability.BAN],
}
"""What is possible with a comment, and what has to be done before."""


@pytest.mark.parametrize("ability", ACTS)
async def test_an_act_on_a_comment_sets_the_rule_off_with_its_name_and_about_that_message(
    desk: Desk, ability: Ability
) -> None:
    case = await desk.comment("The first")
    about = await comment_of(desk, case)
    desk.clock.advance(timedelta(minutes=1))
    await desk.comment("The last")
    for each in ACTS[ability]:
        await act(desk.hark, desk.agent, case, each, message_id=about)
    await rule(desk, "moderated", [AddNote(ability.value)], when("act", "is", ability.value))
    await rule(desk, "moderated", [AddNote("another")], when("act", "is_not", ability.value))
    for _ in range(2):  # what is done already happens no second time
        await act(desk.hark, desk.agent, case, ability, message_id=about)
    await run_rules(desk)
    assert await notes(desk, case) == [ability.value]
    (run,) = await runs(desk, case)
    assert (run.message_id, run.depth) == (about, 0)


@pytest.mark.parametrize("ability", [Ability.EDIT, Ability.REACT])
async def test_editing_and_reacting_set_the_rule_off_as_well(desk: Desk, ability: Ability) -> None:
    await rule(desk, "moderated", [AddNote(ability.value)], when("act", "is", ability.value))
    case = await desk.hear()
    about = await comment_of(desk, case)
    if ability is Ability.EDIT:
        about = (await desk.say(case, "Our answer"))[0].id
        await deliver_due(desk.hark)
    await act(desk.hark, desk.agent, case, ability, message_id=about, text="🎉")
    await run_rules(desk)
    assert await notes(desk, case) == [ability.value]


def test_every_act_that_leaves_a_trace_is_a_value_of_the_condition() -> None:
    assert set(FIELDS["act"].choices) == {each.value for each in PAST}


async def test_an_act_that_the_platform_refuses_sets_nothing_off(desk: Desk) -> None:
    await rule(desk, "moderated", [AddNote("hidden")])
    case = await desk.comment("Spam")
    desk.fake.acting = [Rejected("no", "The platform does not allow it.")]
    with pytest.raises(Exception, match="does not allow"):
        await act(desk.hark, desk.agent, case, Ability.HIDE, message_id=await comment_of(desk, case))
    assert await queued(desk) == 0


async def test_what_the_platform_tells_of_an_act_afterwards_sets_nothing_off_again(desk: Desk) -> None:
    await rule(desk, "moderated", [AddNote("hidden")])
    case = await desk.comment("Spam")
    await act(desk.hark, desk.agent, case, Ability.HIDE, message_id=await comment_of(desk, case))
    await run_rules(desk)
    event = edit(1, 1, "", int(desk.clock().timestamp() * 1000) - BASE + 2000, hidden=True)
    event["change"]["text"] = None
    await desk.post(event)
    await run_rules(desk)
    assert await notes(desk, case) == ["hidden"]


# What rules moderate -----------------------------------------------------------------------------


async def moderating(desk: Desk, ability: Any, *further: Any) -> tuple[UUID, Rule]:
    """A comment came in, and a rule has asked for this."""
    made = await rule(desk, "message_received", [Moderate(ability), *further], name="Keeper")
    case = await desk.comment("Cheap followers here")
    await run_rules(desk)
    return case, made


async def action(desk: Desk, case: UUID) -> dict[str, Any]:
    return (await runs(desk, case))[0].actions[0]


async def tasks(desk: Desk) -> int:
    return int((await desk.rows("SELECT count(*) FROM automation_task"))[0][0])


@pytest.mark.parametrize("ability", ["hide", "like", "delete"])
async def test_a_rule_acts_on_a_comment_once_and_the_log_goes_from_waiting_to_done(
    desk: Desk, db: Database, ability: str
) -> None:
    case, _ = await moderating(desk, ability)
    about = await desk.message(await comment_of(desk, case))
    assert (await action(desk, case))["state"] == "waiting"
    assert desk.fake.asked == []
    assert await do_outside(desk.hark) == 1
    assert await do_outside(desk.hark) == 0
    (asked,) = desk.fake.asked
    assert (asked.ability.value, asked.target) == (ability, about.platform_message_id)
    (run,) = await runs(desk, case)
    assert (run.outcome, run.actions[0]["state"], await tasks(desk)) == ("done", "done", 0)
    traces = await desk.rows("SELECT content_type, sender_name FROM message WHERE kind = 'activity'")
    assert traces == [(PAST[Ability(ability)], "Keeper")]
    shown = await desk.message(about.id)
    assert {
        "hide": shown.hidden,
        "like": bool(shown.reactions),
        "delete": shown.deleted_at is not None,
    }[ability]
    await check_facts(desk)
    await check_counters(db)


async def test_several_workers_ask_the_platform_once(desk: Desk) -> None:
    case, _ = await moderating(desk, "hide")
    await asyncio.gather(*(do_outside(desk.hark) for _ in range(4)))
    assert len(desk.fake.asked) == 1
    assert (await action(desk, case))["state"] == "done"


async def test_what_somebody_did_meanwhile_is_not_asked_for_again(desk: Desk) -> None:
    case, _ = await moderating(desk, "hide")
    await act(desk.hark, desk.agent, case, Ability.HIDE, message_id=await comment_of(desk, case))
    await do_outside(desk.hark)
    assert len(desk.fake.asked) == 1
    assert (await action(desk, case))["state"] == "done"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Rejected("no", "The platform does not allow it."), "The platform does not allow it."),
        (Reconnect("190", "The token is no longer valid."), "has to be connected again"),
    ],
)
async def test_a_refusal_by_the_platform_is_final_and_the_log_has_its_reason(
    desk: Desk, fault: PlatformProblem, words: str
) -> None:
    case, _ = await moderating(desk, "hide", SetPriority("high"))
    desk.fake.acting = [fault]
    await do_outside(desk.hark)
    desk.clock.advance(timedelta(days=1))
    await do_outside(desk.hark)
    (run,) = await runs(desk, case)
    assert (run.outcome, run.actions[0]["state"], run.actions[1]["state"]) == ("partly", "failed", "done")
    assert run.actions[0]["code"]
    assert words in run.actions[0]["detail"]
    assert (len(desk.fake.asked), await tasks(desk)) == (1, 0)
    assert not (await desk.message(await comment_of(desk, case))).hidden


async def test_a_platform_that_offers_no_acts_is_not_asked_and_the_log_says_so(desk: Desk) -> None:
    case, _ = await moderating(desk, "hide")
    mute = msgspec.structs.replace(desk.fake.adapter, perform=None)
    hark = msgspec.structs.replace(desk.hark, registry=type(desk.hark.registry)((mute,)))
    await do_outside(hark)
    result = await action(desk, case)
    assert (result["state"], result["detail"]) == ("failed", "This channel offers no actions.")
    assert (desk.fake.asked, await tasks(desk)) == ([], 0)


@pytest.mark.parametrize("ability", ["hide", "like"])
async def test_what_a_direct_message_does_not_allow_is_not_asked_for_and_the_log_says_so(
    desk: Desk, ability: Any
) -> None:
    await rule(desk, "message_received", [Moderate(ability)])
    case = await desk.hear("Cheap followers here")
    await run_rules(desk)
    await do_outside(desk.hark)
    result = await action(desk, case)
    assert (result["state"], result["code"]) == ("failed", "ability_missing")
    assert result["detail"]
    assert (desk.fake.asked, await tasks(desk)) == ([], 0)


@pytest.mark.parametrize(
    "fault",
    [
        TryAgain("500", "The platform failed.", http_status=500),
        TryAgain("429", "Too many requests.", http_status=429, retry_after=5),
        Unconfirmed("timeout", "The platform did not answer."),
        TimeoutError(),
    ],
)
async def test_an_outage_is_waited_out_and_the_log_waits_with_it(desk: Desk, fault: Exception) -> None:
    case, _ = await moderating(desk, "hide")
    desk.fake.acting = [fault, fault]
    for pause in (10, 30):
        assert await do_outside(desk.hark) == 1
        assert (await action(desk, case))["state"] == "waiting"
        desk.clock.advance(timedelta(seconds=pause - 1))
        assert await do_outside(desk.hark) == 0, "not before the pause is over"
        desk.clock.advance(timedelta(seconds=1))
    await do_outside(desk.hark)
    assert (len(desk.fake.asked), len(desk.fake.actions)) == (3, 1)
    assert (await action(desk, case))["state"] == "done"


async def test_an_outage_without_end_is_given_up_and_the_log_says_why(desk: Desk) -> None:
    case, _ = await moderating(desk, "hide")
    desk.fake.acting = [TryAgain("500", "The platform failed.", http_status=500)] * (ATTEMPTS + 2)
    for _ in range(ATTEMPTS + 2):
        await do_outside(desk.hark)
        desk.clock.advance(timedelta(days=1))
    result = await action(desk, case)
    assert (result["state"], result["code"], result["detail"]) == (
        "failed",
        "gave_up",
        "The platform failed.",
    )
    assert (len(desk.fake.asked), await tasks(desk)) == (ATTEMPTS, 0)


async def test_a_bug_in_an_adapter_keeps_nothing_else_back_and_ends_in_the_log(desk: Desk) -> None:
    case, _ = await moderating(desk, "hide")
    other = await desk.comment("Another", by="ole", post="post-2")
    await run_rules(desk)
    desk.fake.acting = [KeyError("a bug")]
    await do_outside(desk.hark)
    states = [(await action(desk, each))["state"] for each in (case, other)]
    assert sorted(states) == ["done", "waiting"]
    desk.fake.acting = [KeyError("a bug")] * ATTEMPTS
    for _ in range(ATTEMPTS + 2):
        desk.clock.advance(timedelta(days=1))
        await do_outside(desk.hark)
    codes = {(await action(desk, each))["code"] for each in (case, other)}
    assert (codes, await tasks(desk)) == ({None, "gave_up"}, 0)


async def test_a_worker_that_dies_while_it_asks_leaves_the_task_to_another(desk: Desk) -> None:
    case, _ = await moderating(desk, "hide")
    desk.fake.acting = [Killed()]
    with pytest.raises(Killed):
        await do_outside(desk.hark)
    assert await do_outside(desk.hark) == 0, "the dead worker's lease still stands"
    desk.clock.advance(timedelta(seconds=91))
    await do_outside(desk.hark)
    assert (len(desk.fake.actions), (await action(desk, case))["state"]) == (1, "done")
    assert len(await desk.rows("SELECT 1 FROM message WHERE content_type = 'message_hidden'")) == 1


async def test_the_message_that_is_gone_meanwhile_fails_with_a_reason(desk: Desk) -> None:
    case, _ = await moderating(desk, "hide")
    await act(desk.hark, desk.agent, case, Ability.DELETE, message_id=await comment_of(desk, case))
    await do_outside(desk.hark)
    result = await action(desk, case)
    assert (result["state"], result["code"]) == ("failed", "not_sent")
    assert [each.ability for each in desk.fake.asked] == [Ability.DELETE]


async def test_what_a_rule_has_asked_for_is_done_in_harks_name_when_the_rule_is_gone(
    desk: Desk,
) -> None:
    case, made = await moderating(desk, "hide")
    async with desk.hark.db.transaction() as connection:
        await connection.execute("DELETE FROM automation_rule WHERE id = $1", made.id)
    await do_outside(desk.hark)
    assert await tasks(desk) == 0
    assert (await action(desk, case))["state"] == "done"
    assert await desk.rows("SELECT sender_name FROM message WHERE content_type = 'message_hidden'") == [
        ("Hark",)
    ]


# Loops over moderation ---------------------------------------------------------------------------


async def everything(desk: Desk) -> None:
    for _ in range(10):
        if not await run_rules(desk) + await do_outside(desk.hark):
            return
    raise AssertionError("it goes round")


async def test_a_rule_on_moderation_that_moderates_does_not_go_round(desk: Desk) -> None:
    await rule(desk, "moderated", [Moderate("like")])
    await rule(desk, "moderated", [Moderate("hide")])
    case = await desk.comment("Spam")
    await act(desk.hark, desk.agent, case, Ability.HIDE, message_id=await comment_of(desk, case))
    await everything(desk)
    assert [each.ability.value for each in desk.fake.asked] == ["hide", "like"]
    assert told(await runs(desk, case)) == [(0, "done", None)] * 2
    assert await queued(desk) == 0


async def test_what_a_rule_moderates_sets_no_rule_off(desk: Desk) -> None:
    await rule(desk, "moderated", [AddNote("seen")])
    case, _ = await moderating(desk, "hide")
    await everything(desk)
    assert (await action(desk, case))["state"] == "done"
    assert await notes(desk, case) == []
