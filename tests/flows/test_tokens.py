"""Tokens that end: renewed ahead of time by one worker, once more when they are refused, and what becomes of messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.channels.accounts import loading
from hark.channels.accounts.grants import repository as grants
from hark.channels.accounts.grants.lifetime import due_at, retry_at
from hark.channels.contract import Account, Reconnect, TryAgain
from hark.flows import tokens
from hark.flows.context import Hark
from hark.flows.deliver import deliver_due
from hark.flows.renewing import finish_running
from hark.flows.tokens import refresh_account, refresh_due, tokens_loop, with_fresh_token
from hark.infra.db import Database
from hark.infra.http import GuardedHttp
from hark.journal import read_facts
from hark.kernel.clock import FixedClock
from tests.support.desk import START, Desk, check_facts, open_desk
from tests.support.fake_platform import Killed
from tests.support.oauth_network import TokenNetwork
from tests.support.waiting import until

LIFE = timedelta(hours=2)


class Shop(msgspec.Struct):
    """A desk on a network whose tokens end."""

    desk: Desk
    network: TokenNetwork

    @property
    def hark(self) -> Hark:
        return self.desk.hark

    async def row(self) -> Any:
        async with self.hark.db.connection() as connection:
            return await connection.fetchrow(
                "SELECT * FROM channel_account WHERE id = $1", self.desk.account.account_id
            )

    async def stored(self) -> dict[str, str]:
        opened = self.hark.secrets.open((await self.row())["secrets"])
        return {key: secret.reveal() for key, secret in opened.items()}

    async def account(self) -> Account:
        loading.forget(self.desk.account.account_id)
        async with self.hark.db.connection() as connection:
            return await loading.load_account(connection, self.hark.secrets, self.desk.account.account_id)

    async def give(
        self, pair: Mapping[str, str], expires_at: datetime | None, *, renews: bool = True
    ) -> None:
        """As connecting would leave the account."""
        now = self.desk.clock()
        async with self.hark.db.transaction() as connection:
            keys = (self.desk.account.workspace_id, self.desk.account.account_id)
            await connection.execute(
                "UPDATE channel_account SET secrets = $3 WHERE workspace_id = $1 AND id = $2",
                *keys,
                self.hark.secrets.seal({"client_id": "app", "webhook_secret": "sandbox-secret", **pair}),
            )
            due = due_at(now, expires_at, renews=renews)
            await grants.SET_EXPIRY.one(connection, *keys, now, expires_at, due)
        loading.forget(self.desk.account.account_id)

    async def told(self) -> list[Any]:
        async with self.hark.db.connection() as connection:
            facts = await read_facts(connection, self.desk.account.workspace_id, 0, 10_000)
        return [msgspec.json.decode(fact.body) for fact in facts if fact.kind == "account.changed"]

    @asynccontextmanager
    async def worker(self, url: str) -> AsyncIterator[Hark]:
        """Another process: the same data through connections of its own."""
        database = await Database.connect(url, min_size=1, max_size=4)
        yield msgspec.structs.replace(self.hark, db=database)
        await database.close(patience=1.0)


@pytest.fixture
async def shop(db: Database, tmp_path: Path) -> Shop:
    return await open_shop(db, tmp_path)


async def open_shop(db: Database, folder: Path, **network: Any) -> Shop:
    clock = FixedClock(START)
    far = TokenNetwork(clock, life=LIFE, **network)
    tokens._refused.clear()
    shop = Shop(await open_desk(db, folder, far.fake, clock), far)
    await shop.give(far.pair(), far.expiry())
    return shop


def calling(shop: Shop) -> Any:
    async def call(account: Account, http: GuardedHttp) -> str:
        shop.network.check_token(account)
        return account.secrets["access_token"].reveal()

    return call


@pytest.mark.parametrize(
    ("life", "renews", "before"),
    [
        (timedelta(days=60), True, timedelta(days=14)),
        (timedelta(days=8), True, timedelta(days=2)),
        (timedelta(hours=2), True, timedelta(minutes=30)),
        (timedelta(minutes=30), True, timedelta(minutes=10)),
        (timedelta(minutes=12), True, timedelta(minutes=6)),
        (timedelta(seconds=-5), True, timedelta(0)),
        (timedelta(days=60), False, timedelta(days=14)),
        (timedelta(days=20), False, timedelta(days=10)),
    ],
)
def test_the_time_to_renew_or_to_warn_fits_the_length_of_life(
    life: timedelta, renews: bool, before: timedelta
) -> None:
    assert due_at(START, START + life, renews=renews) == START + life - before


def test_credentials_without_a_known_end_are_never_due() -> None:
    assert due_at(START, None, renews=True) is None


@pytest.mark.parametrize(
    ("failures", "left", "named", "seconds"),
    [(0, None, None, 30), (3, None, None, 240), (20, None, None, 900), (9, 400, None, 100), (9, 4, None, 10),
     (9, -4, None, 900), (0, 4, 77.0, 77), (0, None, 1e9, 3600)],
)  # fmt: skip
def test_tries_come_later_each_time_but_several_before_the_end(
    failures: int, left: int | None, named: float | None, seconds: float
) -> None:
    expires_at = None if left is None else START + timedelta(seconds=left)
    assert retry_at(START, expires_at, failures, named) == START + timedelta(seconds=seconds)


async def test_tokens_are_renewed_before_they_end_and_nothing_of_the_old_pair_stays(shop: Shop) -> None:
    shop.desk.clock.advance(timedelta(minutes=89))
    assert await refresh_due(shop.hark) == 0
    shop.desk.clock.advance(timedelta(minutes=1))
    assert await refresh_due(shop.hark) == 1
    assert await shop.stored() == {
        "client_id": "app",
        "webhook_secret": "sandbox-secret",
        "access_token": "access-2",
        "refresh_token": "refresh-2",
    }
    assert (await shop.row())["token_expires_at"] == shop.desk.clock() + LIFE
    assert await refresh_due(shop.hark) == 0
    (told,) = await shop.told()
    assert (told["renews"], told["status"]) == (True, "connected")
    assert datetime.fromisoformat(told["token_expires_at"]) == shop.desk.clock() + LIFE
    assert "access-" not in msgspec.json.encode(told).decode()


async def test_each_renewal_uses_the_refresh_token_of_the_one_before(shop: Shop) -> None:
    for count in range(2, 6):
        shop.desk.clock.advance(timedelta(minutes=95))
        await refresh_due(shop.hark)
        assert (await shop.stored())["refresh_token"] == f"refresh-{count}"
    assert (await shop.row())["status"] == "connected"


async def test_of_five_workers_one_renews_what_is_due(shop: Shop, database_url: str) -> None:
    shop.desk.clock.advance(timedelta(minutes=95))
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(shop.worker(database_url)) for _ in range(5)]
        await asyncio.gather(*(refresh_due(worker) for worker in workers))
    assert shop.network.asked == 1
    assert (await shop.stored())["access_token"] == "access-2"


async def test_of_five_workers_that_are_refused_at_once_one_renews_and_all_go_on(
    shop: Shop, database_url: str
) -> None:
    old = await shop.account()
    shop.network.access.clear()
    adapter = shop.network.fake.adapter
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(shop.worker(database_url)) for _ in range(5)]
        calls = [
            with_fresh_token(worker, adapter, old, calling(shop)) for worker in workers for _ in range(3)
        ]
        assert await asyncio.gather(*calls) == ["access-2"] * 15
    assert shop.network.asked == 1


async def test_tokens_that_another_process_stored_are_used_without_asking(shop: Shop) -> None:
    old = await shop.account()
    shop.network.access.clear()
    await shop.give(shop.network.pair(), shop.network.expiry())
    used = await with_fresh_token(shop.hark, shop.network.fake.adapter, old, calling(shop))
    assert (used, shop.network.asked) == ("access-2", 0)


async def test_a_refused_token_while_sending_is_renewed_once_and_the_message_leaves(shop: Shop) -> None:
    case = await shop.desk.hear()
    (message,) = await shop.desk.say(case, "Hi")
    shop.network.access.clear()
    await deliver_due(shop.hark)
    assert (await shop.desk.message(message.id)).delivery_status == "sent"
    assert (shop.network.asked, len(shop.network.fake.accepted)) == (1, 1)
    assert await shop.desk.rows("SELECT number, outcome FROM attempt") == [(1, "sent")]
    await check_facts(shop.desk)


async def test_revoked_access_is_shown_and_the_message_waits_with_the_reason(shop: Shop) -> None:
    case = await shop.desk.hear()
    (message,) = await shop.desk.say(case, "Hi")
    shop.network.access.clear()
    shop.network.renewals.clear()
    await deliver_due(shop.hark)
    row, shown = await shop.row(), await shop.desk.message(message.id)
    words = "Tokennet no longer renews this access: connect it again."
    assert (row["status"], row["status_reason"]) == ("reconnect", words)
    assert shown.delivery_status == "queued"
    assert shown.delivery_error is not None
    assert shown.delivery_error["message"] == words
    assert await deliver_due(shop.hark) == 0
    await shop.give(shop.network.pair(), shop.network.expiry())
    await shop.desk.set_account("connected")
    await deliver_due(shop.hark)
    assert (await shop.desk.message(message.id)).delivery_status == "sent"


async def test_while_renewing_is_not_possible_the_message_is_tried_again_and_the_account_stays(
    shop: Shop,
) -> None:
    case = await shop.desk.hear()
    (message,) = await shop.desk.say(case, "Hi")
    shop.network.access.clear()
    renewals = set(shop.network.renewals)

    async def down() -> None:
        raise TryAgain("503", "Tokennet is being repaired.", http_status=503)

    shop.network.during = down
    await deliver_due(shop.hark)
    shown = await shop.desk.message(message.id)
    assert (shown.delivery_status, (await shop.row())["status"]) == ("queued", "connected")
    assert shown.delivery_error is not None
    assert shown.delivery_error["code"] == "503"
    shop.network.during, shop.network.renewals = None, renewals
    shop.desk.clock.advance(timedelta(minutes=5))
    await deliver_due(shop.hark)
    assert (await shop.desk.message(message.id)).delivery_status == "sent"


async def test_a_failing_renewal_is_postponed_with_several_tries_before_the_end(shop: Shop) -> None:
    async def down() -> None:
        raise TryAgain("503", "Tokennet is being repaired.", http_status=503)

    shop.network.during = down
    shop.desk.clock.advance(timedelta(minutes=95))
    waits = []
    for _ in range(4):
        shop.network.renewals.add("refresh-1")
        assert await refresh_due(shop.hark) == 1
        row = await shop.row()
        waits.append((row["token_due_at"] - shop.desk.clock()).total_seconds())
        assert await refresh_due(shop.hark) == 0
        shop.desk.clock.at = row["token_due_at"]
    assert waits == [30, 60, 120, 240]
    assert (await shop.row())["token_failures"] == 4


async def test_tokens_that_are_refused_right_after_renewal_are_not_renewed_for_ever(shop: Shop) -> None:
    async def refuse(account: Account, http: GuardedHttp) -> None:
        raise Reconnect("403", "The page was taken away.")

    for _ in range(3):
        with pytest.raises(Reconnect, match="taken away"):
            await with_fresh_token(shop.hark, shop.network.fake.adapter, await shop.account(), refuse)
    assert shop.network.asked == 1


async def test_a_stream_outlives_its_tokens(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time it breaks off long after the last renewal, new tokens carry it on."""
    monkeypatch.setattr(tokens, "AT_ONCE", -1.0)
    stands: list[str] = []

    async def stream(account: Account, http: GuardedHttp) -> str:
        stands.append(account.secrets["access_token"].reveal())
        if len(stands) < 4:
            raise Reconnect("401", "The stream was closed: the token has ended.")
        return "done"

    assert (
        await with_fresh_token(shop.hark, shop.network.fake.adapter, await shop.account(), stream) == "done"
    )
    assert stands == ["access-1", "access-2", "access-3", "access-4"]


