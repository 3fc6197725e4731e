"""The Bot API's calls about messages. Each takes (world, bot, parameters) and gives the `result`, or raises ApiError."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hark.standins.telegram.errors import bad
from hark.standins.telegram.media import KINDS, describe, take_file
from hark.standins.telegram.places import DAY, Place, find_place
from hark.standins.telegram.requests import Parameters
from hark.standins.telegram.world import Bot, Json, World

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_DOWNLOAD = 20 * 1024 * 1024
ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
    ]
)
_SPECIAL = re.compile(r"(?<!\\)[_*\[\]()~`>#+\-=|{}.!]")

Method = Callable[[World, Bot, Parameters], Any]


def units(text: str) -> int:
    """UTF-16 code units, as entity offsets count; whether the limits do is not documented, so the stricter count is taken."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def get_me(world: World, bot: Bot, parameters: Parameters) -> Json:
    return {
        **bot.user(),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": True,
        "has_main_web_app": False,
        "has_topics_enabled": False,
    }


def send_message(world: World, bot: Bot, parameters: Parameters) -> Json:
    text = parameters.text("text").strip()
    place = find_place(world, bot, parameters)
    if not text:
        raise bad("message text is empty")
    if units(text) > MAX_TEXT:
        raise bad("message is too long")
    _check_markup(text, parameters)
    return _deliver(world, place, parameters, {"text": text, **_entities(parameters, "entities")})


def _check_markup(text: str, parameters: Parameters) -> None:
    """Only what trips people: a special character that is neither escaped nor part of a pair."""
    mode = parameters.text("parse_mode").lower()
    found = _SPECIAL.search(text) if mode == "markdownv2" else None
    if found is not None:
        raise bad(
            f"can't parse entities: Character '{found[0]}' is reserved and must be escaped with the preceding '\\'"
        )
    if mode == "html" and re.search(r"<(?!/?[a-z])", text):
        raise bad("can't parse entities: Unsupported start tag")


def _entities(parameters: Parameters, name: str) -> Json:
    given = parameters.json(name)
    return {name: given} if given else {}


def _caption(parameters: Parameters) -> Json:
    caption = parameters.text("caption")
    if units(caption) > MAX_CAPTION:
        raise bad("message caption is too long")
    return {"caption": caption, **_entities(parameters, "caption_entities")} if caption else {}


def send_media(kind: str) -> Method:
    def send(world: World, bot: Bot, parameters: Parameters) -> Json:
        place = find_place(world, bot, parameters)
        file = take_file(world, parameters, kind, parameters.values.get(kind), kind)
        content: Json = {kind: describe(kind, file), **_caption(parameters)}
        if kind == "animation":
            content["document"] = describe("document", file)
        return _deliver(world, place, parameters, content)

    return send


def send_media_group(world: World, bot: Bot, parameters: Parameters) -> list[Json]:
    place = find_place(world, bot, parameters)
    media = parameters.json("media", [])
    if not isinstance(media, list) or not 2 <= len(media) <= 10:
        raise bad("wrong number of messages in the album: it must have 2-10 items")
    kinds = [str(item.get("type")) for item in media]
    _check_mix(kinds)
    files = [
        take_file(world, parameters, f"media{number}", item.get("media"), kind)
        for number, (item, kind) in enumerate(zip(media, kinds, strict=True))
    ]
    album = str(world.random.getrandbits(53))
    sent = []
    for item, kind, file in zip(media, kinds, files, strict=True):
        caption = _caption(Parameters(item, {}))
        content = {"media_group_id": album, kind: describe(kind, file), **caption}
        sent.append(_deliver(world, place, parameters, content))
    return sent


def _check_mix(kinds: list[str]) -> None:
    if not set(kinds) <= {"photo", "video", "document", "audio", "animation"} - {"animation"}:
        raise bad("can't use the media of the specified type in the album")
    if len(set(kinds) - {"photo", "video"}) and len(set(kinds)) > 1:
        raise bad("document and audio files can't be mixed with other media types in an album")


def send_location(world: World, bot: Bot, parameters: Parameters) -> Json:
    place = find_place(world, bot, parameters)
    where = {name: float(parameters.text(name, "0")) for name in ("latitude", "longitude")}
    return _deliver(world, place, parameters, {"location": where})


def _deliver(world: World, place: Place, parameters: Parameters, content: Json) -> Json:
    reply = _reply(place, parameters.json("reply_parameters"))
    markup = parameters.json("reply_markup")
    message = {**place.frame(), "date": world.date(), **reply, **content}
    if markup:
        message["reply_markup"] = markup
    stored = place.room.add(message)
    if place.connection is not None and world.settings.echo_business:
        world.publish(place.bot, "business_message", stored)
    return stored


def _reply(place: Place, given: Any) -> Json:
    if not isinstance(given, dict) or "message_id" not in given:
        return {}
    original = place.room.messages.get(int(given["message_id"]))
    if original is not None:
        return {"reply_to_message": {k: v for k, v in original.items() if k != "reply_to_message"}}
    if given.get("allow_sending_without_reply") or place.connection is not None:
        return {}
    raise bad("message to be replied not found")


def _own(place: Place, number: int, verb: str) -> Json:
    message = place.room.messages.get(number)
    if message is None:
        raise bad(f"message to {verb} not found")
    return message


def _check_own(place: Place, message: Json, verb: str) -> None:
    own = place.bot.id in {message["from"]["id"], message.get("sender_business_bot", {}).get("id")}
    if not own:
        raise bad(f"message can't be {verb}")


