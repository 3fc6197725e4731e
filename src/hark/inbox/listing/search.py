"""Search by words: in messages, customers' names and case numbers. The last word may be unfinished."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import regex

from hark.inbox.listing import repository
from hark.inbox.listing.conversations import AFTER_ALL, page_of
from hark.inbox.listing.filters import ALL_STATUSES, Filters, values_of
from hark.inbox.models import Conversation
from hark.infra.db import Connection
from hark.kernel.pages import Page, decode_cursor
from hark.kernel.text import searchable

MOST_WORDS = 12
LONGEST = 200
"""Words of a query, and characters; what comes after is not looked for."""

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}_]+")
_NUMBER = regex.compile(r"(#?)(\d{1,15})")


async def search_conversations(
    connection: Connection, workspace_id: UUID, text: str, filters: Filters, limit: int, after: str | None
) -> Page[Conversation]:
    """Newest first; `#12` is only the case with this number. Call it inside a transaction: the plan is made anew for it."""
    number = _NUMBER.fullmatch(text.strip())
    query = None if number and number[1] else words_query(text)
    if query == "":
        return Page([], None)
    start = decode_cursor(after, tuple[datetime, UUID]) if after else AFTER_ALL
    await repository.PLAN_ANEW.run(connection)
    rows = await repository.SEARCH.all(
        connection,
        workspace_id,
        list(filters.statuses or ALL_STATUSES),
        *start,
        limit + 1,
        *values_of(filters),
        query,
        int(number[2]) if number else None,
    )
    return page_of(rows, limit, Filters())


def words_query(text: str) -> str:
    """A tsquery in which every word must occur, the last as a beginning. Empty when there is no word in the
    text.
    """
    words = _WORD.findall(searchable(text[:LONGEST]))[:MOST_WORDS]
    return " & ".join(f"'{word}'" for word in words) + ":*" if words else ""