async def test_killed_between_the_answer_and_the_commit_the_account_says_what_happened(shop: Shop) -> None:
    async def die() -> None:
        raise Killed

    shop.network.during = die
    shop.desk.clock.advance(timedelta(minutes=95))
    with pytest.raises(Killed):
        await refresh_due(shop.hark)
    assert (await shop.stored())["refresh_token"] == "refresh-1"
    shop.network.during = None
    await refresh_due(shop.hark)
    row = await shop.row()
    assert (row["status"], row["status_reason"]) == (
        "reconnect",
        "Tokennet no longer renews this access: connect it again.",
    )
    assert await refresh_due(shop.hark) == 0


async def test_killed_in_between_nothing_is_lost_where_the_platform_takes_the_token_before_for_a_while(
    shop: Shop,
) -> None:
    async def die() -> None:
        shop.network.renewals.add("refresh-1")
        raise Killed

    shop.network.during = die
    shop.desk.clock.advance(timedelta(minutes=95))
    with pytest.raises(Killed):
        await refresh_due(shop.hark)
    shop.network.during = None
    await refresh_due(shop.hark)
    assert (await shop.row())["status"] == "connected"
    assert (await shop.stored())["refresh_token"] == "refresh-3"


async def test_new_tokens_outlive_a_database_that_hangs_up_meanwhile(shop: Shop, postgres: Any) -> None:
    name = (await shop.desk.rows("SELECT current_database()"))[0][0]

    async def hang_up() -> None:
        await postgres.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )

    shop.network.during = hang_up
    shop.desk.clock.advance(timedelta(minutes=95))
    await refresh_due(shop.hark)
    assert shop.network.asked == 1
    assert (await shop.stored())["refresh_token"] == "refresh-2"


