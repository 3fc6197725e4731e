"""Shapes of raw events."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

Origin = Literal["webhook", "poll", "stream", "history", "repair", "replay"]
"""How an event came: posted to us, asked for on schedule, from an open stream; imported, fetched after a gap, or taken out of
quarantine again."""

LIVE: frozenset[str] = frozenset({"webhook", "poll", "stream"})
"""What says that events come."""


class NewRaw(msgspec.Struct, frozen=True):
    """One item to record. `reason` set means: straight into quarantine, with `detail` for people."""

    workspace_id: UUID
    account_id: UUID
    dedup_key: str
    payload: bytes
    received_at: datetime
    origin: Origin = "webhook"
    reason: str | None = None
    detail: str | None = None


class ClaimedRaw(msgspec.Struct, frozen=True):
    """A raw event locked by the transaction that works on it."""

    workspace_id: UUID
    account_id: UUID
    id: int
    origin: str
    received_at: datetime
    payload: bytes


class Quarantined(msgspec.Struct, frozen=True):
    """A raw event that was not understood or not storable."""

    id: int
    account_id: UUID
    dedup_key: str
    received_at: datetime
    origin: str
    reason: str | None
    detail: str | None
    payload: bytes


class ReasonCount(msgspec.Struct, frozen=True):
    reason: str
    count: int
    latest_at: datetime
