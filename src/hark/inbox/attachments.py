"""Attachments of inbound messages as rows; the files themselves are fetched later by their own queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from hark.channels.contract import Attachment
from hark.inbox import repository
from hark.inbox.arrivals import attachment_state
from hark.inbox.rows import Owner
from hark.infra.db import Connection, columns
from hark.kernel.text import storable

AttachmentRecord = tuple[object, ...]
"""The columns that `repository.INSERT_ATTACHMENTS` takes, in order."""


def attachment_rows(
    attachments: Sequence[Attachment],
    owner: Owner,
    now: datetime,
    new_id: Callable[[datetime], UUID],
    *,
    piece: str | None = None,
    first: int = 0,
    caption: str | None = None,
) -> list[AttachmentRecord]:
    """Rows for the attachments of one message, or of one `piece` (platform id) of a message that comes in pieces."""
    return [
        (
            owner.workspace_id,
            new_id(now),
            owner.id,
            owner.conversation_id,
            owner.account_id,
            _text(piece),
            first + index,
            storable(attachment.kind),
            _text(attachment.name),
            _text(attachment.mime_type),
            attachment.size,
            attachment.width,
            attachment.height,
            attachment.duration,
            _text(caption) if index == 0 else None,
            _text(attachment.url),
            _text(attachment.file_id),
            *attachment_state(attachment),
            attachment.data,
            _text(attachment.alt),
        )
        for index, attachment in enumerate(attachments)
    ]


async def insert_attachments(connection: Connection, rows: Sequence[AttachmentRecord], now: datetime) -> None:
    if rows:
        await repository.INSERT_ATTACHMENTS.run(connection, *columns(rows, 21), now)


def _text(value: str | None) -> str | None:
    return None if value is None else storable(value)
