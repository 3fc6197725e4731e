"""What leaves: one `Outbound` is one platform call that creates one thing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from hark.channels.contract.manifest import Source


class OutboundAttachment(msgspec.Struct, frozen=True):
    """A file of ours. `content` is loaded just before the call; `url` is its signed public address, where the platform
    fetches itself."""

    kind: str
    name: str
    mime_type: str
    content: bytes = b""
    url: str | None = None
    alt: str = ""


class Template(msgspec.Struct, frozen=True):
    """A text that the platform approved. `body` has `{{1}}` or `{{name}}` where `parameters` are put, in that order."""

    name: str
    language: str
    body: str
    parameters: tuple[str, ...] = ()
    category: str = ""


class OutboundTemplate(msgspec.Struct, frozen=True):
    """Which template to send, with the `values` of its `parameters` in order."""

    name: str
    language: str
    values: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    """As the template names them; empty: they are numbered."""


class Outbound(msgspec.Struct, frozen=True):
    """A message to send. `reference` is ours and travels along where the platform gives it back in the echo.

    `reply_to` is the thread's opaque address (`Thread.reply_to`); `quoted` the platform id of the message answered;
    `private_to` the platform id of the comment that is answered privately. `by_human` is false for automatic messages.
    `last_opened_at` is when the customer last opened the reply window; `at` is now.
    """

    reference: UUID
    source: Source
    thread_key: str
    recipient: str | None
    at: datetime
    text: str = ""
    attachments: tuple[OutboundAttachment, ...] = ()
    reply_to: dict[str, str] = {}
    quoted: str | None = None
    private_to: str | None = None
    by_human: bool = True
    last_opened_at: datetime | None = None
    template: OutboundTemplate | None = None


class NotSent(msgspec.Struct, frozen=True):
    """The platform says for certain that it does not have the message: it may be sent again."""


class Sent(msgspec.Struct, frozen=True):
    """Accepted by the platform. `parts` are further ids that the same call made (album items).

    `thread` is set where the answer went to another thread (a private reply opens or continues a DM thread).
    `new_thread_key` is set where the platform said that the thread now has another key.
    """

    platform_message_id: str
    at: datetime | None = None
    parts: tuple[str, ...] = ()
    thread_key: str | None = None
    thread_source: Source | None = None
    new_thread_key: str | None = None
