"""Whatever order, however often, in whatever batches: the stored state is that of the ordered run."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from hark.flows.context import Hark
from hark.flows.inbound import ingest_pending
from hark.inbox import repository as inbox
from hark.infra.db import Database
from tests.support.program import compose, connect, receive
from tests.support.sandbox_events import body, delete, dm, edit, react, receipt
from tests.support.state import stored_state


def story() -> list[dict[str, Any]]:
    """Two customers: answers, an album, edits, a withdrawn message, reactions, receipts before and after their time."""
    return [
        dm(1, "Is the Aurora back in stock?", at=0),
        dm(2, "In blue, I mean", at=1_000),
        edit(1, 2, "In dark blue, I mean", 2_000),
        dm(3, "Yes, two are left.", at=60_000, ours=True),
        receipt(1, "delivered", 60_500, target=3),
        receipt(2, "read", 61_000),
        react(1, 3, ["👍"], 62_000),
        react(2, 3, ["❤️"], 63_000),
        dm(4, "wrong window, sorry", at=64_000),
        delete(1, 4, 65_000),
        dm(5, "One please", at=66_000),
        edit(2, 2, "In navy, I mean", 67_000),
        dm(11, "My chain broke", by="jonas", at=10_000, album="a1", media=[{"kind": "image", "id": "f1"}]),
        dm(12, "", by="jonas", at=10_000, album="a1", media=[{"kind": "image", "id": "f2"}]),
        dm(13, "", by="jonas", at=10_000, album="a1", media=[{"kind": "image", "id": "f3"}]),
        dm(14, "Oh no. Bring it in!", by="jonas", at=20_000, ours=True),
        receipt(3, "read", 21_000, by="jonas"),
        dm(15, "Tomorrow at ten?", by="jonas", at=30_000),
        react(3, 11, ["😱"], 31_000, by="jonas"),
        react(4, 3, [], 68_000),
        dm(16, "", by="jonas", at=32_000, media=[{"kind": "image", "id": "f4"}]),
        edit(3, 16, "the right picture", 33_000, media=[{"kind": "image", "id": "f5"}]),
        edit(4, 16, "the really right one", 34_000, media=[{"kind": "image", "id": "f6"}]),
    ]


async def drain(hark: Hark, limit: int = 500) -> None:
    while (await ingest_pending(hark, limit)).claimed:
        pass


async def run(hark: Hark, events: list[dict[str, Any]], batches: list[int]) -> dict[str, Any]:
    account = await connect(hark)
    rest = list(events)
    while rest:
        size = batches.pop() if batches else len(rest)
        await receive(hark, account, body(*rest[:size]))
        rest = rest[size:]
        if random.random() < 0.6:
            await drain(hark, random.choice([1, 3, 500]))
    await drain(hark)
    async with hark.db.connection() as connection:
        state = await stored_state(connection, account.workspace_id)
        counted = await recounted(hark, account.workspace_id)
    assert state["conversations"] == counted["conversations"], "the running figures differ from a recount"
    return state


async def recounted(hark: Hark, workspace_id: Any) -> dict[str, Any]:
    """The state after every figure was computed from the messages alone; rolled back."""
    async with hark.db.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        rows = await connection.fetch(
            "SELECT workspace_id, id FROM conversation WHERE workspace_id = $1", workspace_id
        )
        keys = [[row[0] for row in rows], [row[1] for row in rows]]
        await inbox.RECOUNT.run(connection, *keys, hark.clock())
        state = await stored_state(connection, workspace_id)
        await transaction.rollback()
    return state


@pytest.fixture
async def ordered(hark: Hark) -> dict[str, Any]:
    random.seed(0)
    return await run(hark, story(), [])


async def test_the_ordered_run_tells_the_story(ordered: dict[str, Any]) -> None:
    mara = [m for m in ordered["messages"] if m["thread_key"] == "p-mara"]
    assert [m["content"] for m in mara] == [
        "Is the Aurora back in stock?",
        "In navy, I mean",
        "Yes, two are left.",
        "",
        "One please",
    ]
    assert mara[1]["versions"] == ["In blue, I mean", "In dark blue, I mean", "In navy, I mean"]
    assert mara[2]["delivery_status"] == "read"
    assert mara[2]["reactions"] == []
    assert mara[3]["deleted_at"] is not None
    jonas = [m for m in ordered["messages"] if m["thread_key"] == "p-jonas"]
    assert jonas[0]["attachments"] == ["image:f1:pending", "image:f2:pending", "image:f3:pending"]
    assert jonas[0]["content"] == "My chain broke"
    assert [r["emoji"] for r in jonas[0]["reactions"]] == [["😱"]]
    assert jonas[-1]["attachments"] == ["image:f6:pending"]
    first = next(c for c in ordered["conversations"] if c["thread_key"] == "p-mara")
    assert (first["message_count"], first["unread_count"], first["status"]) == (5, 4, "open")
    assert first["preview"] == "One please"


@pytest.mark.parametrize("seed", range(12))
async def test_shuffled_and_repeated_events_end_in_the_same_state(
    db: Database, tmp_path: Path, seed: int
) -> None:
    hark = compose(db, tmp_path)
    expected = await run(hark, story(), [])
    for round_number in range(4):
        random.seed(seed * 100 + round_number)
        events = [event for event in story() for _ in range(random.randint(1, 5))]
        random.shuffle(events)
        state = await run(hark, events, [random.randint(1, 9) for _ in range(40)])
        assert state == expected


async def test_four_workers_at_once_are_as_one(hark: Hark) -> None:
    random.seed(7)
    expected = await run(hark, story(), [])
    account = await connect(hark)
    events = [event for event in story() for _ in range(3)]
    random.shuffle(events)

    async def deliver(part: list[dict[str, Any]]) -> None:
        for event in part:
            await receive(hark, account, body(event))
            await ingest_pending(hark, 4)

    await asyncio.gather(*(deliver(events[n::4]) for n in range(4)))
    await drain(hark)
    async with hark.db.connection() as connection:
        assert await stored_state(connection, account.workspace_id) == expected
