"""A platform accepts a message and reports later that it could not deliver it, or which message it was."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from hark.channels.contract import Outbound, Unconfirmed
from hark.flows.deliver import deliver_due
from hark.flows.reply import resend
from hark.inbox.models import Message
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from hark.kernel.errors import Conflict
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform
from tests.support.sandbox_events import receipt

REASON = {"code": "131047", "reason": "More than 24 hours have passed: send a template."}


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock), clock)


async def sent(desk: Desk) -> Message:
    case = await desk.hear()
    (message,) = await desk.say(case, "Hi")
    await deliver_due(desk.hark)
    return await desk.message(message.id)


async def report(desk: Desk, message: Message, status: str, at: int, number: int = 1) -> Message:
    given = {**receipt(number, status, at, target=0), "target": message.platform_message_id, **REASON}
    await desk.post(given)
    return await desk.message(message.id)


async def test_a_message_that_was_accepted_and_then_not_delivered_shows_failed_with_its_reason(
    desk: Desk, db: Database
) -> None:
    shown = await report(desk, await sent(desk), "failed", 70_000)
    assert shown.delivery_status == "failed"
    assert shown.delivery_error == {"code": "131047", "message": REASON["reason"]}
    await check_counters(db)
    await check_facts(desk)


async def test_a_late_sent_does_not_undo_a_failure(desk: Desk) -> None:
    message = await report(desk, await sent(desk), "failed", 70_000)
    assert (await report(desk, message, "sent", 69_000, 2)).delivery_status == "failed"


@pytest.mark.parametrize("arrived", ["delivered", "read"])
async def test_what_was_delivered_has_not_failed(desk: Desk, arrived: str) -> None:
    message = await report(desk, await sent(desk), "failed", 70_000)
    shown = await report(desk, message, arrived, 71_000, 2)
    assert (shown.delivery_status, shown.delivery_error) == (arrived, None)
    assert (await report(desk, message, "failed", 72_000, 3)).delivery_status == arrived


async def test_a_failure_that_comes_before_the_answer_is_not_lost(desk: Desk) -> None:
    case = await desk.hear()
    (message,) = await desk.say(case, "Hi")

    async def fail(outbound: Outbound) -> None:
        target = f"out-{outbound.reference}"
        await desk.post({**receipt(1, "failed", 70_000, target=0), "target": target, **REASON})

    desk.fake.after = fail
    await deliver_due(desk.hark)
    assert (await desk.message(message.id)).delivery_status == "failed"
    await check_facts(desk)


async def test_a_failure_with_our_reference_that_comes_before_the_answer_stays(desk: Desk) -> None:
    case = await desk.hear()
    (message,) = await desk.say(case, "Hi")

    async def fail(outbound: Outbound) -> None:
        given = {"target": f"out-{outbound.reference}", "reference": str(outbound.reference), **REASON}
        await desk.post({**receipt(1, "failed", 70_000, target=0), **given})

    desk.fake.after = fail
    await deliver_due(desk.hark)
    shown = await desk.message(message.id)
    assert (shown.delivery_status, (shown.delivery_error or {}).get("code")) == ("failed", "131047")
    assert await desk.rows("SELECT state FROM delivery") == [("rejected",)]
    await check_facts(desk)


async def unconfirmed(desk: Desk) -> UUID:
    def lose(_: Outbound) -> None:
        raise Unconfirmed("no_answer", "The network did not answer.")

    case = await desk.hear()
    (message,) = await desk.say(case, "Hi")
    desk.fake.before = lose
    await deliver_due(desk.hark)
    assert (await desk.message(message.id)).delivery_status == "unknown"
    return message.id


@pytest.mark.parametrize("status", ["sent", "delivered", "read", "failed"])
async def test_a_receipt_with_our_reference_finds_a_message_whose_answer_was_lost(
    desk: Desk, db: Database, status: str
) -> None:
    message = await unconfirmed(desk)
    event = {**receipt(1, status, 70_000, target=0), "target": "m77", "reference": str(message), **REASON}
    await desk.post(event)
    shown = await desk.message(message)
    assert (shown.platform_message_id, shown.delivery_status) == ("m77", status)
    settled = "rejected" if status == "failed" else "sent"
    assert await desk.rows("SELECT state FROM delivery") == [(settled,)]
    await check_counters(db)
    await check_facts(desk)


async def test_what_waited_for_the_id_is_applied_once_a_reference_tells_it(desk: Desk) -> None:
    message = await unconfirmed(desk)
    await desk.post({**receipt(1, "read", 71_000, target=0), "target": "m77"})
    event = {**receipt(2, "sent", 70_000, target=0), "target": "m77", "reference": str(message)}
    await desk.post(event)
    assert (await desk.message(message)).delivery_status == "read"


async def test_a_reference_of_another_application_or_of_another_message_names_nothing(desk: Desk) -> None:
    message = await unconfirmed(desk)
    for number, reference in enumerate(("outbox:7781", "00000000-0000-0000-0000-000000000007")):
        event = {**receipt(number, "sent", 70_000, target=0), "target": "m77", "reference": reference}
        await desk.post(event)
    assert (await desk.message(message)).platform_message_id is None


async def test_a_message_that_failed_late_can_be_sent_again_and_one_that_arrived_after_all_cannot(
    desk: Desk,
) -> None:
    message = await report(desk, await sent(desk), "failed", 70_000)
    assert await desk.rows("SELECT state, error_code FROM delivery") == [("rejected", "131047")]
    async with desk.hark.db.transaction() as connection:
        await resend(desk.hark, connection, desk.agent, message.id)
    await deliver_due(desk.hark)
    again = await desk.message(message.id)
    assert (again.delivery_status, again.delivery_error) == ("sent", None)
    late = await report(desk, await report(desk, again, "failed", 80_000, 2), "delivered", 81_000, 3)
    assert late.delivery_status == "delivered"
    async with desk.hark.db.transaction() as connection:
        with pytest.raises(Conflict):
            await resend(desk.hark, connection, desk.agent, message.id)
