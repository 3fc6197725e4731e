"""Calls to the Business Profile APIs. They are at several hosts; a stand-in has all at one address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from hark.adapters.googlereviews.errors import problem_of, token_problem
from hark.adapters.googlereviews.manifest import (
    ACCOUNTS_URL,
    BASE_URL,
    LOCATIONS_URL,
    MANIFEST,
    NOTIFICATIONS_URL,
    TOKEN_URL,
    VERIFICATIONS_URL,
)
from hark.channels.contract import Account, PlatformProblem, Reconnect, Rejected, TryAgain, Unconfirmed
from hark.infra.http import AddressRefused, Answer, CallFailed, GuardedHttp
from hark.kernel.loose_json import read_loosely
from hark.kernel.secrets import Secret


class Api(msgspec.Struct, frozen=True):
    """The APIs as one account sees them."""

    http: GuardedHttp
    own: str | None
    """The one address of a stand-in; None: Google's hosts."""
    token: Secret

    async def get(self, host: str, path: str, **query: str) -> dict[str, Any]:
        return await self.call("GET", host, path, query=query)

    async def call(
        self,
        method: str,
        host: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> dict[str, Any]:
        """One call; the decoded answer, or a PlatformProblem. A change whose answer is lost is Unconfirmed."""
        changes = method != "GET"
        try:
            answer = await self.http.call(
                method,
                f"{self.own or host}/{path}",
                headers={"authorization": f"Bearer {self.token.reveal()}"},
                query=query or None,
                json=json,
            )
        except CallFailed as failure:
            raise problem_of_failure(failure, changes) from failure
        finally:
            self.http.meter.spend("calls")
        if answer.status >= 300:
            problem = problem_of(answer)
            raise _read_again(problem) if isinstance(problem, Unconfirmed) and not changes else problem
        return _object(answer, changes)

    async def reviews(self, path: str, **query: str) -> dict[str, Any]:
        return await self.get(BASE_URL, f"v4/{path}", **query)

    async def accounts(self, **query: str) -> dict[str, Any]:
        return await self.get(ACCOUNTS_URL, "v1/accounts", **query)

    async def locations(self, account: str, **query: str) -> dict[str, Any]:
        return await self.get(LOCATIONS_URL, f"v1/{account}/locations", **query)

    async def standing(self, location: str) -> dict[str, Any]:
        """Whether the profile is verified and under our control."""
        return await self.get(VERIFICATIONS_URL, f"v1/{location}/VoiceOfMerchantState")

    async def notifications(self, account: str) -> dict[str, Any]:
        return await self.get(NOTIFICATIONS_URL, f"v1/{account}/notificationSetting")

    async def set_notifications(self, account: str, topic: str, types: tuple[str, ...]) -> None:
        name = f"{account}/notificationSetting"
        body = {"name": name, "pubsubTopic": topic, "notificationTypes": list(types)}
        mask = {"updateMask": "pubsubTopic,notificationTypes"}
        await self.call("PATCH", NOTIFICATIONS_URL, f"v1/{name}", query=mask, json=body)


def _read_again(problem: Unconfirmed) -> TryAgain:
    return TryAgain(problem.code, "Google did not answer in time.", http_status=problem.http_status)


def api_of(account: Account, http: GuardedHttp) -> Api:
    token = account.secrets.get("access_token")
    if not token:
        raise Reconnect("no_token", "The account has no access token yet.")
    return make_api(account.fields, token, http)


def make_api(fields: Mapping[str, str], token: Secret, http: GuardedHttp) -> Api:
    own = own_address(fields)
    return Api(http.allowing(MANIFEST.hosts, own or BASE_URL), own, token)


def own_address(fields: Mapping[str, str]) -> str | None:
    base = (fields.get("base_url") or BASE_URL).rstrip("/")
    return None if base == BASE_URL else base


def resource_of(account: Account) -> str:
    """`accounts/…/locations/…`, under which the reviews are."""
    return f"{account.fields.get('account', '')}/{account.platform_account_id}"


async def call_token(fields: Mapping[str, str], form: Mapping[str, str], http: GuardedHttp) -> dict[str, Any]:
    """The address that gives tokens. Raises Reconnect where a person is needed."""
    base = own_address(fields) or TOKEN_URL
    try:
        answer = await http.allowing(MANIFEST.hosts, base).call("POST", f"{base}/token", form=form)
    except CallFailed as failure:
        raise problem_of_failure(failure, changes=False) from failure
    if answer.status >= 300:
        raise token_problem(answer)
    return _object(answer, changes=False)


def _object(answer: Answer, changes: bool) -> dict[str, Any]:
    try:
        value = read_loosely(answer.body)
    except ValueError:
        value = None
    if isinstance(value, dict):
        return value
    if changes:
        message = "Google's answer could not be read; it may have taken it."
        raise Unconfirmed("unreadable_answer", message, http_status=answer.status)
    raise TryAgain("unreadable_answer", "Google's answer could not be read.", http_status=answer.status)


def problem_of_failure(failure: CallFailed, changes: bool) -> PlatformProblem:
    if isinstance(failure, AddressRefused):
        return Rejected("address_refused", f"The address is not called: {failure}.")
    if not failure.sent:
        return TryAgain("not_connected", "Google could not be reached.")
    if changes:
        return Unconfirmed("no_answer", "Google did not answer; it may have taken it.")
    return TryAgain("no_answer", "Google did not answer.")
