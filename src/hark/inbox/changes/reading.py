"""What of a conversation has been seen. Reading is the team's, not one person's."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from hark.inbox.changes import repository
from hark.inbox.changes.change import lock_conversation, tell
from hark.inbox.models import Conversation
from hark.inbox.snapshots import load_conversations
from hark.infra.db import Connection
from hark.journal import Fact
from hark.workspaces.rights import Actor


async def mark_read(
    connection: Connection, actor: Actor, conversation_id: UUID, arrival: int, now: datetime
) -> tuple[Conversation, list[Fact]]:
    """Up to the message with this arrival number; one that is read already changes nothing."""
    before = await lock_conversation(connection, actor.workspace_id, conversation_id)
    if before.unread_count == 0 or arrival <= before.read_arrival:
        [conversation] = await load_conversations(connection, actor.workspace_id, [conversation_id])
        return conversation, []
    await repository.READ_UP_TO.run(connection, actor.workspace_id, conversation_id, arrival, now)
    return await tell(connection, actor, conversation_id, [], now)


async def mark_unread(
    connection: Connection, actor: Actor, conversation_id: UUID, now: datetime
) -> tuple[Conversation, list[Fact]]:
    """The customer's last message counts as unread again."""
    await lock_conversation(connection, actor.workspace_id, conversation_id)
    if not await repository.UNREAD_LAST.run(connection, actor.workspace_id, conversation_id, now):
        [conversation] = await load_conversations(connection, actor.workspace_id, [conversation_id])
        return conversation, []
    return await tell(connection, actor, conversation_id, [], now)
