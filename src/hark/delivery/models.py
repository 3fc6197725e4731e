"""Shapes of sending: what an agent wants to say, the pieces that leave, and the rows of the queue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from hark.channels.contract import OutboundTemplate

DeliveryState = Literal["queued", "sending", "sent", "rejected", "unknown", "canceled"]
Outcome = Literal["sent", "retry", "rejected", "reconnect", "unknown"]
RefusalCode = Literal[
    "empty",
    "reply_window_closed",
    "private_reply_expired",
    "private_reply_used",
    "text_too_long",
    "attachment_not_allowed",
    "ability_missing",
    "unreachable",
    "account_not_connected",
    "platform_refused",
]


class DraftAttachment(msgspec.Struct, frozen=True):
    """An uploaded file that is to leave with a reply; `size` in bytes, `alt` the description of a picture."""

    id: UUID
    kind: str
    name: str
    mime_type: str
    size: int
    blob_key: str
    alt: str = ""


class Draft(msgspec.Struct, frozen=True):
    """A reply before it is cut into platform calls. `quoted` and `private_to` are platform message ids. With a `template`
    the content is its text with the values put in."""

    content: str
    attachments: tuple[DraftAttachment, ...] = ()
    quoted: str | None = None
    private_to: str | None = None
    by_human: bool = True
    template: OutboundTemplate | None = None


class AnsweredComment(msgspec.Struct, frozen=True):
    """The public message that a private reply answers: when it was written, and whether another private reply to it has
    left or is about to."""

    written_at: datetime
    used: bool


class PrivateReplyState(msgspec.Struct, frozen=True):
    """Whether a comment may be answered privately, and until when; `closes_at` is None where the platform sets no time."""

    state: Literal["open", "expired", "used"]
    closes_at: datetime | None


class Refusal(msgspec.Struct, frozen=True):
    """Why a draft may not be sent now. `detail` is a sentence for the agent; `extra` has its numbers, to
    translate."""

    code: RefusalCode
    detail: str
    extra: Mapping[str, Any] = {}


class Piece(msgspec.Struct, frozen=True):
    """What one platform call will carry; stored with the delivery. Address and rights are looked up when it
    leaves, because a thread can move and an account can be connected anew in between."""

    text: str = ""
    attachments: tuple[UUID, ...] = ()
    quoted: str | None = None
    private_to: str | None = None
    by_human: bool = True
    template: OutboundTemplate | None = None


class NewDelivery(msgspec.Struct, frozen=True):
    """A delivery to queue; `idempotency_key` is unique within the workspace."""

    id: UUID
    message_id: UUID
    idempotency_key: str
    piece: Piece


class Claimed(msgspec.Struct, frozen=True):
    """A delivery whose attempt `number` has been written and that this worker must bring to an outcome."""

    workspace_id: UUID
    id: UUID
    message_id: UUID
    conversation_id: UUID
    account_id: UUID
    outbound: bytes
    number: int
    created_by: UUID | None
    created_at: datetime
    started_at: datetime
    """When the attempt began."""


class QueuedDelivery(msgspec.Struct, frozen=True):
    """The state of one message's delivery."""

    id: UUID
    message_id: UUID
    conversation_id: UUID
    account_id: UUID
    state: DeliveryState
    due_at: datetime
    outbound: bytes


class DueAccount(msgspec.Struct, frozen=True):
    """An account with something to send that nothing holds back."""

    workspace_id: UUID
    account_id: UUID
    platform: str


class GateRow(msgspec.Struct, frozen=True):
    """An account's row of `account_gate`, locked. `tokens` has one number per account-wide rate limit."""

    tokens: list[float]
    refilled_at: datetime
    blocked_until: datetime | None
    failures: int


class Address(msgspec.Struct, frozen=True):
    """Where a conversation's messages go, and what holds there now. `recipient` is the person's platform
    id."""

    account_id: UUID
    platform: str
    source: str
    thread_key: str
    reply_to: dict[str, str]
    customer_id: UUID | None
    identity_id: UUID | None
    recipient: str | None
    reachable: bool
    window_opened_at: datetime | None
    last_arrival: int
    account_status: str
    account_fields: dict[str, str]


class AttemptView(msgspec.Struct, frozen=True):
    """One try of a delivery. `outcome` is None while the call runs."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    http_status: int | None
    code: str | None
    detail: str | None


class AttemptRow(msgspec.Struct, frozen=True):
    """`AttemptView` with the delivery it belongs to."""

    delivery_id: UUID
    number: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    http_status: int | None
    code: str | None
    detail: str | None


class DeliveryView(msgspec.Struct, frozen=True):
    """A delivery as supervisors see it."""

    id: UUID
    message_id: UUID
    conversation_id: UUID
    account_id: UUID
    position: int
    state: DeliveryState
    due_at: datetime
    error_code: str | None
    error_message: str | None
    attempts: list[AttemptView]
