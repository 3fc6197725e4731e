"""The webhook receiver (steps 1 to 3): a plain ASGI application, because every microsecond here is paid per event.

Answers: 200 only after the commit; 400 without a platform, 401 forged, 403 refused challenge, 404 unknown address,
408 too slow, 413 too long, 415 not JSON, 503 when nothing could be stored, so that the platform comes again.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
import structlog

from hark.channels.accounts.loading import changed, find_by_webhook_key
from hark.channels.accounts.models import OpenAccount
from hark.channels.accounts.routes import ROUTES_BY_PLATFORM_ID, AccountRoute
from hark.channels.accounts.status import account_fact, count_forged, mark_verified
from hark.channels.contract import (
    Adapter,
    BadSignature,
    MalformedPayload,
    RawItem,
    WebhookRequest,
)
from hark.flows.context import Hark
from hark.infra.bus import FACTS
from hark.infra.faultpoints import reach
from hark.infra.telemetry import WEBHOOKS
from hark.intake import NewRaw, Recorder
from hark.journal import record
from hark.kernel.errors import HarkError
from hark.kernel.text import storable

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

READ_SECONDS = 25.0
"""A body that has not come by then is given up (reliability row S2)."""

LONGEST_KEY = 512
"""Longer deduplication keys are stored as their digest: an index row has a limit."""

log = structlog.stdlib.get_logger(__name__)


class Answer(Exception):
    """Ends a request early."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


