"""The stream of events, for a Hark that X cannot reach."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from hark.adapters.x import ADAPTER
from hark.channels.contract import Account, Message, PlatformProblem, RawItem, Reconnect, TryAgain
from hark.kernel.clock import utc_now
from hark.standins.kit import Fault
from tests.adapters.x.samples import ACCOUNT
from tests.adapters.x.serving import Stage, account_with, staged, without_secrets
from tests.support.waiting import until

listen, listens = ADAPTER.listen, ADAPTER.listens
assert listen is not None
assert listens is not None


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        found.account = msgspec.structs.replace(found.account, webhook_url=None)
        yield found


class Kept:
    """What was emitted, item by item."""

    def __init__(self) -> None:
        self.items: list[RawItem] = []
        self.opened = 0

    async def emit(self, items: Sequence[RawItem], state: Mapping[str, Any]) -> None:
        self.opened += not items
        self.items += items

    @property
    def texts(self) -> list[str | None]:
        events = [event for item in self.items for event in ADAPTER.normalize(item.payload, utc_now())]
        return [event.text for event in events if isinstance(event, Message)]


@asynccontextmanager
async def listening(stage: Stage) -> AsyncIterator[tuple[Kept, asyncio.Task[None]]]:
    kept = Kept()
    assert listen is not None
    task = asyncio.create_task(listen(stage.account, stage.http, kept.emit))
    await until(lambda: kept.opened or task.done())
    try:
        yield kept, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_everything_that_is_said_comes_at_once_without_any_webhook(stage: Stage) -> None:
    async with listening(stage) as (kept, _):
        for source in ("dm", "mention", "comment"):
            await stage.x.say(f"by {source}", source=source)
        await until(lambda: len(set(kept.texts)) == 3)
    assert stage.x.world.webhooks == {}
    assert {row.webhook for row in stage.x.world.subscriptions.values()} == {None}
    assert len(stage.x.world.subscriptions) == 10


async def test_events_of_other_accounts_of_the_app_are_left_to_them(stage: Stage) -> None:
    async with listening(stage) as (kept, _):
        other = {"event_uuid": "1", "filter": {"user_id": "5"}, "event_type": "dm.received", "payload": {}}
        stage.x.streams.put(msgspec.json.encode({"data": other}))
        stage.x.streams.put(b"no event at all")
        stage.x.streams.put(b'{"errors":[{"title":"operational-disconnect"}]}')
        await stage.x.say("ours")
        await until(lambda: kept.texts == ["ours"])
    assert len(kept.items) == 1


async def test_a_stream_that_x_ends_ends_and_can_be_opened_again(stage: Stage) -> None:
    async with listening(stage) as (_, task):
        stage.x.streams.end()
        await asyncio.wait_for(task, 5)
    async with listening(stage) as (kept, _):
        await stage.x.say("again")
        await until(lambda: kept.texts == ["again"])
    await until(lambda: stage.x.streams.count == 0)


@pytest.mark.parametrize(("status", "kind"), [(401, Reconnect), (429, TryAgain), (503, TryAgain)])
async def test_a_stream_that_does_not_open_says_why(
    stage: Stage, status: int, kind: type[PlatformProblem]
) -> None:
    stage.x.faults.rules = [Fault("status", on="GET /2/activity/stream", status=status)]
    async with listening(stage) as (_, task):
        with pytest.raises(kind):
            await task


async def test_a_third_connection_of_an_app_is_told_to_wait(stage: Stage) -> None:
    async with listening(stage), listening(stage), listening(stage) as (kept, task):
        assert kept.opened == 0
        with pytest.raises(TryAgain):
            await task


async def test_only_the_app_itself_may_listen(stage: Stage) -> None:
    secrets = {**stage.account.secrets, "bearer_token": stage.account.secrets["oauth2_access_token"]}
    stage.account = msgspec.structs.replace(stage.account, secrets=secrets)
    async with listening(stage) as (_, task):
        with pytest.raises((Reconnect, TryAgain)):
            await task


def hooked(url: str | None, account: Account = ACCOUNT) -> Account:
    return msgspec.structs.replace(account, webhook_url=url)


@pytest.mark.parametrize(
    ("account", "wanted"),
    [
        (hooked(None), True),
        (hooked("http://127.0.0.1:8000/webhooks/x/k"), True),
        (hooked("https://hark.example:8443/webhooks/x/k"), True),
        (hooked("https://hark.example/webhooks/x/k"), False),
        (hooked("http://127.0.0.1:8000/x", account_with(base_url="http://127.0.0.1:8087")), False),
        (hooked(None, account_with(product="account_activity")), False),
        (hooked(None, without_secrets("bearer_token")), False),
    ],
)
def test_the_stream_is_for_accounts_that_x_cannot_deliver_to(account: Account, wanted: bool) -> None:
    assert listens(account) is wanted


async def test_what_the_check_says_of_a_stream(stage: Stage) -> None:
    found = await ADAPTER.check(stage.account, stage.http)
    assert found.ok
    assert "listens to X's stream" in found.checks["webhook"][1]
