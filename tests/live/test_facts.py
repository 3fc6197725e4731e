"""Facts reach everybody who follows, in order and without gaps, also after an absence."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
import websockets

from hark import journal
from hark.api import live
from hark.infra.bus import FACTS
from hark.journal import fact_of
from hark.realtime import feed, hub
from tests.support.live import listening, serving
from tests.support.people import Office, open_office


async def tag(office: Office, name: str) -> None:
    answer = await office.supervisor.call("POST", "/tags", {"name": name})
    assert answer.status_code == 201


async def many_tags(office: Office, count: int, text: str = "x") -> None:
    """`count` facts in one transaction."""
    state = {"id": UUID(int=1), "name": text, "color": "gray"}
    facts = [fact_of("tag.changed", office.hark.clock(), state) for _ in range(count)]
    async with office.hark.db.transaction() as connection:
        await journal.record(connection, office.workspace_id, facts)
    office.hark.bus.publish(FACTS, str(office.workspace_id))


async def test_hello_says_where_the_sequence_stands(office: Office, address: str) -> None:
    await tag(office, "one")
    async with listening(address, office.agent) as client:
        assert client.hello["type"] == "hello"
        assert client.hello["seq"] == 1
        assert client.hello["first_seq"] == 1
        assert client.hello["user_id"] == str(office.agent.user_id)


async def test_facts_after_hello_come_in_a_dense_sequence(office: Office, address: str) -> None:
    await tag(office, "before")
    async with listening(address, office.agent) as client:
        await office.hear("Hello there")
        await tag(office, "after")
        facts = await client.facts(3)
    assert [fact["seq"] for fact in facts] == [2, 3, 4]
    kinds = [fact["type"] for fact in facts]
    assert "message.added" in kinds
    assert "conversation.changed" in kinds
    message = next(fact for fact in facts if fact["type"] == "message.added")
    assert message["data"]["content"] == "Hello there"


async def test_a_message_is_seen_at_once_and_not_at_the_next_look(office: Office, address: str) -> None:
    async with listening(address, office.agent) as client:
        await client.say(type="presence", conversation_id=None)
        loop = asyncio.get_running_loop()
        await tag(office, "warm")
        await client.until("tag.changed")
        began = loop.time()
        await tag(office, "quick")
        await client.until("tag.changed")
        assert loop.time() - began < 0.5


async def test_a_lost_hint_costs_a_second_and_no_fact(office: Office, address: str) -> None:
    async with listening(address, office.agent) as client:
        state = {"id": UUID(int=1), "name": "quiet", "color": "gray"}
        async with office.hark.db.transaction() as connection:
            fact = fact_of("tag.changed", office.hark.clock(), state)
            await journal.record(connection, office.workspace_id, [fact])
        assert (await client.until("tag.changed", within=4))["data"]["name"] == "quiet"


async def test_resume_brings_everything_that_was_missed(office: Office, address: str) -> None:
    async with listening(address, office.agent) as client:
        last = client.hello["seq"]
    for index in range(7):
        await tag(office, f"missed {index}")
    async with listening(address, office.agent) as client:
        await client.say(type="resume", seq=last)
        await tag(office, "live again")
        facts = await client.facts(8)
    assert [fact["seq"] for fact in facts] == list(range(last + 1, last + 9))
    assert facts[-1]["data"]["name"] == "live again"


async def test_resume_over_more_than_is_kept_in_memory(
    office: Office, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "KEPT_FRAMES", 50)
    monkeypatch.setattr(feed, "PAGE", 20)
    await many_tags(office, 500)
    async with listening(address, office.agent) as client:
        await client.say(type="resume", seq=0)
        await many_tags(office, 30)
        facts = await client.facts(530)
    assert [fact["seq"] for fact in facts] == list(range(1, 531))


async def test_resume_from_before_the_kept_facts_is_a_reload(office: Office, address: str) -> None:
    await many_tags(office, 20)
    async with office.hark.db.transaction() as connection:
        await connection.execute("DELETE FROM fact WHERE seq <= 10")
        await connection.execute("UPDATE workspace_counter SET first_seq = 11")
    async with listening(address, office.agent) as client:
        assert client.hello["first_seq"] == 11
        await client.say(type="resume", seq=9)
        assert (await client.next())["type"] == "reload"
    async with listening(address, office.agent) as client:
        await client.say(type="resume", seq=10)
        assert [fact["seq"] for fact in await client.facts(10)] == list(range(11, 21))


async def test_a_slow_answer_to_a_resumption_leaves_no_gap(
    office: Office, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = hub.last_seq

    async def slow(*given: Any) -> int:
        await asyncio.sleep(2 * live.MOMENT)
        return await quick(*given)

    for number in range(12):
        await tag(office, f"t{number}")
    async with listening(address, office.agent) as client:
        monkeypatch.setattr(hub, "last_seq", slow)
        await client.say(type="resume", seq=5)
        await asyncio.sleep(1.2 * live.MOMENT)
        await tag(office, "meanwhile")
        assert [fact["seq"] for fact in await client.facts(5)] == list(range(6, 11))


async def test_resume_from_a_future_that_never_was_is_a_reload(office: Office, address: str) -> None:
    async with listening(address, office.agent) as client:
        await client.say(type="resume", seq=10_000)
        assert (await client.until("reload"))["seq"] == client.hello["seq"]


async def test_a_workspace_hears_nothing_of_another(office: Office, address: str) -> None:
    other = await open_office(office.hark, "Harbour Books", "-2")
    async with serving(other.app) as elsewhere, listening(elsewhere, other.agent) as stranger:
        async with listening(address, office.agent) as client:
            await tag(office, "ours")
            await client.until("tag.changed")
        await tag(other, "theirs")
        fact = await stranger.until("tag.changed")
        assert fact["data"]["name"] == "theirs"
        own = "SELECT max(seq) FROM fact WHERE workspace_id = $1"
        assert fact["seq"] == await office.hark.db.pool.fetchval(own, other.workspace_id)
    await other.close()


async def test_what_one_may_not_see_is_skipped_and_keeps_the_sequence_dense(
    office: Office, address: str
) -> None:
    async with listening(address, office.agent) as client:
        async with office.hark.db.transaction() as connection:
            facts = [
                fact_of("quarantine.changed", office.hark.clock(), {"count": 1}),
                fact_of(
                    "tag.changed", office.hark.clock(), {"id": UUID(int=1), "name": "x", "color": "gray"}
                ),
            ]
            await journal.record(connection, office.workspace_id, facts)
        first, second = await client.facts(2)
    assert first == {"type": "skipped", "seq": 1}
    assert second["type"] == "tag.changed"


async def test_a_key_with_the_scope_follows_and_one_without_does_not(office: Office, address: str) -> None:
    async def key(*scopes: str) -> str:
        answer = await office.administrator.call("POST", "/api-keys", {"name": "bot", "scopes": list(scopes)})
        token: str = answer.json()["token"]
        return token

    async with listening(address, key=await key("live", "conversations:read"), origin=None) as client:
        assert client.hello["user_id"] is None
        await office.hear("for the bot")
        assert (await client.until("message.added"))["data"]["content"] == "for the bot"
    with pytest.raises(websockets.InvalidStatus):
        async with listening(address, key=await key("conversations:read"), origin=None):
            pass


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
async def test_a_foreign_page_cannot_open_the_live_connection(
    office: Office, address: str, origin: str | None
) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with listening(address, office.agent, origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_nobody_is_let_in_without_signing_in(office: Office, address: str) -> None:
    with pytest.raises(websockets.InvalidStatus):
        async with listening(address):
            pass