class Hooks:
    """Both addresses of the receiver: one per account, and one for gateways that sign for all."""

    def __init__(self, hark: Hark, recorder: Recorder | None = None) -> None:
        self._hark = hark
        self._recorder = recorder or Recorder(hark.db, hark.bus)
        self._limit = hark.settings.webhook_max_kb * 1024
        self._forged: dict[tuple[UUID, UUID], int] = defaultdict(int)
        self._flush: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        platform = "unknown"
        try:
            platform, text = await self._handle(scope, receive)
            status, body, kind = 200, text.encode(), self._media_type(scope, platform)
        except Exception as error:
            answer = _answer_to(error)
            status, body, kind = answer.status, _problem(answer), b"application/problem+json"
        WEBHOOKS.labels(platform, str(status)).inc()
        reach("receive.before_answer")
        await _respond(send, status, body, kind)
        reach("receive.after_answer")

    def _media_type(self, scope: Scope, platform: str) -> bytes:
        adapter = self._hark.registry.find(platform) if scope["method"] == "GET" else None
        return adapter.manifest.challenge_media_type.encode() if adapter else b"text/plain; charset=utf-8"

    async def _handle(self, scope: Scope, receive: Receive) -> tuple[str, str]:
        parts = scope["path"].strip("/").split("/")
        if parts[:1] == ["webhooks"] and len(parts) == 3:
            return parts[1], await self._for_account(parts[1], parts[2], scope, receive)
        if parts == ["api", "webhooks", "social"]:
            return await self._for_gateway(scope, receive)
        raise Answer(404, "not_found", "There is no webhook at this address.")

    async def _for_account(self, platform: str, key: str, scope: Scope, receive: Receive) -> str:
        opened = await find_by_webhook_key(self._hark.db, self._hark.secrets, key)
        if opened is None or opened.platform != platform:
            raise Answer(404, "unknown_webhook", "No account has this webhook address.")
        adapter = self._hark.registry.load(platform)
        if scope["method"] == "GET":
            return await self._challenge(adapter, opened, _request(scope, b""))
        body = await self._body(adapter, scope, receive)
        reach("receive.body_read")
        try:
            adapter.verify(_request(scope, body), opened.account)
        except BadSignature as error:
            self._count_forged(opened)
            raise Answer(401, "bad_signature", "The signature does not fit the body.") from error
        await self._record(adapter, opened, body)
        return "ok"

    async def _challenge(self, adapter: Adapter, opened: OpenAccount, request: WebhookRequest) -> str:
        echo = adapter.challenge(request, opened.account) if adapter.challenge is not None else None
        if echo is None:
            raise Answer(
                403, "challenge_refused", "This is not the challenge of the platform, or its token is wrong."
            )
        await self._mark_verified(opened)
        return echo

    async def _body(self, adapter: Adapter | None, scope: Scope, receive: Receive) -> bytes:
        if scope["method"] != "POST":
            raise Answer(405, "method_not_allowed", "Webhooks are posted.")
        headers = _headers(scope)
        media_type = headers.get("content-type", "application/json").split(";")[0].strip().lower()
        allowed = adapter.manifest.webhook_media_types if adapter is not None else ("application/json",)
        if media_type not in allowed:
            raise Answer(415, "unsupported_media_type", f"Expected {' or '.join(allowed)}.")
        announced = headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > self._limit:
            raise Answer(413, "too_large", f"At most {self._limit} bytes.")
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await _read(receive, self._limit)
        except TimeoutError as error:
            raise Answer(408, "too_slow", "The body did not come in time.") from error

    async def _record(self, adapter: Adapter, opened: OpenAccount, body: bytes) -> None:
        """Every item goes to the account that it names, in this workspace; what names an unknown one is kept and shown."""
        account = opened.account
        own = AccountRoute(
            account.workspace_id, account.id, opened.platform, account.platform_account_id, opened.status
        )
        items, malformed = _split(adapter, body)
        named = {item.platform_account_id for item in items if item.platform_account_id is not None}
        others = named - {account.platform_account_id}
        routes = await self._routes(opened.platform, others, account.workspace_id) if others else {}
        routes[account.platform_account_id] = [own]
        rows = [row for item in items for row in self._rows(item, own, routes)]
        if malformed is not None:
            rows.append(self._malformed(own, body, malformed))
        if rows:
            await self._recorder.record(rows)
        if not opened.webhook_verified:
            await self._mark_verified(opened)

    async def _routes(
        self, platform: str, platform_ids: set[str], workspace_id: UUID | None
    ) -> dict[str, list[AccountRoute]]:
        found: dict[str, list[AccountRoute]] = defaultdict(list)
        async with self._hark.db.connection() as connection:
            wanted = [storable(each) for each in platform_ids]
            for route in await ROUTES_BY_PLATFORM_ID.all(connection, platform, wanted, workspace_id):
                found[route.platform_account_id].append(route)
        return found

    def _rows(self, item: RawItem, own: AccountRoute, routes: dict[str, list[AccountRoute]]) -> list[NewRaw]:
        owners = [own] if item.platform_account_id is None else routes.get(item.platform_account_id, [])
        if not owners:
            detail = f"The event is for account {storable(item.platform_account_id or '')}, which is not connected here."
            return [self._row(item, own, reason="unknown_account", detail=detail)]
        return [self._row(item, owner) for owner in owners]

    def _row(
        self, item: RawItem, owner: AccountRoute, reason: str | None = None, detail: str | None = None
    ) -> NewRaw:
        return NewRaw(
            workspace_id=owner.workspace_id,
            account_id=owner.id,
            dedup_key=dedup_key(item.dedup_key),
            payload=item.payload,
            received_at=self._hark.clock(),
            reason=reason,
            detail=detail,
        )

    def _malformed(self, owner: AccountRoute, body: bytes, error: MalformedPayload) -> NewRaw:
        item = RawItem(dedup_key="malformed:" + hashlib.sha256(body).hexdigest(), payload=body)
        return self._row(item, owner, reason="malformed", detail=storable(str(error))[:500])

    async def _for_gateway(self, scope: Scope, receive: Receive) -> tuple[str, str]:
        """`?platform=` and, for bodies that do not name their account, `&account=<webhook key>`."""
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        platform = query.get("platform", "")
        if not platform:
            raise Answer(400, "platform_missing", "Name the platform: ?platform=…")
        adapter = self._hark.registry.find(platform)
        if adapter is None:
            raise Answer(404, "unknown_platform", "There is no such platform.")
        body = await self._body(adapter, scope, receive)
        self._verify_gateway(scope, body)
        if "account" in query:
            opened = await find_by_webhook_key(self._hark.db, self._hark.secrets, query["account"])
            if opened is None or opened.platform != platform:
                raise Answer(404, "unknown_webhook", "No account has this webhook address.")
            await self._record(adapter, opened, body)
        else:
            await self._record_anywhere(adapter, platform, body)
        return platform, "ok"

    def _verify_gateway(self, scope: Scope, body: bytes) -> None:
        secret = self._hark.settings.webhook_secret
        given = _headers(scope).get("x-webhook-signature", "")
        expected = hmac.new(secret.reveal().encode(), body, hashlib.sha256).hexdigest()
        if not secret or not hmac.compare_digest(given.encode("latin-1"), expected.encode()):
            raise Answer(401, "bad_signature", "The signature does not fit the body.")

    async def _record_anywhere(self, adapter: Adapter, platform: str, body: bytes) -> None:
        items, malformed = _split(adapter, body)
        if malformed is not None:
            raise Answer(400, "malformed", storable(str(malformed))[:300])
        named = {item.platform_account_id or "" for item in items}
        routes = await self._routes(platform, named, None) if items else {}
        unknown = named - set(routes)
        if unknown:
            raise Answer(
                404, "unknown_account", "The body is for an account that is not connected; or add &account=."
            )
        rows = [self._row(item, owner) for item in items for owner in routes[item.platform_account_id or ""]]
        if rows:
            await self._recorder.record(rows)

    def _count_forged(self, opened: OpenAccount) -> None:
        """Only a number is kept, written at leisure: a flood of forgeries must not become a flood of writes."""
        self._forged[opened.account.workspace_id, opened.account.id] += 1
        if self._flush is None or self._flush.done():
            self._flush = asyncio.create_task(self._flush_forged())

    async def _flush_forged(self) -> None:
        await asyncio.sleep(1.0)
        counts, self._forged = self._forged, defaultdict(int)
        async with self._hark.db.transaction() as connection:
            for (workspace_id, account_id), count in counts.items():
                await count_forged(connection, workspace_id, account_id, count, self._hark.clock())

    async def _mark_verified(self, opened: OpenAccount) -> None:
        now = self._hark.clock()
        workspace = opened.account.workspace_id
        async with self._hark.db.transaction() as connection:
            row = await mark_verified(connection, workspace, opened.account.id, now)
            if row is not None:
                fact = account_fact(row, self._hark.registry, self._hark.settings.address, now)
                await record(connection, workspace, [fact])
        changed(self._hark.bus, opened.account.id)
        if row is not None:
            self._hark.bus.publish(FACTS, str(workspace))


