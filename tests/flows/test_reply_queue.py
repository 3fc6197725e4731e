"""Step 10: what a reply becomes in the database, and what refuses it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hark.flows.deliver import deliver_due
from hark.flows.reply import ReplyDraft, cancel, confirm, queue_reply, resend
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from hark.kernel.errors import Conflict, Invalid, NotFound, Refused
from hark.kernel.ids import new_id
from hark.workspaces.rights import user_actor
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform, first, forbidden, timed_out


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock, looks_up=False), clock)


async def test_a_reply_is_queued_and_the_conversation_is_answered_and_read(desk: Desk, db: Database) -> None:
    case = await desk.hear("Is it in stock?")
    desk.clock.advance(timedelta(minutes=2))
    (message,) = await desk.say(case, "Yes, it is.")
    assert (message.delivery_status, message.direction, message.sender_name) == ("queued", "outbound", "Noor")
    shown = await desk.conversation(case)
    assert (shown.preview, shown.preview_by, shown.unread_count, shown.message_count) == (
        "Yes, it is.",
        "agent",
        0,
        2,
    )
    assert shown.waiting_since is None
    assert shown.first_response_at == desk.clock()
    await check_counters(db)
    await check_facts(desk)


async def test_the_undo_time_holds_a_reply_back(desk: Desk) -> None:
    await desk.set_undo(10)
    await desk.say(await desk.hear(), "Hi")
    desk.clock.advance(timedelta(seconds=9))
    assert await deliver_due(desk.hark) == 0
    desk.clock.advance(timedelta(seconds=1))
    assert await deliver_due(desk.hark) == 1


async def test_the_same_key_gives_the_same_messages_and_never_a_second(desk: Desk) -> None:
    case = await desk.hear()
    long = "First sentence of it. Second sentence of it, and more."
    once = await desk.say(case, long, key="click")
    again = await desk.say(case, long, key="click")
    assert [each.id for each in once] == [each.id for each in again]
    assert len(once) == 2
    assert await desk.rows("SELECT count(*) FROM delivery") == [(2,)]


async def test_ten_clicks_at_once_are_one_reply(desk: Desk) -> None:
    case = await desk.hear()
    replies = await asyncio.gather(*(desk.say(case, "Hi", key="click") for _ in range(10)))
    assert len({reply[0].id for reply in replies}) == 1
    await deliver_due(desk.hark)
    assert desk.fake.texts("p-mara") == ["Hi"]


async def test_a_key_of_another_conversation_is_a_conflict(desk: Desk) -> None:
    await desk.say(await desk.hear(by="mara"), "Hi", key="click")
    with pytest.raises(Conflict) as caught:
        await desk.say(await desk.hear(by="jonas"), "Hi", key="click")
    assert caught.value.code == "idempotency_key_reused"


async def test_two_agents_may_use_the_same_key(desk: Desk) -> None:
    case = await desk.hear()
    other = user_actor(new_id(START), "Ida", "agent", desk.account.workspace_id)
    await desk.say(case, "One", key="1")
    desk.clock.advance(timedelta(seconds=1))
    await desk.say(case, "Two", key="1", agent=other)
    assert [each.content for each in await desk.messages(case)] == ["One", "Two"]


async def test_a_long_text_leaves_in_pieces_in_order(desk: Desk, db: Database) -> None:
    case = await desk.hear()
    text = "The Aurora is in stock. The Boreal comes on Monday. The Comet is sold out."
    messages = await desk.say(case, text)
    assert [each.content for each in messages] == [
        "The Aurora is in stock.",
        "The Boreal comes on Monday.",
        "The Comet is sold out.",
    ]
    await deliver_due(desk.hark)
    assert desk.fake.texts("p-mara") == [each.content for each in messages]
    assert [each.content for each in await desk.messages(case)] == [each.content for each in messages]
    await check_counters(db)


async def test_attachments_are_grouped_and_the_caption_goes_with_the_first(desk: Desk) -> None:
    case = await desk.hear()
    uploads = [await desk.upload() for _ in range(3)]
    messages = await desk.say(case, "Three views", attachments=tuple(uploads))
    assert [(each.content, len(each.attachments), each.content_type) for each in messages] == [
        ("Three views", 2, "image"),
        ("", 1, "image"),
    ]
    await deliver_due(desk.hark)
    assert [call.attachments for call in desk.fake.accepted] == [2, 1]
    with pytest.raises(Invalid):
        await desk.say(case, "again", attachments=(uploads[0],))


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "nothing": ({"text": "  "}, "empty", "nothing"),
    "wrong type": ({"mime": "image/gif"}, "attachment_not_allowed", "image/gif is not among image/png"),
    "too large": ({"size": 1001}, "attachment_not_allowed", "1,001 bytes"),
    "wrong kind": ({"kind": "audio"}, "attachment_not_allowed", "audio"),
    "empty file": ({"size": 0}, "attachment_not_allowed", "is empty"),
    "private reply to a direct message": ({"private_to": "m1"}, "ability_missing", "private reply"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_the_channel_does_not_take_is_refused_with_words(desk: Desk, case: str) -> None:
    given, code, words = REFUSED[case]
    conversation = await desk.hear()
    upload = {key: given[key] for key in ("kind", "mime", "size") if key in given}
    draft: dict[str, Any] = {"attachments": (await desk.upload(**upload),)} if upload else {}
    if "private_to" in given:
        draft["private_to"] = given["private_to"]
    with pytest.raises(Refused) as caught:
        await desk.say(conversation, given.get("text", "Hi"), **draft)
    assert caught.value.code == code
    assert words in caught.value.detail
    assert await desk.rows("SELECT count(*) FROM message WHERE direction = 'outbound'") == [(0,)]


async def test_a_text_that_may_not_be_cut_is_refused_by_how_much_it_is_over(desk: Desk) -> None:
    case = await desk.comment("Nice bikes!")
    with pytest.raises(Refused) as caught:
        await desk.say(case, "x" * 42)
    assert caught.value.detail == "The text is 12 over 30 characters."
    assert caught.value.extra["over"] == 12


async def test_a_private_reply_is_written_under_the_rules_of_direct_messages(desk: Desk) -> None:
    case = await desk.comment("How much?")
    with pytest.raises(Refused) as caught:
        await desk.say(case, "x" * 41, private_to="m1")
    assert caught.value.code == "text_too_long"
    (message,) = await desk.say(case, "x" * 35, private_to="m1")
    assert message.metadata["private_to"] == "m1"


async def test_the_reply_window_closes_for_programs_before_it_closes_for_people(desk: Desk) -> None:
    case = await desk.hear()
    desk.clock.advance(timedelta(hours=25))
    with pytest.raises(Refused) as caught:
        await desk.say(case, "Automatic", by_human=False)
    assert caught.value.code == "reply_window_closed"
    await desk.say(case, "By hand")
    desk.clock.advance(timedelta(days=7))
    with pytest.raises(Refused) as caught:
        await desk.say(case, "Too late")
    assert "closed since 2026-11-25 11:07 UTC" in caught.value.detail
    await desk.hear("Are you there?")
    await desk.say(case, "Yes")


async def test_a_window_that_closed_while_the_message_waited_is_not_tried(desk: Desk) -> None:
    case = await desk.hear()
    desk.clock.advance(timedelta(days=7, seconds=-1))
    (message,) = await desk.say(case, "Just in time?")
    desk.clock.advance(timedelta(seconds=2))
    await deliver_due(desk.hark)
    assert desk.fake.calls == []
    shown = await desk.message(message.id)
    assert shown.delivery_status == "failed"
    assert shown.delivery_error is not None
    assert shown.delivery_error["code"] == "reply_window_closed"


@pytest.mark.parametrize("status", ["paused", "reconnect", "disconnected"])
async def test_an_account_that_is_not_connected_cannot_send(desk: Desk, status: str) -> None:
    case = await desk.hear()
    await desk.set_account(status)
    with pytest.raises(Refused) as caught:
        await desk.say(case, "Hi")
    assert caught.value.code == "account_not_connected"


async def test_an_answer_that_the_agent_has_not_seen_is_shown_first(desk: Desk) -> None:
    case = await desk.hear()
    seen = (await desk.conversation(case)).last_arrival
    other = user_actor(new_id(START), "Ida", "agent", desk.account.workspace_id)
    await desk.say(case, "I take it", agent=other, last_seen_arrival=seen)
    with pytest.raises(Conflict) as caught:
        await desk.say(case, "Me too", last_seen_arrival=seen)
    assert caught.value.code == "answered_meanwhile"
    assert [each.content for each in caught.value.extra["messages"]] == ["I take it"]
    newest = (await desk.conversation(case)).last_arrival
    await desk.say(case, "To add", last_seen_arrival=newest)


async def test_ones_own_earlier_answer_is_no_reason_to_stop(desk: Desk) -> None:
    case = await desk.hear()
    seen = (await desk.conversation(case)).last_arrival
    await desk.say(case, "One", last_seen_arrival=seen)
    await desk.say(case, "Two", last_seen_arrival=seen)
    assert len(await desk.messages(case)) == 2


async def test_what_came_after_the_agent_looked_stays_unread(desk: Desk, db: Database) -> None:
    case = await desk.hear("One")
    seen = (await desk.conversation(case)).last_arrival
    await desk.hear("Two")
    await desk.say(case, "About one", last_seen_arrival=seen)
    assert (await desk.conversation(case)).unread_count == 1
    await check_counters(db)


async def test_of_two_answers_at_once_one_is_told(desk: Desk) -> None:
    case = await desk.hear()
    seen = (await desk.conversation(case)).last_arrival
    agents = [user_actor(new_id(START), name, "agent", desk.account.workspace_id) for name in ("Ida", "Omar")]
    results = await asyncio.gather(
        *(desk.say(case, agent.name, agent=agent, last_seen_arrival=seen) for agent in agents),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "list"]


async def test_an_unknown_conversation_and_one_of_another_workspace_look_alike(desk: Desk) -> None:
    case = await desk.hear()
    stranger = user_actor(new_id(START), "Eve", "agent", new_id(START))
    for agent, conversation in ((stranger, case), (desk.agent, new_id(START))):
        with pytest.raises(NotFound):
            await desk.say(conversation, "Hi", agent=agent)


async def test_undo_takes_the_reply_back_and_the_customer_waits_again(desk: Desk, db: Database) -> None:
    await desk.set_undo(5)
    case = await desk.hear("Hello?")
    (message,) = await desk.say(case, "Wrong window")
    async with db.transaction() as connection:
        canceled = await cancel(desk.hark, connection, desk.agent, message.id)
    assert canceled.delivery_status == "canceled"
    desk.clock.advance(timedelta(minutes=1))
    assert await deliver_due(desk.hark) == 0
    shown = await desk.conversation(case)
    assert (shown.preview, shown.waiting_since) == ("Hello?", START)
    await check_counters(db)
    await check_facts(desk)


async def test_what_has_left_cannot_be_taken_back(desk: Desk, db: Database) -> None:
    (message,) = await desk.say(await desk.hear(), "Hi")
    await deliver_due(desk.hark)
    with pytest.raises(Conflict) as caught:
        async with db.transaction() as connection:
            await cancel(desk.hark, connection, desk.agent, message.id)
    assert caught.value.code == "not_queued"


async def test_an_unconfirmed_message_is_resent_only_when_a_double_is_accepted(
    desk: Desk, db: Database
) -> None:
    desk.fake.after = first(1, timed_out)
    (message,) = await desk.say(await desk.hear(), "Hi")
    await deliver_due(desk.hark)
    assert (await desk.message(message.id)).delivery_status == "unknown"
    with pytest.raises(Conflict) as caught:
        async with db.transaction() as connection:
            await resend(desk.hark, connection, desk.agent, message.id)
    assert caught.value.code == "confirm_double"
    async with db.transaction() as connection:
        await resend(desk.hark, connection, desk.agent, message.id, confirm_double=True)
    await deliver_due(desk.hark)
    assert (await desk.message(message.id)).delivery_status == "sent"
    assert await desk.rows("SELECT number, outcome FROM attempt ORDER BY number") == [
        (1, "unknown"),
        (2, "sent"),
    ]
    await check_facts(desk)


async def test_an_unconfirmed_message_can_be_confirmed_by_the_agent(desk: Desk, db: Database) -> None:
    desk.fake.after = first(1, timed_out)
    (message,) = await desk.say(await desk.hear(), "Hi")
    await deliver_due(desk.hark)
    async with db.transaction() as connection:
        shown = await confirm(desk.hark, connection, desk.agent, message.id)
    assert (shown.delivery_status, shown.delivery_error) == ("sent", None)
    assert await deliver_due(desk.hark) == 0
    await check_counters(db)


async def test_a_resent_message_goes_behind_what_was_queued_meanwhile(desk: Desk, db: Database) -> None:
    case = await desk.hear()
    desk.fake.before = first(1, forbidden)
    (failed,) = await desk.say(case, "First")
    await deliver_due(desk.hark)
    await desk.say(case, "Second")
    async with db.transaction() as connection:
        await resend(desk.hark, connection, desk.agent, failed.id)
    await deliver_due(desk.hark)
    assert desk.fake.texts("p-mara") == ["Second", "First"]


async def test_a_reply_that_fails_to_commit_leaves_nothing(desk: Desk, db: Database) -> None:
    case = await desk.hear()
    async with db.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await queue_reply(desk.hark, connection, desk.agent, case, ReplyDraft(content="Hi"), "click")
        await transaction.rollback()
    assert await desk.rows("SELECT count(*) FROM delivery") == [(0,)]
    await desk.say(case, "Hi", key="click")
    await check_facts(desk)
