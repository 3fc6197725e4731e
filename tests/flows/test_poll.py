"""Polling: each event once, whoever polls, whatever fails half-way; paced by what the platform leaves."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from hark.channels.accounts.usage import day_end
from hark.channels.accounts.usage.models import Counted
from hark.channels.contract import AccountNotice, Budget, RateLimit, Reconnect, Rejected, TryAgain
from hark.channels.registry import Registry
from hark.flows import poll
from hark.flows.deliver import deliver_due
from hark.flows.inbound import ingest_pending
from hark.flows.metering import account_usage, flush_usage
from hark.flows.poll import poll_due, poll_loop
from hark.infra.bus import POLL
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform, Killed
from tests.support.polled import Listing, polled
from tests.support.program import compose, connect
from tests.support.waiting import until


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock), clock)


@pytest.fixture
def listing(desk: Desk) -> Listing:
    listing = Listing(desk)
    polled(desk, listing)
    return listing


async def ingest(desk: Desk) -> None:
    while (await ingest_pending(desk.hark)).claimed:
        pass


async def texts(desk: Desk) -> list[str]:
    await ingest(desk)
    case = await desk.conversation_of("p-mara")
    return [each.content for each in await desk.messages(case, "inbound")]


async def account(desk: Desk, columns: str) -> tuple[Any, ...]:
    (row,) = await desk.rows(f"SELECT {columns} FROM channel_account WHERE id = $1", desk.account.account_id)
    return tuple(row)


async def test_what_customers_wrote_is_polled_once_and_in_order(
    desk: Desk, listing: Listing, db: Database
) -> None:
    listing.write(*range(1, 13))
    (first,) = await poll_due(desk.hark)
    assert (first.fetched, first.problem) == (12, None)
    assert [each.cursor for each in listing.asked] == [None, "5", "10"]
    assert await account(desk, "state ->> 'newest', polled_at, poll_cursor") == ("12", START, None)
    assert await poll_due(desk.hark) == [], "the next one is due in a minute"
    desk.clock.advance(timedelta(seconds=60))
    listing.write(13)
    (second,) = await poll_due(desk.hark)
    assert second.fetched == 1
    assert await texts(desk) == [f"Text {number}" for number in range(1, 14)]
    assert await account(desk, "last_event_at IS NOT NULL, reconciled_at") == (True, desk.clock())
    await check_counters(db)
    await check_facts(desk)


async def test_a_restart_does_not_change_when_the_next_poll_is_due(
    desk: Desk, listing: Listing, db: Database, tmp_path: Path
) -> None:
    await poll_due(desk.hark)
    desk.clock.advance(timedelta(seconds=59))
    other = msgspec.structs.replace(
        compose(db, tmp_path, desk.fake.adapter, clock=desk.clock), registry=desk.hark.registry
    )
    assert await poll_due(other) == []
    desk.clock.advance(timedelta(seconds=1))
    assert len(await poll_due(other)) == 1


async def test_two_workers_never_poll_one_account_at_once(
    desk: Desk, listing: Listing, db: Database, tmp_path: Path
) -> None:
    listing.write(*range(1, 8))
    other = msgspec.structs.replace(
        compose(db, tmp_path, desk.fake.adapter, clock=desk.clock), registry=desk.hark.registry
    )
    both = await asyncio.gather(*(poll_due(each) for each in (desk.hark, other, desk.hark, other)))
    assert sorted(len(each) for each in both) == [0, 0, 0, 1]
    assert [each.cursor for each in listing.asked] == [None, "5"]


@pytest.mark.parametrize("point", ["poll.claimed", "poll.fetched", "poll.before_commit", "poll.stored"])
@pytest.mark.parametrize("page", [1, 2])
async def test_a_killed_poll_goes_on_where_it_was(
    desk: Desk, listing: Listing, monkeypatch: pytest.MonkeyPatch, point: str, page: int
) -> None:
    listing.write(*range(1, 13))
    left = [page if point != "poll.claimed" else 1]

    def reach(name: str) -> None:
        if name == point:
            left[0] -= 1
            if left[0] == 0:
                raise Killed

    monkeypatch.setattr(poll, "reach", reach)
    with pytest.raises(Killed):
        await poll_due(desk.hark)
    listing.write(13)
    assert await poll_due(desk.hark) == [], "its worker may still live"
    desk.clock.advance(timedelta(seconds=91))
    await poll_due(desk.hark)
    assert len({each.since for each in listing.asked}) == 1, "nothing between the two is left out"
    desk.clock.advance(timedelta(seconds=61))
    await poll_due(desk.hark)
    assert sorted(await texts(desk)) == sorted(f"Text {number}" for number in range(1, 14))
    assert await desk.rows("SELECT count(*), count(DISTINCT dedup_key) FROM raw_event") == [(13, 13)]


async def test_a_worker_that_was_taken_over_stores_nothing_more(desk: Desk, listing: Listing) -> None:
    listing.write(1)
    gate = asyncio.Event()

    def slow(_: str | None) -> Any:
        return gate.wait() if len(listing.asked) == 1 else None

    listing.before = slow
    late = asyncio.create_task(poll_due(desk.hark))
    while not listing.asked:  # noqa: ASYNC110 - until the question is out
        await asyncio.sleep(0)
    desk.clock.advance(timedelta(seconds=91))
    (taken,) = await poll_due(desk.hark)
    assert taken.fetched == 1
    due = await account(desk, "poll_due_at")
    gate.set()
    (stale,) = await late
    assert stale.fetched == 0
    assert await account(desk, "poll_due_at") == due


async def test_a_poll_that_fails_keeps_since_and_comes_again_later_each_time(
    desk: Desk, listing: Listing
) -> None:
    await poll_due(desk.hark)
    began = desk.clock()
    listing.write(1)

    def busy(_: str | None) -> None:
        raise TryAgain("503", "Busy.", http_status=503)

    listing.before = busy
    waits = []
    for _ in range(8):
        desk.clock.at = (await account(desk, "poll_due_at"))[0]
        (failed,) = await poll_due(desk.hark)
        assert isinstance(failed.problem, TryAgain)
        waits.append((await account(desk, "poll_due_at"))[0] - desk.clock())
    assert all(wait >= timedelta(minutes=1) for wait in waits[4:]), "one question a minute while it is down"
    assert await account(desk, "poll_failures, polled_at, poll_error ->> 'code'") == (8, began, "503")
    listing.before = None
    desk.clock.at = (await account(desk, "poll_due_at"))[0]
    (well,) = await poll_due(desk.hark)
    assert (well.fetched, well.state.since) == (1, began)
    assert await account(desk, "poll_failures, poll_error, poll_failing_at") == (0, None, None)


async def test_a_named_wait_is_kept_to_the_second(desk: Desk, listing: Listing) -> None:
    def limited(_: str | None) -> None:
        raise TryAgain("429", "Slow down.", http_status=429, retry_after=3600)

    listing.before = limited
    await poll_due(desk.hark)
    listing.before = None
    async with desk.hark.db.transaction() as connection:
        await poll.repository.POLL_NOW.run(connection, [desk.account.account_id], desk.clock())
    desk.clock.advance(timedelta(seconds=3599))
    assert await poll_due(desk.hark) == [], "not even when something is said to be there"
    desk.clock.advance(timedelta(seconds=1))
    assert len(await poll_due(desk.hark)) == 1


async def test_a_place_that_the_platform_no_longer_knows_is_given_up(desk: Desk, listing: Listing) -> None:
    listing.write(*range(1, 13))

    def expired(cursor: str | None) -> None:
        if cursor == "10" and len(listing.asked) == 3:
            raise Rejected("bad_cursor", "The cursor has expired.")

    listing.before = expired
    (failed,) = await poll_due(desk.hark)
    assert isinstance(failed.problem, Rejected)
    desk.clock.advance(timedelta(seconds=60))
    (again,) = await poll_due(desk.hark)
    assert [each.cursor for each in listing.asked] == [None, "5", "10", None, "5", "10"]
    assert (again.fetched, again.problem) == (2, None)


async def test_a_lost_token_is_shown_and_not_asked_with_again(desk: Desk, listing: Listing) -> None:
    def revoked(_: str | None) -> None:
        raise Reconnect("190", "The token was revoked.")

    listing.before = revoked
    await poll_due(desk.hark)
    assert await account(desk, "status, status_reason") == ("reconnect", "The token was revoked.")
    desk.clock.advance(timedelta(days=1))
    assert await poll_due(desk.hark) == []


async def test_one_accounts_failure_hides_nothing_of_the_others(desk: Desk, listing: Listing) -> None:
    bad = await connect(desk.hark, "fakenet", "bad", workspace_id=desk.account.workspace_id)
    good = listing.fetch_page

    async def fetch(cursor: Any, since: Any, account: Any, http: Any) -> Any:
        if account.id == bad.account_id:
            raise KeyError("a defect of the adapter")
        return await good(cursor, since, account, http)

    listing.fetch_page = fetch  # type: ignore[method-assign]
    polled(desk, listing)
    listing.write(1)
    told = {each.state.id: each for each in await poll_due(desk.hark)}
    assert told[desk.account.account_id].fetched == 1
    problem = told[bad.account_id].problem
    assert problem is not None
    assert problem.code == "internal"


async def test_a_notification_that_says_only_that_there_is_something_is_followed_at_once(
    desk: Desk, listing: Listing
) -> None:
    def notified(payload: bytes, received_at: Any) -> list[Any]:
        return [AccountNotice("new", received_at, fetch=True)]

    for every in (60.0, None):
        polled(desk, listing, every=every)
        await poll_due(desk.hark)
        listing.asked.clear()
        listing.write(len(listing.written) + 1)
        normal = desk.hark
        polled(desk, listing, every=every, normalize=notified)
        hints: list[str] = []
        desk.hark.bus.subscribe(POLL, hints.append)
        await desk.post({"id": f"notice {every}", "kind": "message"})
        desk.hark = normal
        assert hints == [str(desk.account.account_id)]
        (told,) = await poll_due(desk.hark)
        assert told.fetched == 1
        assert await poll_due(desk.hark) == []


async def test_the_loop_follows_a_hint_without_waiting(desk: Desk, listing: Listing) -> None:
    stop = asyncio.Event()
    await poll_due(desk.hark)
    loop = asyncio.create_task(poll_loop(desk.hark, stop))
    await asyncio.sleep(0)
    listing.write(1)
    async with desk.hark.db.transaction() as connection:
        await poll.repository.POLL_NOW.run(connection, [desk.account.account_id], desk.clock())
    async with asyncio.timeout(4):
        while len(listing.asked) < 2:
            desk.hark.bus.publish(POLL, str(desk.account.account_id))
            await asyncio.sleep(0.01)
    stop.set()
    await loop


async def test_an_hour_at_twice_the_limit_is_never_refused(desk: Desk, listing: Listing) -> None:
    """15 questions in 15 minutes where 30 would be asked (reliability row P7)."""
    listing.quota = (15, timedelta(minutes=15))
    polled(desk, listing, every=30.0)
    for second in range(0, 3600, 5):
        if second % 300 == 0:
            listing.write(second)
        await poll_due(desk.hark)
        desk.clock.advance(timedelta(seconds=5))
    assert listing.refused == 0
    assert 40 <= len(listing.asked) <= 60
    assert len(await texts(desk)) == 12


async def test_reading_stops_at_its_share_of_the_day_and_answers_still_leave(
    desk: Desk, listing: Listing
) -> None:
    listing.cost = 10.0
    polled(
        desk, listing, every=60.0, budgets=(Budget("units", 100, zone="America/Los_Angeles", read_share=0.5),)
    )
    for _ in range(24 * 60):
        await poll_due(desk.hark)
        desk.clock.advance(timedelta(minutes=1))
    await flush_usage(desk.hark)
    usage = await account_usage(desk.hark, desk.account.workspace_id, desk.account.account_id)
    by_day: dict[Any, float] = {}
    for row in usage.days:
        by_day[row.day] = by_day.get(row.day, 0.0) + row.units
    assert len(by_day) == 2, "the day ends at midnight there, not here"
    assert max(by_day.values()) <= 50
    assert sum(by_day.values()) >= 50
    today = desk.clock().astimezone(ZoneInfo("America/Los_Angeles")).date()
    desk.hark.usage.add(
        (desk.account.workspace_id, desk.account.account_id, today, "units"), Counted(1, 49.0 - by_day[today])
    )
    asked = len(listing.asked)
    desk.clock.advance(timedelta(hours=1))
    await poll_due(desk.hark)
    assert len(listing.asked) == asked, "49 of 50 are used, and a question costs 10"
    case = await desk.hear()
    await desk.say(case, "An answer")
    assert await deliver_due(desk.hark) == 1
    desk.hark.usage.add(
        (desk.account.workspace_id, desk.account.account_id, today, "units"), Counted(1, 51.0)
    )
    await desk.say(case, "One too many")
    assert await deliver_due(desk.hark) == 0
    desk.clock.at = day_end("America/Los_Angeles", desk.clock())
    assert await deliver_due(desk.hark) == 1
    assert usage.budgets[0].read_units == 50


async def test_rates_for_sending_do_not_hold_up_reading(desk: Desk, listing: Listing) -> None:
    polled(desk, listing, rates=(RateLimit(1, 3600.0, purpose="send"), RateLimit(40, 60.0, purpose="read")))
    listing.write(*range(1, 12))
    (told,) = await poll_due(desk.hark)
    assert told.fetched == 11
    assert await desk.rows("SELECT tokens FROM account_gate") == [([1.0, 1.0],)]


async def test_a_platform_that_hangs_holds_up_no_other(desk: Desk, listing: Listing) -> None:
    """30 accounts of a platform that never answers, and one of another: its polls go on as if it were alone."""
    gate = asyncio.Event()

    async def hangs(*_: Any) -> Any:
        await gate.wait()

    well = next(iter(desk.hark.registry))
    dead = msgspec.structs.replace(
        well, manifest=msgspec.structs.replace(well.manifest, platform="deadnet"), fetch_page=hangs
    )
    desk.hark = msgspec.structs.replace(desk.hark, registry=Registry((dead, well)))
    for number in range(30):
        await connect(desk.hark, "deadnet", f"dead {number}", workspace_id=desk.account.workspace_id)
    stop = asyncio.Event()
    loop = asyncio.create_task(poll_loop(desk.hark, stop))
    for count in range(1, 6):
        await until(lambda count=count: len(listing.asked) >= count, within=7)  # type: ignore[misc]
        desk.clock.advance(timedelta(seconds=60))
        desk.hark.bus.publish(POLL)
    stop.set()
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    assert len(listing.asked) >= 5


async def test_beside_a_webhook_that_works_polls_are_rare(desk: Desk, listing: Listing) -> None:
    """What is read twice is paid for twice."""
    await desk.hark.db.pool.execute("UPDATE channel_account SET webhook_verified_at = $1", START)
    await poll_due(desk.hark)
    assert await account(desk, "poll_due_at - polled_at") == (timedelta(minutes=10),)
    await desk.hark.db.pool.execute(
        'UPDATE channel_account SET poll_due_at = $1, state = state || \'{"failing": {"webhook": {}}}\'',
        START,
    )
    await poll_due(desk.hark)
    assert await account(desk, "poll_due_at - polled_at") == (timedelta(seconds=60),)
