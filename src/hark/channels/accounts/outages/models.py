"""Shapes of health and outages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

OutageKind = Literal["reconnect", "subscription", "unreachable", "stream"]
"""The token is gone; the platform does not report events any more; it does not answer; its stream does not stand."""


class Failing(msgspec.Struct, frozen=True):
    """An account that does not work, since `began_at`."""

    workspace_id: UUID
    id: UUID
    kind: OutageKind
    cause: str
    began_at: datetime


class Outage(msgspec.Struct, frozen=True):
    """A time in which an account did not work. `restored_at`: it works again; `ended_at`: what was missed is there too.
    `told` and `closed`: its beginning and its end stand in the timelines, up to `told_until` and `ended_until`."""

    workspace_id: UUID
    id: UUID
    account_id: UUID
    kind: OutageKind
    cause: str
    began_at: datetime
    restored_at: datetime | None
    ended_at: datetime | None
    fetched: int
    told: bool
    told_until: UUID | None
    ended_until: UUID | None


class Affected(msgspec.Struct, frozen=True):
    """A conversation that an outage touches; `fetched` messages came only after it."""

    id: UUID
    fetched: int


class Standing(msgspec.Struct, frozen=True):
    """Everything about one account from which its health is told."""

    workspace_id: UUID
    id: UUID
    platform: str
    status: str
    status_reason: str | None
    created_at: datetime
    token_expires_at: datetime | None
    token_failures: int
    token_warned_at: datetime | None
    webhook_verified_at: datetime | None
    last_event_at: datetime | None
    reconciled_at: datetime | None
    polled_at: datetime | None
    poll_failing_at: datetime | None
    poll_error: dict[str, Any] | None
    health: dict[str, Any]
    listens: bool
    standing_at: datetime | None
    stream_failing_at: datetime | None
    stream_error: dict[str, Any] | None
    blocked_until: datetime | None
    block_reason: str | None
    opened_at: datetime | None
