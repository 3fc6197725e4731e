"""Complete current states of conversations and messages, as facts and API answers carry them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from hark.inbox import repository
from hark.inbox.models import Attachment, Conversation, Message
from hark.inbox.rows import AttachmentRow
from hark.infra.db import Connection


async def load_conversations(
    connection: Connection, workspace_id: UUID, ids: Iterable[UUID]
) -> list[Conversation]:
    return await repository.LOAD_CONVERSATIONS.all(connection, workspace_id, list(ids))


async def load_messages(connection: Connection, workspace_id: UUID, ids: Iterable[UUID]) -> list[Message]:
    """In the order of arrival."""
    messages = await repository.LOAD_MESSAGES.all(connection, workspace_id, list(ids))
    return await with_attachments(connection, workspace_id, messages)


async def with_attachments(
    connection: Connection, workspace_id: UUID, messages: Sequence[Message]
) -> list[Message]:
    """The messages with their attachments filled in: one further statement, none when no message can have any."""
    asked = [message.id for message in messages if message.content_type != "text"]
    if not asked:
        return list(messages)
    found: dict[UUID, list[Attachment]] = defaultdict(list)
    for row in await repository.LOAD_ATTACHMENTS.all(connection, workspace_id, asked):
        found[row.message_id].append(_shown(row))
    return [
        msgspec.structs.replace(message, attachments=found[message.id]) if message.id in found else message
        for message in messages
    ]


def _shown(row: AttachmentRow) -> Attachment:
    values = msgspec.structs.asdict(row)
    del values["message_id"]
    return Attachment(**values)
