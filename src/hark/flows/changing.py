"""A change to a conversation with all that follows from it in the same transaction."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from hark.flows.clocks import keep_clocks
from hark.flows.context import Hark
from hark.flows.conversations import conversation_facts
from hark.inbox.changes import Change, change_conversation
from hark.inbox.models import Conversation
from hark.inbox.snapshots import load_conversations
from hark.infra.db import Connection
from hark.journal import Fact
from hark.workspaces.rights import Actor


async def change_case(
    hark: Hark, connection: Connection, actor: Actor, conversation_id: UUID, change: Change, now: datetime
) -> tuple[Conversation, list[Fact]]:
    """Status, priority, tags and assignment, and the clocks that they start, stop, pause or move."""
    conversation, facts = await change_conversation(connection, actor, conversation_id, change, now)
    return await with_clocks(hark, connection, actor, conversation, facts, now)


async def with_clocks(
    hark: Hark,
    connection: Connection,
    actor: Actor,
    conversation: Conversation,
    facts: list[Fact],
    now: datetime,
) -> tuple[Conversation, list[Fact]]:
    """A change that was made, and what it does to the clocks: the conversation as it is then, and the facts of both."""
    if not facts:
        return conversation, facts
    clocks = await keep_clocks(connection, hark, [(actor.workspace_id, conversation.id)], now)
    if clocks.conversations:
        [conversation] = await load_conversations(connection, actor.workspace_id, [conversation.id])
        facts = [each for each in facts if each.kind != "conversation.changed"]
        facts += await conversation_facts(
            connection, actor.workspace_id, [conversation.id], now, actor.reference
        )
    return conversation, [*facts, *clocks.facts[actor.workspace_id]]
