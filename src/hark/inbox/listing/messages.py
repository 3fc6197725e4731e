"""Pages of a thread, newest page first, each in the order of the thread."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from hark.inbox.listing import repository
from hark.inbox.listing.conversations import AFTER_ALL
from hark.inbox.models import Message, MessageVersion
from hark.inbox.snapshots import load_messages, with_attachments
from hark.infra.db import Connection
from hark.kernel.errors import NotFound
from hark.kernel.pages import decode_cursor, encode_cursor

LAST_POSITION = (1 << 63) - 1


class MessagePage(msgspec.Struct, frozen=True):
    """Messages in platform order; `before` gives the page before this one, null at the beginning of the
    thread.
    """

    items: list[Message]
    before: str | None = None


async def list_messages(
    connection: Connection, workspace_id: UUID, conversation_id: UUID, limit: int, before: str | None
) -> MessagePage:
    """Two statements whatever the page holds: the messages, and the attachments of all of them."""
    start = (AFTER_ALL[0], LAST_POSITION, AFTER_ALL[1])
    if before:
        start = decode_cursor(before, tuple[datetime, int, UUID])
    rows = await repository.THREAD.all(connection, workspace_id, conversation_id, *start, limit + 1)
    cursor = None
    if len(rows) > limit:
        first = rows[limit - 1]
        cursor = encode_cursor(first.timestamp, first.position, first.id)
    shown = await with_attachments(connection, workspace_id, rows[:limit][::-1])
    return MessagePage(shown, cursor)


async def load_message(connection: Connection, workspace_id: UUID, message_id: UUID) -> Message:
    found = await load_messages(connection, workspace_id, [message_id])
    if not found:
        raise NotFound("There is no such message.")
    return found[0]


async def list_versions(connection: Connection, workspace_id: UUID, message_id: UUID) -> list[MessageVersion]:
    """The texts that a message had, oldest first."""
    await load_message(connection, workspace_id, message_id)
    return await repository.VERSIONS.all(connection, workspace_id, message_id)
