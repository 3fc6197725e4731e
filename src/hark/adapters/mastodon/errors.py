"""What an answer of a Mastodon server means for a message and its account: by its status; the server's sentence only says why.

Statuses: docs.joinmastodon.org, each method's "Responses", and recorded answers of Mastodon 4.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

import msgspec

from hark.adapters.mastodon.content import instant
from hark.channels.contract import PlatformProblem, Reconnect, Rejected, TryAgain, Unconfirmed
from hark.infra.http import AddressRefused, Answer, CallFailed

_SIGN_IN = "Mastodon no longer accepts the access token. Connect the account again."
_SCOPE = "The access token lacks a permission for this. Connect the account again and grant it."
_DISABLED = "The server has disabled this account, or it was never confirmed. Sign in there to see why."


class _Error(msgspec.Struct):
    error: str = ""
    error_description: str = ""


def problem_of(answer: Answer, *, creates: bool) -> PlatformProblem:
    """The exception that an answer with an error is. `creates` marks a call that must not be repeated when its outcome is
    unclear."""
    status, code = answer.status, f"http_{answer.status}"
    reason = _reason(answer.body)
    if status == 401:
        return Reconnect(code, _SIGN_IN, http_status=status)
    if status == 403:
        return _forbidden(reason)
    if status == 429:
        wait = retry_after(answer.headers)
        return TryAgain(
            code, "The Mastodon server asks to wait.", http_status=status, retry_after=wait, scope="account"
        )
    if status == 503:
        wait = retry_after(answer.headers)
        return TryAgain(code, "The Mastodon server is unavailable.", http_status=status, retry_after=wait)
    if status >= 500 or status < 400:
        return _failed(status, creates)
    return Rejected(code, _sentence(status, reason), http_status=status)


def _forbidden(reason: str) -> PlatformProblem:
    lowered = reason.lower()
    if "scope" in lowered:
        return Reconnect("scope_missing", _SCOPE, http_status=403)
    if "disabled" in lowered or "confirm" in lowered or "pending approval" in lowered:
        return Reconnect("account_disabled", _DISABLED, http_status=403)
    words = (
        f"The Mastodon server does not allow this: {reason}."
        if reason
        else "The Mastodon server does not allow this."
    )
    return Rejected("http_403", words, http_status=403)


def _failed(status: int, creates: bool) -> PlatformProblem:
    if creates:
        return Unconfirmed(
            f"http_{status}",
            "The Mastodon server failed; it may have accepted the message.",
            http_status=status,
        )
    return TryAgain(f"http_{status}", "The Mastodon server failed.", http_status=status)


def _sentence(status: int, reason: str) -> str:
    if status in {404, 410}:
        return "It no longer exists on Mastodon, or the account may not see it."
    if status == 413:
        return "The file is larger than the server takes."
    if status == 422 and reason:
        return f"The Mastodon server refused it: {reason}."
    return (
        f"The Mastodon server refused it: {reason}."
        if reason
        else f"The server answered with status {status}."
    )


def _reason(body: bytes) -> str:
    try:
        read = msgspec.json.decode(body, type=_Error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return (read.error_description or read.error).removeprefix("Validation failed: ")[:200].rstrip(".")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: `retry-after` as a number or a date, else until the limit's own reset, against the answer's date."""
    named = headers.get("retry-after", "").strip()
    try:
        seconds = float(named)
    except ValueError:
        until = _date(named) or instant(headers.get("x-ratelimit-reset"))
        now = _date(headers.get("date", ""))
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
        return TryAgain("not_connected", "The Mastodon server could not be reached.")
    if creates:
        return Unconfirmed(
            "no_answer", "The Mastodon server did not answer; it may have accepted the message."
        )
    return TryAgain("no_answer", "The Mastodon server did not answer.")
