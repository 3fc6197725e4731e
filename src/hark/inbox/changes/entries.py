"""Notes and activities: entries of a thread that only the team sees."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from hark.inbox.changes import repository
from hark.infra.db import Connection
from hark.kernel.ids import new_id
from hark.workspaces.rights import Actor


class Entry(msgspec.Struct, frozen=True):
    content: str
    content_type: str
    metadata: dict[str, Any] = {}


async def add_entries(
    connection: Connection,
    actor: Actor,
    conversation_id: UUID,
    account_id: UUID,
    kind: Literal["note", "activity"],
    entries: list[Entry],
    now: datetime,
) -> list[UUID]:
    """Adds entries in their order; gives their ids."""
    ids = [new_id(now) for _ in entries]
    await repository.ADD_ENTRIES.run(
        connection,
        actor.workspace_id,
        conversation_id,
        account_id,
        kind,
        "system" if actor.kind == "system" else "agent",
        actor.user_id,
        actor.name,
        now,
        ids,
        [entry.content for entry in entries],
        [entry.content_type for entry in entries],
        list(range(len(entries))),
        [entry.metadata for entry in entries],
    )
    return ids
