"""What an answer of LinkedIn means for a message and its account.

Its errors carry `status`, sometimes `code` and `serviceErrorCode`; the two limits share one status and have no documented
code, so they alone are told apart by the fixed beginning of their sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from hark.channels.contract import PlatformProblem, Reconnect, Rejected, TryAgain, Unconfirmed
from hark.infra.http import Answer
from hark.kernel.loose_json import read_loosely

DAILY = "Resource level throttle limit"
THROTTLED = "Comment create throttled"
THROTTLE_WAIT = 60.0
"""Seconds; the Comments API page says to wait at least a minute."""
LONGEST_WAIT = 24 * 3600.0

_SIGN_IN = "LinkedIn no longer accepts the access token. Sign in with LinkedIn again."
_RIGHTS = (
    "LinkedIn refuses this for lack of rights: the app lacks a scope or product, or whoever signed in lost the role on "
    "the page. Check the account, then sign in again."
)
_VERSION = "LinkedIn has switched off the API version that this account uses. Set a newer one (YYYYMM) in the account's settings."
_PICTURE = "LinkedIn does not let this app put pictures into comments. Send the text alone."


class Error(msgspec.Struct, frozen=True):
    code: str = ""
    number: int | None = None
    message: str = ""


def read_error(body: bytes) -> Error | None:
    """The error of an answer; None where LinkedIn did not speak (a gateway's page)."""
    try:
        value = read_loosely(body)
    except ValueError:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("message"), str):
        return None
    number, code = value.get("serviceErrorCode"), value.get("code")
    return Error(
        code if isinstance(code, str) else "",
        number if isinstance(number, int) and not isinstance(number, bool) else None,
        value["message"],
    )


def is_daily(answer: Answer) -> bool:
    error = read_error(answer.body) if answer.status == 429 else None
    return error is not None and error.message.startswith(DAILY)


def problem_of(answer: Answer, now: datetime, *, creates: bool) -> PlatformProblem:
    """The exception that a bad answer is. `creates` marks a call whose repetition would make a second thing."""
    status, error = answer.status, read_error(answer.body)
    name = _name(error, status)
    if status == 401:
        return Reconnect(name, _SIGN_IN, http_status=status)
    if status == 426:
        return Reconnect(name, _VERSION, http_status=status)
    if status == 403:
        return _forbidden(error, name)
    if status == 429:
        return _limit(answer, error, name, now)
    if status >= 500:
        return _failure(answer, name, creates)
    return Rejected(name, _refusal(status, error), http_status=status)


def _name(error: Error | None, status: int) -> str:
    if error is None:
        return f"http_{status}"
    return error.code or (str(error.number) if error.number is not None else f"http_{status}")


def _forbidden(error: Error | None, name: str) -> PlatformProblem:
    if error is None:
        return Rejected(name, "LinkedIn refused this.", http_status=403)
    if error.code == "ACCESS_DENIED":
        return Reconnect(name, _RIGHTS, http_status=403)
    if "/content" in error.message:
        return Rejected("content_not_permitted", _PICTURE, http_status=403)
    return Rejected(name, f"LinkedIn refused this: {error.message}", http_status=403)


def _limit(answer: Answer, error: Error | None, name: str, now: datetime) -> PlatformProblem:
    wait = retry_after(answer.headers)
    if error is not None and error.message.startswith(DAILY):
        message = "The calls that LinkedIn allows per day are used up; it goes on at midnight UTC."
        until = (next_midnight(now) - now).total_seconds()
        return TryAgain(
            "daily_limit",
            message,
            http_status=429,
            retry_after=wait if wait is not None else until,
            scope="account",
        )
    if error is not None and error.message.startswith(THROTTLED):
        message = "LinkedIn allows a member only a few comments a minute."
        pause = wait if wait is not None else THROTTLE_WAIT
        return TryAgain("comment_throttled", message, http_status=429, retry_after=pause, scope="account")
    return TryAgain(name, "LinkedIn asks to wait.", http_status=429, retry_after=wait, scope="account")


def _failure(answer: Answer, name: str, creates: bool) -> PlatformProblem:
    if creates:
        return Unconfirmed(
            name,
            "LinkedIn failed while handling this; it may be there all the same.",
            http_status=answer.status,
        )
    wait = retry_after(answer.headers)
    return TryAgain(name, "LinkedIn failed for the moment.", http_status=answer.status, retry_after=wait)


def _refusal(status: int, error: Error | None) -> str:
    if status == 404:
        return "The post or comment no longer exists on LinkedIn."
    if status in {409, 422}:
        return "LinkedIn takes it for a repetition of what is there already. Write it in other words."
    if error is None:
        return f"LinkedIn answered with status {status}."
    return f"LinkedIn refused: {error.message}"


def next_midnight(now: datetime) -> datetime:
    """When LinkedIn's daily limits begin anew: midnight UTC."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """LinkedIn documents none; a gateway before it may send one, in seconds or as a date."""
    given = headers.get("retry-after", "").strip()
    if given.isascii() and given.isdecimal():
        return min(float(given), LONGEST_WAIT)
    at, dated = _date(given), _date(headers.get("date", ""))
    if at is None or dated is None:
        return None
    return min(max((at - dated).total_seconds(), 0.0), LONGEST_WAIT)


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def token_problem(body: bytes, status: int) -> PlatformProblem:
    """The token address answers in OAuth's own form."""
    value: Any
    try:
        value = read_loosely(body)
    except ValueError:
        value = None
    code = value.get("error") if isinstance(value, dict) else None
    name = code if isinstance(code, str) and code else f"http_{status}"
    if status == 429 or status >= 500:
        return TryAgain(name, "LinkedIn does not give tokens at the moment.", http_status=status)
    if name in {"invalid_client", "unauthorized_client"}:
        return Reconnect(name, "LinkedIn does not know this client ID with this secret.", http_status=status)
    return Reconnect(
        name,
        "LinkedIn's consent has ended or was withdrawn. Sign in with LinkedIn again.",
        http_status=status,
    )