def edit_text(world: World, bot: Bot, parameters: Parameters) -> Json:
    return _edit(world, bot, parameters, "text", MAX_TEXT)


def edit_caption(world: World, bot: Bot, parameters: Parameters) -> Json:
    return _edit(world, bot, parameters, "caption", MAX_CAPTION)


def _edit(world: World, bot: Bot, parameters: Parameters, field: str, limit: int) -> Json:
    place = find_place(world, bot, parameters, writes=False)
    message = _own(place, parameters.number("message_id"), "edit")
    _check_own(place, message, "edited")
    text = parameters.text(field)
    if field == "text" and "text" not in message:
        raise bad("there is no text in the message to edit")
    if field == "caption" and not any(kind in message for kind in KINDS):
        raise bad("there is no caption in the message to edit")
    if field == "text" and not text.strip():
        raise bad("message text is empty")
    if units(text) > limit:
        raise bad("message is too long" if field == "text" else "message caption is too long")
    if text == message.get(field, ""):
        raise bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a current "
            "content and reply markup of the message"
        )
    return place.room.add({**message, field: text, "edit_date": world.date()})


def delete_message(world: World, bot: Bot, parameters: Parameters) -> bool:
    place = find_place(world, bot, parameters, writes=False)
    number = parameters.number("message_id")
    message = _own(place, number, "delete")
    if world.date() - message["date"] > 2 * DAY:
        raise bad("message can't be deleted")
    _remove(place, number)
    return True


def delete_business(world: World, bot: Bot, parameters: Parameters) -> bool:
    connection = world.connections.get(parameters.text("business_connection_id"))
    if connection is None or not connection.enabled:
        raise bad("business connection not found")
    numbers = [int(number) for number in parameters.json("message_ids", [])]
    for (_, scope, _), room in world.rooms.items():
        if scope == connection.id:
            for number in numbers:
                _remove(Place(room, bot, connection), number)
    return True


def _remove(place: Place, number: int) -> None:
    if place.room.messages.pop(number, None) is not None:
        place.room.deleted.append(number)


def react(world: World, bot: Bot, parameters: Parameters) -> bool:
    place = find_place(world, bot, parameters, writes=False)
    number = parameters.number("message_id")
    if number not in place.room.messages:
        raise bad("message to react not found")
    reaction = parameters.json("reaction", [])
    if len(reaction) > 1:
        raise bad("REACTIONS_TOO_MANY")
    if any(kind.get("type") == "emoji" and not kind.get("emoji") for kind in reaction):
        raise bad("REACTION_INVALID")
    place.room.reactions[number] = reaction
    return True


def chat_action(world: World, bot: Bot, parameters: Parameters) -> bool:
    place = find_place(world, bot, parameters)
    action = parameters.text("action")
    if action not in ACTIONS:
        raise bad("wrong parameter action in request")
    place.room.actions.append(action)
    return True


def read_business(world: World, bot: Bot, parameters: Parameters) -> bool:
    if not parameters.text("business_connection_id"):
        raise bad("business connection not found")
    place = find_place(world, bot, parameters)
    number = parameters.number("message_id")
    if place.connection is not None and not place.connection.rights.get("can_read_messages"):
        raise bad("not enough rights to read messages")
    if number not in place.room.messages:
        raise bad("message not found")
    place.room.read_until = max(place.room.read_until, number)
    return True


def answer_query(world: World, bot: Bot, parameters: Parameters) -> bool:
    query = parameters.text("callback_query_id")
    if not world.queries.pop(query, False):
        raise bad("query is too old and response timeout expired or query ID is invalid")
    return True


def get_file(world: World, bot: Bot, parameters: Parameters) -> Json:
    file = world.files.get(parameters.text("file_id"))
    if file is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if file.size > MAX_DOWNLOAD:
        raise bad("file is too big")
    return {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_path": file.path,
    }


def get_connection(world: World, bot: Bot, parameters: Parameters) -> Json:
    connection = world.connections.get(parameters.text("business_connection_id"))
    if connection is None or connection.bot != bot.id:
        raise bad("business connection not found")
    return connection.describe()


def bar(verb: str, field: str) -> Method:
    """Banning and unbanning in groups, of people and of channels that write as themselves."""

    def change(world: World, bot: Bot, parameters: Parameters) -> bool:
        place = find_place(world, bot, parameters, writes=False)
        who = parameters.find_number(field)
        if place.room.chat["type"] not in {"group", "supergroup"}:
            raise bad("method is available for supergroup and channel chats only")
        if who is None or (field == "user_id" and who not in world.people):
            raise bad("PARTICIPANT_ID_INVALID")
        if verb == "ban":
            place.room.banned.add(who)
        else:
            place.room.banned.discard(who)
        return True

    return change


METHODS: dict[str, Method] = {
    "banchatmember": bar("ban", "user_id"),
    "unbanchatmember": bar("unban", "user_id"),
    "banchatsenderchat": bar("ban", "sender_chat_id"),
    "unbanchatsenderchat": bar("unban", "sender_chat_id"),
    "getme": get_me,
    "sendmessage": send_message,
    "sendmediagroup": send_media_group,
    "sendlocation": send_location,
    "editmessagetext": edit_text,
    "editmessagecaption": edit_caption,
    "deletemessage": delete_message,
    "deletebusinessmessages": delete_business,
    "setmessagereaction": react,
    "sendchataction": chat_action,
    "readbusinessmessage": read_business,
    "answercallbackquery": answer_query,
    "getfile": get_file,
    "getbusinessconnection": get_connection,
    **{f"send{kind.replace('_', '')}": send_media(kind) for kind in KINDS},
}
"""Names are not case-sensitive."""
