"""Fetching, importing and repairing: each event once, whatever came by webhook, died half-way or failed beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.channels.contract import FetchedPage, RateLimit, Reconnect, Rejected, TryAgain
from hark.channels.registry import Registry
from hark.flows.history import (
    Fetched,
    FetchFailure,
    fetch_since,
    import_next,
    reconcile_due,
    repair_gaps,
    request_import,
)
from hark.flows.inbound import ingest_pending
from hark.infra.db import Database
from hark.infra.http import NotConnected
from hark.kernel.clock import FixedClock
from hark.kernel.errors import Conflict, NotFound
from hark.kernel.ids import new_id
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform, Killed
from tests.support.program import Connected, compose, connect
from tests.support.sandbox_events import body, dm

Pages = Callable[[str | None, datetime | None], Awaitable[FetchedPage]]


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock), clock, platform_timeout=2.0)


def page(desk: Desk, first: int, last: int, following: str | None = None) -> FetchedPage:
    """Messages of Mara numbered `first` to `last`, as the platform's history gives them."""
    events = [dm(number, f"Text {number}", at=number * 1000) for number in range(first, last + 1)]
    items = desk.fake.adapter.split(body(*events, account=desk.account.platform_account_id))
    return FetchedPage(tuple(items), following)


def book(desk: Desk, count: int, size: int = 10) -> Pages:
    """A history of `count` pages; the cursor is the page's number."""

    async def turn(cursor: str | None, since: datetime | None) -> FetchedPage:
        number = int(cursor or 0)
        following = str(number + 1) if number + 1 < count else None
        return page(desk, number * size + 1, (number + 1) * size, following)

    return turn


async def ingest(desk: Desk) -> None:
    while (await ingest_pending(desk.hark)).claimed:
        pass


async def history(desk: Desk) -> tuple[Any, ...]:
    (row,) = await desk.rows(
        "SELECT history_state, history_count, history_cursor FROM channel_account WHERE id = $1",
        desk.account.account_id,
    )
    return tuple(row)


async def other_account(desk: Desk, name: str) -> Connected:
    return await connect(desk.hark, "fakenet", name, workspace_id=desk.account.workspace_id)


async def test_what_came_by_webhook_and_by_fetching_is_there_once(desk: Desk, db: Database) -> None:
    await desk.post(dm(1, "Text 1", at=1000), dm(3, "Text 3", at=3000))
    desk.fake.pages = book(desk, 1, size=5)
    report = await fetch_since(desk.hark, desk.account.workspace_id, START)
    assert report.results == [Fetched(desk.account.account_id, 3)]
    assert report.failed == []
    await ingest(desk)
    case = await desk.conversation_of("p-mara")
    assert [each.content for each in await desk.messages(case, "inbound")] == [
        f"Text {n}" for n in range(1, 6)
    ]
    await check_counters(db)


FAILURES: dict[str, tuple[BaseException | None, str, float | None]] = {
    "hangs": (None, "timeout", None),
    "limits": (TryAgain("429", "Slow down.", http_status=429, retry_after=90), "429", 90),
    "limits without sense": (TryAgain("429", "Slow down.", http_status=429, retry_after=-1), "429", None),
    "refuses": (Rejected("403", "No right."), "403", None),
    "lost its token": (Reconnect("190", "The token was revoked."), "190", None),
    "is not reached": (NotConnected("refused"), "not_reached", None),
    "has a bug": (KeyError("entry"), "internal", None),
}


@pytest.mark.parametrize("case", FAILURES)
async def test_one_accounts_failure_hides_nothing_of_the_others(desk: Desk, case: str) -> None:
    error, code, retry_after = FAILURES[case]
    bad = await other_account(desk, "bad")
    good = book(desk, 1)

    async def fetch(cursor: str | None, since: datetime | None, account: Any, http: Any) -> FetchedPage:
        if account.id != bad.account_id:
            return await good(cursor, since)
        if error is None:
            await asyncio.Event().wait()
        assert error is not None
        raise error

    desk.hark = compose_with(desk, fetch)
    report = await fetch_since(desk.hark, desk.account.workspace_id, START)
    assert report.results == [Fetched(desk.account.account_id, 10)]
    (failure,) = report.failed
    assert (failure.account_id, failure.code, failure.retry_after) == (bad.account_id, code, retry_after)
    (status,) = await desk.rows("SELECT status FROM channel_account WHERE id = $1", bad.account_id)
    assert status == ("reconnect" if isinstance(error, Reconnect) else "connected",)


def compose_with(desk: Desk, fetch: Any) -> Any:
    adapter = msgspec.structs.replace(desk.fake.adapter, fetch_page=fetch)
    return msgspec.structs.replace(desk.hark, registry=Registry((adapter,)))


