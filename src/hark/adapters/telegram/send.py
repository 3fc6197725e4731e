"""Sending: first a plan (pure), then one call. Actions on what exists already are in `actions.py`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from hark.adapters.telegram.address import Address, parse_message, parse_thread
from hark.adapters.telegram.business import find_note
from hark.adapters.telegram.client import ChatMoved, call
from hark.adapters.telegram.manifest import (
    MAX_ALBUM,
    MAX_CAPTION,
    MAX_PHOTO_BYTES,
    MAX_TEXT,
    MAX_UPLOAD_BYTES,
)
from hark.adapters.telegram.payloads import SentMessage
from hark.adapters.telegram.threads import when
from hark.channels.contract import Account, Outbound, OutboundAttachment, Rejected, Sent, Unconfirmed
from hark.infra.http import GuardedHttp

BUSINESS_WINDOW = timedelta(hours=24)
"""A business account can be answered for this long after the customer's last message
(https://core.telegram.org/bots/api#businessbotrights)."""

_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
_VOICES = frozenset({"audio/ogg", "audio/opus"})
_MUSIC = frozenset({"audio/mpeg", "audio/mp3", "audio/mp4", "audio/x-m4a", "audio/m4a"})


class Plan(msgspec.Struct, frozen=True):
    """One Bot API call. `files` are multipart parts by field name."""

    method: str
    parameters: dict[str, Any]
    files: dict[str, tuple[str, bytes, str]] = {}

    def to(self, chat: int) -> Plan:
        """The same call to another chat, where the quoted message has another number."""
        moved = {name: value for name, value in self.parameters.items() if name != "reply_parameters"}
        return Plan(self.method, {**moved, "chat_id": chat}, self.files)


async def send(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
    place = parse_thread(outbound.thread_key)
    plan = plan_send(outbound, place)
    _check_business(place, outbound, account)
    try:
        return _sent(outbound, place, await _carry_out(plan, account, http))
    except ChatMoved as moved:
        # Refused for certain, so the second call is the only one that creates anything.
        new = msgspec.structs.replace(place, chat=moved.chat)
    sent = _sent(outbound, new, await _carry_out(plan.to(new.chat), account, http))
    return msgspec.structs.replace(sent, new_thread_key=new.key)


async def _carry_out(plan: Plan, account: Account, http: GuardedHttp) -> list[SentMessage]:
    if plan.method == "sendMediaGroup":
        return await call(
            http, account, plan.method, plan.parameters, list[SentMessage], files=plan.files, creates=True
        )
    return [
        await call(http, account, plan.method, plan.parameters, SentMessage, files=plan.files, creates=True)
    ]


def _sent(outbound: Outbound, place: Address, messages: list[SentMessage]) -> Sent:
    if not messages:
        raise Unconfirmed("unreadable", "Telegram's answer names no message. The message may have been sent.")
    ids = [place.message(message.message_id) for message in messages]
    return Sent(ids[0], at=when(messages[0].date, outbound.at), parts=tuple(ids[1:]))


def _check_business(place: Address, outbound: Outbound, account: Account) -> None:
    """What is known beforehand is refused here; what is not known, Telegram decides."""
    if place.connection is None:
        return
    note = find_note(account.state, place.connection)
    if note is not None and not note.enabled:
        raise Rejected("business_disconnected", "The business account is no longer connected to the bot.")
    if note is not None and not note.can_reply:
        raise Rejected("business_no_reply", "The business account has not given the bot the right to reply.")
    opened = outbound.last_opened_at
    if opened is not None and outbound.at - opened > BUSINESS_WINDOW:
        raise Rejected(
            "reply_window_closed", "The customer last wrote more than 24 hours ago: too late to answer."
        )


def plan_send(outbound: Outbound, place: Address) -> Plan:
    """Raises Rejected for what Telegram would refuse. Text goes without `parse_mode`: an agent's `_ * [ <`
    mean themselves."""
    _check_content(outbound)
    common = {**place.parameters(), **_reply_parameters(outbound.quoted, place)}
    if not outbound.attachments:
        return Plan("sendMessage", {**common, "text": outbound.text})
    caption = {"caption": outbound.text} if outbound.text else {}
    if len(outbound.attachments) == 1:
        return _plan_single(outbound.attachments[0], {**common, **caption})
    return _plan_album(outbound.attachments, common, caption)


def _check_content(outbound: Outbound) -> None:
    if outbound.private_to is not None:
        raise Rejected("ability_missing", "Telegram has no private replies to public messages.")
    if not outbound.attachments and not outbound.text.strip():
        raise Rejected("text_empty", "The message has no text.")
    limit = MAX_CAPTION if outbound.attachments else MAX_TEXT
    length = len(outbound.text.encode("utf-16-le", "surrogatepass")) // 2
    if length > limit:
        raise Rejected("text_too_long", f"The text is {length - limit} over Telegram's {limit} characters.")
    if len(outbound.attachments) > MAX_ALBUM:
        raise Rejected("too_many_attachments", f"Telegram takes {MAX_ALBUM} files at once.")
    for attachment in outbound.attachments:
        _check_attachment(attachment)


def _check_attachment(attachment: OutboundAttachment) -> None:
    if not attachment.content and not attachment.url:
        raise Rejected("file_empty", f"The file {attachment.name} is empty.")
    if len(attachment.content) > MAX_UPLOAD_BYTES:
        raise Rejected("file_too_big", f"The file {attachment.name} is larger than Telegram's 50 MB.")


def _reply_parameters(quoted: str | None, place: Address) -> dict[str, Any]:
    """A deleted original must not stop the answer. What has no number in this chat (a pressed button, a
    message from before the group moved) cannot be pointed at."""
    if quoted is None:
        return {}
    try:
        original, number = parse_message(quoted)
    except Rejected:
        return {}
    if original.scope != place.scope:
        return {}
    return {"reply_parameters": {"message_id": number, "allow_sending_without_reply": True}}


def _plan_single(attachment: OutboundAttachment, common: dict[str, Any]) -> Plan:
    kind = "animation" if attachment.mime_type == "image/gif" else _media_type(attachment)
    if kind == "audio" and attachment.mime_type in _VOICES:
        kind = "voice"
    method = f"send{kind.capitalize()}"
    if not attachment.content:
        return Plan(method, {**common, kind: attachment.url})
    return Plan(method, common, {kind: _part(attachment)})


def _plan_album(
    attachments: tuple[OutboundAttachment, ...], common: dict[str, Any], caption: dict[str, str]
) -> Plan:
    """Photos and videos mix; everything else only with its own kind, so a mixture travels as documents. The
    text stands under the first item: there an app shows it as the album's."""
    types = _album_types(attachments)
    media = []
    for number, (attachment, kind) in enumerate(zip(attachments, types, strict=True)):
        where = f"attach://file{number}" if attachment.content else attachment.url
        media.append({"type": kind, "media": where, **(caption if number == 0 else {})})
    files = {f"file{number}": _part(item) for number, item in enumerate(attachments) if item.content}
    return Plan("sendMediaGroup", {**common, "media": media}, files)


def _album_types(attachments: tuple[OutboundAttachment, ...]) -> list[str]:
    types = [_media_type(attachment) for attachment in attachments]
    voices = any(attachment.mime_type in _VOICES for attachment in attachments)
    if set(types) <= {"photo", "video"} or (set(types) == {"audio"} and not voices):
        return types
    return ["document"] * len(types)


def _media_type(attachment: OutboundAttachment) -> str:
    """What Telegram shows as such; all else (HEIC, WAV, WebM, large pictures) is a document to it."""
    mime_type = attachment.mime_type
    if mime_type in _PHOTOS and len(attachment.content) <= MAX_PHOTO_BYTES and attachment.kind == "image":
        return "photo"
    if mime_type == "video/mp4" and attachment.kind == "video":
        return "video"
    if mime_type in _MUSIC | _VOICES and attachment.kind == "audio":
        return "audio"
    return "document"


def _part(attachment: OutboundAttachment) -> tuple[str, bytes, str]:
    name = attachment.name.replace("\\", "/").rpartition("/")[2]
    return (name or "file", attachment.content, attachment.mime_type)
