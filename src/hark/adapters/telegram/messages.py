"""Messages and their edits, from private chats, business accounts, groups and channel direct messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hark.adapters.telegram.address import Address
from hark.adapters.telegram.content import SERVICE, Content, entity_text, read_content
from hark.adapters.telegram.payloads import Entity, Message, Origin
from hark.adapters.telegram.threads import address_of, author_of, thread_of, when
from hark.channels.contract import Edit, Ignored, InboundEvent, ThreadMoved, Us
from hark.channels.contract import Message as Arrived


def read_message(
    message: Message, fields: frozenset[str], received_at: datetime, us: Us | None
) -> list[InboundEvent]:
    at = when(message.date, received_at)
    passed_over = _not_for_us(message, fields, at, us)
    if passed_over is not None:
        return [passed_over] if isinstance(passed_over, ThreadMoved) else [Ignored(passed_over, at)]
    return [_arrived(message, read_content(message, fields), at)]


def read_edit(
    message: Message, fields: frozenset[str], received_at: datetime, us: Us | None
) -> list[InboundEvent]:
    """In a group an edit may add the mention that addresses us, so there the message itself comes along;
    where it is known already, it is the same message again and changes nothing."""
    content = read_content(message, fields)
    edit = Edit(
        target=address_of(message).message(message.message_id),
        at=when(message.edit_date or message.date, received_at),
        text=_edited_text(content),
        attachments=content.attachments or None,
    )
    if not _in_group(message) or not is_addressed(message, us):
        return [edit]
    return [_arrived(message, content, when(message.date, received_at)), edit]


def _edited_text(content: Content) -> str | None:
    """An edit gives the whole message, so no text means that it is gone; kinds that we cannot read leave it
    as it was."""
    if content.text is None and content.unsupported is None:
        return ""
    return content.text


def _arrived(message: Message, content: Content, at: datetime) -> Arrived:
    place = address_of(message)
    author = author_of(message)
    group = message.media_group_id
    return Arrived(
        id=place.message(message.message_id),
        thread=thread_of(message.chat, place, author, message.direct_messages_topic),
        author=author,
        at=at,
        text=content.text,
        attachments=content.attachments,
        quoted=_quoted(message, place),
        group=f"{place.scope}:{group}" if group else None,
        position=message.message_id,
        unsupported=content.unsupported,
        metadata={**content.metadata, **_circumstances(message)},
    )


def _not_for_us(
    message: Message, fields: frozenset[str], at: datetime, us: Us | None
) -> ThreadMoved | str | None:
    """A moved chat, or the reason why an inbox does not show this."""
    moved = _moved(message, at)
    if moved is not None:
        return moved
    service = min(fields & SERVICE, default=None)
    if service is not None:
        return f"service_{service}"
    if message.is_automatic_forward or message.chat.type == "channel":
        return "channel_post"
    if _in_group(message) and not is_addressed(message, us):
        return "another_bot_addressed" if is_addressed(message, None) else "group_not_addressed"
    return None


def _moved(message: Message, at: datetime) -> ThreadMoved | None:
    """Told twice, in the group that was and in the supergroup that is."""
    if message.migrate_to_chat_id is not None:
        return ThreadMoved(str(message.chat.id), str(message.migrate_to_chat_id), at)
    if message.migrate_from_chat_id is not None:
        return ThreadMoved(str(message.migrate_from_chat_id), str(message.chat.id), at)
    return None


def _in_group(message: Message) -> bool:
    return message.chat.type in {"group", "supergroup"} and not message.chat.is_direct_messages


def is_addressed(message: Message, us: Us | None) -> bool:
    """Whether a group message speaks to our bot. Where we do not know which one that is, every bot counts: the
    username of a bot ends in "bot"."""
    text = message.text if message.text is not None else message.caption or ""
    entities = message.entities or message.caption_entities
    return _answers_bot(message, us) or any(_names_bot(entity, text, us) for entity in entities)


def _names_bot(entity: Entity, text: str, us: Us | None) -> bool:
    """A command without a name is for every bot of the group."""
    if entity.type == "text_mention":
        return entity.user is not None and entity.user.is_bot and _is_ours(entity.user.id, us)
    if entity.type == "bot_command":
        _, at, name = entity_text(text, entity).partition("@")
        return not at or _is_named(name, us)
    return entity.type == "mention" and _is_named(entity_text(text, entity).removeprefix("@"), us)


def _is_named(name: str, us: Us | None) -> bool:
    username = us.fields.get("username") if us is not None else None
    return name.lower() == username.lower() if username else name.lower().endswith("bot")


def _is_ours(user: int, us: Us | None) -> bool:
    return us is None or str(user) == us.platform_account_id


def _answers_bot(message: Message, us: Us | None) -> bool:
    """`sender_chat` marks a group or channel that spoke through Telegram's stand-in bots."""
    original = message.reply_to_message
    if original is None or original.from_ is None or _opens_topic(message):
        return False
    return original.from_.is_bot and original.sender_chat is None and _is_ours(original.from_.id, us)


def _opens_topic(message: Message) -> bool:
    """The first message of a forum topic points at the service message that opened it: no reply of anybody's."""
    original = message.reply_to_message
    if original is None:
        return False
    opener = message.is_topic_message and original.message_id == message.message_thread_id
    return opener or original.forum_topic_created is not None


def _quoted(message: Message, place: Address) -> str | None:
    original = message.reply_to_message
    return None if original is None or _opens_topic(message) else place.message(original.message_id)


def _circumstances(message: Message) -> dict[str, Any]:
    """What an agent should see beside the text: where it was forwarded from, what it quotes, where its links
    lead."""
    external = message.external_reply
    text = message.text if message.text is not None else message.caption or ""
    found = {
        "forwarded_from": _origin_name(message.forward_origin),
        "quote": message.quote.text if message.quote else None,
        "quote_of": _origin_name(external.origin) if external else None,
        "via": f"@{message.via_bot.username}" if message.via_bot and message.via_bot.username else None,
        "signature": message.author_signature,
        "links": _links(text, message.entities or message.caption_entities),
        "start": _start_payload(message),
    }
    return {name: value for name, value in found.items() if value}


def _origin_name(origin: Origin | None) -> str | None:
    if origin is None:
        return None
    chat = origin.sender_chat or origin.chat
    if chat is not None:
        return chat.title or chat.username
    if origin.sender_user is not None:
        user = origin.sender_user
        return " ".join(part for part in (user.first_name, user.last_name) if part)
    return origin.sender_user_name


def _links(text: str, entities: list[Entity]) -> list[dict[str, str]]:
    """Addresses hidden behind words."""
    return [
        {"text": entity_text(text, entity), "url": entity.url}
        for entity in entities
        if entity.type == "text_link" and entity.url
    ]


def _start_payload(message: Message) -> str | None:
    """`https://t.me/<bot>?start=<payload>` arrives as `/start <payload>`: which link or campaign brought the
    customer."""
    command, _, payload = (message.text or "").partition(" ")
    return payload.strip() if command == "/start" and message.chat.type == "private" else None
