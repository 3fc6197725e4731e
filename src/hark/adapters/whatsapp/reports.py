"""What became of our messages, calls, wishes of customers about marketing, and news about the account itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from hark.adapters._meta.wire import text_id
from hark.adapters.whatsapp import payloads
from hark.adapters.whatsapp.content import told
from hark.adapters.whatsapp.messages import note, read
from hark.adapters.whatsapp.payloads import Envelope
from hark.adapters.whatsapp.people import chat, moment, person
from hark.adapters.whatsapp.problems import failure_of
from hark.channels.contract import (
    AccountNotice,
    Ignored,
    InboundEvent,
    Message,
    Reachability,
    Receipt,
    Unrecognized,
)

_STATUSES = {"sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed"}


def from_status(envelope: Envelope, received_at: datetime) -> list[InboundEvent]:
    """A receipt; one that says failed also says why, and whether the person can be written to at all."""
    data = read(envelope, payloads.Status)
    at = moment(envelope, data.timestamp, received_at)
    target, status = text_id(data.id), _STATUSES.get(data.status or "")
    if target is None:
        raise Unrecognized("a status of no message")
    if status is None:
        return [Ignored(f"status:{data.status or ''}"[:80], at=at)]
    if status != "failed":
        return [Receipt(status, at, target=target, echo_of=data.biz_opaque_callback_data)]
    problem = next(iter(data.errors or ()), None)
    code = text_id(problem.code) if problem else None
    reason, unreachable = failure_of(int(code) if code and code.isdigit() else None, told(problem))
    receipt = Receipt(
        "failed", at, target=target, code=code, reason=reason, echo_of=data.biz_opaque_callback_data
    )
    if not unreachable or data.recipient_type == "group" or not (data.recipient_id or data.recipient_user_id):
        return [receipt]
    author = person(envelope, data.recipient_id, data.recipient_user_id)
    return [receipt, Reachability(author=author, at=at, reachable=False)]


def from_call(envelope: Envelope, received_at: datetime) -> list[InboundEvent]:
    """A call of the customer's, which Hark does not take, shows in the chat; what follows about it, as a note."""
    data = read(envelope, payloads.Call)
    at = moment(envelope, data.timestamp, received_at)
    call_id = text_id(data.id)
    if call_id is None:
        raise Unrecognized("a call without an id")
    outgoing = data.direction == "BUSINESS_INITIATED"
    customer = person(envelope, data.to if outgoing else data.from_, None if outgoing else data.from_user_id)
    thread = chat(customer)
    if data.event == "connect" and not outgoing:
        payload = {"payload": envelope.item}
        return [
            Message(f"call:{call_id}:connect", thread, customer, at, unsupported="call", metadata=payload)
        ]
    what = f"call {data.event or data.status or ''}".strip()
    return [note(f"call:{call_id}:{data.event or ''}", thread, customer, at, what, envelope.item)]


def from_preference(envelope: Envelope, received_at: datetime) -> list[InboundEvent]:
    """The customer stopped marketing messages, or wants them again."""
    data = read(envelope, payloads.Preference)
    at = moment(envelope, data.timestamp, received_at)
    customer = person(envelope, data.wa_id, data.user_id)
    what = {"stop": "marketing_stopped", "resume": "marketing_resumed"}.get(data.value or "", "preference")
    name = f"preference:{customer.id}:{what}:{int(at.timestamp())}"
    return [note(name, chat(customer), customer, at, what, envelope.item, text=data.detail)]


def from_id_update(envelope: Envelope, received_at: datetime) -> list[InboundEvent]:
    """WhatsApp gave a person another user id: both mean the same person from now on."""
    data = read(envelope, payloads.IdUpdate)
    at = moment(envelope, data.timestamp, received_at)
    ids = data.user_id or payloads.UserIds()
    previous, current = text_id(ids.previous), text_id(ids.current)
    if current is None:
        raise Unrecognized("a changed user id that is missing")
    known = [one for one in (text_id(data.wa_id), previous, current) if one]
    customer = msgspec.structs.replace(
        person(envelope, data.wa_id, previous or current), id=known[0], aliases=tuple(known[1:])
    )
    thread = msgspec.structs.replace(chat(customer), reply_to={"user_id": current})
    name = f"user_id:{current}"
    return [note(name, thread, customer, at, "customer_changed_user_id", envelope.item)]


