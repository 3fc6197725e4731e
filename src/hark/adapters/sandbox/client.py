"""Few calls and one table of errors."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import msgspec

from hark.adapters.sandbox.manifest import MANIFEST
from hark.adapters.sandbox.payloads import ApiError, Failure
from hark.channels.contract import Account, PlatformProblem, Reconnect, Rejected, TryAgain, Unconfirmed
from hark.infra.http import Answer, CallFailed, GuardedHttp
from hark.kernel.secrets import Secret

T = TypeVar("T")

_UNREACHABLE = frozenset({"blocked_by_person", "person_gone"})


async def call(
    account: Account,
    http: GuardedHttp,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    json: Any = None,
    form: Mapping[str, str] | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
) -> Answer:
    """One call with the account's token. Raises a PlatformProblem for everything that is not 2xx."""
    url = f"{account.base_url(MANIFEST.base_url)}/v1{path}"
    headers = bearer(account.secrets.get("access_token"))
    try:
        answer = await http.call(method, url, headers=headers, query=query, json=json, form=form, files=files)
    except CallFailed as error:
        raise _failed(error) from error
    if not 200 <= answer.status < 300:
        raise problem(answer)
    return answer


def bearer(token: Secret | None) -> dict[str, str]:
    return {"authorization": f"Bearer {token.reveal() if token else ''}"}


def decoded(answer: Answer, shape: type[T]) -> T:
    """The answer as `shape`. A 2xx that says nothing we understand leaves open what happened."""
    try:
        return msgspec.json.decode(answer.body, type=shape)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Unconfirmed(
            "unreadable_answer", "The network answered something unexpected.", http_status=answer.status
        ) from error


def _failed(error: CallFailed) -> PlatformProblem:
    if error.sent:
        return Unconfirmed("no_answer", "The network did not answer; it may have arrived.")
    return TryAgain("not_connected", "The network cannot be reached at the moment.")


def problem(answer: Answer) -> PlatformProblem:
    """An error answer by class. The network's own error body promises that nothing was created; a 5xx
    without one comes from something in between and leaves that open."""
    error = _error(answer)
    code = error.code if error else f"http_{answer.status}"
    message = (error.message if error else "") or f"The network answered with status {answer.status}."
    status = answer.status
    if status == 401 or code == "permission_missing":
        return Reconnect(code, message, http_status=status)
    if status == 429:
        return TryAgain(code, message, http_status=status, retry_after=retry_after(answer), scope="account")
    if status == 408 or status >= 500:
        if error is None:
            return Unconfirmed(code, message, http_status=status)
        return TryAgain(code, message, http_status=status, retry_after=retry_after(answer))
    if status == 403 and error is None:
        return Reconnect(code, message, http_status=status)
    return Rejected(code, message, http_status=status, unreachable=code in _UNREACHABLE)


def _error(answer: Answer) -> ApiError | None:
    try:
        return msgspec.json.decode(answer.body, type=Failure).error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def retry_after(answer: Answer) -> float | None:
    """Seconds from `Retry-After`, which may be a number or a date (measured against the answer's own
    `Date`)."""
    given = answer.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return float(given[:9])
    try:
        wait = parsedate_to_datetime(given) - parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return max(0.0, wait.total_seconds())