def create_hooks(hark: Hark) -> App:
    """The ASGI application for `/webhooks/…` and `/api/webhooks/social`."""
    return Hooks(hark)


def dedup_key(key: str) -> str:
    key = storable(key)
    return key if len(key) <= LONGEST_KEY else "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def _split(adapter: Adapter, body: bytes) -> tuple[Sequence[RawItem], MalformedPayload | None]:
    try:
        return adapter.split(body), None
    except MalformedPayload as error:
        return [], error
    except Exception as error:  # an adapter's bug: the event is kept all the same
        log.exception("split failed", platform=adapter.manifest.platform)
        return [], MalformedPayload(f"{type(error).__name__}: {error}")


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _request(scope: Scope, body: bytes) -> WebhookRequest:
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return WebhookRequest(method=scope["method"], headers=_headers(scope), query=query, body=body)


async def _read(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Answer(400, "incomplete", "The connection ended before the body did.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise Answer(413, "too_large", f"At most {limit} bytes.")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks) if len(chunks) > 1 else chunk


def _answer_to(error: Exception) -> Answer:
    if isinstance(error, Answer):
        return error
    if isinstance(error, HarkError):
        return Answer(error.status, error.code, error.detail)
    log.error("webhook failed", exc_info=error)
    return Answer(503, "unavailable", "The event could not be stored; please send it again.")


def _problem(answer: Answer) -> bytes:
    return msgspec.json.encode(
        {
            "type": f"urn:hark:problem:{answer.code}",
            "title": answer.code.replace("_", " "),
            "status": answer.status,
            "code": answer.code,
            "detail": answer.detail,
        }
    )


async def _respond(send: Send, status: int, body: bytes, kind: bytes) -> None:
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    if status == 503:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
