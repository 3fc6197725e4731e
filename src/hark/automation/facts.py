"""What is known of an event, as conditions ask for it. Pure: from a row of everything around it to `Facts`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import regex

from hark.automation.decide import Facts
from hark.kernel.links import find_links

_EMOJI = regex.compile(
    r"[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\uFE0E\uFE0F\u200D\u20E3\s]+"
)
_PICTURE = regex.compile(r"[\p{Extended_Pictographic}\p{Regional_Indicator}]")


class Surroundings(msgspec.Struct, frozen=True):
    """A conversation with its customer, post and the message of the event, as one row."""

    workspace_id: UUID
    conversation_id: UUID
    number: int
    account_id: UUID
    account_name: str
    platform: str
    source: str
    status: str
    priority: str
    tags: list[str]
    assigned_to: UUID | None
    team_id: UUID | None
    language: str | None
    metadata: dict[str, Any]
    created_at: datetime
    waiting_since: datetime | None
    last_inbound_at: datetime | None
    last_outbound_at: datetime | None
    first_response_at: datetime | None
    snoozed_until: datetime | None
    customer_messages: int
    customer_id: UUID | None
    customer_name: str
    customer_notes: str
    customer_language: str | None
    customer_handle: str | None
    post_kind: str | None
    post_text: str | None
    message_id: UUID | None
    message_text: str | None
    message_type: str | None
    message_by: str | None
    message_at: datetime | None
    message_metadata: dict[str, Any] | None
    message_attachments: int | None
    message_first: bool | None


def facts_of(
    row: Surroundings, detail: Mapping[str, Any], open_calendars: Mapping[str, bool], now: datetime
) -> Facts:
    """`detail` is what the event itself brought (the status before, the clock, the act)."""
    return Facts(_of_conversation(row, now) | _of_message(row) | _of_event(detail), open_calendars)


def _of_conversation(row: Surroundings, now: datetime) -> dict[str, Any]:
    return {
        "rating": row.metadata.get("rating"),
        "language": row.language or row.metadata.get("language"),
        "sentiment": row.metadata.get("sentiment") or "unknown",
        "source": row.source,
        "platform": row.platform,
        "account": str(row.account_id),
        "post_id": row.metadata.get("post_id"),
        "post_kind": row.post_kind or ("unknown" if row.metadata.get("post_id") else None),
        "post_text": row.post_text or row.metadata.get("post_text"),
        "status": row.status,
        "priority": row.priority,
        "tags": list(row.tags),
        "assigned_to": _text(row.assigned_to),
        "team": _text(row.team_id),
        "answered": row.first_response_at is not None,
        "snoozed": row.snoozed_until is not None,
        "customer_messages": row.customer_messages,
        "previous_conversations": row.metadata.get("previous_conversations", 0),
        "customer_name": row.customer_name,
        "customer_handle": row.customer_handle,
        "customer_language": row.customer_language,
        "customer_notes": row.customer_notes,
        "followers": row.metadata.get("followers"),
        "verified": row.metadata.get("verified"),
        "age": _seconds(row.created_at, now),
        "waiting": _seconds(row.waiting_since, now),
        "since_customer_message": _seconds(row.last_inbound_at, now),
        "since_our_message": _seconds(row.last_outbound_at, now),
    }


def _of_message(row: Surroundings) -> dict[str, Any]:
    if row.message_id is None:
        return {}
    text = row.message_text or ""
    return {
        "text": text,
        "content_type": row.message_type,
        "written_by": row.message_by,
        "emoji_only": is_emoji_only(text) and not row.message_attachments,
        "has_link": any(True for _ in find_links(text)),
        "has_attachment": bool(row.message_attachments),
        "first_message": bool(row.message_first),
    }


def _of_event(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {name: detail[name] for name in ("status_before", "clock", "act") if name in detail}


def is_emoji_only(text: str) -> bool:
    """Nothing but emoji, and at least one."""
    return _EMOJI.fullmatch(text) is not None and _PICTURE.search(text) is not None


def _text(given: UUID | None) -> str | None:
    return None if given is None else str(given)


def _seconds(since: datetime | None, now: datetime) -> int | None:
    return None if since is None else max(0, int((now - since).total_seconds()))
