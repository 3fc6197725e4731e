"""What an answer of the AT Protocol means for a message and its account: by the error's name, not by the status. An expired
token is a 400 there, and so is a post that is gone.

Names: lexicons of com.atproto and chat.bsky, and answers of a real server (PDS 0.4 and 0.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import msgspec

from hark.channels.contract import PlatformProblem, Reconnect, Rejected, TryAgain, Unconfirmed
from hark.infra.http import AddressRefused, Answer, CallFailed

Meaning = Literal["reconnect", "limit", "retry", "unsure", "rejected", "unreachable"]

_SIGN_IN = "Bluesky no longer accepts the session. Connect the account again with an app password."
_CLOSED = "This person takes no direct messages from the account at present."

_BY_NAME: Mapping[str, tuple[Meaning, str]] = {
    "ExpiredToken": ("reconnect", "The session has expired."),
    "InvalidToken": ("reconnect", _SIGN_IN),
    "AuthMissing": ("reconnect", _SIGN_IN),
    "AuthenticationRequired": ("reconnect", _SIGN_IN),
    "AuthFactorTokenRequired": ("reconnect", "This password needs a code from a mail: use an app password instead."),
    "AccountTakedown": ("reconnect", "Bluesky has taken this account down."),
    "AccountDeactivated": ("reconnect", "The account is deactivated."),
    "AccountSuspended": ("reconnect", "Bluesky has suspended the account."),
    "RateLimitExceeded": ("limit", "Bluesky asks the account to wait."),
    "UpstreamFailure": ("unsure", "A service behind the Bluesky server cannot be reached."),
    "UpstreamTimeout": ("unsure", "A service behind the Bluesky server did not answer."),
    "InternalServerError": ("unsure", "The Bluesky server failed."),
    "NotEnoughResources": ("retry", "The Bluesky server is busy."),
    "InvalidSwap": ("retry", "Somebody changed this at the same time."),
    "ConcurrentWrites": ("retry", "Somebody changed this at the same time."),
    "MethodNotImplemented": ("rejected", "This Bluesky server does not offer the call. Look at the address of the chat service."),
    "RecordNotFound": ("rejected", "It no longer exists on Bluesky."),
    "NotFound": ("rejected", "It no longer exists on Bluesky."),
    "BlobTooLarge": ("rejected", "The file is larger than the server takes."),
    "PayloadTooLarge": ("rejected", "The file is larger than the server takes."),
    "InvalidConvo": ("rejected", "This conversation no longer exists on Bluesky."),
    "ConvoLocked": ("rejected", "This conversation is locked: nobody can write there at present."),
    "ReplyTargetNotFound": ("rejected", "The message that is answered no longer exists."),
    "MessagesDisabled": ("unreachable", _CLOSED),
    "NotFollowedBySender": ("unreachable", "This person takes direct messages only from accounts that they follow."),
    "BlockedActor": ("unreachable", "The account has blocked this person: unblock them to write."),
    "BlockedSubject": ("unreachable", "This person has blocked the account."),
    "RecipientNotFound": ("unreachable", "This person no longer has an account."),
}  # fmt: skip

NO_CHAT = "no_chat_access"
_NO_CHAT = (
    "The app password gives no access to direct messages. Make a new one with “Allow access to your direct messages”"
    " and connect the account again."
)


class _Error(msgspec.Struct):
    error: str = ""
    message: str = ""


def problem_of(answer: Answer, method: str, *, creates: bool) -> PlatformProblem:
    """The exception that an answer with an error is. `creates` marks a call that must not be repeated when its outcome is
    unclear; `method` is the name of the call."""
    error = _read(answer.body)
    status = answer.status
    if method.startswith("chat.") and error.error == "InvalidToken" and error.message.startswith("Bad token"):
        return Rejected(NO_CHAT, _NO_CHAT, http_status=status)
    meaning, sentence = _BY_NAME.get(error.error) or _by_status(status, error)
    code, wait = error.error or f"http_{status}", retry_after(answer.headers)
    if meaning == "reconnect":
        return Reconnect(code, sentence, http_status=status)
    if meaning == "limit":
        return TryAgain(code, sentence, http_status=status, retry_after=wait, scope="account")
    if meaning == "unsure" and creates:
        return Unconfirmed(code, f"{sentence} It may have been accepted.", http_status=status)
    if meaning in {"retry", "unsure"}:
        return TryAgain(code, sentence, http_status=status, retry_after=wait)
    return Rejected(code, sentence, http_status=status, unreachable=meaning == "unreachable")


def _read(body: bytes) -> _Error:
    try:
        return msgspec.json.decode(body, type=_Error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Error()


def _by_status(status: int, error: _Error) -> tuple[Meaning, str]:
    if status == 429:
        return "limit", "Bluesky asks the account to wait."
    if status == 401:
        return "reconnect", _SIGN_IN
    if status == 503:
        return "retry", "The Bluesky server is unavailable."
    if status >= 500 or status < 400:
        return "unsure", "The Bluesky server failed."
    reason = error.message[:200].rstrip(".")
    return "rejected", f"Bluesky refused: {reason}." if reason else f"Bluesky answered with status {status}."


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: a number, or a date against the answer's own; older servers name only when the limit begins anew."""
    named, now = headers.get("retry-after", "").strip(), _date(headers.get("date", ""))
    quota = quota_of(headers)
    try:
        seconds = float(named)
    except ValueError:
        until = _date(named) or (quota.resets_at if quota is not None and quota.remaining == 0 else None)
        seconds = (until - now).total_seconds() if until and now else 0.0
    return min(seconds, 86_400.0) if seconds > 0 else None


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None


def problem_of_failure(failure: CallFailed, *, creates: bool) -> PlatformProblem:
    if isinstance(failure, AddressRefused):
        return Rejected("address_refused", f"The address is not called: {failure}.")
    if not failure.sent:
        return TryAgain("not_connected", "The Bluesky server could not be reached.")
    if creates:
        return Unconfirmed(
            "no_answer", "The Bluesky server did not answer; it may have accepted the message."
        )
    return TryAgain("no_answer", "The Bluesky server did not answer.")


class Quota(msgspec.Struct, frozen=True):
    """What `ratelimit-*` says: `remaining` of `limit` until `resets_at`, counted over `window` seconds."""

    limit: int
    remaining: int
    resets_at: datetime
    window: int


def quota_of(headers: Mapping[str, str]) -> Quota | None:
    try:
        limit, remaining = int(headers["ratelimit-limit"]), int(headers["ratelimit-remaining"])
        resets_at = datetime.fromtimestamp(int(headers["ratelimit-reset"]), UTC)
        window = int(headers.get("ratelimit-policy", "").partition(";w=")[2] or 0)
    except (KeyError, ValueError, OverflowError, OSError):
        return None
    return Quota(limit, remaining, resets_at, window)
