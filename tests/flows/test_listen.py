"""Streams: one listener per account, taken over when it dies, stored together with the place to go on from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.channels.accounts import loading
from hark.channels.contract import Account, Emit, RawItem, Reconnect, TryAgain
from hark.channels.registry import Registry
from hark.flows import listen
from hark.flows.inbound import ingest_pending
from hark.flows.listen import Listening, listen_loop
from hark.flows.poll import poll_due
from hark.infra.db import Database
from hark.infra.http import GuardedHttp
from hark.kernel.clock import FixedClock
from tests.support.desk import START, Desk, open_desk
from tests.support.fake_platform import FakePlatform, Killed
from tests.support.polled import Listing, polled
from tests.support.program import connect
from tests.support.sandbox_events import body, dm


class Stream:
    """One connection that the platform has open. `say` brings messages and returns when they are stored."""

    def __init__(self, account: Account, emit: Emit, split: Any) -> None:
        self.account = account
        self.emit = emit
        self._split = split
        self.ends: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def say(self, *numbers: int) -> None:
        events = [dm(number, f"Text {number}", at=number * 1000) for number in numbers]
        items: Sequence[RawItem] = self._split(body(*events, account=self.account.platform_account_id))
        await self.emit(items, {"offset": max(numbers)})


class Live:
    """The platform's side: streams that were opened, and those that are open."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.opened: list[Stream] = []
        self.open: list[Stream] = []
        self.refuse: Exception | None = None
        self.news = asyncio.Event()

    async def listen(self, account: Account, http: GuardedHttp, emit: Emit) -> None:
        if self.refuse is not None:
            self.news.set()
            raise self.refuse
        stream = Stream(account, emit, self.desk.fake.adapter.split)
        self.opened.append(stream)
        self.open.append(stream)
        try:
            await emit((), {})
            self.news.set()
            await stream.ends
        finally:
            self.open.remove(stream)

    async def next(self) -> Stream:
        async with asyncio.timeout(5):
            await self.news.wait()
        self.news.clear()
        return self.opened[-1]


@pytest.fixture
async def desk(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(listen, "random", lambda: 0.0)
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock), clock)


@pytest.fixture
async def live(desk: Desk) -> Live:
    live = Live(desk)
    with_stream(desk, live)
    return live


def with_stream(desk: Desk, live: Live, **functions: Any) -> None:
    adapter = msgspec.structs.replace(desk.fake.adapter, fetch_page=None, listen=live.listen, **functions)
    desk.hark = msgspec.structs.replace(desk.hark, registry=Registry((adapter,)))


@pytest.fixture
async def listening(desk: Desk, live: Live) -> AsyncIterator[Listening]:
    first = Listening(desk.hark)
    yield first
    await first.close()


async def state(desk: Desk) -> Any:
    (row,) = await desk.rows("SELECT state ->> 'offset' FROM channel_account")
    return row[0]


async def raw(desk: Desk) -> list[Any]:
    return await desk.rows("SELECT origin, count(*) FROM raw_event GROUP BY 1")


async def until_standing(desk: Desk) -> None:
    async with asyncio.timeout(5):
        while not await desk.rows("SELECT 1 FROM account_listener WHERE standing_at IS NOT NULL"):  # noqa: ASYNC110 - until the database says so
            await asyncio.sleep(0.005)


def dead(listening: Listening) -> None:
    """Its process is gone: nothing is released."""
    for each in listening.running.values():
        assert each.task is not None
        each.task.cancel()
    listening.running.clear()


async def test_what_comes_is_stored_with_the_place_to_go_on_from(
    desk: Desk, live: Live, listening: Listening
) -> None:
    await listening.look()
    stream = await live.next()
    await stream.say(1, 2)
    assert (await state(desk), await raw(desk)) == ("2", [("stream", 2)])
    await stream.say(2, 3)
    assert (await state(desk), await raw(desk)) == ("3", [("stream", 3)])
    while (await ingest_pending(desk.hark)).claimed:
        pass
    case = await desk.conversation_of("p-mara")
    assert [each.content for each in await desk.messages(case, "inbound")] == ["Text 1", "Text 2", "Text 3"]
    assert await desk.rows("SELECT last_event_at IS NOT NULL FROM channel_account") == [(True,)]


