"""Signed calls to the callback address, and what its answers mean."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import msgspec

from hark.adapters.webhook.manifest import MANIFEST
from hark.adapters.webhook.signature import HEADER, secrets_of, signed
from hark.channels.contract import (
    Account,
    PlatformProblem,
    Reconnect,
    Rejected,
    TryAgain,
    Unconfirmed,
)
from hark.infra.http import AddressRefused, Answer, CallFailed, GuardedHttp
from hark.kernel.clock import utc_now

TIMEOUT = 25.0


async def post(account: Account, http: GuardedHttp, body: Any, *, creates: bool) -> dict[str, Any]:
    """One signed POST. `creates` marks what must not be repeated when its outcome is unclear."""
    answer = await _call(account, http, "POST", "", msgspec.json.encode(body), creates)
    value = answer.json()
    if isinstance(value, dict):
        return value
    if not creates and answer.status < 300:
        return {}
    raise Unconfirmed(
        "unreadable_answer", "The callback address answered something unexpected.", http_status=answer.status
    )


async def find(account: Account, http: GuardedHttp, reference: str) -> dict[str, Any] | None:
    """What the callback address has under this id; None where it says that it has nothing."""
    try:
        answer = await _call(account, http, "GET", f"/{quote(reference, safe='')}", b"", creates=False)
    except Rejected as problem:
        if problem.http_status == 404:
            return None
        raise
    value = answer.json()
    if not isinstance(value, dict):
        raise TryAgain("unreadable_answer", "The callback address answered something unexpected.")
    return value


async def _call(
    account: Account, http: GuardedHttp, method: str, path: str, content: bytes, creates: bool
) -> Answer:
    secrets = secrets_of(account)
    if not secrets:
        raise Reconnect("no_secret", "The channel has no signing secret. Connect it again.")
    base = account.base_url(MANIFEST.base_url)
    headers = {HEADER: signed(content, int(utc_now().timestamp()), *secrets)}
    if content:
        headers["content-type"] = "application/json"
    try:
        answer = await http.allowing((), base).call(
            method, base + path, headers=headers, content=content or None, timeout=TIMEOUT
        )
    except CallFailed as failure:
        raise _of_failure(failure, creates) from failure
    if answer.status >= 300:
        raise problem_of(answer, creates)
    return answer


def problem_of(answer: Answer, creates: bool) -> PlatformProblem:
    """An error answer by its status. One in the documented form promises that nothing was done."""
    value, status = answer.json(), answer.status
    error = value.get("error") if isinstance(value, dict) else None
    given = error if isinstance(error, dict) else {}
    code = str(given.get("code") or f"http_{status}")[:80]
    message = str(given.get("message") or f"The callback address answered with status {status}.")[:500]
    wait = retry_after(answer)
    if status in {401, 403}:
        return Reconnect(
            code,
            "The callback address does not accept our signature. Check the signing secret on both sides."
            if not given
            else message,
            http_status=status,
        )
    if status == 429:
        return TryAgain(code, message, http_status=status, retry_after=wait, scope="account")
    if status in {408, 503} or status >= 500:
        if given or status == 503 or not creates:
            return TryAgain(code, message, http_status=status, retry_after=wait)
        return Unconfirmed(code, message, http_status=status)
    return Rejected(code, message, http_status=status, unreachable=given.get("unreachable") is True)


def retry_after(answer: Answer) -> float | None:
    """Seconds from `Retry-After`, a number or a date (measured against the answer's own date)."""
    given = answer.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return float(given[:9])
    until, now = _date(given), _date(answer.headers.get("date", ""))
    return max(0.0, (until - now).total_seconds()) if until and now else None


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo is not None else None


def _of_failure(failure: CallFailed, creates: bool) -> PlatformProblem:
    if isinstance(failure, AddressRefused):
        return Rejected("address_refused", f"The callback address is not called: {failure}.")
    if not failure.sent:
        return TryAgain("not_connected", "The callback address could not be reached.")
    if creates:
        return Unconfirmed("no_answer", "The callback address did not answer; it may have the message.")
    return TryAgain("no_answer", "The callback address did not answer.")
