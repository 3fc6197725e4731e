"""The adapter against the stand-in over HTTP: imports, a chat that is down, ended sessions, the live stream."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hark.adapters.bluesky import ADAPTER
from hark.adapters.bluesky.atproto import tid_from, tid_of
from hark.channels.contract import Account, Deletion, Message, Reconnect, Source
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.ids import new_id
from hark.kernel.secrets import Secret
from hark.standins.bluesky import BlueskyStandIn, create_standin
from hark.standins.bluesky.world import OURS, PASSWORD
from hark.standins.kit import Fault
from tests.support.live import serving


class Scene(msgspec.Struct):
    standin: BlueskyStandIn
    account: Account
    http: GuardedHttp


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    standin, http = create_standin(), GuardedHttp(allow_private=True)
    async with serving(standin) as host:
        values = standin.values(f"http://{host}")
        told = await ADAPTER.connect(values, None, http)
        fields = {**{key: value for key, value in values.items() if key != "app_password"}, **told.fields}
        secrets = {**told.generated, "app_password": Secret(PASSWORD)}
        yield Scene(standin, Account(UUID(int=1), UUID(int=2), OURS, told.name, secrets, fields), http)
    await http.aclose()


async def read(scene: Scene, since: Any = None) -> list[Any]:
    """What comes by two lists is there once, as the program keeps it."""
    cursor, items = None, {}
    assert ADAPTER.fetch_page is not None
    while True:
        page = await ADAPTER.fetch_page(cursor, since, scene.account, scene.http)
        scene.account = msgspec.structs.replace(scene.account, state={**scene.account.state, **page.state})
        items |= {item.dedup_key: item for item in page.items}
        cursor = page.next
        if cursor is None:
            return [event for item in items.values() for event in ADAPTER.normalize(item.payload, utc_now())]


def texts(events: list[Any]) -> Counter[str]:
    return Counter(event.text[-8:] for event in events if isinstance(event, Message) and not event.author.us)


async def test_an_import_walks_lists_and_conversations_once(scene: Scene) -> None:
    for number in range(260):
        await scene.standin.say(
            f"in {number:05}", person=str(number % 25), source=("dm", "comment", "mention")[number % 3]
        )
    assert texts(await read(scene)) == Counter(f"in {number:05}" for number in range(260))


async def test_a_chat_that_is_down_holds_up_no_posts_and_is_made_up_for(scene: Scene) -> None:
    began = utc_now() - timedelta(minutes=30)
    scene.standin.faults.rules.append(Fault("status", on="GET /xrpc/chat.", status=502))
    await scene.standin.say("in 00001", source="dm")
    await scene.standin.say("in 00002", source="mention")
    assert texts(await read(scene, began)) == Counter(["in 00002"])
    assert "chat" not in scene.account.state
    scene.standin.faults.clear()
    later = utc_now() + timedelta(hours=1)
    assert texts(await read(scene, later)) == Counter(["in 00001"])
    await scene.standin.say("in 00003", source="dm")
    assert texts(await read(scene, later)) == Counter(["in 00003"])


async def test_an_ended_session_is_renewed_and_a_lost_one_logs_in_once(scene: Scene) -> None:
    assert ADAPTER.refresh is not None
    scene.standin.sessions.expire()
    with pytest.raises(Reconnect):
        await read(scene, utc_now())
    renewed = await ADAPTER.refresh(scene.account, scene.http)
    logins = len(scene.standin.calls.all("POST /xrpc/com.atproto.server.createSession"))
    assert logins == 1
    secrets = {key: value for key, value in scene.account.secrets.items() if key != "app_password"}
    without = msgspec.structs.replace(scene.account, secrets=secrets)
    with pytest.raises(Reconnect):
        await ADAPTER.refresh(without, scene.http)
    again = await ADAPTER.refresh(scene.account, scene.http)
    assert len(scene.standin.calls.all("POST /xrpc/com.atproto.server.createSession")) == logins + 1
    assert again.secrets["access_jwt"] != renewed.secrets["access_jwt"]
    scene.account = msgspec.structs.replace(scene.account, secrets={**scene.account.secrets, **again.secrets})
    assert await read(scene, utc_now()) == []


async def test_the_stream_tells_what_the_lists_tell_and_deletions(scene: Scene) -> None:
    items: asyncio.Queue[Any] = asyncio.Queue()
    standing = asyncio.Event()

    async def emit(found: Any, state: Any) -> None:
        standing.set()
        for item in found:
            items.put_nowait(item)

    assert ADAPTER.listen is not None
    assert ADAPTER.listens is not None
    listening = asyncio.create_task(ADAPTER.listen(scene.account, scene.http, emit))
    async with asyncio.timeout(20):
        await standing.wait()
        uri = await scene.standin.say("in 00001", source="comment")
        item = await items.get()
        did, collection, rkey = uri[5:].split("/")
        scene.standin.world.delete(did, collection, rkey)
        gone = await items.get()
    (message,) = ADAPTER.normalize(item.payload, utc_now())
    assert (message.id, message.thread.source, message.author.name) == (uri, Source.COMMENT, "Person 1")
    (deletion,) = ADAPTER.normalize(gone.payload, utc_now())
    assert isinstance(deletion, Deletion)
    assert deletion.target == uri
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    off = msgspec.structs.replace(scene.account, fields={**scene.account.fields, "stream_url": "off"})
    assert (ADAPTER.listens(scene.account), ADAPTER.listens(off)) == (True, False)


def test_keys_of_records_are_valid_sort_by_time_and_are_the_same_again() -> None:
    now = utc_now()
    first, later = new_id(now), new_id(now + timedelta(milliseconds=5))
    assert tid_of(first) == tid_of(UUID(str(first)))
    assert tid_of(first) < tid_of(later)
    for key in (tid_of(first), tid_of(UUID(int=7)), tid_from("like", "x"), tid_from("like", "y")):
        assert len(key) == 13
        assert set(key) <= set("234567abcdefghijklmnopqrstuvwxyz")
        assert key[0] in "234567abcdefghij"
