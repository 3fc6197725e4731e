"""A send whose answer was lost is looked up: it arrived, it surely did not, or nobody can tell."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hark.channels.contract import Rejected, Unconfirmed
from hark.delivery import breaker, repository
from hark.flows.deliver import claim, deliver_due
from hark.inbox.models import Message
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform, first, timed_out


async def desk_of(db: Database, folder: Path, *, certain: bool = True) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, folder, FakePlatform(clock, certain=certain), clock)


async def said(desk: Desk, text: str = "Hi") -> Message:
    (message,) = await desk.say(await desk.hear(), text)
    await deliver_due(desk.hark)
    return await desk.message(message.id)


async def later(desk: Desk, message: Message, **span: float) -> Message:
    desk.clock.advance(timedelta(**span))
    await deliver_due(desk.hark)
    return await desk.message(message.id)


async def test_what_surely_did_not_arrive_is_sent_again_and_arrives_once(
    db: Database, tmp_path: Path
) -> None:
    desk = await desk_of(db, tmp_path)
    desk.fake.before = first(1, timed_out)
    message = await said(desk)
    assert message.delivery_status == "queued"
    assert message.delivery_error is not None
    assert message.delivery_error["code"] == "not_there"
    assert (await later(desk, message, minutes=1)).delivery_status == "sent"
    assert desk.fake.texts("p-mara") == ["Hi"]
    assert await desk.rows("SELECT number, outcome, code FROM attempt ORDER BY number") == [
        (1, "retry", "not_there"),
        (2, "sent", None),
    ]
    assert (await later(desk, message, hours=1)).delivery_status == "sent"
    assert desk.fake.doubles() == []
    await check_counters(db)
    await check_facts(desk)


async def test_what_arrived_is_found_and_not_sent_again(db: Database, tmp_path: Path) -> None:
    desk = await desk_of(db, tmp_path)
    desk.fake.after = first(1, timed_out)
    message = await said(desk)
    assert message.delivery_status == "sent"
    await later(desk, message, hours=1)
    assert len(desk.fake.calls) == 1


async def test_where_nobody_can_tell_it_stays_unconfirmed(db: Database, tmp_path: Path) -> None:
    desk = await desk_of(db, tmp_path, certain=False)
    desk.fake.before = first(1, timed_out)
    message = await said(desk)
    assert message.delivery_status == "unknown"
    assert (await later(desk, message, days=1)).delivery_status == "unknown"
    assert len(desk.fake.calls) == 1


@pytest.mark.parametrize("problem", [Unconfirmed("lost", "No answer."), Rejected("no", "Not now.")])
async def test_a_look_up_that_fails_itself_settles_nothing(
    db: Database, tmp_path: Path, problem: Exception
) -> None:
    desk = await desk_of(db, tmp_path)
    desk.fake.before = first(1, timed_out)
    desk.fake.looking = problem
    message = await said(desk)
    assert message.delivery_status == "unknown"


async def test_a_message_of_a_dead_worker_that_surely_did_not_arrive_is_sent_once(
    db: Database, tmp_path: Path
) -> None:
    """The worker died between writing the attempt and the call."""
    desk = await desk_of(db, tmp_path)
    (message,) = await desk.say(await desk.hear(), "Hi")
    async with desk.hark.db.connection() as connection:
        (account,) = await repository.DUE_ACCOUNTS.all(connection, desk.clock())
    claimed, _ = await claim(desk.hark, account, 1)
    assert len(claimed) == 1
    assert (await later(desk, message, minutes=2)).delivery_status == "queued"
    assert desk.fake.calls == []
    assert (await later(desk, message, minutes=2)).delivery_status == "sent"
    assert desk.fake.texts("p-mara") == ["Hi"]


async def test_later_messages_of_the_conversation_wait_until_it_is_settled(
    db: Database, tmp_path: Path
) -> None:
    desk = await desk_of(db, tmp_path)
    case = await desk.hear()
    desk.fake.before = first(1, timed_out)
    await desk.say(case, "One")
    await desk.say(case, "Two")
    await deliver_due(desk.hark)
    assert desk.fake.texts("p-mara") == []
    desk.clock.advance(timedelta(minutes=1))
    await deliver_due(desk.hark)
    assert desk.fake.texts("p-mara") == ["One", "Two"]


async def test_a_platform_that_loses_everything_opens_the_circuit(db: Database, tmp_path: Path) -> None:
    desk = await desk_of(db, tmp_path)
    desk.fake.before = timed_out
    for person in ("a", "b", "c", "d", "e", "f", "g"):
        await desk.say(await desk.hear(by=person), "Hi")
    for _ in range(4):
        await deliver_due(desk.hark)
        desk.clock.advance(timedelta(seconds=20))
    failures = await desk.rows("SELECT failures, blocked_until IS NOT NULL FROM account_gate")
    assert failures[0][0] >= breaker.THRESHOLD
    assert failures[0][1] is True
    desk.fake.before = None
    for _ in range(30):
        desk.clock.advance(timedelta(minutes=2))
        await deliver_due(desk.hark)
    assert await desk.statuses() == {"sent": 7}
    assert desk.fake.doubles() == []
    assert await desk.rows("SELECT failures FROM account_gate") == [(0,)]
