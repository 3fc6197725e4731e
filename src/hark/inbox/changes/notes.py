"""Internal notes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from hark.inbox.changes import repository
from hark.inbox.changes.change import lock_conversation
from hark.inbox.changes.entries import Entry, add_entries
from hark.inbox.models import Message
from hark.inbox.snapshots import load_messages
from hark.infra.db import Connection
from hark.journal import Fact, FactKind, fact_of
from hark.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hark.workspaces import audit
from hark.workspaces.rights import Actor


async def add_note(
    connection: Connection, actor: Actor, conversation_id: UUID, content: str, now: datetime
) -> tuple[Message, list[Fact]]:
    if not content.strip():
        raise Invalid("A note needs some text.", fields={"content": "is empty"})
    before = await lock_conversation(connection, actor.workspace_id, conversation_id)
    entry = Entry(content, "text")
    ids = await add_entries(connection, actor, before.id, before.account_id, "note", [entry], now)
    return await _told(connection, actor, ids[0], now, added=True)


async def delete_note(
    connection: Connection, actor: Actor, message_id: UUID, now: datetime
) -> tuple[Message, list[Fact]]:
    """Empties a note; its place in the thread stays. One's own, or anybody's for supervisors."""
    found = await load_messages(connection, actor.workspace_id, [message_id])
    if not found:
        raise NotFound("There is no such message.")
    note = found[0]
    if note.kind != "note":
        raise Conflict("Only a note can be deleted here.", code="not_a_note")
    if note.sender_id != actor.id and "tags:write" not in actor.rights:
        raise Forbidden("This is a colleague's note.")
    if not await repository.DELETE_NOTE.run(connection, actor.workspace_id, message_id, now):
        return note, []
    await audit.note(connection, actor, "note.deleted", now, subject=str(message_id))
    return await _told(connection, actor, message_id, now, added=False)


async def _told(
    connection: Connection, actor: Actor, message_id: UUID, now: datetime, *, added: bool
) -> tuple[Message, list[Fact]]:
    [message] = await load_messages(connection, actor.workspace_id, [message_id])
    kind: FactKind = "message.added" if added else "message.changed"
    place = message.conversation_id
    return message, [fact_of(kind, now, message, conversation_id=place, actor=actor.reference)]
