"""What a message holds: its text, its attachments, and the kinds that have no form in an inbox."""

from __future__ import annotations

from typing import Any

import msgspec

from hark.adapters.telegram.manifest import MAX_DOWNLOAD_BYTES
from hark.adapters.telegram.payloads import Contact, Entity, File, Location, Message, Venue
from hark.channels.contract import Attachment

TOO_LARGE = "Telegram lets bots fetch files of up to 20 MB; this one can only be seen in Telegram."

# fmt: off
SERVICE = frozenset(
    {
        "new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo",
        "group_chat_created", "supergroup_chat_created", "channel_chat_created",
        "message_auto_delete_timer_changed", "pinned_message", "forum_topic_created",
        "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
        "general_forum_topic_hidden", "general_forum_topic_unhidden", "video_chat_scheduled",
        "video_chat_started", "video_chat_ended", "video_chat_participants_invited", "boost_added",
        "chat_background_set", "proximity_alert_triggered", "write_access_allowed", "connected_website",
        "chat_owner_left", "chat_owner_changed", "giveaway_created", "giveaway_completed",
        "direct_message_price_changed", "paid_message_price_changed", "checklist_tasks_done",
        "checklist_tasks_added", "managed_bot_created",
    }
)
# fmt: on
"""Messages that report something about the chat instead of saying something in it."""

# fmt: off
KINDS = frozenset(
    {
        "checklist", "dice", "game", "gift", "gift_upgrade_sent", "giveaway", "giveaway_winners",
        "invoice", "live_photo", "paid_media", "passport_data", "poll", "refunded_payment",
        "rich_message", "story", "successful_payment", "unique_gift", "users_shared", "chat_shared",
    }
)
# fmt: on
"""Content that has no form in an inbox; a placeholder with its name is shown."""

# fmt: off
FRAME = frozenset(
    {
        "message_id", "message_thread_id", "direct_messages_topic", "from", "sender_chat",
        "sender_boost_count", "sender_business_bot", "sender_tag", "date", "business_connection_id",
        "chat", "forward_origin", "is_topic_message", "is_automatic_forward", "reply_to_message",
        "external_reply", "quote", "reply_to_story", "reply_to_checklist_task_id",
        "reply_to_poll_option_id", "via_bot", "edit_date", "has_protected_content", "is_from_offline",
        "is_paid_post", "media_group_id", "author_signature", "paid_star_count", "text", "entities",
        "caption", "caption_entities", "effect_id", "show_caption_above_media", "has_media_spoiler",
        "link_preview_options", "suggested_post_info", "reply_markup", "guest_query_id",
        "guest_bot_caller_user", "guest_bot_caller_chat", "new_chat_member", "new_chat_participant",
        "left_chat_participant", "forward_from", "forward_from_chat", "forward_from_message_id",
        "forward_signature", "forward_sender_name", "forward_date",
    }
)
# fmt: on
"""Fields that stand around a message's content; whatever else is set names its kind."""


class Content(msgspec.Struct, frozen=True):
    text: str | None
    attachments: tuple[Attachment, ...] = ()
    unsupported: str | None = None
    metadata: dict[str, Any] = {}


def read_content(message: Message, fields: frozenset[str]) -> Content:
    """`fields` are the names that the message's JSON has, for kinds that `Message` does not know."""
    text = message.text if message.text is not None else message.caption
    attachments = _attachments(message)
    if attachments or message.text is not None:
        return Content(text, attachments)
    if message.web_app_data is not None:
        return Content(message.web_app_data.data, metadata={"button": message.web_app_data.button_text})
    kind = min(fields & KINDS or fields - FRAME, default=None)
    if kind is None:
        return Content(text, unsupported=None if text else "empty")
    return Content(_words(message) or text, unsupported=kind, metadata=_details(message))


def _words(message: Message) -> str | None:
    """What a kind without a form of its own says in words."""
    if message.poll is not None:
        return message.poll.question
    if message.dice is not None:
        return f"{message.dice.emoji} {message.dice.value}"
    titled = message.game or message.invoice or message.checklist
    return titled.title if titled else None


def _details(message: Message) -> dict[str, Any]:
    return {"options": [option.text for option in message.poll.options]} if message.poll is not None else {}


def _attachments(message: Message) -> tuple[Attachment, ...]:
    """One per message: Telegram never puts two things into one, but names some twice (an animation is a
    document too)."""
    if message.photo:
        return (_file("image", max(message.photo, key=_pixels), "image/jpeg"),)
    for found in (
        _moving(message),
        _sound(message),
        _sticker(message.sticker),
        _document(message.document),
        _place(message.venue, message.location),
        _contact(message.contact),
    ):
        if found is not None:
            return (found,)
    return ()


def _pixels(size: File) -> int:
    return (size.width or 0) * (size.height or 0)


def _moving(message: Message) -> Attachment | None:
    if message.animation is not None:
        return _file("video", message.animation, "video/mp4", {"animation": True})
    if message.video_note is not None:
        return _file("video", message.video_note, "video/mp4", {"round": True})
    return _file("video", message.video, "video/mp4") if message.video is not None else None


def _sound(message: Message) -> Attachment | None:
    if message.voice is not None:
        return _file("audio", message.voice, "audio/ogg", {"voice": True})
    if message.audio is None:
        return None
    return _file(
        "audio", message.audio, None, _given(title=message.audio.title, performer=message.audio.performer)
    )


def _sticker(sticker: File | None) -> Attachment | None:
    if sticker is None:
        return None
    mime_type = "image/webp"
    if sticker.is_animated:
        mime_type = "application/x-tgsticker"
    elif sticker.is_video:
        mime_type = "video/webm"
    return _file("sticker", sticker, mime_type, _given(emoji=sticker.emoji, set_name=sticker.set_name))


def _document(document: File | None) -> Attachment | None:
    if document is None:
        return None
    picture = (document.mime_type or "").startswith("image/")
    return _file("image" if picture else "file", document, None)


def _file(kind: str, file: File, mime_type: str | None, data: dict[str, Any] | None = None) -> Attachment:
    return Attachment(
        kind=kind,
        file_id=file.file_id,
        name=file.file_name,
        mime_type=file.mime_type or mime_type,
        size=file.file_size,
        width=file.width or file.length,
        height=file.height or file.length,
        duration=file.duration,
        skip=TOO_LARGE if (file.file_size or 0) > MAX_DOWNLOAD_BYTES else None,
        data=data or {},
    )


def _place(venue: Venue | None, location: Location | None) -> Attachment | None:
    where = venue.location if venue is not None else location
    if where is None:
        return None
    data = _given(
        latitude=where.latitude,
        longitude=where.longitude,
        accuracy=where.horizontal_accuracy,
        live_period=where.live_period,
        title=venue.title if venue else None,
        address=venue.address if venue else None,
    )
    return Attachment(kind="location", name=venue.title if venue else None, data=data)


def _contact(contact: Contact | None) -> Attachment | None:
    if contact is None:
        return None
    name = " ".join(part for part in (contact.first_name, contact.last_name) if part)
    data = _given(
        name=name,
        phone_number=contact.phone_number,
        user_id=str(contact.user_id) if contact.user_id else None,
        vcard=contact.vcard,
    )
    return Attachment(kind="contact", name=name or None, data=data)


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def entity_text(text: str, entity: Entity) -> str:
    """The stretch of `text` that an entity marks; Telegram counts in UTF-16 code units."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    start = max(0, entity.offset)
    return encoded[2 * start : 2 * (start + max(0, entity.length))].decode("utf-16-le", "replace")
