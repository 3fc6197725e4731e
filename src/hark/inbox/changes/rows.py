"""A conversation as a change sees it, locked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hark.inbox.models import Status


class Locked(msgspec.Struct, frozen=True):
    """The changeable part of a conversation. `priority` is an index into `models.PRIORITIES`."""

    id: UUID
    account_id: UUID
    live: bool
    status: Status
    status_at: datetime
    priority: int
    assigned_to: UUID | None
    assigned_at: datetime | None
    assigned_reason: dict[str, Any] | None
    resolved_at: datetime | None
    snoozed_until: datetime | None
    tags: list[str]
    unread_count: int
    read_arrival: int
