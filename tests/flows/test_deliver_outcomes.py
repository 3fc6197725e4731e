"""Step 11, one message at a time: every way in which a call can end, and what is then shown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import json

from hark.channels.contract import Outbound, Reconnect, Rejected, TryAgain
from hark.flows.deliver import deliver_due
from hark.inbox.models import Message
from hark.infra.db import Database
from hark.infra.http import Broken, NotConnected
from hark.kernel.clock import FixedClock
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import (
    FakePlatform,
    Fault,
    first,
    forbidden,
    server_error,
    timed_out,
    too_many,
)
from tests.support.sandbox_events import BASE, delete, dm, react, receipt


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock), clock)


def raising(error: Exception) -> Fault:
    def fail(_: Outbound) -> None:
        raise error

    return fail


def emoji(message: Message) -> list[list[str]]:
    return [reaction["emoji"] for reaction in json.decode(json.encode(message.reactions))]


async def test_an_accepted_message_has_the_platforms_id_and_time(desk: Desk, db: Database) -> None:
    case = await desk.hear()
    (message,) = await desk.say(case, "Hi")
    desk.clock.advance(timedelta(seconds=7))
    assert await deliver_due(desk.hark) == 1
    shown = await desk.message(message.id)
    assert (shown.delivery_status, shown.platform_message_id) == ("sent", f"out-{message.id}")
    assert shown.timestamp == desk.clock()
    assert (await desk.conversation(case)).last_message_at == desk.clock()
    assert await desk.rows("SELECT number, outcome, finished_at IS NOT NULL FROM attempt") == [
        (1, "sent", True)
    ]
    assert await desk.rows("SELECT state, lease_until FROM delivery") == [("sent", None)]
    await check_counters(db)
    await check_facts(desk)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (forbidden, "failed", "no"),
        (server_error, "queued", "500"),
        (too_many(10, "message"), "queued", "429"),
        (raising(NotConnected("refused")), "queued", "not_connected"),
    ],
)
async def test_what_was_surely_not_accepted(
    desk: Desk, db: Database, fault: Fault, status: str, code: str
) -> None:
    desk.fake.before = fault
    case = await desk.hear()
    (message,) = await desk.say(case, "Hi")
    await deliver_due(desk.hark)
    shown = await desk.message(message.id)
    assert shown.delivery_error is not None
    assert (shown.delivery_status, shown.delivery_error["code"]) == (status, code)
    waits = (await desk.conversation(case)).waiting_since is not None
    assert waits == (status == "failed")
    await check_counters(db)
    await check_facts(desk)


@pytest.mark.parametrize(
    "fault", [timed_out, raising(Broken("reset")), raising(TimeoutError()), raising(KeyError("a bug"))]
)
async def test_a_doubtful_call_is_looked_up_and_found(desk: Desk, fault: Fault) -> None:
    desk.fake.after = fault
    (message,) = await desk.say(await desk.hear(), "Hi")
    await deliver_due(desk.hark)
    shown = await desk.message(message.id)
    assert (shown.delivery_status, shown.delivery_error) == ("sent", None)
    assert desk.fake.texts("p-mara") == ["Hi"]


@pytest.mark.parametrize("fault", [timed_out, raising(Broken("reset")), raising(KeyError("a bug"))])
async def test_a_doubtful_call_that_is_not_found_is_shown_and_never_repeated(
    desk: Desk, fault: Fault
) -> None:
    desk.fake.before = fault
    (message,) = await desk.say(await desk.hear(), "Hi")
    for _ in range(5):
        await deliver_due(desk.hark)
        desk.clock.advance(timedelta(hours=2))
    assert (await desk.message(message.id)).delivery_status == "unknown"
    assert len(desk.fake.calls) == 1
    await check_facts(desk)


async def test_an_echo_settles_what_was_unconfirmed(desk: Desk, db: Database) -> None:
    desk.fake.before = timed_out
    case = await desk.hear()
    (message,) = await desk.say(case, "Hi")
    await deliver_due(desk.hark)
    at = int(desk.clock().timestamp() * 1000) - BASE
    await desk.post(dm(77, "Hi", at=at, ours=True, reference=str(message.id)))
    shown = await desk.message(message.id)
    assert (shown.delivery_status, shown.platform_message_id) == ("sent", "m77")
    assert await desk.rows("SELECT state FROM delivery") == [("sent",)]
    assert len(await desk.messages(case)) == 1
    await check_counters(db)


async def test_an_echo_with_altered_text_that_came_first_is_merged(desk: Desk, db: Database) -> None:
    """The platform trimmed the text and gave no reference: only the id, known after the call, tells that it is the same."""
    case = await desk.hear()
    (message,) = await desk.say(case, "Hi ")

    async def echo(outbound: Outbound) -> None:
        at = int(desk.clock().timestamp() * 1000) - BASE
        platform_id = f"out-{outbound.reference}"
        await desk.post(
            {
                **dm(50, "Hi", at=at, ours=True),
                "item": {**dm(50, "Hi", at=at, ours=True)["item"], "id": platform_id},
            }
        )
        await desk.post({**react(1, 0, ["👍"], at + 1), "target": platform_id})
        await desk.post({**receipt(1, "read", at + 2, target=0), "target": platform_id})

    desk.fake.after = echo
    await deliver_due(desk.hark)
    (shown,) = await desk.messages(case)
    assert (shown.id, shown.delivery_status, shown.sender_name) == (message.id, "read", "Noor")
    assert emoji(shown) == [["👍"]]
    assert (await desk.conversation(case)).message_count == 2
    await check_counters(db)
    await check_facts(desk)


async def test_receipts_that_come_before_the_answer_are_not_lost(desk: Desk) -> None:
    case = await desk.hear()
    (message,) = await desk.say(case, "Hi")

    async def seen(outbound: Outbound) -> None:
        await desk.post({**receipt(1, "read", 70_000, target=0), "target": f"out-{outbound.reference}"})

    desk.fake.after = seen
    await deliver_due(desk.hark)
    assert (await desk.message(message.id)).delivery_status == "read"
    await desk.post({**receipt(2, "delivered", 71_000, target=0), "target": f"out-{message.id}"})
    assert (await desk.message(message.id)).delivery_status == "read"
    await check_facts(desk)


async def test_a_deletion_that_comes_before_the_answer_is_not_lost(desk: Desk) -> None:
    case = await desk.hear()
    (message,) = await desk.say(case, "Hi")

    async def gone(outbound: Outbound) -> None:
        await desk.post({**delete(1, 0, 70_000), "target": f"out-{outbound.reference}"})

    desk.fake.after = gone
    await deliver_due(desk.hark)
    shown = await desk.message(message.id)
    assert (shown.content, shown.deleted_at is not None, shown.delivery_status) == ("", True, "sent")
    await check_facts(desk)


async def test_a_person_who_blocked_us_is_marked_and_not_written_to_again(desk: Desk, db: Database) -> None:
    case = await desk.hear()
    desk.fake.before = raising(
        Rejected("blocked", "The person blocked you.", http_status=403, unreachable=True)
    )
    (message,) = await desk.say(case, "Hi")
    await deliver_due(desk.hark)
    assert (await desk.message(message.id)).delivery_error == {
        "code": "blocked",
        "message": "The person blocked you.",
    }
    assert (await desk.conversation(case)).reachable is False
    await check_facts(desk)


async def test_a_lost_token_stops_the_accounts_queue_until_it_is_connected_again(desk: Desk) -> None:
    desk.fake.before = first(1, raising(Reconnect("190", "The token was revoked.", http_status=401)))
    (message,) = await desk.say(await desk.hear(by="mara"), "Hi")
    case = await desk.hear(by="jonas")
    await deliver_due(desk.hark)
    assert await desk.rows("SELECT status, status_reason FROM channel_account") == [
        ("reconnect", "The token was revoked.")
    ]
    assert (await desk.message(message.id)).delivery_status == "queued"
    assert "account.changed" in [row[0] for row in await desk.rows("SELECT kind FROM fact")]
    desk.clock.advance(timedelta(hours=1))
    assert await deliver_due(desk.hark) == 0
    await desk.set_account("connected")
    await desk.say(case, "Hello")
    assert await deliver_due(desk.hark) == 2
    assert desk.fake.texts("p-mara") == ["Hi"]


async def test_a_message_that_cannot_leave_for_days_fails_with_the_reason(desk: Desk) -> None:
    desk.fake.before = server_error
    (message,) = await desk.say(await desk.hear(), "Hi")
    for _ in range(100):
        await deliver_due(desk.hark)
        desk.clock.advance(timedelta(hours=1))
    shown = await desk.message(message.id)
    assert shown.delivery_status == "failed"
    assert shown.delivery_error == {"code": "500", "message": "Given up after 3 days: The platform failed."}


async def test_a_file_that_is_gone_fails_the_message_without_a_call(desk: Desk) -> None:
    upload = await desk.upload()
    (message,) = await desk.say(await desk.hear(), "", attachments=(upload,))
    await desk.hark.blobs.delete(f"{desk.account.workspace_id}/{upload}")
    await deliver_due(desk.hark)
    assert desk.fake.calls == []
    assert (await desk.message(message.id)).delivery_status == "failed"


async def test_further_parts_of_an_album_lead_to_its_message(desk: Desk) -> None:
    case = await desk.hear()
    uploads = (await desk.upload(), await desk.upload())
    (message,) = await desk.say(case, "Two", attachments=uploads)
    desk.fake.parts = ("part-2",)
    await deliver_due(desk.hark)
    await desk.post({**react(1, 0, ["🎉"], 70_000), "target": "part-2"})
    assert emoji(await desk.message(message.id)) == [["🎉"]]


async def test_a_try_again_names_when_the_agent_can_expect_it(desk: Desk) -> None:
    desk.fake.before = raising(TryAgain("429", "Slow down.", http_status=429, retry_after=90))
    (message,) = await desk.say(await desk.hear(), "Hi")
    await deliver_due(desk.hark)
    shown = await desk.message(message.id)
    assert shown.delivery_error is not None
    assert shown.delivery_error["retry_at"].startswith("2026-11-18T11:09:10")
