"""Quotas and budgets hold for all processes together: nothing is refused once a limit is known, and answers come first."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.channels.accounts.usage import Collector
from hark.channels.contract import Account, Outbound, RateLimit, Sent, TryAgain
from hark.channels.registry import Registry
from hark.flows.deliver import deliver_due
from hark.flows.history import import_next, request_import
from hark.flows.metering import flush_usage, metering_loop
from hark.flows.pace import Turn, take_turn
from hark.infra.db import Database
from hark.infra.http import GuardedHttp
from hark.kernel.clock import FixedClock
from tests.support.desk import START, Desk, open_desk
from tests.support.fake_platform import FakePlatform
from tests.support.polled import Listing, polled
from tests.support.waiting import until

SPAN = timedelta(minutes=15)


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock), clock)


class Metered:
    """A platform that allows so many messages in a window, tells what is left in each answer, and refuses the rest."""

    def __init__(self, desk: Desk, calls: int) -> None:
        self.desk = desk
        self.calls = calls
        self.used = 0
        self.ends = desk.clock() + SPAN
        self.sent: list[str] = []
        self.refused = 0
        self.costs = 0.0

    async def send(self, outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
        await asyncio.sleep(0)
        now = self.desk.clock()
        if now >= self.ends:
            self.used, self.ends = 0, now + SPAN
        self.used += 1
        left = max(0, self.calls - self.used)
        http.meter.quota("send", limit=self.calls, remaining=left, resets_at=self.ends)
        http.meter.spend("posts", 1, self.costs)
        if self.used > self.calls:
            self.refused += 1
            raise TryAgain("429", "Slow down.", http_status=429)
        self.sent.append(outbound.text)
        return Sent(f"out-{outbound.reference}", at=now)


def with_limit(desk: Desk, calls: int, **functions: Any) -> Metered:
    metered = Metered(desk, calls)
    adapter = msgspec.structs.replace(desk.fake.adapter, send=metered.send, **functions)
    desk.hark = msgspec.structs.replace(desk.hark, registry=Registry((adapter,)))
    return metered


def processes(desk: Desk, count: int) -> list[Any]:
    """Several programs on one database, each with a memory of its own."""
    return [msgspec.structs.replace(desk.hark, usage=Collector(desk.clock)) for _ in range(count)]


async def test_an_hour_at_twice_the_limit_from_three_processes_is_never_refused(desk: Desk) -> None:
    """Reliability row P7: 20 messages in 15 minutes are allowed, 40 are wanted."""
    metered = with_limit(desk, 20)
    workers = processes(desk, 3)
    case = await desk.hear()
    others = [await desk.hear(by=f"person {number}") for number in range(39)]
    await desk.say(case, "The first tells the limit")
    assert await deliver_due(workers[0]) == 1
    await flush_usage(workers[0])
    written = 0
    for _ in range(4):
        for each in (case, *others):
            written += 1
            await desk.say(each, f"Answer {written}")
        for _ in range(15):
            await asyncio.gather(*(deliver_due(worker) for worker in workers))
            await asyncio.gather(*(flush_usage(worker) for worker in workers))
            desk.clock.advance(timedelta(minutes=1))
    assert metered.refused == 0
    assert len(metered.sent) == 80
    assert len(set(metered.sent)) == len(metered.sent)


async def test_what_one_process_learned_holds_the_others_back(desk: Desk) -> None:
    metered = with_limit(desk, 3)
    first, second = processes(desk, 2)
    cases = [await desk.hear(by=f"person {number}") for number in range(6)]
    await desk.say(cases[0], "Answer 0")
    assert await deliver_due(first) == 1
    await flush_usage(first)
    for number in range(1, 6):
        await desk.say(cases[number], f"Answer {number}")
    await asyncio.gather(deliver_due(first), deliver_due(second))
    assert (len(metered.sent), metered.refused) == (3, 0)
    desk.clock.at = metered.ends
    await deliver_due(second)
    assert (len(metered.sent), metered.refused) == (6, 0)


async def test_it_holds_at_once_in_the_process_that_heard_it(desk: Desk) -> None:
    with_limit(desk, 100)
    meter = desk.hark.usage.meter(desk.account.workspace_id, desk.account.account_id, ())
    meter.quota("send", remaining=0, resets_at=desk.clock() + SPAN)
    await desk.say(await desk.hear(), "Waits")
    assert await deliver_due(desk.hark) == 0, "before anything was written"
    desk.clock.advance(SPAN)
    assert await deliver_due(desk.hark) == 1


async def test_imports_leave_receipts_and_answers_their_share(desk: Desk) -> None:
    listing = Listing(desk)
    polled(desk, listing, rates=(RateLimit(40, 3600.0),))
    manifest = next(iter(desk.hark.registry)).manifest
    keys = (desk.account.workspace_id, desk.account.account_id)

    async def turns(turn: Turn) -> int:
        count = 0
        while await take_turn(desk.hark, manifest, *keys, turn) is None:
            count += 1
        return count

    assert await turns(Turn.IMPORT) == 2
    assert await turns(Turn.RECEIPT) == 1
    await desk.say(await desk.hear(), "An answer")
    assert await deliver_due(desk.hark) == 1


async def test_an_import_that_has_to_wait_long_lets_others_go_first_and_goes_on(desk: Desk) -> None:
    listing = Listing(desk, size=10)
    listing.quota = (2, SPAN)
    polled(desk, listing, every=None)
    listing.write(*range(1, 41))
    await request_import(desk.hark, desk.agent, desk.account.account_id)
    assert await import_next(desk.hark)
    progress = "SELECT history_state, history_count, history_due_at FROM channel_account"
    assert await desk.rows(progress) == [("queued", 20, START + SPAN)]
    assert not await import_next(desk.hark)
    desk.clock.advance(SPAN)
    assert await import_next(desk.hark)
    assert await desk.rows(progress) == [("done", 40, None)]
    assert listing.refused == 0
    assert [each.cursor for each in listing.asked] == [None, "10", "20", "30"]


async def test_an_import_tells_back_to_when_it_has_come(desk: Desk) -> None:
    listing = Listing(desk, size=2)
    polled(desk, listing, every=None)
    oldest = desk.clock()
    listing.write(1, 2, 3)
    desk.clock.advance(timedelta(hours=1))
    listing.write(4, 5)
    await request_import(desk.hark, desk.agent, desk.account.account_id)
    assert await import_next(desk.hark)
    ((reached,),) = await desk.rows("SELECT history_oldest_at FROM channel_account")
    assert abs(reached - oldest) < timedelta(seconds=1)


async def test_costs_are_added_up_without_a_row_per_call(desk: Desk) -> None:
    metered = with_limit(desk, 1000)
    metered.costs = 0.01
    for number in range(10):
        await desk.say(await desk.hear(by=f"person {number}"), "Answer")
    await deliver_due(desk.hark)
    assert await desk.rows("SELECT count(*) FROM account_usage") == [(0,)]
    await asyncio.gather(flush_usage(desk.hark), flush_usage(desk.hark))
    assert await desk.rows("SELECT kind, calls, units, usd FROM account_usage") == [
        ("posts", 10, 10.0, pytest.approx(0.1))
    ]


async def test_counts_survive_a_database_that_is_away(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    meter = desk.hark.usage.meter(desk.account.workspace_id, desk.account.account_id, ())
    meter.spend("posts", 2)
    meter.quota("send", remaining=5, resets_at=desk.clock() + SPAN)

    async def fails(*_: Any) -> None:
        raise ConnectionError("away")

    with monkeypatch.context() as patched:
        patched.setattr(Collector, "_write", fails)
        await flush_usage(desk.hark)
    meter.spend("posts", 1)
    await flush_usage(desk.hark)
    assert await desk.rows("SELECT calls, units FROM account_usage") == [(2, 3.0)]
    assert await desk.rows("SELECT remaining FROM account_quota") == [(5,)]


async def test_the_loop_writes_at_once_what_is_urgent_and_the_rest_at_the_end(desk: Desk) -> None:
    stop = asyncio.Event()
    loop = asyncio.create_task(metering_loop(desk.hark, stop))
    meter = desk.hark.usage.meter(desk.account.workspace_id, desk.account.account_id, ())
    meter.quota("send", limit=10, remaining=0, resets_at=desk.clock() + SPAN)
    await until(lambda: desk.rows("SELECT 1 FROM account_quota"), within=1.5)
    meter.spend("posts")
    stop.set()
    await loop
    assert await desk.rows("SELECT calls FROM account_usage") == [(1,)]
