"""One way to call the Bot API, and one table of what its errors mean.

An address contains the token, so no address, and no exception that knows one, leaves this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from hark.adapters.telegram.manifest import CLOUD
from hark.channels.contract import Account, PlatformProblem, Reconnect, Rejected, TryAgain, Unconfirmed
from hark.infra.http import Answer, CallFailed, GuardedHttp

T = TypeVar("T")

Files = Mapping[str, tuple[str, bytes, str]]

UPLOAD_TIMEOUT = 120.0
"""Seconds for a call with a file: 50 MB need their time."""
CALL_TIMEOUT = 20.0

_RETRY_AFTER = re.compile(r"retry after (\d{1,6})")


class _Parameters(msgspec.Struct):
    retry_after: int | None = None
    migrate_to_chat_id: int | None = None


class _Failure(msgspec.Struct):
    error_code: int = 0
    description: str = ""
    parameters: _Parameters = msgspec.field(default_factory=_Parameters)


class _Success(msgspec.Struct):
    ok: bool = False
    result: msgspec.Raw = msgspec.Raw(b"null")


class ChatMoved(Rejected):
    """The group became a supergroup: the same call to `chat` will do."""

    def __init__(self, chat: int) -> None:
        super().__init__("chat_moved", "The group has moved to a new chat.", http_status=400)
        self.chat = chat


_DISCONNECTED = "The business account is no longer connected to the bot."
_NOT_COVERED = (
    "The business account cannot be answered for here now: the customer must have written within the last 24 hours, "
    "and the bot needs the right to reply."
)


class _Meaning(msgspec.Struct, frozen=True):
    """`part` is the stable part of a description, in lower case."""

    part: str
    code: str
    sentence: str
    unreachable: bool = False


_MEANINGS = tuple(
    _Meaning(*row)
    for row in (
        ("bot was blocked by the user", "blocked", "The customer has blocked the bot.", True),
        ("user is deactivated", "deactivated", "The customer's account no longer exists.", True),
        ("can't initiate conversation", "cannot_initiate", "The customer has to write first.", True),
        ("bot was kicked", "not_in_group", "The bot is no longer in this group."),
        ("bot is not a member", "not_in_group", "The bot is no longer in this group."),
        ("chat not found", "chat_not_found", "Telegram does not know this chat: the customer has to write first.", True),
        ("is too long", "text_too_long", "The text is longer than Telegram allows."),
        ("text is empty", "text_empty", "The message has no text."),
        ("can't parse entities", "bad_entities", "Telegram could not read the text's formatting."),
        ("message to be replied not found", "quoted_gone", "The message that is answered no longer exists."),
        ("message thread not found", "topic_gone", "The topic of this conversation no longer exists."),
        ("message to edit not found", "message_gone", "The message no longer exists."),
        ("message to delete not found", "message_gone", "The message no longer exists."),
        ("message to react not found", "message_gone", "The message no longer exists."),
        ("message is not modified", "not_modified", "The message already says this."),
        ("there is no text in the message", "no_text", "The message has no text that could be changed."),
        ("message can't be deleted", "cannot_delete", "Telegram lets bots delete for 48 hours only."),
        ("message can't be edited", "cannot_edit", "Telegram does not let the bot change this message."),
        ("query is too old", "query_too_old", "The button was pressed too long ago."),
        ("reaction_invalid", "reaction_invalid", "Telegram does not allow this reaction here."),
        ("not enough rights", "no_rights", "The bot may not do this in this chat."),
        ("business connection not found", "business_disconnected", _DISCONNECTED),
        ("business_connection_invalid", "business_disconnected", _DISCONNECTED),
        ("business_peer_invalid", "business_peer_invalid", _NOT_COVERED),
        ("file is too big", "file_too_big", "The file is larger than Telegram allows bots."),
        ("wrong file_id", "file_gone", "Telegram does not have this file, or not at present."),
        ("failed to get http url content", "file_not_fetched", "Telegram could not fetch the file."),
        ("wrong type of the web page content", "file_not_fetched", "Telegram could not fetch the file."),
        ("photo_invalid_dimensions", "photo_dimensions", "The picture is too large or too narrow for Telegram."),
        ("image_process_failed", "photo_unreadable", "Telegram could not read the picture."),
        ("bad webhook", "bad_webhook", "Telegram does not accept this webhook address."),
        ("webhook is active", "webhook_active", "Another program sets a webhook for this bot: make a new token in @BotFather."),
        ("terminated by other getupdates", "other_poller",
         "Another program asks for this bot's updates: stop it, or make a new token in @BotFather (/revoke)."),
        ("user is an administrator", "is_administrator", "Administrators of the group cannot be banned."),
        ("can't remove chat owner", "is_administrator", "Administrators of the group cannot be banned."),
        ("user_not_participant", "not_participant", "This person is not in the group."),
        ("participant_id_invalid", "unknown_person", "Telegram does not know this person in the group."),
        ("method not found", "method_not_found", "This Bot API server is too old for the call."),
    )
)  # fmt: skip


async def call(
    http: GuardedHttp,
    account: Account,
    method: str,
    parameters: Mapping[str, Any],
    shape: type[T],
    *,
    files: Files | None = None,
    creates: bool = False,
    timeout: float | None = None,
) -> T:
    """One call; its `result` as `shape`. With `creates`, a call whose outcome is open ends in Unconfirmed;
    every other call may be repeated without harm and ends in TryAgain then."""
    problem: PlatformProblem
    try:
        answer = await _post(http, _address(account, method), parameters, files, timeout or CALL_TIMEOUT)
    except CallFailed as failure:
        problem = _unanswered(failure, creates)
    else:
        return _result(answer, shape, creates)
    raise problem  # here, so that the failure, which knows the address, is not chained to it


async def _post(
    http: GuardedHttp, url: str, parameters: Mapping[str, Any], files: Files | None, timeout: float
) -> Answer:
    if not files:
        return await http.call("POST", url, json=parameters, timeout=timeout)
    form = {name: _as_text(value) for name, value in parameters.items()}
    return await http.call("POST", url, form=form, files=files, timeout=UPLOAD_TIMEOUT)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _address(account: Account, method: str) -> str:
    return f"{account.base_url(CLOUD)}/bot{_token(account)}/{method}"


def file_address(account: Account, path: str) -> str:
    return f"{account.base_url(CLOUD)}/file/bot{_token(account)}/{quote(path, safe='/')}"


def _token(account: Account) -> str:
    secret = account.secrets.get("token")
    if not secret:
        raise Reconnect("token_missing", "The account has no bot token; connect it again.")
    return quote(secret.reveal(), safe=":")


def _unanswered(failure: CallFailed, creates: bool) -> PlatformProblem:
    if not failure.sent:
        return TryAgain("not_connected", "Telegram could not be reached.")
    return _open_outcome(creates, "no_answer", "Telegram did not answer in time.", None)


def _open_outcome(creates: bool, code: str, sentence: str, status: int | None) -> PlatformProblem:
    if creates:
        return Unconfirmed(code, f"{sentence} The message may have been sent.", http_status=status)
    return TryAgain(code, sentence, http_status=status)


def _result(answer: Answer, shape: type[T], creates: bool) -> T:
    success = _decode(answer.body, _Success)
    if success is None or not success.ok:
        raise _problem(answer, creates)
    result = _decode(bytes(success.result), shape)
    if result is None:
        raise _open_outcome(creates, "unreadable", "Telegram's answer could not be read.", answer.status)
    return result


def _decode(body: bytes, shape: type[T]) -> T | None:
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _problem(answer: Answer, creates: bool) -> PlatformProblem:
    """`error_code` equals the HTTP status. A gateway's page has no `error_code`, so the status speaks for it."""
    failure = _decode(answer.body, _Failure) or _Failure()
    status = failure.error_code or answer.status
    if status == 429:
        return _too_fast(answer, failure)
    if status == 401:
        return Reconnect("unauthorized", "Telegram no longer accepts the bot's token.", http_status=401)
    if status == 504 or status < 300:
        return _open_outcome(creates, f"http_{status}", "Telegram's answer did not arrive.", status)
    if status >= 500 or status < 400:
        return TryAgain(f"http_{status}", "Telegram has a problem at present.", http_status=status)
    return _refused(status, failure)


