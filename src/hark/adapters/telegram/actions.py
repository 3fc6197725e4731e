"""What is done to a chat or message without creating one: typing, read, delete, edit, react, a button press
acknowledged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from hark.adapters.telegram.address import Address, parse_message, parse_thread
from hark.adapters.telegram.business import find_note
from hark.adapters.telegram.client import call
from hark.adapters.telegram.manifest import MAX_CAPTION, MAX_TEXT
from hark.adapters.telegram.payloads import SentMessage
from hark.channels.contract import Ability, Account, Action, Rejected
from hark.infra.http import GuardedHttp

Perform = Callable[[Action, Account, GuardedHttp], Awaitable[None]]


async def perform(action: Action, account: Account, http: GuardedHttp) -> None:
    """Every action may be repeated, so what its end state already is counts as done."""
    run = _ACTIONS.get(action.ability)
    if run is None:
        raise Rejected("ability_missing", "Telegram does not offer this.")
    await run(action, account, http)


async def _type(action: Action, account: Account, http: GuardedHttp) -> None:
    """Shown for five seconds, or until a message arrives."""
    place = parse_thread(action.thread_key)
    if place.direct is not None:
        return  # sendChatAction cannot name a topic of channel direct messages
    await _tell(http, account, "sendChatAction", {**place.parameters(), "action": "typing"})


async def _mark_read(action: Action, account: Account, http: GuardedHttp) -> None:
    """Business chats have read marks. A pressed button (its id is a bare number) waits to be acknowledged:
    until then the customer's app shows it as working. Ordinary chats of bots have neither, and there is
    nothing to do."""
    target = action.target or ""
    if target.isdecimal():
        await _tell(http, account, "answerCallbackQuery", {"callback_query_id": target}, "query_too_old")
        return
    connection = parse_thread(action.thread_key).connection
    if not target or connection is None:
        return
    note = find_note(account.state, connection)
    if note is not None and not note.can_read:
        return  # a mark that the owner has not allowed harms nobody by its absence
    place, number = parse_message(target)
    await _tell(http, account, "readBusinessMessage", {**place.parameters(), "message_id": number})


async def _delete(action: Action, account: Account, http: GuardedHttp) -> None:
    place, number = parse_message(action.target)
    if place.connection is None:
        await _tell(http, account, "deleteMessage", _named(place, number), "message_gone")
        return
    note = find_note(account.state, place.connection)
    if note is not None and not note.can_delete:
        raise Rejected(
            "business_no_delete", "The business account has not given the bot the right to delete messages."
        )
    parameters = {"business_connection_id": place.connection, "message_ids": [number]}
    await _tell(http, account, "deleteBusinessMessages", parameters, "message_gone")


async def _edit(action: Action, account: Account, http: GuardedHttp) -> None:
    """A text is edited as such, the text beside a file as its caption; only Telegram knows which it was."""
    place, number = parse_message(action.target)
    text = action.text or ""
    _check_length(text, MAX_TEXT)
    try:
        await _change(http, account, "editMessageText", {**_named(place, number), "text": text})
    except Rejected as problem:
        if problem.code != "no_text":
            raise
        _check_length(text, MAX_CAPTION)
        await _change(http, account, "editMessageCaption", {**_named(place, number), "caption": text})


def _check_length(text: str, limit: int) -> None:
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if length > limit:
        raise Rejected("text_too_long", f"The text is {length - limit} over Telegram's {limit} characters.")


async def _react(action: Action, account: Account, http: GuardedHttp) -> None:
    """A bot has one reaction per message; no text takes it back."""
    place, number = parse_message(action.target)
    if place.connection is not None:
        raise Rejected("ability_missing", "Telegram offers no reactions for business accounts.")
    reaction = [{"type": "emoji", "emoji": action.text}] if action.text else []
    await _tell(http, account, "setMessageReaction", {**_named(place, number), "reaction": reaction})


async def _ban(action: Action, account: Account, http: GuardedHttp) -> None:
    """In groups: the person leaves and cannot come back. Who writes as a channel is kept out as that channel."""
    await _bar(action, account, http, "ban", {})


async def _unban(action: Action, account: Account, http: GuardedHttp) -> None:
    await _bar(action, account, http, "unban", {"only_if_banned": True})


async def _bar(
    action: Action, account: Account, http: GuardedHttp, verb: str, only_people: dict[str, Any]
) -> None:
    place = parse_thread(action.thread_key)
    who = action.author or action.recipient or ""
    if place.chat >= 0 or place.connection is not None:
        raise Rejected("only_in_groups", "Telegram lets bots ban people in groups only.")
    if not who.lstrip("-").isdecimal():
        raise Rejected("unknown_person", "Telegram does not say who wrote this.")
    number, chat = int(who), {"chat_id": place.chat}
    if number < 0:
        await _tell(http, account, f"{verb}ChatSenderChat", {**chat, "sender_chat_id": number})
    else:
        await _tell(http, account, f"{verb}ChatMember", {**chat, "user_id": number, **only_people})


def _named(place: Address, number: int) -> dict[str, Any]:
    return {**place.parameters(), "message_id": number}


async def _tell(
    http: GuardedHttp, account: Account, method: str, parameters: dict[str, Any], done: str | None = None
) -> None:
    """A call that answers `true`. `done` is the refusal that means that there was nothing left to do."""
    try:
        await call(http, account, method, parameters, bool)
    except Rejected as problem:
        if problem.code != done:
            raise


async def _change(http: GuardedHttp, account: Account, method: str, parameters: dict[str, Any]) -> None:
    try:
        await call(http, account, method, parameters, SentMessage)
    except Rejected as problem:
        if problem.code != "not_modified":
            raise


_ACTIONS: dict[Ability, Perform] = {
    Ability.TYPING: _type,
    Ability.MARK_READ: _mark_read,
    Ability.DELETE: _delete,
    Ability.EDIT: _edit,
    Ability.REACT: _react,
    Ability.BAN: _ban,
    Ability.UNBAN: _unban,
}
