"""Connections end with a reason: too slow, signed out, removed, or the server stops."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
import websockets

from hark.infra.db import Database
from hark.realtime import client, feed
from hark.realtime.client import Client
from hark.realtime.feed import Feed, Frame
from hark.workspaces.rights import user_actor
from tests.live.test_facts import many_tags
from tests.support.live import listening
from tests.support.people import Office


async def test_signing_out_ends_the_live_connection_at_once(office: Office, address: str) -> None:
    async with listening(address, office.agent) as agent:
        assert (await office.agent.call("DELETE", "/session")).status_code == 204
        assert (await agent.until("bye", within=5))["reason"] == "signed_out"
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await agent.socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def test_a_removed_member_is_out_within_five_seconds(office: Office, address: str) -> None:
    async with listening(address, office.agent) as agent:
        answer = await office.administrator.call("DELETE", f"/members/{office.agent.user_id}")
        assert answer.status_code == 204
        assert (await agent.until("bye", within=5))["reason"] == "removed"


async def test_a_removed_member_is_out_although_the_hint_was_lost(office: Office, address: str) -> None:
    async with listening(address, office.agent) as agent:
        async with office.hark.db.transaction() as connection:
            await connection.execute(
                "UPDATE member SET removed_at = now() WHERE user_id = $1", office.agent.user_id
            )
        assert (await agent.until("bye", within=5))["reason"] == "removed"


async def test_a_revoked_key_is_out(office: Office, address: str) -> None:
    made = (await office.administrator.call("POST", "/api-keys", {"name": "bot", "scopes": ["live"]})).json()
    async with listening(address, key=made["token"], origin=None) as bot:
        await office.administrator.call("DELETE", f"/api-keys/{made['id']}")
        assert (await bot.until("bye", within=5))["reason"] == "removed"


async def test_a_lowered_role_stops_seeing_what_it_may_not(office: Office, address: str) -> None:
    async with listening(address, office.supervisor) as person:
        path = f"/members/{office.supervisor.user_id}"
        await office.administrator.call("PATCH", path, {"role": "agent"})
        await person.until("member.changed")
        await asyncio.sleep(0)
        found = next(iter(office.door.hub._clients))
        for _ in range(500):
            if found.actor.role == "agent":
                break
            await asyncio.sleep(0.01)
        assert found.actor.role == "agent"
        assert "quarantine:read" not in found.actor.rights


async def test_a_stopping_server_says_so(office: Office, address: str) -> None:
    async with listening(address, office.agent) as agent:
        await office.door.hub.stop()
        assert (await agent.until("bye"))["reason"] == "server_stopping"


async def test_a_client_that_does_not_read_is_dropped_and_others_are_not(
    office: Office, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "KEPT_FRAMES", 200)
    async with listening(address, office.agent) as slow, listening(address, office.supervisor) as quick:
        await slow.say(type="presence", conversation_id=None)
        await quick.say(type="presence", conversation_id=None)
        slow.socket.transport.pause_reading()
        for _ in range(12):
            await many_tags(office, 100, "x" * 20_000)
            await quick.facts(100, within=20)
        await _gone(office)
    assert quick.hello["seq"] == 0


async def _gone(office: Office) -> None:
    for _ in range(1000):
        if len(office.door.hub._clients) == 1:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the slow client is still connected")


async def test_what_waits_for_a_stuck_client_is_bounded(db: Database) -> None:
    """It holds a position, not a queue: only the newest frames are kept, once for all."""
    kept = Feed(db, UUID(int=1))
    stuck = asyncio.Event()

    async def send(_: str) -> None:
        await stuck.wait()

    reader = Client(1, user_actor(UUID(int=2), "Kim", "agent", UUID(int=1)), b"", kept, send)
    reader.begin()
    writing = asyncio.create_task(reader.write())
    for start in range(1, 40_001, 1000):
        kept._keep([Frame(seq, "tag.changed", "x" * 100) for seq in range(start, start + 1000)])
    assert len(kept._kept) <= feed.KEPT_FRAMES
    assert kept._bytes <= feed.KEPT_BYTES
    stuck.set()
    reader.tell("presence")
    assert await asyncio.wait_for(reader.ended, 2) == "slow_client"
    writing.cancel()


async def test_presence_that_waits_is_bounded() -> None:
    kept = Feed(None, UUID(int=1))  # type: ignore[arg-type]

    async def send(_: str) -> None:
        await asyncio.Event().wait()

    reader = Client(1, user_actor(UUID(int=2), "Kim", "agent", UUID(int=1)), b"", kept, send)
    for index in range(10_000):
        reader.tell(str(index))
    assert len(reader._soon) == client.MOST_EPHEMERAL
