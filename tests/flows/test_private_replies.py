"""Comments answered privately: in time, once, and with both conversations leading to one another."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from hark.delivery.thread import repository as thread
from hark.flows import reply
from hark.flows.deliver import deliver_due
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from hark.kernel.errors import Invalid, Refused
from tests.support.desk import BASE, START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform, first, forbidden, timed_out
from tests.support.sandbox_events import dm

WINDOW = timedelta(days=7)


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock), clock)


async def commented(desk: Desk) -> tuple[UUID, str]:
    case = await desk.comment("Where is my order?")
    (comment,) = await desk.messages(case, "inbound")
    assert comment.platform_message_id is not None
    return case, comment.platform_message_id


async def linked(desk: Desk, case: UUID) -> list[UUID]:
    async with desk.hark.db.connection() as connection:
        return [row[0] for row in await thread.LINKED.all(connection, desk.account.workspace_id, case)]


async def refusal(desk: Desk, case: UUID, comment: str) -> str:
    with pytest.raises(Refused) as caught:
        await desk.say(case, "Privately", private_to=comment)
    return str(caught.value.code)


@pytest.mark.parametrize(("early", "allowed"), [(timedelta(seconds=1), True), (timedelta(0), False)])
async def test_the_time_ends_to_the_second_after_the_comment_was_written(
    desk: Desk, early: timedelta, allowed: bool
) -> None:
    case, comment = await commented(desk)
    desk.clock.advance(WINDOW - early)
    if allowed:
        assert await desk.say(case, "Privately", private_to=comment)
    else:
        assert await refusal(desk, case, comment) == "private_reply_expired"
        assert await desk.say(case, "In public")


async def test_a_later_comment_does_not_open_an_earlier_one_again(desk: Desk) -> None:
    case, comment = await commented(desk)
    desk.clock.advance(WINDOW)
    await desk.comment("Still nothing?")
    assert await refusal(desk, case, comment) == "private_reply_expired"
    assert await desk.say(case, "Privately", private_to="m2")


async def test_the_time_can_end_while_the_reply_waits(desk: Desk) -> None:
    case, comment = await commented(desk)
    desk.clock.advance(WINDOW - timedelta(seconds=1))
    (message,) = await desk.say(case, "Privately", private_to=comment)
    desk.clock.advance(timedelta(seconds=1))
    await deliver_due(desk.hark)
    shown = await desk.message(message.id)
    assert shown.delivery_status == "failed"
    assert shown.delivery_error is not None
    assert shown.delivery_error["code"] == "private_reply_expired"
    assert desk.fake.calls == []


async def test_a_comment_takes_one_private_reply_and_every_other_comment_its_own(desk: Desk) -> None:
    case, comment = await commented(desk)
    await desk.say(case, "Privately", private_to=comment)
    assert await refusal(desk, case, comment) == "private_reply_used"
    await deliver_due(desk.hark)
    assert await refusal(desk, case, comment) == "private_reply_used"
    await desk.comment("And the other one?")
    other = (await desk.messages(case, "inbound"))[-1].platform_message_id
    assert await desk.say(case, "Also privately", private_to=other)


async def test_a_reply_that_failed_or_was_taken_back_leaves_the_comment_open(desk: Desk) -> None:
    case, comment = await commented(desk)
    (taken,) = await desk.say(case, "One", private_to=comment)
    async with desk.hark.db.transaction() as connection:
        await reply.cancel(desk.hark, connection, desk.agent, taken.id)
    desk.fake.before = first(1, forbidden)
    (failed,) = await desk.say(case, "Two", private_to=comment)
    await deliver_due(desk.hark)
    assert (await desk.message(failed.id)).delivery_status == "failed"
    (sent,) = await desk.say(case, "Three", private_to=comment)
    await deliver_due(desk.hark)
    assert (await desk.message(sent.id)).delivery_status == "sent"
    with pytest.raises(Refused) as caught:
        async with desk.hark.db.transaction() as connection:
            await reply.resend(desk.hark, connection, desk.agent, failed.id)
    assert caught.value.code == "private_reply_used"


async def test_an_unconfirmed_reply_counts_as_used(db: Database, tmp_path: Path) -> None:
    clock = FixedClock(START)
    desk = await open_desk(db, tmp_path, FakePlatform(clock, looks_up=False), clock)
    case, comment = await commented(desk)
    desk.fake.before = timed_out
    await desk.say(case, "Privately", private_to=comment)
    await deliver_due(desk.hark)
    assert await refusal(desk, case, comment) == "private_reply_used"


async def test_what_is_no_comment_of_the_conversation_cannot_be_answered_privately(desk: Desk) -> None:
    case, comment = await commented(desk)
    (ours,) = await desk.say(case, "In public")
    await deliver_due(desk.hark)
    elsewhere = await desk.comment("Elsewhere", by="jonas", post="post-2")
    own = (await desk.message(ours.id)).platform_message_id
    for conversation, target in ((case, "m99"), (case, own), (elsewhere, comment)):
        with pytest.raises(Invalid) as caught:
            await desk.say(conversation, "Privately", private_to=target)
        assert "private_to" in caught.value.fields


async def test_both_conversations_lead_to_one_another_once_the_customer_answers(
    desk: Desk, db: Database
) -> None:
    case, comment = await commented(desk)
    await desk.say(case, "Privately", private_to=comment)
    await deliver_due(desk.hark)
    assert await linked(desk, case) == []
    direct = await desk.hear("Thanks, here is my number")
    assert await linked(desk, case) == [direct]
    assert await linked(desk, direct) == [case]
    assert await linked(desk, await desk.hear(by="jonas")) == []
    await check_counters(db)
    await check_facts(desk)


async def test_the_echo_of_a_private_reply_doubles_nothing(desk: Desk, db: Database) -> None:
    case, comment = await commented(desk)
    (message,) = await desk.say(case, "Privately", private_to=comment)

    async def echo() -> None:
        at = int(desk.clock().timestamp() * 1000) - BASE
        told = dm(50, "Privately", ours=True, at=at, id=f"out-{message.id}", reference=str(message.id))
        await desk.post(told)

    await deliver_due(desk.hark)
    await echo()
    rows = await desk.rows("SELECT count(*) FROM message WHERE content = 'Privately'")
    assert rows == [(1,)]
    await check_counters(db)
    await check_facts(desk)
