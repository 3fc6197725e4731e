"""Pages of conversations."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from hark.inbox.listing import repository
from hark.inbox.listing.filters import ALL_STATUSES, Filters, leading_filter, values_of
from hark.inbox.listing.rows import Counts
from hark.inbox.models import Conversation
from hark.inbox.snapshots import load_conversations
from hark.infra.db import Connection, Statement
from hark.kernel.errors import NotFound
from hark.kernel.pages import Page, decode_cursor, encode_cursor

AFTER_ALL = (datetime(9999, 12, 31, tzinfo=UTC), UUID(int=(1 << 128) - 1))
BEFORE_ALL = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))


async def list_conversations(
    connection: Connection, workspace_id: UUID, filters: Filters, limit: int, after: str | None
) -> Page[Conversation]:
    """Newest message first, longest waiting first (then only those who wait), or by when an answer is due (those without such a
    time at the end)."""
    statuses = list(filters.statuses or ALL_STATUSES)
    start = decode_cursor(after, tuple[datetime, UUID]) if after else _start(filters)
    rows = await _statement(filters, len(statuses) > 1).all(
        connection, workspace_id, statuses, *start, limit + 1, *values_of(filters)
    )
    return page_of(rows, limit, filters)


def page_of(rows: list[Conversation], limit: int, filters: Filters) -> Page[Conversation]:
    """The page, its cursor taken from its last row when there was one more."""
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], encode_cursor(_key(last, filters), last.id))


def _key(last: Conversation, filters: Filters) -> datetime | None:
    if filters.sort == "answer_by":
        return last.answer_by or AFTER_ALL[0]
    return last.waiting_since if filters.sort == "waiting" else last.last_message_at


async def load_conversation(
    connection: Connection, workspace_id: UUID, conversation_id: UUID
) -> Conversation:
    found = await load_conversations(connection, workspace_id, [conversation_id])
    if not found:
        raise NotFound("There is no such conversation.")
    return found[0]


async def count_conversations(connection: Connection, workspace_id: UUID, user_id: UUID | None) -> Counts:
    return await repository.COUNTS.one(connection, workspace_id, user_id)


def _start(filters: Filters) -> tuple[datetime, UUID]:
    return AFTER_ALL if filters.sort == "newest" else BEFORE_ALL


def _statement(filters: Filters, several: bool) -> Statement[Conversation]:
    if filters.sort == "answer_by":
        return repository.ANSWER_BY_SEVERAL if several else repository.ANSWER_BY
    if filters.sort == "waiting":
        return repository.WAITING_SEVERAL if several else repository.WAITING
    return (repository.NEWEST_SEVERAL if several else repository.NEWEST)[leading_filter(filters)]