async def test_what_an_account_gave_before_it_failed_is_kept(desk: Desk) -> None:
    async def breaks(cursor: str | None, since: datetime | None) -> FetchedPage:
        if cursor is None:
            return page(desk, 1, 4, "2")
        raise Rejected("500", "Broken.")

    desk.fake.pages = breaks
    report = await fetch_since(desk.hark, desk.account.workspace_id, START)
    assert [each.code for each in report.failed] == ["500"]
    assert await desk.rows("SELECT count(*) FROM raw_event") == [(4,)]


async def test_accounts_can_be_named_and_strangers_look_like_none(desk: Desk) -> None:
    desk.fake.pages = book(desk, 1)
    paused = await other_account(desk, "paused")
    async with desk.hark.db.transaction() as connection:
        await connection.execute(
            "UPDATE channel_account SET status = 'paused' WHERE id = $1", paused.account_id
        )
    report = await fetch_since(desk.hark, desk.account.workspace_id, START, [paused.account_id])
    assert [each.code for each in report.failed] == ["account_not_connected"]
    stranger = await connect(desk.hark, "fakenet", "elsewhere")
    for account in (stranger.account_id, new_id(START)):
        with pytest.raises(NotFound):
            await fetch_since(desk.hark, desk.account.workspace_id, START, [account])


async def test_a_history_without_end_ends(desk: Desk) -> None:
    async def circle(cursor: str | None, since: datetime | None) -> FetchedPage:
        return page(desk, 1, 2, "same")

    desk.fake.pages = circle
    report = await fetch_since(desk.hark, desk.account.workspace_id, START)
    assert report.results == [Fetched(desk.account.account_id, 2)]
    await request_import(desk.hark, desk.agent, desk.account.account_id)
    assert await asyncio.wait_for(import_next(desk.hark), 5)
    assert (await history(desk))[0] == "done"


async def test_an_import_is_seen_and_answered_and_tells_how_far_it_is(desk: Desk, db: Database) -> None:
    desk.fake.pages = book(desk, 3)
    await request_import(desk.hark, desk.agent, desk.account.account_id)
    with pytest.raises(Conflict):
        await request_import(desk.hark, desk.agent, desk.account.account_id)
    assert await import_next(desk.hark)
    assert not await import_next(desk.hark)
    assert await history(desk) == ("done", 30, None)
    await ingest(desk)
    shown = await desk.conversation(await desk.conversation_of("p-mara"))
    assert (shown.status, shown.unread_count, shown.message_count) == ("resolved", 0, 30)
    assert shown.waiting_since is None
    facts = await desk.rows(
        "SELECT convert_from(body, 'UTF8') FROM fact WHERE kind = 'account.changed' ORDER BY seq"
    )
    assert [fact[0].count('"state":"running"') for fact in facts] == [0, 1, 1, 0]
    await check_counters(db)
    await check_facts(desk)


async def test_an_import_goes_on_where_a_killed_worker_was(desk: Desk) -> None:
    asked: list[str | None] = []
    turn = book(desk, 6)
    deaths = {"1", "3", "4"}

    async def deadly(cursor: str | None, since: datetime | None) -> FetchedPage:
        asked.append(cursor)
        if cursor in deaths:
            deaths.discard(cursor)
            raise Killed
        return await turn(cursor, since)

    desk.fake.pages = deadly
    await request_import(desk.hark, desk.agent, desk.account.account_id)
    for _ in range(3):
        with pytest.raises(Killed):
            await import_next(desk.hark)
        assert not await import_next(desk.hark), "its worker may still live"
        desk.clock.advance(timedelta(minutes=3))
    assert await import_next(desk.hark)
    assert asked == [None, "1", "1", "2", "3", "3", "4", "4", "5"]
    assert await history(desk) == ("done", 60, None)
    assert await desk.rows("SELECT count(*), count(DISTINCT dedup_key) FROM raw_event") == [(60, 60)]


async def test_an_import_waits_when_it_is_told_to_and_then_goes_on(desk: Desk) -> None:
    turn = book(desk, 2)
    left = [2]

    async def limited(cursor: str | None, since: datetime | None) -> FetchedPage:
        if cursor == "1" and left[0]:
            left[0] -= 1
            raise TryAgain("429", "Slow down.", http_status=429, retry_after=0.02)
        return await turn(cursor, since)

    desk.fake.pages = limited
    await request_import(desk.hark, desk.agent, desk.account.account_id)
    assert await import_next(desk.hark)
    assert await history(desk) == ("done", 20, None)


async def test_an_import_that_may_not_stops_and_can_be_asked_for_again(desk: Desk) -> None:
    turn = book(desk, 2)
    lost = [True]

    async def revoked(cursor: str | None, since: datetime | None) -> FetchedPage:
        if cursor == "1" and lost[0]:
            raise Reconnect("190", "The token was revoked.")
        return await turn(cursor, since)

    desk.fake.pages = revoked
    await request_import(desk.hark, desk.agent, desk.account.account_id)
    assert await import_next(desk.hark)
    assert await history(desk) == ("failed", 10, "1")
    assert await desk.rows("SELECT status FROM channel_account") == [("reconnect",)]
    lost[0] = False
    await desk.set_account("connected")
    await request_import(desk.hark, desk.agent, desk.account.account_id)
    assert await import_next(desk.hark)
    assert (await history(desk))[0] == "done"
    assert await desk.rows("SELECT count(*) FROM raw_event") == [(20,)]


