"""What events say about people: who blocked us, who writes again, whose names change."""

from __future__ import annotations

from typing import Any

from hark.flows.context import Hark
from hark.flows.inbound import ingest_pending
from tests.support.program import Connected, connect, receive
from tests.support.sandbox_events import BASE, body, dm, person


def blocked(number: int, at: int, kind: str = "block") -> dict[str, Any]:
    return {"id": f"e-{kind}-{number}", "kind": kind, "at": BASE + at, "person": person("mara")}


async def take(hark: Hark, account: Connected, *events: dict[str, Any]) -> None:
    await receive(hark, account, body(*events))
    while (await ingest_pending(hark)).claimed:
        pass


async def reachable(hark: Hark) -> bool:
    found: bool = await hark.db.pool.fetchval(
        "SELECT reachable FROM identity WHERE platform_user_id = 'p-mara'"
    )
    return found


async def test_who_blocked_us_and_writes_again_can_be_answered(hark: Hark) -> None:
    account = await connect(hark)
    await take(hark, account, dm(1, "Hello?"), blocked(1, 1_000))
    assert not await reachable(hark)
    await take(hark, account, dm(2, "sorry, wrong button", at=2_000))
    assert await reachable(hark)


async def test_a_late_message_from_before_the_block_does_not_lift_it(hark: Hark) -> None:
    account = await connect(hark)
    await take(hark, account, dm(1, "Hello?"), blocked(1, 5_000))
    await take(hark, account, dm(2, "Anybody?", at=2_000))
    assert not await reachable(hark)


async def test_a_block_told_late_says_nothing_about_who_has_written_since(hark: Hark) -> None:
    account = await connect(hark)
    await take(hark, account, dm(1, "Hello?", at=5_000))
    await take(hark, account, blocked(1, 1_000))
    assert await reachable(hark)
    await take(hark, account, blocked(2, 6_000))
    assert not await reachable(hark)


async def test_an_older_block_does_not_undo_a_later_unblock(hark: Hark) -> None:
    account = await connect(hark)
    await take(hark, account, dm(1, "Hello?"), blocked(2, 9_000, "unblock"))
    await take(hark, account, blocked(1, 1_000))
    assert await reachable(hark)


async def test_a_name_given_by_an_agent_stays_and_the_platforms_name_follows_otherwise(hark: Hark) -> None:
    account = await connect(hark)
    await take(hark, account, dm(1, "Hello?"), dm(2, "Hi", by="jonas"))
    await hark.db.pool.execute("UPDATE customer SET name = 'Mara (wholesale)' WHERE name = 'Mara'")
    renamed = [dm(3, "again", at=10), dm(4, "again", by="jonas", at=10)]
    for event in renamed:
        event["item"]["author"]["name"] = event["item"]["author"]["name"] + " Lind"
        event["item"]["partner"] = event["item"]["author"]
    await take(hark, account, *renamed)
    names = await hark.db.pool.fetch("SELECT name FROM customer ORDER BY name")
    assert [row["name"] for row in names] == ["Jonas Lind", "Mara (wholesale)"]