def from_change(envelope: Envelope, received_at: datetime) -> list[InboundEvent]:
    """News about the account. What is of no use in an inbox is counted by its field."""
    at = moment(envelope, None, received_at)
    value = envelope.item if isinstance(envelope.item, dict) else {}
    if envelope.field in {"messages", "smb_message_echoes"}:
        return [_of_errors(value, at)]
    if envelope.field == "history":
        return [_of_history(value, at)]
    if envelope.field in _NEWS:
        return [_of_news(envelope.field, value, at)]
    return [Ignored(f"field:{envelope.field}"[:80] if envelope.field else "no_field", at=at)]


def _of_errors(value: Mapping[str, Any], at: datetime) -> InboundEvent:
    problem = _first_problem(value.get("errors"))
    if problem is None:
        return Ignored("empty_notification", at=at)
    code = text_id(problem.code) or "unknown"
    sentence, _ = failure_of(int(code) if code.isdigit() else None, told(problem))
    return AccountNotice(code=f"error:{code}"[:80], at=at, alert=sentence)


def _of_history(value: Mapping[str, Any], at: datetime) -> InboundEvent:
    chunks = value.get("history")
    first = chunks[0] if isinstance(chunks, list) and chunks and isinstance(chunks[0], dict) else {}
    problem = _first_problem(first.get("errors"))
    if problem is not None:
        return AccountNotice(
            code="history_declined",
            at=at,
            alert=f"WhatsApp hands over no earlier chats: {told(problem) or 'sharing them was declined'}.",
        )
    return Ignored("history_progress", at=at)


def _first_problem(errors: Any) -> payloads.Problem | None:
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return None
    return msgspec.convert(errors[0], payloads.Problem, strict=False)


_NEWS: Mapping[str, str] = {
    "account_update": "WhatsApp reports about the account: {event}.",
    "account_alerts": "WhatsApp warns about the account: {event}.",
    "account_review_update": "WhatsApp has reviewed the account: {event}.",
    "phone_number_quality_update": "The quality of the number was rated anew: {event}.",
    "phone_number_name_update": "The display name of the number was reviewed: {event}.",
    "business_capability_update": "WhatsApp changed what the account may do.",
    "message_template_status_update": "The template “{name}” is {event}.",
    "message_template_quality_update": "The quality of the template “{name}” is {event}.",
    "template_category_update": "The template “{name}” has another category: {event}.",
    "security": "Something changed in the security of the number: {event}.",
}
_GOOD_NEWS = frozenset(
    {
        "APPROVED",
        "PENDING",
        "IN_APPEAL",
        "UNFLAGGED",
        "UPGRADE",
        "ONBOARDING",
        "GREEN",
        "UNKNOWN",
        "REINSTATED",
    }
)
_EVENT_KEYS = (
    "event",
    "decision",
    "new_quality_score",
    "new_category",
    "alert_type",
    "alert_severity",
)
_LIMITS = (
    "current_limit",
    "max_daily_conversations_per_business",
    "max_daily_conversation_per_phone",
    "max_phone_numbers_per_business",
)


def _of_news(field: str, value: Mapping[str, Any], at: datetime) -> InboundEvent:
    """A notice; one that is bad news alarms the administrators."""
    details = value.get("alert_info")
    given = {**(details if isinstance(details, dict) else {}), **value}
    event = next((text_id(given.get(key)) for key in _EVENT_KEYS if text_id(given.get(key))), None) or ""
    name = text_id(value.get("message_template_name")) or ""
    limits = {key: value[key] for key in _LIMITS if isinstance(value.get(key), str | int)}
    state: dict[str, Any] = {"limits": limits} if limits else {}
    sentence = _NEWS[field].format(event=event.lower().replace("_", " ") or "unknown", name=name)
    reason = text_id(value.get("reason")) or text_id(given.get("alert_description"))
    if reason and reason != "NONE":
        sentence += f" Reason: {reason}."
    calm = event in _GOOD_NEWS or field == "business_capability_update"
    return AccountNotice(code=f"{field}:{event}"[:80], at=at, state=state, alert=None if calm else sentence)
