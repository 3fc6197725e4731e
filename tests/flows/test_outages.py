"""Outages: noticed, written once into the timelines that they touch, ended when what was missed is there."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.channels.contract import Health, TryAgain
from hark.flows.doctor import account_health
from hark.flows.fetching import lose_account
from hark.flows.health import look_after_accounts
from hark.flows.history import repair_gaps
from hark.flows.inbound import ingest_pending
from hark.flows.outages import watch_outages
from hark.flows.poll import poll_due
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform
from tests.support.polled import Listing, polled

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock), clock)


@pytest.fixture
async def listing(desk: Desk) -> Listing:
    listing = Listing(desk)
    polled(desk, listing)
    return listing


async def entries(desk: Desk, case: Any) -> list[tuple[str, datetime, dict[str, Any]]]:
    return await desk.rows(
        """SELECT content_type, "timestamp", metadata FROM message
           WHERE conversation_id = $1 AND kind = 'activity' ORDER BY "timestamp" """,
        case,
    )


async def outage(desk: Desk, columns: str = "kind, began_at, restored_at, ended_at") -> Any:
    return await desk.rows(f"SELECT {columns} FROM outage ORDER BY began_at, id")


async def back(desk: Desk) -> None:
    """The account was connected again, and what was missed is fetched."""
    await desk.set_account("connected")
    await watch_outages(desk.hark)
    await poll_due(desk.hark)
    while (await ingest_pending(desk.hark)).claimed:
        pass
    await watch_outages(desk.hark)


async def test_an_outage_stands_in_the_timeline_where_it_began_and_where_it_ended(
    desk: Desk, listing: Listing, db: Database
) -> None:
    await poll_due(desk.hark)
    case = await desk.hear("Hello?")
    desk.clock.advance(10 * MINUTE)
    began = desk.clock()
    await lose_account(
        desk.hark, desk.account.workspace_id, desk.account.account_id, "The token was revoked."
    )
    for _ in range(3):
        await watch_outages(desk.hark)
    ((code, at, values),) = await entries(desk, case)
    assert (code, at) == ("outage_began", began)
    assert (values["kind"], values["cause"]) == ("reconnect", "The token was revoked.")
    desk.clock.advance(30 * MINUTE)
    listing.write(71, 72, 73)
    desk.clock.advance(30 * MINUTE)
    await back(desk)
    for _ in range(3):
        await watch_outages(desk.hark)
    (_, (code, at, values)) = await entries(desk, case)
    assert (code, at, values["count"]) == ("outage_ended", desk.clock(), 3)
    assert await outage(desk, "kind, began_at, restored_at, fetched, told, closed") == [
        ("reconnect", began, desk.clock(), 3, True, True)
    ]
    thread = [each.content for each in await desk.messages(case, "inbound")]
    assert thread == ["Hello?", "Text 71", "Text 72", "Text 73"]
    await check_counters(db)
    await check_facts(desk)


async def test_only_conversations_that_it_touches_are_told(desk: Desk, listing: Listing) -> None:
    await poll_due(desk.hark)
    waiting = await desk.hear("I wait.", by="mara")
    answered = await desk.hear("Thanks!", by="jonas")
    done = await desk.hear("Done.", by="ilse")
    async with desk.hark.db.transaction() as connection:
        await connection.execute("UPDATE conversation SET waiting_since = NULL WHERE id = $1", answered)
        await connection.execute(
            "UPDATE conversation SET status = 'resolved', waiting_since = NULL WHERE id = $1", done
        )
    desk.clock.advance(60 * MINUTE)
    await lose_account(desk.hark, desk.account.workspace_id, desk.account.account_id, "Gone.")
    await watch_outages(desk.hark)
    assert [len(await entries(desk, each)) for each in (waiting, answered, done)] == [1, 0, 0]
    desk.clock.advance(60 * MINUTE)
    await back(desk)
    assert [len(await entries(desk, each)) for each in (waiting, answered, done)] == [2, 0, 0]


async def test_many_conversations_are_told_in_batches_each_once_also_by_two_workers(
    desk: Desk, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hark.flows.outages.BATCH", 7)
    for number in range(25):
        await desk.hear("Hello?", by=f"person {number}")
    await lose_account(desk.hark, desk.account.workspace_id, desk.account.account_id, "Gone.")
    await asyncio.gather(*(watch_outages(desk.hark) for _ in range(3)))
    await watch_outages(desk.hark)
    counted = "SELECT count(*), count(DISTINCT conversation_id) FROM message WHERE kind = 'activity'"
    assert await desk.rows(counted) == [(25, 25)]
    await back(desk)
    assert await desk.rows(counted) == [(50, 25)]


async def test_a_platform_that_does_not_answer_is_an_outage_after_a_while(
    desk: Desk, listing: Listing
) -> None:
    await poll_due(desk.hark)

    def busy(_: str | None) -> None:
        raise TryAgain("503", "Busy.", http_status=503)

    listing.before = busy
    desk.clock.advance(MINUTE)
    await poll_due(desk.hark)
    failing_since = desk.clock()
    desk.clock.advance(4 * MINUTE)
    await watch_outages(desk.hark)
    assert await outage(desk) == [], "a short trouble is none"
    desk.clock.advance(2 * MINUTE)
    await watch_outages(desk.hark)
    assert await outage(desk) == [("unreachable", failing_since, None, None)]
    listing.before = None
    listing.write(1)
    desk.clock.advance(10 * MINUTE)
    (well,) = await poll_due(desk.hark)
    assert well.problem is None
    await watch_outages(desk.hark)
    await poll_due(desk.hark)
    await watch_outages(desk.hark)
    ((_, _, restored_at, ended_at),) = await outage(desk)
    assert restored_at == ended_at == desk.clock()


async def test_an_account_that_fails_again_before_its_gap_is_filled_is_still_out(
    desk: Desk, listing: Listing
) -> None:
    await lose_account(desk.hark, desk.account.workspace_id, desk.account.account_id, "Gone.")
    await watch_outages(desk.hark)
    await desk.set_account("connected")
    await watch_outages(desk.hark)
    await lose_account(desk.hark, desk.account.workspace_id, desk.account.account_id, "Gone again.")
    await watch_outages(desk.hark)
    ((_, _, restored_at, ended_at),) = await outage(desk)
    assert (restored_at, ended_at) == (None, None)


async def test_a_paused_account_has_no_outage(desk: Desk, listing: Listing) -> None:
    case = await desk.hear()
    await lose_account(desk.hark, desk.account.workspace_id, desk.account.account_id, "Gone.")
    await watch_outages(desk.hark)
    await desk.set_account("paused")
    await watch_outages(desk.hark)
    assert await outage(desk, "ended_at IS NOT NULL, closed") == [(True, True)]
    assert len(await entries(desk, case)) == 1


async def test_a_lost_subscription_is_renewed_told_and_its_gap_filled(desk: Desk, listing: Listing) -> None:
    """Reliability row W9; the look comes every five minutes."""
    subscribed = [True]

    async def check(account: Any, http: Any) -> Health:
        sentence = "Events are reported." if subscribed[0] else "Nothing is subscribed."
        return Health(subscribed[0], {"token": (True, "Good."), "subscription": (subscribed[0], sentence)})

    async def subscribe(account: Any, http: Any) -> tuple[str, ...]:
        subscribed[0] = True
        return ()

    polled(desk, listing, every=None, check=check, subscribe=subscribe)
    case = await desk.hear("Hello?")
    await look_after_accounts(desk.hark)
    good_at = desk.clock()
    subscribed[0] = False
    desk.clock.advance(2 * MINUTE)
    listing.write(71, 72)
    desk.clock.advance(3 * MINUTE)
    (looked,) = await look_after_accounts(desk.hark)
    assert (looked.ok, looked.renewed) == (True, True)
    (told,) = await poll_due(desk.hark)
    assert told.fetched == 2
    while (await ingest_pending(desk.hark)).claimed:
        pass
    await watch_outages(desk.hark)
    assert [(code, at) for code, at, _ in await entries(desk, case)] == [
        ("outage_began", good_at),
        ("outage_ended", desk.clock()),
    ]
    assert (await entries(desk, case))[1][2]["count"] == 2
    assert await outage(desk, "kind, fetched") == [("subscription", 2)]


async def test_a_subscription_that_cannot_be_renewed_is_an_outage_until_it_can(
    desk: Desk, listing: Listing
) -> None:
    good = [True]

    async def check(account: Any, http: Any) -> Health:
        return Health(good[0], {"webhook": (good[0], "Fine." if good[0] else "Another program took it.")})

    polled(desk, listing, every=None, check=check, subscribe=None)
    await look_after_accounts(desk.hark)
    since = desk.clock()
    good[0] = False
    desk.clock.advance(5 * MINUTE)
    await look_after_accounts(desk.hark)
    await watch_outages(desk.hark)
    assert await outage(desk, "kind, cause, began_at") == [
        ("subscription", "Another program took it.", since)
    ]
    health = await account_health(desk.hark, desk.account.workspace_id, desk.account.account_id)
    assert health.level == "bad"
    assert health.outage is not None
    (line,) = [line for line in health.lines if line.name == "subscription"]
    assert (line.code, line.detail) == ("subscription_lost", "Another program took it.")
    good[0] = True
    desk.clock.advance(5 * MINUTE)
    await look_after_accounts(desk.hark)
    await watch_outages(desk.hark)
    await poll_due(desk.hark)
    await watch_outages(desk.hark)
    assert await outage(desk, "ended_at") == [(desk.clock(),)]


async def test_a_subscription_that_never_was_is_no_outage(desk: Desk, listing: Listing) -> None:
    async def check(account: Any, http: Any) -> Health:
        return Health(False, {"webhook": (False, "No public address.")})

    polled(desk, listing, check=check, subscribe=None)
    for _ in range(3):
        await look_after_accounts(desk.hark)
        desk.clock.advance(5 * MINUTE)
        await watch_outages(desk.hark)
    assert await outage(desk) == []


async def test_a_message_of_the_gap_raises_no_false_alarm(desk: Desk, listing: Listing) -> None:
    """It stands at its own time: the reply window and the waiting time are those of then, not of now."""
    polled(desk, listing, every=None)
    case = await desk.hear("Now")
    before = await desk.conversation(case)
    desk.clock.advance(60 * MINUTE)
    written = desk.clock()
    listing.write(71)
    desk.clock.advance(60 * MINUTE)
    await repair_gaps(desk.hark, desk.account.workspace_id, desk.account.account_id)
    while (await ingest_pending(desk.hark)).claimed:
        pass
    after = await desk.conversation(case)
    assert after.waiting_since == before.waiting_since
    assert after.window_opened_at is not None
    assert abs(after.window_opened_at - written) < timedelta(seconds=1)
    (repaired,) = [each for each in await desk.messages(case, "inbound") if each.content == "Text 71"]
    assert repaired.metadata["repaired"] is True
    assert msgspec.json.encode(repaired)
