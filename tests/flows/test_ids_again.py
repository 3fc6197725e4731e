"""A platform's id that comes again: a message that names another thread, and an answer that takes the place of another."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from hark.channels.contract import Outbound, Sent
from hark.flows.deliver import deliver_due
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform
from tests.support.sandbox_events import BASE, delete, dm, edit


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock), clock)


async def test_a_message_that_is_here_already_opens_no_other_conversation(desk: Desk, db: Database) -> None:
    await desk.post(dm(1, "Hello", at=0))
    again = dm(1, "Hello", at=0, by="jonas")
    again["id"] = "another-event"
    await desk.post(again)
    assert len(await desk.rows("SELECT id FROM conversation")) == 1
    assert len(await desk.rows("SELECT id FROM message")) == 1
    await check_counters(db)
    await check_facts(desk)


class OneAnswer(FakePlatform):
    """Every answer has the same id, as where a thing has one answer only."""

    async def send(self, outbound: Outbound, *rest: object) -> Sent:
        sent = await super().send(outbound, *rest)  # type: ignore[arg-type]
        return msgspec.structs.replace(sent, platform_message_id="the-answer")


@pytest.mark.parametrize("withdrawn", [True, False])
async def test_an_answer_in_the_place_of_another_is_a_message_of_its_own(
    db: Database, tmp_path: Path, withdrawn: bool
) -> None:
    clock = FixedClock(START)
    desk = await open_desk(db, tmp_path, OneAnswer(clock), clock)
    case = await desk.hear()
    (first,) = await desk.say(case, "Thanks")
    await deliver_due(desk.hark)
    clock.advance(timedelta(minutes=1))
    if withdrawn:
        gone = delete(1, 1, int(clock().timestamp() * 1000) - BASE)
        await desk.post({**gone, "target": "the-answer"})
    clock.advance(timedelta(minutes=1))
    (second,) = await desk.say(case, "Thank you very much")
    await deliver_due(desk.hark)
    shown = await desk.message(second.id)
    assert (shown.delivery_status, shown.content, shown.deleted_at) == ("sent", "Thank you very much", None)
    assert shown.platform_message_id == "the-answer"
    before = await desk.message(first.id)
    assert before.platform_message_id is None
    assert (before.deleted_at is not None) == withdrawn
    await check_counters(db)
    await check_facts(desk)


async def test_an_answer_given_elsewhere_is_followed_by_ours(db: Database, tmp_path: Path) -> None:
    clock = FixedClock(START)
    desk = await open_desk(db, tmp_path, OneAnswer(clock), clock)
    case = await desk.hear()
    theirs = dm(5, "Written in the profile", at=1_000, ours=True)
    theirs["item"]["id"] = "the-answer"
    await desk.post(theirs)
    await desk.post(
        {**edit(1, 5, "Changed there", 2_000), "change": {"target": "the-answer", "text": "Changed there"}}
    )
    clock.advance(timedelta(minutes=1))
    (ours,) = await desk.say(case, "Our own words")
    await deliver_due(desk.hark)
    shown = await desk.message(ours.id)
    assert (shown.content, shown.platform_message_id) == ("Our own words", "the-answer")
    await check_counters(db)
    await check_facts(desk)


async def test_an_echo_that_does_not_tell_its_thread_joins_what_is_being_sent(
    desk: Desk, db: Database
) -> None:
    async def echo(outbound: Outbound) -> None:
        await desk.post(dm(77, outbound.text, by="nobody", at=0, ours=True))

    desk.fake.after = echo
    case = await desk.hear()
    (message,) = await desk.say(case, "On its way")
    await deliver_due(desk.hark)
    assert (await desk.message(message.id)).delivery_status == "sent"
    assert [row[0] for row in await desk.rows("SELECT id FROM conversation")] == [case]
    assert len(await desk.rows("SELECT id FROM message WHERE direction = 'outbound'")) == 1
    await check_counters(db)
    await check_facts(desk)
