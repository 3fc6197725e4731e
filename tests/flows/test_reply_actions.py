"""What agents do on the platform besides writing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import json

from hark.channels.contract import Ability
from hark.flows.act import act
from hark.flows.deliver import deliver_due
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from hark.kernel.errors import Conflict, Invalid, NotFound, Refused
from hark.kernel.ids import new_id
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock), clock)


async def activities(desk: Desk) -> list[tuple[str, str]]:
    return await desk.rows(
        "SELECT content_type, sender_name FROM message WHERE kind = 'activity' ORDER BY arrival"
    )


async def test_hiding_a_comment_shows_in_the_thread_and_back(desk: Desk) -> None:
    case = await desk.comment("Spam!")
    (comment,) = await desk.messages(case, "inbound")
    await act(desk.hark, desk.agent, case, Ability.HIDE, message_id=comment.id)
    assert (await desk.message(comment.id)).hidden is True
    assert desk.fake.actions[0].target == comment.platform_message_id
    await act(desk.hark, desk.agent, case, Ability.UNHIDE, message_id=comment.id)
    assert (await desk.message(comment.id)).hidden is False
    assert await activities(desk) == [("message_hidden", "Noor"), ("message_unhidden", "Noor")]
    await check_facts(desk)


async def test_our_own_message_can_be_edited_and_keeps_its_history(desk: Desk, db: Database) -> None:
    case = await desk.hear()
    desk.clock.advance(timedelta(seconds=5))
    (message,) = await desk.say(case, "Tpyo")
    await deliver_due(desk.hark)
    desk.clock.advance(timedelta(seconds=5))
    await act(desk.hark, desk.agent, case, Ability.EDIT, message_id=message.id, text="Typo")
    shown = await desk.message(message.id)
    assert (shown.content, shown.edited_at is not None) == ("Typo", True)
    assert await desk.rows("SELECT content FROM message_version ORDER BY at, content") == [
        ("Tpyo",),
        ("Typo",),
    ]
    assert (await desk.conversation(case)).preview == "Typo"
    await check_counters(db)
    await check_facts(desk)


async def test_our_own_message_can_be_deleted(desk: Desk, db: Database) -> None:
    case = await desk.hear()
    (message,) = await desk.say(case, "Oops")
    await deliver_due(desk.hark)
    await act(desk.hark, desk.agent, case, Ability.DELETE, message_id=message.id)
    assert (await desk.message(message.id)).deleted_at is not None
    await check_counters(db)
    await check_facts(desk)


async def test_a_reaction_is_set_and_taken_back(desk: Desk) -> None:
    case = await desk.hear()
    (message,) = await desk.messages(case, "inbound")
    await act(desk.hark, desk.agent, case, Ability.REACT, message_id=message.id, text="🎉")
    (reaction,) = json.decode(json.encode((await desk.message(message.id)).reactions))
    assert (reaction["emoji"], reaction["by_us"]) == (["🎉"], True)
    await act(desk.hark, desk.agent, case, Ability.REACT, message_id=message.id)
    assert (await desk.message(message.id)).reactions == []


async def test_typing_leaves_no_trace(desk: Desk) -> None:
    case = await desk.hear()
    before = await desk.rows("SELECT count(*) FROM fact")
    await act(desk.hark, desk.agent, case, Ability.TYPING)
    assert [action.ability for action in desk.fake.actions] == [Ability.TYPING]
    assert await desk.rows("SELECT count(*) FROM fact") == before


REFUSED: dict[str, tuple[Ability, dict[str, Any], type[Exception], str]] = {
    "no such ability here": (Ability.HIDE, {}, Refused, "ability_missing"),
    "somebody else's message": (Ability.EDIT, {"text": "x"}, Refused, "ability_missing"),
    "no new text": (Ability.EDIT, {"text": " "}, Invalid, "invalid"),
    "text too long": (Ability.EDIT, {"text": "x" * 41}, Refused, "text_too_long"),
    "the platform says no": (Ability.REACT, {"text": "forbidden"}, Refused, "platform_refused"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_cannot_be_done_is_refused_and_changes_nothing(desk: Desk, case: str) -> None:
    ability, given, error, code = REFUSED[case]
    conversation = await desk.hear()
    await desk.say(conversation, "Ours")
    await deliver_due(desk.hark)
    side = "inbound" if case == "somebody else's message" else "outbound"
    (message,) = await desk.messages(conversation, side)
    with pytest.raises(error) as caught:
        await act(desk.hark, desk.agent, conversation, ability, message_id=message.id, **given)
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert desk.fake.actions == []
    assert await activities(desk) == []


async def test_a_message_that_is_not_on_the_platform_cannot_be_edited_there(desk: Desk) -> None:
    case = await desk.hear()
    (message,) = await desk.say(case, "Queued")
    with pytest.raises(Conflict) as caught:
        await act(desk.hark, desk.agent, case, Ability.EDIT, message_id=message.id, text="New")
    assert caught.value.code == "not_sent"


async def test_messages_of_other_conversations_are_not_found(desk: Desk) -> None:
    one, two = await desk.hear(by="mara"), await desk.hear(by="jonas")
    (message,) = await desk.messages(one, "inbound")
    for case, target in ((two, message.id), (one, new_id(START)), (new_id(START), message.id)):
        with pytest.raises(NotFound):
            await act(desk.hark, desk.agent, case, Ability.REACT, message_id=target, text="👍")
