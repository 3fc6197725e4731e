"""Long polling against the stand-in, over real connections: each update stored before it is confirmed, one poller at a time."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from hark.adapters.telegram import ADAPTER
from hark.adapters.telegram.connect import ALLOWED_UPDATES
from hark.channels.contract import Account, RawItem, TryAgain
from hark.infra.http import GuardedHttp
from tests.adapters.telegram.serving import Receiver, StandIn, served, stand_in, until
from tests.adapters.telegram.test_against_standin import MARA, by

listen = ADAPTER.listen
assert listen is not None


class Store:
    """What `emit` stores; a failure to store is told to the adapter."""

    def __init__(self) -> None:
        self.items: list[RawItem] = []
        self.state: dict[str, Any] = {}
        self.stood = 0
        self.fails = 0

    async def emit(self, items: Sequence[RawItem], state: Mapping[str, Any]) -> None:
        self.stood += 1
        if items and self.fails:
            self.fails -= 1
            raise ConnectionError("the database is away")
        self.items += items
        self.state |= json.loads(msgspec.json.encode(dict(state)))

    def texts(self) -> list[str]:
        return [json.loads(item.payload)["message"]["text"] for item in self.items]


@pytest.fixture
async def telegram() -> AsyncIterator[StandIn]:
    async with stand_in() as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[GuardedHttp]:
    guarded = GuardedHttp(allow_private=True)
    yield guarded
    await guarded.aclose()


@contextlib.asynccontextmanager
async def listening(account: Account, http: GuardedHttp, store: Store) -> AsyncIterator[asyncio.Task[None]]:
    assert listen is not None
    task = asyncio.ensure_future(listen(account, http, store.emit))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def asked(server: StandIn) -> list[dict[str, Any]]:
    return [call["parameters"] for call in server.world.calls if call["method"] == "getUpdates"]


def waiting(server: StandIn) -> int:
    (outbox,) = server.world.outboxes.values()
    return len(outbox.pending)


async def test_updates_are_asked_for_and_confirmed_once_they_are_stored(
    telegram: StandIn, http: GuardedHttp
) -> None:
    store = Store()
    for number in range(3):
        await telegram.play("message", user=MARA, text=f"before {number}")
    async with listening(by(telegram), http, store):
        await until(lambda: len(store.items) == 3)
        await until(lambda: waiting(telegram) == 0)
        await telegram.play("message", user=MARA, text="live")
        await until(lambda: len(store.items) == 4)
        await until(lambda: waiting(telegram) == 0)
    assert store.texts() == ["before 0", "before 1", "before 2", "live"]
    calls = asked(telegram)
    assert calls[0]["timeout"] == 50
    assert calls[0]["allowed_updates"] == list(ALLOWED_UPDATES)
    assert "offset" not in calls[0]
    assert calls[1]["offset"] == store.state["offset"] - 1
    keys = [item.dedup_key for item in store.items]
    assert keys == sorted(set(keys), key=int), "the keys are those of the webhook"


async def test_an_offset_is_sent_once_and_then_left_out(telegram: StandIn, http: GuardedHttp) -> None:
    """After a quiet week the numbers begin anew at a random one, perhaps a lower one."""
    store = Store()
    (outbox,) = telegram.world.outboxes.values()
    async with listening(by(telegram), http, store):
        await telegram.play("message", user=MARA, text="one")
        await until(lambda: len(store.items) == 1 and waiting(telegram) == 0)
        await telegram.play("message", user=MARA, text="two")
        await until(lambda: len(store.items) == 2 and waiting(telegram) == 0)
        outbox.last = 5
        await telegram.play("message", user=MARA, text="restarted")
        await until(lambda: len(store.items) == 3)
    assert store.texts() == ["one", "two", "restarted"]


async def test_what_was_not_stored_comes_again(telegram: StandIn, http: GuardedHttp) -> None:
    store = Store()
    store.fails = 1
    await telegram.play("message", user=MARA, text="hello")
    async with listening(by(telegram), http, store) as task:
        with pytest.raises(ConnectionError):
            await task
    assert waiting(telegram) == 1
    async with listening(by(telegram), http, store):
        await until(lambda: store.texts() == ["hello"])


async def test_a_killed_listener_confirms_what_it_stored_and_repeats_nothing(
    telegram: StandIn, http: GuardedHttp
) -> None:
    store = Store()
    await telegram.play("message", user=MARA, text="hello")
    async with listening(by(telegram), http, store):
        await until(lambda: len(store.items) == 1)
    later = Store()
    async with listening(by(telegram, state=store.state), http, later):
        await until(lambda: waiting(telegram) == 0)
        await until(lambda: len(asked(telegram)) >= 2)
    assert later.items == []


async def test_an_offset_of_long_ago_is_not_sent_again(telegram: StandIn, http: GuardedHttp) -> None:
    await telegram.play("message", user=MARA, text="hello")
    (outbox,) = telegram.world.outboxes.values()
    old = {"offset": outbox.last + 1000, "offset_at": (datetime.now(UTC) - timedelta(days=8)).isoformat()}
    store = Store()
    async with listening(by(telegram, state=old), http, store):
        await until(lambda: store.texts() == ["hello"])


async def test_a_webhook_that_is_set_is_left_and_what_waited_for_it_comes(
    telegram: StandIn, http: GuardedHttp
) -> None:
    async def broken(_: dict[str, Any]) -> tuple[int, dict[str, str]]:
        return 503, {"retry-after": "3600"}

    store = Store()
    async with served(Receiver(broken)) as hook:
        await telegram.result("setWebhook", url=f"{hook}/hook")
        await telegram.play("message", user=MARA, text="waits")
        async with listening(by(telegram), http, store):
            await until(lambda: store.texts() == ["waits"])
        assert (await telegram.result("getWebhookInfo"))["url"] == ""


async def test_a_second_poller_is_told_and_the_first_one_ends(telegram: StandIn, http: GuardedHttp) -> None:
    first, second = Store(), Store()
    async with listening(by(telegram), http, first) as older:
        await until(lambda: len(asked(telegram)) == 1)
        async with listening(by(telegram), http, second):
            with pytest.raises(TryAgain) as problem:
                await older
            assert problem.value.code == "other_poller"
            assert "BotFather" in problem.value.message
            await telegram.play("message", user=MARA, text="hello")
            await until(lambda: second.texts() == ["hello"])
    assert first.items == []


async def test_a_webhook_set_meanwhile_ends_the_stream_with_a_sentence(
    telegram: StandIn, http: GuardedHttp
) -> None:
    store = Store()
    async with served(Receiver()) as hook, listening(by(telegram), http, store) as task:
        await until(lambda: len(asked(telegram)) == 1)
        await telegram.result("setWebhook", url=f"{hook}/hook")
        await telegram.result("getWebhookInfo")
        (outbox,) = telegram.world.outboxes.values()
        outbox.arrived.set()
        with pytest.raises(TryAgain) as problem:
            await task
        assert problem.value.code == "webhook_active"


async def test_it_stands_before_the_first_update(telegram: StandIn, http: GuardedHttp) -> None:
    store = Store()
    async with listening(by(telegram), http, store):
        await until(lambda: store.stood == 1)
    assert store.items == []
