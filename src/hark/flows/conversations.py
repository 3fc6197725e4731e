"""What several flows do after they changed messages of a conversation: figures, facts, journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from hark.inbox import repository
from hark.inbox.snapshots import load_conversations, load_messages
from hark.infra.db import Connection, columns
from hark.journal import Fact, FactKind, fact_of


async def recount(connection: Connection, workspace_id: UUID, ids: Iterable[UUID], now: datetime) -> None:
    """Brings the conversations' figures up to date with their messages."""
    keys = columns([(workspace_id, each) for each in sorted(ids)], 2)
    await repository.RECOUNT.run(connection, *keys, now)
    await repository.FOLLOW_TAGS.run(connection, *keys)


async def message_facts(
    connection: Connection,
    workspace_id: UUID,
    ids: Sequence[UUID],
    now: datetime,
    kind: FactKind = "message.changed",
    actor: str | None = None,
) -> list[Fact]:
    messages = await load_messages(connection, workspace_id, ids)
    return [
        fact_of(kind, now, message, conversation_id=message.conversation_id, actor=actor)
        for message in messages
    ]


async def conversation_facts(
    connection: Connection, workspace_id: UUID, ids: Iterable[UUID], now: datetime, actor: str | None = None
) -> list[Fact]:
    found = await load_conversations(connection, workspace_id, ids)
    return [
        fact_of("conversation.changed", now, each, conversation_id=each.id, actor=actor)
        for each in sorted(found, key=lambda each: each.id)
    ]