async def test_two_workers_import_once(desk: Desk, db: Database, tmp_path: Path) -> None:
    turn, asked = book(desk, 3), []

    async def counted(cursor: str | None, since: datetime | None) -> FetchedPage:
        asked.append(cursor)
        await asyncio.sleep(0)
        return await turn(cursor, since)

    desk.fake.pages = counted
    other = compose(db, tmp_path, desk.fake.adapter, clock=desk.clock)
    await request_import(desk.hark, desk.agent, desk.account.account_id)
    assert sorted(await asyncio.gather(import_next(desk.hark), import_next(other))) == [False, True]
    assert asked == [None, "1", "2"]


async def test_an_import_leaves_the_last_of_the_rate_to_replies(db: Database, tmp_path: Path) -> None:
    clock = FixedClock(START)
    fake = FakePlatform(clock, rates=(RateLimit(40, 60.0),))
    desk = await open_desk(db, tmp_path, fake, clock)
    fake.pages = book(desk, 10)
    await request_import(desk.hark, desk.agent, desk.account.account_id)
    task = asyncio.create_task(import_next(desk.hark))
    done, _ = await asyncio.wait([task], timeout=1.0)
    assert not done, "the clock stands still, so no further page may be asked for"
    (tokens,) = await desk.rows("SELECT tokens FROM account_gate")
    assert 2 <= tokens[0][0] < 3, "one for an answer, one for a receipt"
    task.cancel()


async def test_withheld_webhooks_are_found_by_reconciliation_in_time(desk: Desk, db: Database) -> None:
    await desk.post(
        *(dm(number, f"Text {number}", at=number * 1000) for number in range(1, 21) if number % 5)
    )
    asked: list[datetime | None] = []
    turn = book(desk, 2)

    async def noting(cursor: str | None, since: datetime | None) -> FetchedPage:
        asked.append(since)
        return await turn(cursor, since)

    desk.fake.pages = noting
    assert await reconcile_due(desk.hark) == []
    desk.clock.advance(timedelta(minutes=10))
    assert await reconcile_due(desk.hark) == [Fetched(desk.account.account_id, 4)]
    assert await reconcile_due(desk.hark) == []
    await ingest(desk)
    shown = await desk.conversation(await desk.conversation_of("p-mara"))
    assert (shown.message_count, shown.unread_count) == (20, 20)
    desk.clock.advance(timedelta(minutes=10))
    assert await reconcile_due(desk.hark) == [Fetched(desk.account.account_id, 0)]
    assert asked[-1] == desk.clock() - timedelta(minutes=20)
    await check_counters(db)


async def test_a_repair_that_failed_is_made_again_in_full(desk: Desk) -> None:
    turn, since_of = book(desk, 1), []
    bad = [True]

    async def failing(cursor: str | None, since: datetime | None) -> FetchedPage:
        since_of.append(since)
        if bad[0]:
            raise TryAgain("503", "Busy.", http_status=503, retry_after=120)
        return await turn(cursor, since)

    desk.fake.pages = failing
    desk.clock.advance(timedelta(minutes=10))
    (failure,) = await reconcile_due(desk.hark)
    assert isinstance(failure, FetchFailure)
    desk.clock.advance(timedelta(seconds=119))
    assert await reconcile_due(desk.hark) == []
    desk.clock.advance(timedelta(seconds=1))
    bad[0] = False
    assert len(await reconcile_due(desk.hark)) == 1
    assert since_of[0] == since_of[1] == START - timedelta(minutes=10)


async def test_a_repair_whose_worker_died_is_made_again_in_full(desk: Desk) -> None:
    since_of: list[datetime | None] = []

    async def deadly(cursor: str | None, since: datetime | None) -> FetchedPage:
        since_of.append(since)
        if len(since_of) == 1:
            raise Killed
        return page(desk, 1, 3)

    desk.fake.pages = deadly
    desk.clock.advance(timedelta(minutes=10))
    with pytest.raises(Killed):
        await reconcile_due(desk.hark)
    desk.clock.advance(timedelta(minutes=3))
    assert await reconcile_due(desk.hark) == [Fetched(desk.account.account_id, 3)]
    assert since_of[0] == since_of[1]


async def test_gaps_of_one_account_can_be_repaired_at_once(desk: Desk) -> None:
    desk.fake.pages = book(desk, 1)
    workspace, account = desk.account.workspace_id, desk.account.account_id
    assert await repair_gaps(desk.hark, workspace, account) == Fetched(account, 10)
    with pytest.raises(NotFound):
        await repair_gaps(desk.hark, new_id(START), account)