async def test_one_of_two_processes_listens_and_the_other_takes_over_when_it_is_killed(
    desk: Desk, live: Live, listening: Listening
) -> None:
    other = Listening(desk.hark)
    await asyncio.gather(listening.look(), other.look())
    await live.next()
    assert (len(live.opened), len(listening.running) + len(other.running)) == (1, 1)
    killed, heir = (listening, other) if listening.running else (other, listening)
    desk.clock.advance(timedelta(seconds=20))
    await killed.look()
    dead(killed)
    for _ in range(3):
        desk.clock.advance(timedelta(seconds=8))
        await heir.look()
        assert not heir.running, "the lease of the dead one still counts"
    desk.clock.advance(timedelta(seconds=8))
    await heir.look()
    await live.next()
    assert len(heir.running) == 1, "32 s after it was last seen"
    await other.close()


async def test_a_listener_that_was_taken_over_stores_nothing_more(
    desk: Desk, live: Live, listening: Listening
) -> None:
    await listening.look()
    late = await live.next()
    desk.clock.advance(timedelta(seconds=31))
    other = Listening(desk.hark)
    await other.look()
    await (await live.next()).say(5)
    with pytest.raises(listen.Lost):
        await late.say(1)
    assert (await state(desk), await raw(desk)) == ("5", [("stream", 1)])
    await listening.look()
    assert listening.running == {}
    assert len(live.open) == 1
    await other.close()


