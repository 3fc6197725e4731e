"""The ground rule of shared/reliability.md, asked of the database, the network and the live client after a run."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from hark.journal import read_facts
from tests.faults.scene import Line, Scene
from tests.support.desk import check_counters

_UNKNOWN = """
    SELECT m.content, d.state, t.* FROM message m
    JOIN delivery d ON d.workspace_id = m.workspace_id AND d.message_id = m.id
    JOIN attempt t ON t.workspace_id = d.workspace_id AND t.delivery_id = d.id
    WHERE m.delivery_status = 'unknown' ORDER BY m.content, t.number
"""
CONFIRMED = {"sent", "delivered", "read"}


async def check_ground_rule(scene: Scene, *, may_be_unknown: bool = True) -> dict[str, Any]:
    """Each inbound number stored exactly once; each outbound number accepted exactly once or shown as unknown; order by the
    platform's time; counters equal a recount; the journal dense; the live client level with a fresh load."""
    found: Counter[str] = Counter()
    for line in scene.lines:
        await _check_inbound(scene, line)
        found.update(await _check_outbound(scene, line, may_be_unknown))
    assert await scene.db.pool.fetchval("SELECT count(*) FROM raw_event WHERE state <> 'done'") == 0
    await check_counters(scene.db)
    await _check_journal(scene)
    if scene.watcher.connections:
        await _check_watcher(scene)
    return {"lost": 0, "stored_twice": 0, "sent_twice": 0, **found}


async def _check_inbound(scene: Scene, line: Line) -> None:
    rows = await scene.db.pool.fetch(
        """
        SELECT c.thread_key, left(m.content, 8) AS content FROM message m
        JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
        WHERE m.account_id = $1 AND m.direction = 'inbound' ORDER BY m."timestamp", m.position, m.id
        """,
        line.account.account_id,
    )
    stored = Counter(row["content"] for row in rows)
    assert stored == Counter(f"in {number:05}" for number in range(1, line.written + 1))
    threads: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        threads[row["thread_key"]].append(row["content"])
    for contents in threads.values():
        assert contents == sorted(contents)


async def _check_outbound(scene: Scene, line: Line, may_be_unknown: bool) -> Counter[str]:
    rows = await scene.db.pool.fetch(
        "SELECT id, content, delivery_status FROM message WHERE account_id = $1 AND direction = 'outbound'",
        line.account.account_id,
    )
    asked = Counter(row["content"] for row in rows)
    assert asked == Counter(f"out {number:05}" for number in range(1, line.asked + 1))
    accepted = Counter(item.text for item in line.accepted())
    assert [text for text, count in accepted.items() if count > 1] == [], "sent twice"
    statuses: Counter[str] = Counter()
    for row in rows:
        status = row["delivery_status"]
        statuses[status if status not in CONFIRMED else "confirmed"] += 1
        if row["content"] in accepted:
            assert status in CONFIRMED | {"unknown"}, (row["content"], status)
        else:
            assert status == "unknown", (row["content"], status)
    if not may_be_unknown and statuses["unknown"]:
        raise AssertionError([dict(each) for each in await scene.db.pool.fetch(_UNKNOWN)])
    _check_sending_order(line)
    return statuses


def _check_sending_order(line: Line) -> None:
    threads: dict[str, list[str]] = defaultdict(list)
    for item in line.accepted():
        threads[item.thread].append(item.text)
    for texts in threads.values():
        assert texts == sorted(texts), "a conversation's messages overtook one another"


async def _check_journal(scene: Scene) -> None:
    workspace, seq = scene.line.account.workspace_id, 0
    async with scene.db.connection() as connection:
        while facts := await read_facts(connection, workspace, seq, 5000):
            assert [fact.seq for fact in facts] == list(range(seq + 1, seq + 1 + len(facts)))
            seq = facts[-1].seq


async def _check_watcher(scene: Scene) -> None:
    """Against what the API gives to somebody who opens the page now."""
    watcher, agent = scene.watcher, scene.line.agent
    assert watcher.gaps == []
    assert watcher.reloads == 0
    conversations = {each["id"]: each for each in await _listed(scene, "/conversations")}
    assert watcher.conversations == conversations
    messages: dict[str, Any] = {}
    for conversation in conversations:
        page: dict[str, Any] = {"before": None}
        while True:
            page = await agent.get(
                f"/conversations/{conversation}/messages", limit=200, before=page["before"]
            )
            messages.update({each["id"]: each for each in page["items"]})
            if page["before"] is None:
                break
    assert watcher.messages == messages


async def _listed(scene: Scene, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    after = None
    while True:
        page = await scene.line.agent.get(path, limit=200, after=after)
        items += page["items"]
        after = page["next"]
        if after is None:
            return items
