"""One way to call a server: where the session goes, which service is meant, what the answer costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from hark.adapters.bluesky.errors import problem_of, problem_of_failure, quota_of
from hark.adapters.bluesky.manifest import CHAT_SERVICE, ENTRYWAY, MANIFEST
from hark.channels.contract import Account, PlatformProblem, Reconnect, TryAgain, Unconfirmed
from hark.infra.http import DEFAULT_TIMEOUT, Answer, CallFailed, GuardedHttp
from hark.kernel.secrets import Secret

T = TypeVar("T")

UPLOAD_TIMEOUT = 28.0
"""Below the 30 s after which a delivery is cut off without a reason."""

POINTS = {
    "com.atproto.repo.createRecord": 3,
    "com.atproto.repo.putRecord": 2,
    "com.atproto.repo.deleteRecord": 1,
}
"""What a write costs of the account's 5,000 points an hour (docs.bsky.app, rate limits)."""

POINTS_OF_A_MESSAGE = 3

Query = Mapping[str, str | int | Sequence[str]]


class Xrpc(msgspec.Struct, frozen=True):
    """A server as one account sees it. `token` None: without a session."""

    http: GuardedHttp
    base: str
    token: Secret | None
    chat_service: str = CHAT_SERVICE
    appview: str = ""

    async def get(self, method: str, shape: type[T], query: Query | None = None) -> T:
        return await self.call("GET", method, shape, query=query)

    async def post(self, method: str, shape: type[T], body: Any = None, *, creates: bool = False) -> T:
        return await self.call("POST", method, shape, body=body, creates=creates)

    async def call(
        self,
        verb: str,
        method: str,
        shape: type[T],
        *,
        query: Query | None = None,
        body: Any = None,
        content: bytes | None = None,
        media_type: str = "",
        creates: bool = False,
    ) -> T:
        """One call; the answer as `shape`, or a PlatformProblem."""
        problem: PlatformProblem
        try:
            answer = await self.http.call(
                verb,
                f"{self.base}/xrpc/{method}{_written(query)}",
                headers=self._headers(method, media_type),
                json=body,
                content=content,
                timeout=DEFAULT_TIMEOUT if content is None else UPLOAD_TIMEOUT,
            )
        except CallFailed as failure:
            problem = problem_of_failure(failure, creates=creates)
        else:
            self._count(method, answer)
            return _result(answer, method, shape, creates)
        raise problem

    def _headers(self, method: str, media_type: str) -> dict[str, str]:
        headers = {"content-type": media_type} if media_type else {}
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token.reveal()}"
        if method.startswith("chat."):
            headers["atproto-proxy"] = f"{self.chat_service}#bsky_chat"
        elif method.startswith("app.") and self.appview:
            headers["atproto-proxy"] = f"{self.appview}#bsky_appview"
        return headers

    def _count(self, method: str, answer: Answer) -> None:
        """The points of a write; and what the headers say is left. They show the tightest limit: of points for writes (a
        message costs three), of calls for everything else. The few logins in five minutes are nobody else's limit."""
        points = POINTS.get(method)
        if points is not None and answer.status < 400:
            self.http.meter.spend("points", points)
        quota = quota_of(answer.headers)
        if quota is None or method.startswith("com.atproto.server."):
            return
        if points is None:
            self.http.meter.quota(
                "read", remaining=quota.remaining, resets_at=quota.resets_at, limit=quota.limit
            )
        elif quota.window >= 3600:
            self.http.meter.quota(
                "send",
                remaining=quota.remaining // POINTS_OF_A_MESSAGE,
                resets_at=quota.resets_at,
                limit=quota.limit // POINTS_OF_A_MESSAGE,
            )


def xrpc_of(account: Account, http: GuardedHttp) -> Xrpc:
    """Calls with the account's session."""
    token = account.secrets.get("access_jwt")
    if not token:
        raise Reconnect("no_session", "The account has no session. Connect it again.")
    return make_xrpc(account.fields, token, http)


def make_xrpc(fields: Mapping[str, str], token: Secret | None, http: GuardedHttp) -> Xrpc:
    base = (fields.get("base_url") or ENTRYWAY).rstrip("/")
    return Xrpc(
        http.allowing(MANIFEST.hosts, base),
        base,
        token,
        fields.get("chat_service") or CHAT_SERVICE,
        fields.get("appview") or "",
    )


def _written(query: Query | None) -> str:
    """Lists are repeated keys."""
    if not query:
        return ""
    pairs: list[tuple[str, str]] = []
    for key, value in query.items():
        values = [str(value)] if isinstance(value, str | int) else list(value)
        pairs += [(key, each) for each in values]
    return "?" + urlencode(pairs)


def _result(answer: Answer, method: str, shape: type[T], creates: bool) -> T:
    if answer.status != 200:
        raise problem_of(answer, method, creates=creates)
    try:
        return msgspec.json.decode(answer.body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    if creates:
        raise Unconfirmed("unreadable", "The Bluesky server's answer could not be read.", http_status=200)
    raise TryAgain("unreadable", "The Bluesky server's answer could not be read.", http_status=200)


class Nothing(msgspec.Struct):
    """An answer of which nothing is needed."""
