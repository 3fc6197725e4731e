"""Conversations and messages as rows, as API answers and as the bodies of facts: one shape for all three.

All ids are UUIDs, all times aware UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

Status = Literal["open", "pending", "resolved", "closed"]
Priority = Literal["low", "medium", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = ("low", "medium", "high", "urgent")
Direction = Literal["inbound", "outbound", "internal"]
SenderType = Literal["customer", "agent", "bot", "system"]
MessageKind = Literal["message", "note", "activity"]
DeliveryStatus = Literal["queued", "sending", "sent", "delivered", "read", "failed", "unknown", "canceled"]


class ReplyWindowState(msgspec.Struct, frozen=True):
    """The platform's reply window of a conversation: until when anybody, and until when a person, may answer.

    `state`: "open", "human" (only people may answer now), "closed". Absent where the platform has no window.
    """

    state: Literal["open", "human", "closed"]
    closes_at: datetime | None
    human_closes_at: datetime | None


class AnswerReason(msgspec.Struct, frozen=True):
    """Why `answer_by` is what it is: a clock of an SLA policy (then `clock` says which, `state` how it stands), or the end of the
    platform's reply window. `warn_at`: when "soon" begins or began. A paused clock has a reason and no time."""

    kind: Literal["sla", "window"]
    state: Literal["running", "paused", "breached"] = "running"
    clock: Literal["first_response", "next_response", "resolution"] | None = None
    cycle: int | None = None
    policy_id: UUID | None = None
    policy_name: str | None = None
    warn_at: datetime | None = None


class Conversation(msgspec.Struct, frozen=True):
    """One case: what the inbox lists and the thread's header shows. `required_skills` are levels by skill id; `bot_owned`: a bot
    answers until it is handed over."""

    id: UUID
    number: int
    account_id: UUID
    platform: str
    source: str
    status: Status
    status_at: datetime
    priority: Priority
    assigned_to: UUID | None
    assigned_reason: dict[str, Any] | None
    customer_id: UUID | None
    customer_name: str
    customer_handle: str | None
    customer_avatar: str | None
    reachable: bool
    banned: bool
    preview: str
    preview_by: SenderType
    preview_type: str
    message_count: int
    unread_count: int
    last_message_at: datetime
    last_inbound_at: datetime | None
    last_outbound_at: datetime | None
    waiting_since: datetime | None
    window_opened_at: datetime | None
    first_response_at: datetime | None
    resolved_at: datetime | None
    snoozed_until: datetime | None
    delivered_until: datetime | None
    read_until: datetime | None
    last_arrival: int
    answer_by: datetime | None
    answer_by_reason: AnswerReason | None
    sla_policy_id: UUID | None
    team_id: UUID | None
    language: str | None
    language_by: Literal["detected", "person"] | None
    required_skills: dict[str, int]
    bot_owned: bool
    tags: list[str]
    metadata: dict[str, Any]
    """source, post_id, post_url, post_text, sentiment, language, crm_contact_id, previous_conversations; as far as known."""
    created_at: datetime
    updated_at: datetime


class Post(msgspec.Struct, frozen=True):
    """The publication under which a conversation's comments or mentions stand, as far as known. `kind`: organic or ad.
    `picture_url` and `thumbnail_url` are paths of this API, present once the picture is stored. `gone`: deleted there."""

    id: UUID
    account_id: UUID
    platform_post_id: str
    url: str | None
    text: str | None
    author_name: str | None
    kind: str | None
    posted_at: datetime | None
    picture_url: str | None
    thumbnail_url: str | None
    gone: bool
    updated_at: datetime


class Attachment(msgspec.Struct, frozen=True):
    """A file or a thing without one; `alt` describes a picture. `url` and `thumbnail_url` are paths of this API, present
    once the file is stored."""

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
    state: Literal["none", "pending", "stored", "failed", "skipped", "withdrawn"]
    state_reason: str | None
    url: str | None
    thumbnail_url: str | None
    data: dict[str, Any]


class ReactionView(msgspec.Struct, frozen=True):
    """Who reacted how."""

    author_name: str
    emoji: list[str]
    by_us: bool = False


class Message(msgspec.Struct, frozen=True):
    """A message, note or activity of a conversation.

    `content_type`: text, image, video, audio, file, sticker, location, contact, share, template, attachment (several kinds),
    postback, review, unsupported, or for activities the code of what happened (then `metadata` has its values).
    """

    id: UUID
    conversation_id: UUID
    kind: MessageKind
    direction: Direction
    content: str
    content_type: str
    sender_type: SenderType
    sender_id: UUID | None
    sender_name: str
    platform_message_id: str | None
    timestamp: datetime
    position: int
    arrival: int
    delivery_status: DeliveryStatus | None
    delivery_error: dict[str, Any] | None
    quoted: str | None
    edited_at: datetime | None
    deleted_at: datetime | None
    hidden: bool
    metadata: dict[str, Any]
    reactions: list[ReactionView]
    attachments: list[Attachment]
    created_at: datetime
    updated_at: datetime


class MessageVersion(msgspec.Struct, frozen=True):
    """An earlier (or the current) text of an edited message."""

    at: datetime
    content: str


class Tag(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    color: str
