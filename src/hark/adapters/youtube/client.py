"""Calls to the Data API: each counted in units, each way to fail in its class."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from hark.adapters.youtube.manifest import (
    BASE_URL,
    MANIFEST,
    QUOTA_ZONE,
    READ_UNITS,
    TOKEN_URL,
    UNITS,
    WRITE_UNITS,
)
from hark.channels.contract import (
    Account,
    PlatformProblem,
    Reconnect,
    Rejected,
    TryAgain,
    Unconfirmed,
)
from hark.infra.http import AddressRefused, Answer, CallFailed, GuardedHttp
from hark.kernel.secrets import Secret

Meaning = Literal["reconnect", "quota", "limit", "retry", "rejected"]

_GONE = "It no longer exists on YouTube."
_SIGN_IN = "YouTube no longer accepts the access. Connect the channel again."
_BY_REASON: Mapping[str, tuple[Meaning, str]] = {
    "quotaExceeded": (
        "quota",
        "The day's units of the YouTube API are used up, until midnight Pacific time.",
    ),
    "dailyLimitExceeded": (
        "quota",
        "The day's units of the YouTube API are used up, until midnight Pacific time.",
    ),
    "rateLimitExceeded": ("limit", "YouTube asks to slow down."),
    "userRateLimitExceeded": ("limit", "YouTube asks to slow down."),
    "authError": ("reconnect", _SIGN_IN),
    "keyInvalid": ("reconnect", "YouTube does not accept the OAuth client. Check it, and connect again."),
    "insufficientPermissions": (
        "reconnect",
        "The permission to manage comments is missing. Connect the channel again and grant it.",
    ),
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": (
        "reconnect",
        "The permission to manage comments is missing. Connect the channel again and grant it.",
    ),
    "accessNotConfigured": (
        "reconnect",
        "The YouTube Data API is switched off in the Google Cloud project. Switch it on, and connect again.",
    ),
    "commentsDisabled": ("rejected", "Comments are switched off under this video."),
    "ineligibleAccount": (
        "rejected",
        "This Google account may not comment on YouTube: it has no channel yet.",
    ),
    "parentCommentIsPrivate": (
        "rejected",
        "The comment is not public, so it cannot be answered. Publish it first.",
    ),
    "operationNotSupported": (
        "rejected",
        "YouTube lets this channel not answer here: only first comments of a thread can be answered.",
    ),
    "commentTextRequired": ("rejected", "There is nothing to send."),
    "commentTextTooLong": ("rejected", "The text is too long for YouTube. Shorten it."),
    "invalidCommentMetadata": ("rejected", "YouTube does not take this text. Change it."),
    "processingFailure": ("retry", "YouTube could not process it."),
    "banWithoutReject": ("rejected", "A ban goes with rejecting the comment only."),
    "commentNotFound": ("rejected", _GONE),
    "parentCommentNotFound": ("rejected", _GONE),
    "commentThreadNotFound": ("rejected", _GONE),
    "videoNotFound": ("rejected", _GONE),
    "channelNotFound": ("rejected", "YouTube does not know this channel."),
    "forbidden": ("rejected", "YouTube does not allow this channel to do that with this comment."),
}


async def get(account: Account, http: GuardedHttp, path: str, **query: str) -> dict[str, Any]:
    """A list: one unit."""
    answer = await call(account, http, "GET", path, query=query, units=READ_UNITS)
    return _object(answer, creates=False)


async def create(account: Account, http: GuardedHttp, path: str, body: Any, **query: str) -> dict[str, Any]:
    """Something new: fifty units, and not to be repeated when its outcome is unclear."""
    answer = await call(account, http, "POST", path, query=query, json=body, units=WRITE_UNITS, creates=True)
    return _object(answer, creates=True)


async def change(
    account: Account, http: GuardedHttp, method: str, path: str, body: Any = None, **query: str
) -> None:
    """Something that may be repeated without harm: fifty units."""
    await call(account, http, method, path, query=query, json=body, units=WRITE_UNITS)


async def call(
    account: Account,
    http: GuardedHttp,
    method: str,
    path: str,
    *,
    query: Mapping[str, str],
    json: Any = None,
    units: int,
    creates: bool = False,
) -> Answer:
    token = account.secrets.get("access_token")
    if not token:
        raise Reconnect("no_token", "The channel has no access token. Connect it again.")
    base = account.base_url(BASE_URL)
    try:
        answer = await http.allowing(MANIFEST.hosts, base).call(
            method,
            f"{base}/youtube/v3/{path}",
            headers={"authorization": f"Bearer {token.reveal()}"},
            query=query,
            json=json,
        )
    except CallFailed as failure:
        raise _of_failure(failure, creates) from failure
    http.meter.spend(UNITS, units)
    if answer.status >= 300:
        raise problem_of(answer, creates)
    return answer


def _object(answer: Answer, creates: bool) -> dict[str, Any]:
    value = answer.json()
    if isinstance(value, dict):
        return value
    message = "YouTube's answer could not be read."
    if creates:
        raise Unconfirmed("unreadable_answer", message, http_status=answer.status)
    raise TryAgain("unreadable_answer", message, http_status=answer.status)


class ApiError(msgspec.Struct, frozen=True):
    reason: str
    message: str


def _error(answer: Answer) -> ApiError | None:
    value = answer.json()
    error = value.get("error") if isinstance(value, dict) else None
    if not isinstance(error, dict):
        return None
    rows = error.get("errors")
    first = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
    reason = next((reason for reason in _reasons(error, first) if reason in _BY_REASON), None)
    return ApiError(
        reason or str(first.get("reason") or error.get("status") or ""),
        str(first.get("message") or error.get("message") or ""),
    )


def _reasons(error: Mapping[str, Any], first: Mapping[str, Any]) -> list[str]:
    """The detailed reason comes before the general one; some errors carry only one of the two."""
    details = error.get("details")
    rows = [row for row in details if isinstance(row, dict)] if isinstance(details, list) else []
    return [str(row["reason"]) for row in rows if row.get("reason")] + [str(first.get("reason") or "")]


def problem_of(answer: Answer, creates: bool) -> PlatformProblem:
    """What an error answer means: by its reason, else by its status."""
    error, status = _error(answer), answer.status
    code = error.reason if error and error.reason else f"http_{status}"
    known = _BY_REASON.get(error.reason) if error else None
    if known is not None:
        return _of_meaning(known, code, answer)
    message = (
        f"YouTube refused: {error.message}" if error and error.message else f"YouTube answered {status}."
    )
    if status == 401:
        return Reconnect(code, _SIGN_IN, http_status=status)
    if status == 429:
        return _of_meaning(("limit", "YouTube asks to slow down."), code, answer)
    if status == 503:
        return TryAgain(code, "YouTube is unavailable.", http_status=status, retry_after=retry_after(answer))
    if status >= 500 and creates:
        return Unconfirmed(code, "YouTube failed while handling this.", http_status=status)
    if status >= 500:
        return TryAgain(code, "YouTube failed while handling this.", http_status=status)
    return Rejected(code, message, http_status=status)


def _of_meaning(known: tuple[Meaning, str], code: str, answer: Answer) -> PlatformProblem:
    meaning, sentence = known
    if meaning == "reconnect":
        return Reconnect(code, sentence, http_status=answer.status)
    if meaning in {"quota", "limit"}:
        wait = retry_after(answer) or (until_midnight(answer) if meaning == "quota" else None)
        return TryAgain(code, sentence, http_status=answer.status, retry_after=wait, scope="account")
    if meaning == "retry":
        return TryAgain(code, sentence, http_status=answer.status, retry_after=retry_after(answer))
    return Rejected(code, sentence, http_status=answer.status)


def retry_after(answer: Answer) -> float | None:
    """Seconds from `Retry-After`, a number or a date (measured against the answer's own date)."""
    given = answer.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return float(given[:9])
    until, now = _date(given), _date(answer.headers.get("date", ""))
    return max(0.0, (until - now).total_seconds()) if until and now else None


def until_midnight(answer: Answer) -> float | None:
    """Seconds until the quota begins anew, by the answer's own date."""
    now = _date(answer.headers.get("date", ""))
    if now is None:
        return None
    there = now.astimezone(ZoneInfo(QUOTA_ZONE))
    midnight = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight.timestamp() - there.timestamp()) or None


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo is not None else None