def _too_fast(answer: Answer, failure: _Failure) -> TryAgain:
    """The binding number is in the body; the header is not always there."""
    named = _RETRY_AFTER.search(failure.description)
    header = answer.headers.get("retry-after", "")
    seconds = failure.parameters.retry_after
    if seconds is None and named is not None:
        seconds = int(named[1])
    if seconds is None and header.isdecimal():
        seconds = int(header[:6])
    wait = float(max(0, seconds)) if seconds is not None else None
    sentence = "Telegram asks the bot to send more slowly."
    return TryAgain("too_many_requests", sentence, http_status=429, retry_after=wait, scope="account")


def _refused(status: int, failure: _Failure) -> PlatformProblem:
    if failure.parameters.migrate_to_chat_id is not None:
        return ChatMoved(failure.parameters.migrate_to_chat_id)
    description = failure.description.lower()
    for meaning in _MEANINGS:
        if meaning.part in description:
            return Rejected(
                meaning.code, meaning.sentence, http_status=status, unreachable=meaning.unreachable
            )
    if status == 404:
        return Reconnect("bad_token", "Telegram does not know this bot token.", http_status=404)
    if status == 413:
        return Rejected("file_too_big", "The file is larger than Telegram allows bots.", http_status=413)
    return Rejected(_code(status, failure.description), _sentence(failure.description), http_status=status)


def _code(status: int, description: str) -> str:
    """Codes of the servers behind the Bot API come through in capitals, the last word of the description."""
    last = description.rpartition(" ")[2]
    return last.lower() if re.fullmatch(r"[A-Z][A-Z0-9_]{3,60}", last) else f"http_{status}"


def _sentence(description: str) -> str:
    _, _, reason = description.rpartition(": ")
    return f"Telegram refused it: {reason[:200]}." if reason else "Telegram refused it."
