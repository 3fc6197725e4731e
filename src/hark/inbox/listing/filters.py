"""What a list of conversations can be narrowed by, and which of the filters chooses the index."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec

from hark.inbox.models import PRIORITIES, Priority, Status

ALL_STATUSES: tuple[Status, ...] = ("open", "pending", "resolved", "closed")


class Filters(msgspec.Struct, frozen=True):
    """Absent (None, False) filters do not narrow. `statuses` empty means all."""

    statuses: tuple[Status, ...] = ()
    assignee: UUID | None = None
    unassigned: bool = False
    account: UUID | None = None
    platform: str | None = None
    source: str | None = None
    priority: Priority | None = None
    unread: bool = False
    tag: str | None = None
    customer: UUID | None = None
    sort: Literal["newest", "waiting", "answer_by"] = "newest"


# The one that leaves fewest rows in practice first.
_LEADING = (
    "customer",
    "tag",
    "assignee",
    "priority",
    "unread",
    "account",
    "unassigned",
    "source",
    "platform",
)


def leading_filter(filters: Filters) -> str | None:
    """Which filter's index is walked."""
    return next((name for name in _LEADING if getattr(filters, name)), None)


def values_of(filters: Filters) -> tuple[Any, ...]:
    """The parameters $6 to $14 of every list statement."""
    priority = None if filters.priority is None else PRIORITIES.index(filters.priority)
    return (
        filters.assignee,
        filters.unassigned,
        filters.account,
        filters.platform,
        filters.source,
        priority,
        filters.unread,
        filters.tag,
        filters.customer,
    )