async def test_a_kill_before_the_commit_leaves_nothing_and_after_it_all(
    desk: Desk, live: Live, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    await listening.look()
    stream = await live.next()
    for point, stored in (("listen.before_commit", []), ("listen.stored", [("stream", 1)])):

        def reach(name: str, point: str = point) -> None:
            if name == point:
                raise Killed

        monkeypatch.setattr(listen, "reach", reach)
        with pytest.raises(Killed):
            await stream.say(1)
        assert await raw(desk) == stored
        assert await state(desk) == ("1" if stored else None)


async def test_a_stream_that_breaks_is_opened_again_and_what_was_missed_is_fetched(desk: Desk) -> None:
    live, listing = Live(desk), Listing(desk)
    polled(desk, listing, every=None, listen=live.listen)
    listening = Listening(desk.hark)
    await listening.look()
    first = await live.next()
    await until_standing(desk)
    assert len(await poll_due(desk.hark)) == 1, "also what came before the first stream stood"
    first.ends.set_exception(TryAgain("gone", "The connection broke."))
    await live.next()
    listing.write(1)
    async with asyncio.timeout(5):
        while not (told := await poll_due(desk.hark)):  # noqa: ASYNC110 - until the database says so
            await asyncio.sleep(0.005)
    assert told[0].fetched == 1
    await listening.close()


async def test_beside_a_stream_that_stands_polls_are_rare(desk: Desk) -> None:
    live, listing = Live(desk), Listing(desk)
    polled(desk, listing, every=30.0, listen=live.listen)
    listening = Listening(desk.hark)
    await listening.look()
    await live.next()
    await until_standing(desk)
    await poll_due(desk.hark)
    assert await desk.rows("SELECT poll_due_at - $1 FROM channel_account", desk.clock()) == [
        (timedelta(minutes=10),)
    ]
    await listening.close()
    async with desk.hark.db.transaction() as connection:
        await connection.execute("UPDATE channel_account SET poll_due_at = $1", desk.clock())
    await poll_due(desk.hark)
    assert await desk.rows("SELECT poll_due_at - $1 FROM channel_account", desk.clock()) == [
        (timedelta(seconds=30),)
    ]


async def test_failures_are_told_and_forgotten_once_it_stands(
    desk: Desk, live: Live, listening: Listening
) -> None:
    live.refuse = TryAgain("503", "Busy.", http_status=503)
    await listening.look()
    columns = "failures > 0, error ->> 'code', failing_at"
    async with asyncio.timeout(5):
        while await desk.rows(f"SELECT {columns} FROM account_listener") != [(True, "503", START)]:  # noqa: ASYNC110 - until the database says so
            await asyncio.sleep(0.005)
    live.news.clear()
    live.refuse = None
    await live.next()
    await until_standing(desk)
    assert await desk.rows(f"SELECT {columns} FROM account_listener") == [(False, None, None)]


async def test_a_lost_token_ends_the_stream_and_is_shown(
    desk: Desk, live: Live, listening: Listening
) -> None:
    live.refuse = Reconnect("401", "The token was revoked.")
    await listening.look()
    async with asyncio.timeout(5):
        while listening.running:  # noqa: ASYNC110 - until the database says so
            await asyncio.sleep(0.005)
    assert await desk.rows("SELECT status, status_reason FROM channel_account") == [
        ("reconnect", "The token was revoked.")
    ]
    desk.clock.advance(timedelta(minutes=1))
    await listening.look()
    assert listening.running == {}


async def test_paused_accounts_are_not_listened_for(desk: Desk, live: Live, listening: Listening) -> None:
    await listening.look()
    await live.next()
    await desk.set_account("paused")
    await listening.look()
    assert (live.open, listening.running) == ([], {})
    await desk.set_account("connected")
    await listening.look()
    await live.next()
    assert len(live.open) == 1


async def test_new_credentials_open_the_stream_anew(desk: Desk, live: Live) -> None:
    stop = asyncio.Event()
    loop = asyncio.create_task(listen_loop(desk.hark, stop))
    await live.next()
    async with desk.hark.db.transaction() as connection:
        await connection.execute("""UPDATE channel_account SET fields = '{"server": "other"}'""")
    loading.changed(desk.hark.bus, desk.account.account_id)
    stream = await live.next()
    assert stream.account.fields == {"server": "other"}
    assert live.open == [stream]
    stop.set()
    await loop
    assert live.open == []
    assert await desk.rows("SELECT lease_until <= $1 FROM account_listener", desk.clock()) == [(True,)]


async def test_an_account_whose_events_come_otherwise_is_left_alone(desk: Desk, live: Live) -> None:
    with_stream(desk, live, listens=lambda account: account.fields.get("server") is not None)
    listening = Listening(desk.hark)
    await listening.look()
    assert (live.opened, listening.running) == ([], {})
    async with desk.hark.db.transaction() as connection:
        await connection.execute("""UPDATE channel_account SET fields = '{"server": "other"}'""")
    listening.hinted.add(desk.account.account_id)
    await listening.look()
    await live.next()
    await listening.close()


async def test_a_defect_of_one_adapter_is_tried_again(desk: Desk, live: Live, listening: Listening) -> None:
    live.refuse = KeyError("entry")
    await listening.look()
    async with asyncio.timeout(5):
        await live.news.wait()
    live.news.clear()
    live.refuse = None
    await live.next()
    assert len(live.open) == 1


async def test_many_accounts_are_shared_without_doubles(desk: Desk, live: Live, db: Database) -> None:
    for number in range(12):
        await connect(desk.hark, "fakenet", f"shop {number}", workspace_id=desk.account.workspace_id)
    several: list[Listening] = [Listening(desk.hark) for _ in range(4)]
    await asyncio.gather(*(each.look() for each in several))
    async with asyncio.timeout(5):
        while len(live.open) < 13:  # noqa: ASYNC110 - until the database says so
            await asyncio.sleep(0.005)
    ids = [account for each in several for account in each.running]
    assert (len(ids), len(set(ids)), len(live.opened)) == (13, 13, 13)
    for each in several:
        await each.close()