async def test_who_stops_waiting_does_not_cut_the_renewal_off(shop: Shop) -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        asked.set()
        await go.wait()

    shop.network.during = slow
    account = await shop.account()
    shop.network.access.clear()
    call = asyncio.create_task(with_fresh_token(shop.hark, shop.network.fake.adapter, account, calling(shop)))
    await asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    go.set()

    async def stored() -> bool:
        return (await shop.stored())["refresh_token"] == "refresh-2"

    await until(stored)
    assert shop.network.asked == 1


async def test_a_paused_account_keeps_its_tokens_alive_and_a_disconnected_one_is_left_alone(
    shop: Shop,
) -> None:
    shop.desk.clock.advance(timedelta(minutes=95))
    await shop.desk.set_account("disconnected")
    assert await refresh_due(shop.hark) == 0
    await shop.desk.set_account("paused")
    assert await refresh_due(shop.hark) == 1
    assert ((await shop.row())["status"], shop.network.asked) == ("paused", 1)


async def test_where_only_a_person_can_renew_a_warning_comes_once_and_14_days_before(
    db: Database, tmp_path: Path
) -> None:
    shop = await open_shop(db, tmp_path, renews=False)
    expires_at = shop.desk.clock() + timedelta(days=60)
    await shop.give(shop.network.pair(), expires_at, renews=False)
    shop.desk.clock.advance(timedelta(days=45))
    assert await refresh_due(shop.hark) == 0
    shop.desk.clock.advance(timedelta(days=1))
    assert await refresh_due(shop.hark) == 1
    (told,) = await shop.told()
    assert (told["token_ends_soon"], told["renews"], told["status"]) == (True, False, "connected")
    assert await refresh_due(shop.hark) == 0
    await shop.give(shop.network.pair(), expires_at + timedelta(days=60), renews=False)
    assert (await shop.row())["token_warned_at"] is None


