"""What an answer of Google means: by its status word and the reason in its details, never by reading the sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from hark.channels.contract import PlatformProblem, Reconnect, Rejected, TryAgain, Unconfirmed
from hark.infra.http import Answer
from hark.kernel.loose_json import read_loosely

NO_QUOTA = "quota_zero"
NO_QUOTA_WAIT = 3600.0
"""Seconds until it is tried again whether Google has granted access."""
LONGEST_WAIT = 24 * 3600.0

_SIGN_IN = "Google no longer accepts the sign-in. Sign in with Google again."
_SCOPE = "The sign-in does not cover the Business Profile. Sign in with Google again and tick the box for it."
_DISABLED = "The Business Profile API is switched off in the Google Cloud project of this client ID. Switch it on in the console."
_ROLE = (
    "Google refuses this: whoever signed in is no owner or manager of the location any more, or it is not verified. Check "
    "both in the Business Profile."
)
_QUOTA = (
    "Google has granted this Cloud project no calls yet: its quota is 0. Ask for access by the form “Application for Basic "
    "API Access” of the Business Profile APIs; it takes days."
)
_OF_SCOPE = frozenset({"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"})
_OF_SERVICE = frozenset({"SERVICE_DISABLED", "accessNotConfigured", "API_KEY_SERVICE_BLOCKED"})


class Error(msgspec.Struct, frozen=True):
    status: str = ""
    reason: str = ""
    message: str = ""
    quota: str | None = None

    @property
    def name(self) -> str:
        return self.reason or self.status


def read_error(body: bytes) -> Error | None:
    """The error of an answer; None where Google's API did not speak."""
    try:
        value = read_loosely(body)
    except ValueError:
        return None
    error = value.get("error") if isinstance(value, dict) else None
    if not isinstance(error, dict):
        return None
    reason, quota = "", None
    for detail in error.get("details") or [] if isinstance(error.get("details"), list) else []:
        if isinstance(detail, dict) and isinstance(detail.get("reason"), str):
            reason, quota = detail["reason"], _limit_of(detail.get("metadata"))
    return Error(_text(error.get("status")), reason, _text(error.get("message")), quota)


def _limit_of(metadata: Any) -> str | None:
    limit = metadata.get("quota_limit_value") if isinstance(metadata, dict) else None
    return limit if isinstance(limit, str) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def problem_of(answer: Answer) -> PlatformProblem:
    status, error = answer.status, read_error(answer.body)
    name = (error.name if error else "") or f"http_{status}"
    if status == 401:
        return Reconnect(name, _SIGN_IN, http_status=status)
    if status == 403:
        return _forbidden(error or Error(), name)
    if status == 429:
        return _limited(answer, error or Error(), name)
    if status == 504:
        return Unconfirmed(name, "Google did not answer in time; it may have taken it.", http_status=status)
    if status >= 500 or status == 409:
        # The same answer put twice is one answer: trying again does no harm.
        wait = retry_after(answer.headers)
        return TryAgain(name, "Google failed for the moment.", http_status=status, retry_after=wait)
    if status == 404:
        return Rejected(name, "The review no longer exists on Google.", http_status=status)
    said = f": {error.message}" if error and error.message else f" (status {status})."
    return Rejected(name, f"Google refused this{said}", http_status=status)


def _forbidden(error: Error, name: str) -> PlatformProblem:
    if error.reason in _OF_SCOPE:
        return Reconnect(name, _SCOPE, http_status=403)
    if error.reason in _OF_SERVICE:
        return Reconnect(name, _DISABLED, http_status=403)
    return Rejected(name, _ROLE, http_status=403)


def _limited(answer: Answer, error: Error, name: str) -> TryAgain:
    if error.quota == "0":
        return TryAgain(NO_QUOTA, _QUOTA, http_status=429, retry_after=NO_QUOTA_WAIT, scope="account")
    wait = retry_after(answer.headers)
    return TryAgain(name, "Google asks to wait.", http_status=429, retry_after=wait, scope="account")


def token_problem(answer: Answer) -> PlatformProblem:
    """The token address answers in OAuth's own form."""
    try:
        value = read_loosely(answer.body)
    except ValueError:
        value = None
    code = _text(value.get("error")) if isinstance(value, dict) else ""
    name, status = code or f"http_{answer.status}", answer.status
    if status == 429 or status >= 500:
        wait = retry_after(answer.headers)
        return TryAgain(name, "Google gives no tokens at the moment.", http_status=status, retry_after=wait)
    if name in {"invalid_client", "unauthorized_client"}:
        return Reconnect(name, "Google does not know this client ID with this secret.", http_status=status)
    words = (
        "Google no longer accepts the sign-in: it was withdrawn, not used for six months, or ended after seven days because "
        "the app's consent screen is in testing. Sign in with Google again."
    )
    return Reconnect(name, words, http_status=status)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, or a date relative to that of the answer."""
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
