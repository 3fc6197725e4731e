"""One way to call a server: where the token goes, what an answer means, how lists go on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from hark.adapters.mastodon.content import instant
from hark.adapters.mastodon.errors import problem_of, problem_of_failure
from hark.adapters.mastodon.manifest import MANIFEST, SERVER
from hark.channels.contract import Account, PlatformProblem, Reconnect, TryAgain, Unconfirmed
from hark.infra.http import DEFAULT_TIMEOUT, Answer, CallFailed, GuardedHttp
from hark.kernel.secrets import Secret

T = TypeVar("T")

UPLOAD_TIMEOUT = 28.0
"""Below the 30 s after which a delivery is cut off without a reason."""
OWN_LIMITS = ("/api/v2/media", "/api/v1/media")
"""Counted by the server apart from everything else: 30 in half an hour."""

_LINK = re.compile(r'<([^<>]*)>\s*;\s*rel="?(\w+)"?')

Query = Mapping[str, str | int | Sequence[str]]
FileParts = Mapping[str, tuple[str, bytes, str]]


class Listed(msgspec.Struct, frozen=True):
    """A page of a list: its rows, and the ids behind which older and newer rows begin."""

    rows: list[dict[str, Any]]
    older: str | None = None
    newer: str | None = None


class Server(msgspec.Struct, frozen=True):
    """A server as one account sees it. `token` None: without an account."""

    http: GuardedHttp
    base: str
    token: Secret | None

    async def get(self, path: str, shape: type[T], query: Query | None = None) -> T:
        return _result(await self.call("GET", path, query=query), shape, creates=False)

    async def post(
        self,
        path: str,
        shape: type[T],
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        creates: bool = False,
    ) -> T:
        return _result(
            await self.call("POST", path, body=body, headers=headers, creates=creates), shape, creates
        )

    async def page(self, path: str, query: Query) -> Listed:
        answer = await self.call("GET", path, query=query)
        rows = _result(answer, list[dict[str, Any]], creates=False)
        links = {
            rel: parse_qs(urlsplit(url).query) for url, rel in _LINK.findall(answer.headers.get("link", ""))
        }
        return Listed(rows, _first(links.get("next"), "max_id"), _first(links.get("prev"), "min_id"))

    async def call(
        self,
        verb: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        files: FileParts | None = None,
        headers: Mapping[str, str] | None = None,
        creates: bool = False,
    ) -> Answer:
        """One call that went well, or a PlatformProblem."""
        problem: PlatformProblem
        try:
            answer = await self.http.call(
                verb,
                f"{self.base}{path}{_written(query)}",
                headers={**self._proof(), **(headers or {})},
                json=body,
                form=form,
                files=files,
                timeout=UPLOAD_TIMEOUT if files else DEFAULT_TIMEOUT,
            )
        except CallFailed as failure:
            problem = problem_of_failure(failure, creates=creates)
        else:
            self._count(path, answer)
            if 200 <= answer.status < 300:
                return answer
            problem = problem_of(answer, creates=creates)
        raise problem

    def _proof(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token.reveal()}"} if self.token else {}

    def _count(self, path: str, answer: Answer) -> None:
        """What the headers say is left of all calls; uploads and deletions have limits of their own."""
        headers = answer.headers
        resets_at = instant(headers.get("x-ratelimit-reset"))
        try:
            limit, remaining = int(headers["x-ratelimit-limit"]), int(headers["x-ratelimit-remaining"])
        except (KeyError, ValueError):
            return
        if resets_at is not None and not path.startswith(OWN_LIMITS) and limit >= 100:
            self.http.meter.quota("any", remaining=remaining, resets_at=resets_at, limit=limit)


def server_of(account: Account, http: GuardedHttp) -> Server:
    """Calls with the account's token."""
    token = account.secrets.get("access_token")
    if not token:
        raise Reconnect("no_token", "The account has no access token. Connect it again.")
    return make_server(account.fields, token, http)


def make_server(fields: Mapping[str, str], token: Secret | None, http: GuardedHttp) -> Server:
    base = (fields.get("base_url") or SERVER).rstrip("/")
    return Server(http.allowing(MANIFEST.hosts, base), base, token)


def _written(query: Query | None) -> str:
    """Lists are repeated keys that end in []."""
    if not query:
        return ""
    pairs: list[tuple[str, str]] = []
    for key, value in query.items():
        many = not isinstance(value, str | int)
        pairs += [(f"{key}[]", each) for each in value] if many else [(key, str(value))]  # type: ignore[union-attr]
    return "?" + urlencode(pairs)


def _first(query: Mapping[str, list[str]] | None, key: str) -> str | None:
    return query[key][0] if query and query.get(key) else None


def _result(answer: Answer, shape: type[T], creates: bool) -> T:
    try:
        return msgspec.json.decode(answer.body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    message = "The Mastodon server's answer could not be read."
    if creates:
        raise Unconfirmed("unreadable", message, http_status=answer.status)
    raise TryAgain("unreadable", message, http_status=answer.status)


class Nothing(msgspec.Struct):
    """An answer of which nothing is needed."""