async def test_what_is_still_good_and_cannot_be_renewed_is_kept_and_warned_of(shop: Shop) -> None:
    """An access token that came without a refresh token, on a platform that may give one."""
    expires_at = shop.desk.clock() + timedelta(days=60)
    await shop.give({"access_token": "access-1"}, expires_at)
    shop.network.still_good_until = expires_at
    shop.desk.clock.advance(timedelta(days=46))
    assert await refresh_due(shop.hark) == 1
    (told,) = await shop.told()
    assert (told["token_ends_soon"], told["renews"], told["status"]) == (True, False, "connected")
    assert (await shop.row())["token_expires_at"] == expires_at
    assert await refresh_due(shop.hark) == 0
    assert (await shop.stored())["access_token"] == "access-1"


async def test_the_loop_renews_when_a_hint_says_that_an_account_changed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, work = asyncio.Queue[float](), tokens._work

    async def noted(hark: Hark) -> float:
        pause = await work(hark)
        looks.put_nowait(pause)
        return pause

    monkeypatch.setattr(tokens, "_work", noted)
    stop = asyncio.Event()
    working = asyncio.create_task(tokens_loop(shop.hark, stop))
    assert (await looks.get(), shop.network.asked) == (tokens.IDLE, 0)
    shop.desk.clock.advance(timedelta(minutes=88))
    loading.changed(shop.hark.bus, shop.desk.account.account_id)
    assert (await looks.get(), shop.network.asked) == (120, 0)
    shop.desk.clock.advance(timedelta(minutes=2))
    loading.changed(shop.hark.bus, shop.desk.account.account_id)
    await looks.get()
    assert shop.network.asked == 1
    stop.set()
    await working


async def test_an_adapter_that_breaks_while_renewing_is_a_try_again_not_a_lost_account(shop: Shop) -> None:
    async def break_off() -> None:
        raise KeyError("a bug")

    shop.network.during = break_off
    with pytest.raises(TryAgain):
        await refresh_account(shop.hark, shop.desk.account.workspace_id, shop.desk.account.account_id)
    assert (await shop.row())["status"] == "connected"


async def test_the_end_of_the_program_waits_for_a_renewal_under_way(shop: Shop) -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        asked.set()
        await go.wait()

    shop.network.during = slow
    account = await shop.account()
    shop.network.access.clear()
    call = asyncio.create_task(with_fresh_token(shop.hark, shop.network.fake.adapter, account, calling(shop)))
    await asked.wait()
    call.cancel()
    ending = asyncio.create_task(finish_running(shop.hark, 10))
    await asyncio.wait([call])
    assert not ending.done()
    go.set()
    await ending
    assert (await shop.stored())["refresh_token"] == "refresh-2"
