"""What a Graph API error means for a message and its account: decided by code and subcode, never by reading
the text.

Codes and their classes: platforms' error pages of Graph and Messenger (June 2026). Graph's own sentence can
repeat the access token, so where the credentials are at fault the sentence is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from hark.adapters._meta.usage import regain_minutes
from hark.adapters._meta.wire import read_json
from hark.channels.contract import (
    MalformedPayload,
    PlatformProblem,
    Reconnect,
    Rejected,
    TryAgain,
    Unconfirmed,
)

Meaning = Literal["reconnect", "blocked", "limit", "unsure", "retry", "rejected", "unreachable"]


class Voice(msgspec.Struct, frozen=True):
    """How sentences call the platform, and what is connected to it."""

    name: str = "Facebook"
    thing: str = "page"

    def say(self, sentence: str) -> str:
        return sentence.replace("{name}", self.name).replace("{thing}", self.thing)


FACEBOOK = Voice()

_SIGN_IN = "{name} no longer accepts the access token. Connect the {thing} again."
_RIGHTS = (
    "The app or the person who connected lacks a permission for this. Connect the {thing} again and grant it."
)
_NOT_AVAILABLE = (
    "This person cannot be written to at present: they blocked the {thing}, left, or do not accept messages."
)
_CLOSED = "The reply window is closed: more than 24 hours have passed since the customer's last message."

_BY_SUBCODE: Mapping[tuple[int, int], tuple[Meaning, str]] = {
    (2, 2018344): ("rejected", "The privacy terms of the inbox have not been accepted on {name}."),
    (10, 2018278): ("rejected", _CLOSED),
    (10, 2018065): ("rejected", _CLOSED),
    (10, 2534022): ("rejected", _CLOSED),
    (10, 2018108): ("unreachable", _NOT_AVAILABLE),
    (10, 2018300): ("rejected", "Another app controls this conversation at present."),
    (10, 2018336): ("rejected", ""),
    (10, 1893063): ("blocked", "{name} has temporarily restricted this {thing}."),
    (100, 33): ("rejected", "It no longer exists on {name}, or the {thing} may not see it."),
    (100, 2018001): ("rejected", "{name} does not know this person under this {thing}."),
    (100, 2018008): ("retry", "{name} could not fetch the file."),
    (100, 2018047): ("retry", "{name} could not take the file."),
    (100, 2018074): ("retry", "{name} could not use the file again."),
    (100, 2018294): ("retry", "{name} could not process the file."),
    (100, 2018109): ("rejected", "The file is too large for {name}."),
    (100, 2534013): ("rejected", "{name} does not know this person."),
    (100, 2534014): ("rejected", "{name} does not know this person under this {thing}."),
    (100, 2534015): ("rejected", "{name} does not take this kind of message here."),
    (100, 2534025): ("rejected", "{name} does not take this kind of file."),
    (100, 2534029): ("rejected", "{name} does not take this kind of file."),
    (100, 2534037): ("rejected", "The conversation is in a state in which {name} takes no message."),
    (200, 1545041): ("unreachable", _NOT_AVAILABLE),
    (200, 2018028): ("unreachable", _NOT_AVAILABLE),
    (200, 2534041): ("unreachable", _NOT_AVAILABLE),
}
_BY_CODE: Mapping[int, tuple[Meaning, str]] = {
    1: ("unsure", "{name} had an unknown failure."),
    2: ("unsure", "{name} is temporarily unavailable."),
    4: ("limit", "The app has made too many calls to {name}."),
    10: ("reconnect", _RIGHTS),
    12: ("rejected", "{name} no longer offers this."),
    17: ("limit", "Too many calls were made to {name} for this user."),
    32: ("limit", "Too many calls were made to {name} for this {thing}."),
    100: ("rejected", ""),
    102: ("reconnect", _SIGN_IN),
    190: ("reconnect", _SIGN_IN),
    230: ("rejected", "This person has not written to the {thing} yet, so {name} does not tell who it is."),
    341: ("limit", "The app has reached a limit of {name}."),
    368: ("blocked", "{name} has blocked the {thing} from doing this for reasons of policy."),
    506: ("rejected", "{name} refuses to post the same text twice."),
    551: ("unreachable", _NOT_AVAILABLE),
    613: ("limit", "{name} slows this {thing} down for a while."),
    1705: ("rejected", "{name} did not let the {thing} comment here."),
    2500: ("rejected", "{name} does not know this call."),
    10900: ("rejected", "This has been answered privately already; {name} allows one private answer."),
    10903: ("rejected", "{name} takes no private answer here: it is more than 7 days old, or not allowed."),
    36103: ("retry", "{name} could not fetch the file."),
    2018321: ("rejected", ""),
    9000001: ("rejected", "The message was deleted on {name}, or is too old to be read."),
}
_PERMISSION_CODES = range(200, 300)
_BUSINESS_LIMITS = range(80000, 80015)


class GraphError(msgspec.Struct, frozen=True):
    """The error object of a Graph answer."""

    code: int
    subcode: int | None = None
    message: str = ""
    user_message: str = ""
    transient: bool | None = None

    @property
    def name(self) -> str:
        """`190/463`, or only the code."""
        return f"{self.code}/{self.subcode}" if self.subcode else str(self.code)


def read_error(body: bytes) -> GraphError | None:
    """The error of an answer; None where the body carries none (a page of HTML, a success)."""
    try:
        answer = read_json(body)
    except MalformedPayload:
        return None
    if not isinstance(answer, dict):
        return None
    error = answer.get("error")
    if isinstance(error, dict):
        return error_from(error)
    flat = answer.get("error_message")
    return error_from({"code": answer.get("code"), "message": flat}) if flat else None


def error_from(error: Mapping[str, Any]) -> GraphError | None:
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode", error.get("subcode")))
    if code is None:
        return None
    transient = error.get("is_transient")
    return GraphError(
        code=code,
        subcode=subcode,
        message=str(error.get("message") or ""),
        user_message=str(error.get("error_user_msg") or ""),
        transient=transient if isinstance(transient, bool) else None,
    )


def problem_of(
    error: GraphError, *, status: int, headers: Mapping[str, str], creates: bool, voice: Voice = FACEBOOK
) -> PlatformProblem:
    """The exception that this error is. `creates` marks a call that must not be repeated when its outcome
    is unclear."""
    meaning, sentence = _meaning(error, status)
    refused = f"{voice.name} refused: {error.message or error.name}"
    message = voice.say(sentence) or error.user_message or refused
    if meaning in {"reconnect", "blocked"}:
        return Reconnect(error.name, message, http_status=status)
    if meaning == "limit":
        wait = retry_after(headers)
        return TryAgain(error.name, message, http_status=status, retry_after=wait, scope="account")
    if meaning == "unsure" and creates:
        return Unconfirmed(error.name, message, http_status=status)
    if meaning in {"retry", "unsure"}:
        return TryAgain(error.name, message, http_status=status, retry_after=retry_after(headers))
    return Rejected(error.name, message, http_status=status, unreachable=meaning == "unreachable")


def _meaning(error: GraphError, status: int) -> tuple[Meaning, str]:
    known = _BY_SUBCODE.get((error.code, error.subcode or 0)) or _BY_CODE.get(error.code)
    if known is not None and known[0] == "unsure" and error.transient is False:
        return "rejected", error.user_message
    if known is not None:
        return known
    if error.code in _PERMISSION_CODES:
        return "reconnect", _RIGHTS
    if error.code in _BUSINESS_LIMITS or status == 429:
        return "limit", "{name} slows this {thing} down for a while."
    return ("unsure" if error.transient or status >= 500 else "rejected"), ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: the longest regain time (Meta counts it in minutes) of what is used up, or `Retry-
    After`."""
    minutes = regain_minutes(headers)
    if minutes:
        return minutes * 60.0
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(seconds, 3600.0) if seconds > 0 else None


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
