"""The one call, and what its answers mean."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from hark.channels.contract import Account, PlatformProblem, Reconnect, Rejected, TryAgain, Unconfirmed
from hark.infra.http import Answer, CallFailed, GuardedHttp
from hark_example.manifest import BASE_URL, MANIFEST


async def call(
    account: Account, http: GuardedHttp, method: str, path: str, body: Any = None
) -> dict[str, Any]:
    base, key = account.base_url(BASE_URL), account.secrets.get("key")
    headers = {"authorization": f"Key {key.reveal() if key else ''}"}
    try:
        answer = await http.allowing(MANIFEST.hosts, base).call(
            method, f"{base}/v1/{path}", headers=headers, json=body
        )
    except CallFailed as failure:
        if failure.sent:
            raise Unconfirmed("no_answer", "No pigeon came back; the letter may have arrived.") from failure
        raise TryAgain("not_connected", "Pigeon Post cannot be reached at the moment.") from failure
    if answer.status >= 300:
        raise _problem(answer)
    value = answer.json()
    if not isinstance(value, dict):
        raise Unconfirmed(
            "unreadable", "Pigeon Post answered something unexpected.", http_status=answer.status
        )
    return value


def _problem(answer: Answer) -> PlatformProblem:
    status, code, value = answer.status, f"http_{answer.status}", answer.json()
    told = value.get("sorry") if isinstance(value, dict) else None
    message = told if isinstance(told, str) and told else f"Pigeon Post answered with status {status}."
    if status == 401:
        return Reconnect(
            code, "The key does not fit the loft any more. Connect it again.", http_status=status
        )
    if status == 429:
        return TryAgain(code, message, http_status=status, retry_after=_wait(answer), scope="account")
    if status >= 500:
        return Unconfirmed(code, message, http_status=status)
    return Rejected(code, message, http_status=status)


def _wait(answer: Answer) -> float | None:
    given = answer.headers.get("retry-after", "")
    if given.isascii() and given.isdigit():
        return float(given)
    until, now = _date(given), _date(answer.headers.get("date", ""))
    return max(0.0, (until - now).total_seconds()) if until and now else None


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
