"""Calls to LinkedIn's Rest.li API: versioned headers, query strings written by hand, answers judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from hark.adapters.linkedin.errors import is_daily, next_midnight, problem_of, token_problem
from hark.adapters.linkedin.manifest import API_VERSION, AUTH_URL, BASE_URL, MANIFEST
from hark.channels.contract import Account, PlatformProblem, Reconnect, Rejected, TryAgain, Unconfirmed
from hark.infra.http import AddressRefused, Answer, CallFailed, GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.loose_json import read_loosely
from hark.kernel.secrets import Secret


class Created(msgspec.Struct, frozen=True):
    """What a creating call answered: the object, and the id of the header."""

    body: dict[str, Any]
    id: str | None


class Rest(msgspec.Struct, frozen=True):
    """The API as one account sees it. Addresses come percent-encoded from the caller: Rest.li tells structure from
    content by what is encoded, so nothing may be encoded here."""

    http: GuardedHttp
    base: str
    version: str
    token: Secret

    async def get(self, address: str) -> dict[str, Any]:
        answer = await self._call("GET", address)
        value = _object(answer.body)
        if value is None:
            raise TryAgain(
                "unreadable_answer", "LinkedIn's answer could not be read.", http_status=answer.status
            )
        return value

    async def create(self, address: str, body: Any) -> Created:
        """A call whose outcome matters: it must not be repeated when it is unclear."""
        answer = await self._call("POST", address, body, creates=True)
        value, header = _object(answer.body), answer.headers.get("x-restli-id")
        if answer.status != 201 and value is None:
            message = "LinkedIn's answer could not be read; the comment may be there."
            raise Unconfirmed("unreadable_answer", message, http_status=answer.status)
        return Created(value or {}, header)

    async def act(self, method: str, address: str, body: Any = None, *, partial: bool = False) -> None:
        """A call that may be repeated without harm."""
        await self._call(
            method, address, body, extra={"x-restli-method": "PARTIAL_UPDATE"} if partial else {}
        )

    async def _call(
        self,
        method: str,
        address: str,
        body: Any = None,
        *,
        creates: bool = False,
        extra: Mapping[str, str] | None = None,
    ) -> Answer:
        headers = {
            "authorization": f"Bearer {self.token.reveal()}",
            "linkedin-version": self.version,
            "x-restli-protocol-version": "2.0.0",
            **(extra or {}),
        }
        try:
            answer = await self.http.call(method, f"{self.base}/rest/{address}", headers=headers, json=body)
        except CallFailed as failure:
            raise problem_of_failure(failure, creates) from failure
        finally:
            self.http.meter.spend("calls")
        if answer.status < 300:
            return answer
        if is_daily(answer):
            self.http.meter.quota("any", remaining=0, resets_at=next_midnight(utc_now()))
        raise problem_of(answer, utc_now(), creates=creates)


def rest_of(account: Account, http: GuardedHttp) -> Rest:
    token = account.secrets.get("access_token")
    if not token:
        raise Reconnect("no_token", "The account has no access token. Sign in with LinkedIn again.")
    return make_rest(account.fields, token, http)


def make_rest(fields: Mapping[str, str], token: Secret, http: GuardedHttp) -> Rest:
    base = (fields.get("base_url") or BASE_URL).rstrip("/")
    return Rest(http.allowing(MANIFEST.hosts, base), base, version_of(fields), token)


def version_of(fields: Mapping[str, str]) -> str:
    return (fields.get("api_version") or API_VERSION).strip()


async def call_oauth(
    fields: Mapping[str, str], path: str, form: Mapping[str, str], http: GuardedHttp
) -> dict[str, Any]:
    """A call to the address that gives tokens. Raises Reconnect where a person is needed."""
    base = auth_base(fields)
    try:
        answer = await http.allowing(MANIFEST.hosts, base).call("POST", f"{base}/oauth/v2/{path}", form=form)
    except CallFailed as failure:
        raise problem_of_failure(failure, creates=False) from failure
    if answer.status >= 300:
        raise token_problem(answer.body, answer.status)
    value = _object(answer.body)
    if value is None:
        raise TryAgain("unreadable_answer", "LinkedIn's answer could not be read.", http_status=answer.status)
    return value


def auth_base(fields: Mapping[str, str]) -> str:
    """Signing in happens at www.linkedin.com; a stand-in has all at one address."""
    given = (fields.get("base_url") or BASE_URL).rstrip("/")
    return AUTH_URL if given == BASE_URL else given


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        value = read_loosely(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def problem_of_failure(failure: CallFailed, creates: bool) -> PlatformProblem:
    if isinstance(failure, AddressRefused):
        return Rejected("address_refused", f"The address is not called: {failure}.")
    if not failure.sent:
        return TryAgain("not_connected", "LinkedIn could not be reached.")
    if creates:
        return Unconfirmed("no_answer", "LinkedIn did not answer; it may have taken the comment.")
    return TryAgain("no_answer", "LinkedIn did not answer.")
