"""The languages of conversations, found right after their messages came, many at a time; and put right by a person."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hark.flows.context import Hark
from hark.inbox.changes.change import lock_conversation, tell
from hark.inbox.changes.entries import Entry, add_entries
from hark.inbox.languages import detect_language, repository
from hark.inbox.languages.repository import SETTLED, Unread
from hark.inbox.models import Conversation
from hark.inbox.snapshots import load_conversations
from hark.infra.bus import FACTS, ROUTING
from hark.infra.db import Connection, columns
from hark.journal import Fact, fact_of, record
from hark.kernel.waiting import first_of
from hark.workspaces.rights import Actor

BATCH = 500


async def detect_pending(hark: Hark, limit: int = BATCH) -> int:
    """Looks at one batch of conversations in which something new was said; gives how many. Facts only where it changed."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        due = await repository.CLAIM.all(connection, limit)
        if not due:
            return 0
        found = await asyncio.to_thread(_look, due)
        await repository.SAVE.run(connection, *columns(found, 4))
        changed: dict[UUID, list[UUID]] = defaultdict(list)
        for before, after in zip(due, found, strict=True):
            if before.language != after[2]:
                changed[before.workspace_id].append(before.id)
        for workspace in sorted(changed, key=lambda each: each.int):
            await _record(connection, workspace, changed[workspace], now)
    for workspace in changed:
        hark.bus.publish(FACTS, str(workspace))
        hark.bus.publish(ROUTING, str(workspace))
    return len(due)


async def read_new(connection: Connection, new: Sequence[tuple[UUID, UUID]]) -> None:
    """The languages of conversations that have just opened, so that who gets them can depend on it; costs one statement where
    nobody's languages are set."""
    if not new:
        return
    due = await repository.OF_THESE.all(connection, *columns(sorted(new, key=str), 2))
    if due:
        await repository.SAVE.run(connection, *columns(_look(due), 4))


async def languages_loop(hark: Hark, stop: asyncio.Event) -> None:
    """Woken by facts, of which every new message is one, and once a second in case a hint was lost."""
    wake = asyncio.Event()
    unsubscribe = hark.bus.subscribe(FACTS, lambda _: wake.set())
    try:
        while not stop.is_set():
            wake.clear()
            if await detect_pending(hark) < BATCH:
                await first_of(wake, stop, timeout=1.0)
    finally:
        unsubscribe()


async def correct_language(
    connection: Connection, actor: Actor, conversation_id: UUID, language: str | None, now: datetime
) -> tuple[Conversation, list[Fact]]:
    """What a person says holds, whatever is written later."""
    before = await lock_conversation(connection, actor.workspace_id, conversation_id)
    await repository.CORRECT.run(connection, actor.workspace_id, conversation_id, language, now)
    entry = Entry("", "language_changed", {"to": language})
    added = await add_entries(connection, actor, before.id, before.account_id, "activity", [entry], now)
    return await tell(connection, actor, conversation_id, added, now)


def _look(due: Sequence[Unread]) -> list[tuple[UUID, UUID, str | None, int]]:
    """An earlier finding stays when there is nothing new to tell."""
    rows = []
    for each in due:
        found = detect_language(each.text or "")
        arrival = SETTLED if found.settled else each.last_arrival
        rows.append((each.workspace_id, each.id, found.language or each.language, arrival))
    return rows


async def _record(connection: Connection, workspace_id: UUID, ids: list[UUID], now: datetime) -> None:
    changed = await load_conversations(connection, workspace_id, ids)
    facts = [
        fact_of("conversation.changed", now, each, conversation_id=each.id, actor="system")
        for each in changed
    ]
    await record(connection, workspace_id, facts)
