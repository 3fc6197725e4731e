"""Rows that ingest works with; not shown to anybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class Candidate(msgspec.Struct, frozen=True):
    """A conversation of an asked thread (`n` is the place in the question)."""

    n: int
    workspace_id: UUID
    id: UUID
    live: bool
    status_at: datetime


class LockedConversation(msgspec.Struct, frozen=True):
    workspace_id: UUID
    id: UUID
    account_id: UUID
    source: str
    thread_key: str
    live: bool
    status: str
    customer_id: UUID | None
    identity_id: UUID | None
    assigned_to: UUID | None
    last_inbound_at: datetime | None
    last_outbound_at: datetime | None
    waiting_since: datetime | None
    window_opened_at: datetime | None
    delivered_until: datetime | None
    read_until: datetime | None
    snoozed_until: datetime | None
    message_count: int
    reply_to: dict[str, str]
    metadata: dict[str, Any]


class Inserted(msgspec.Struct, frozen=True):
    """A message that was new."""

    workspace_id: UUID
    id: UUID
    conversation_id: UUID
    account_id: UUID
    platform_message_id: str | None
    arrival: int


class Target(msgspec.Struct, frozen=True):
    """A stored message that an event is about, found by the platform's id."""

    workspace_id: UUID
    account_id: UUID
    platform_message_id: str
    id: UUID
    conversation_id: UUID
    arrival: int
    direction: str


class NewestInbound(msgspec.Struct, frozen=True):
    """The customer's last message of a conversation, and where it is."""

    platform: str
    source: str
    id: UUID
    account_id: UUID


class Owner(msgspec.Struct, frozen=True):
    """A message that attachments are to belong to."""

    workspace_id: UUID
    id: UUID
    conversation_id: UUID
    account_id: UUID


class AttachmentRow(msgspec.Struct, frozen=True):
    """`models.Attachment` with the message it belongs to."""

    message_id: UUID
    id: UUID
    kind: str
    name: str | None
    mime_type: str | None
    size: int | None
    width: int | None
    height: int | None
    duration: int | None
    caption: str | None
    alt: str | None
    state: str
    state_reason: str | None
    url: str | None
    thumbnail_url: str | None
    data: dict[str, Any]


class WaitingEvent(msgspec.Struct, frozen=True):
    """An event whose message had not come yet."""

    account_id: UUID
    target: str
    event: bytes