def _of_failure(failure: CallFailed, creates: bool) -> PlatformProblem:
    if isinstance(failure, AddressRefused):
        return Rejected("address_refused", f"The address is not called: {failure}.")
    if not failure.sent:
        return TryAgain("not_connected", "YouTube could not be reached.")
    if creates:
        return Unconfirmed("no_answer", "YouTube did not answer; it may have taken the comment.")
    return TryAgain("no_answer", "YouTube did not answer.")


async def token_call(values: Mapping[str, str], form: Mapping[str, str], http: GuardedHttp) -> dict[str, Any]:
    """A call to Google's token address. Raises Rejected where Google refuses what was given."""
    base = (values.get("base_url") or BASE_URL).rstrip("/")
    address = TOKEN_URL if base == BASE_URL else f"{base}/token"
    try:
        answer = await http.allowing(MANIFEST.hosts, address).call("POST", address, form=form)
    except CallFailed as failure:
        raise _of_failure(failure, creates=False) from failure
    value = answer.json()
    given = value if isinstance(value, dict) else {}
    if answer.status in {400, 401, 403}:
        code = str(given.get("error") or f"http_{answer.status}")
        raise Rejected(
            code, _TOKEN_ERRORS.get(code, "Google refuses these credentials."), http_status=answer.status
        )
    if answer.status >= 300 or not isinstance(given.get("access_token"), str):
        raise TryAgain("no_token", "Google gave no access token at the moment.", http_status=answer.status)
    return given


_TOKEN_ERRORS = {
    "invalid_grant": "The authorization has ended or was taken back. Authorize again as the channel's owner.",
    "invalid_client": "Google does not know this OAuth client, or its secret is wrong.",
    "unauthorized_client": "The OAuth client may not be used this way: it must be of the kind web application.",
    "redirect_uri_mismatch": "The OAuth client does not list Hark's address as one to come back to.",
}


def secret_of(account: Account, key: str) -> Secret:
    secret = account.secrets.get(key)
    if not secret:
        raise Reconnect("no_" + key, f"The {key.replace('_', ' ')} is missing. Connect the channel again.")
    return secret
