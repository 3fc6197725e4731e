"""Calls to the X API: who signs them, what an answer means, what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote, urlencode

import msgspec
from oauthlib.oauth1 import Client as OAuth1

from hark.adapters.x.errors import Purpose, problem_of, problem_of_failure, unreadable
from hark.adapters.x.limits import report
from hark.adapters.x.manifest import BASE_URL, ENTERPRISE, MANIFEST
from hark.adapters.x.prices import Price, charge_call, charge_read
from hark.channels.contract import Account, Reconnect
from hark.infra.http import DEFAULT_TIMEOUT, Answer, CallFailed, GuardedHttp
from hark.kernel.secrets import Secret

Method = Literal["GET", "POST", "PUT", "DELETE"]
Who = Literal["user", "oauth2", "app"]
"""Who calls: the account (by either kind of OAuth), the account by OAuth 2 only, or the app itself."""

FileParts = Mapping[str, tuple[str, bytes, str]]


class Api(msgspec.Struct, frozen=True):
    """The API as one account sees it."""

    http: GuardedHttp
    base: str
    secrets: Mapping[str, Secret]
    fields: Mapping[str, str] = {}

    @property
    def summoning(self) -> bool:
        """Whether the plan only lets those be answered publicly who named or quoted us."""
        return self.fields.get("plan", "") != ENTERPRISE

    async def get(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        price: Price | None = None,
        who: Who = "user",
    ) -> dict[str, Any]:
        answer = await self.call("GET", path, query=query, who=who, purpose="read")
        if price is not None:
            charge_read(self.http.meter, price, answer)
        return answer

    async def call(
        self,
        method: Method,
        path: str,
        *,
        purpose: Purpose,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: FileParts | None = None,
        who: Who = "user",
        price: Price | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> dict[str, Any]:
        """One call; the decoded answer, or a PlatformProblem. `price` is counted when X took the call."""
        url = f"{self.base}/2/{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        try:
            answer = await self.http.call(
                method,
                url,
                headers=self.signed(method, url, who),
                json=json,
                form=form,
                files=files,
                timeout=timeout,
            )
        except CallFailed as failure:
            raise problem_of_failure(failure, purpose) from failure
        quota = _quota_of(path, purpose)
        if quota is not None:
            report(self.http.meter, quota, answer.headers)
        value = self._read(answer, purpose)
        charge_call(self.http.meter, price)
        return value

    def _read(self, answer: Answer, purpose: Purpose) -> dict[str, Any]:
        if not 200 <= answer.status < 300:
            raise problem_of(answer, purpose, summoning=self.summoning)
        value = answer.json()
        if isinstance(value, dict):
            return value
        if answer.status == 204 or (purpose == "upload" and not answer.body):
            return {}
        raise unreadable(answer, purpose)

    def signed(self, method: Method, url: str, who: Who) -> dict[str, str]:
        """The header that proves who calls. Raises Reconnect where what it takes is missing."""
        if who == "app":
            return _bearer(self._needed("bearer_token", "The app-only bearer token is missing."))
        token = self.secrets.get("oauth2_access_token")
        if token:
            return _bearer(token)
        if who == "oauth2":
            raise Reconnect("no_oauth2", "This needs an OAuth 2 token: authorize the account on X.")
        return self._by_oauth1(method, url)

    def _by_oauth1(self, method: Method, url: str) -> dict[str, str]:
        """JSON and multipart bodies are not part of what OAuth 1.0a signs."""
        missing = "The account's tokens are missing. Connect it again."
        client = OAuth1(
            self.fields.get("consumer_key", ""),
            client_secret=self._needed("consumer_secret", missing).reveal(),
            resource_owner_key=self._needed("access_token", missing).reveal(),
            resource_owner_secret=self._needed("access_token_secret", missing).reveal(),
        )
        _, headers, _ = client.sign(url, http_method=method)
        return {"authorization": str(headers["Authorization"])}

    def _needed(self, key: str, missing: str) -> Secret:
        secret = self.secrets.get(key)
        if not secret:
            raise Reconnect(f"no_{key}", missing)
        return secret


def _quota_of(path: str, purpose: Purpose) -> str | None:
    """Posts and messages have limits of their own, for making and for listing. Other calls are too rare to run into theirs."""
    if purpose in {"reply", "dm"}:
        return "send:messages" if path.startswith("dm_") else "send:posts"
    if purpose != "read":
        return None
    return (
        "read:messages" if path.startswith("dm_") else "read:mentions" if path.endswith("/mentions") else None
    )


def _bearer(token: Secret) -> dict[str, str]:
    return {"authorization": f"Bearer {token.reveal()}"}


def api_of(account: Account, http: GuardedHttp) -> Api:
    return make_api(account.fields, account.secrets, http)


def make_api(fields: Mapping[str, str], secrets: Mapping[str, Secret], http: GuardedHttp) -> Api:
    base = (fields.get("base_url") or BASE_URL).rstrip("/")
    return Api(http.allowing(MANIFEST.hosts, base), base, secrets, fields)


def data_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The one object of an answer; X's samples also have it in a list of one."""
    data = answer.get("data")
    if isinstance(data, list):
        data = data[0] if data else None
    return data if isinstance(data, dict) else {}


def rows_of(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The objects of a list. An empty list has no `data` at all."""
    data = answer.get("data")
    return [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []


def next_token(answer: Mapping[str, Any]) -> str | None:
    meta = answer.get("meta")
    token = meta.get("next_token") if isinstance(meta, dict) else None
    return token if isinstance(token, str) and token else None
