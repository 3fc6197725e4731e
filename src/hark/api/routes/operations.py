"""What supervisors and administrators watch: quarantine, deliveries, health and metrics."""

from __future__ import annotations

import base64
import hmac
from collections import defaultdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from hark.api import repository
from hark.api.auth import PUBLIC, client_address
from hark.api.parameters import After, Limit
from hark.channels.accounts import repository as accounts
from hark.delivery import repository as deliveries
from hark.delivery.models import AttemptView, DeliveryState
from hark.flows import inbound
from hark.flows.context import Hark
from hark.infra.telemetry import render_metrics
from hark.intake import repository as intake
from hark.intake.models import Quarantined
from hark.kernel.errors import Forbidden, NotFound, Unavailable
from hark.kernel.pages import Page, bounded, decode_cursor, encode_cursor
from hark.workspaces import audit
from hark.workspaces.rights import Actor

LAST = (1 << 63) - 1
SHOWN_BYTES = 200_000
"""Bytes of a quarantined payload that a list shows."""


class QuarantinedEvent(msgspec.Struct, frozen=True):
    """A raw event that could not be used. `payload` is its JSON, or base64 of bytes that are none."""

    id: str
    account_id: UUID
    platform: str
    received_at: datetime
    reason: str
    detail: str | None
    payload: Any


class ReplayRange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By ids, or by time of receipt (`from` included, `to` not); without either, all."""

    ids: Annotated[list[Annotated[str, Meta(pattern="^[0-9]{1,18}$")]], Meta(max_length=1000)] | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = msgspec.field(default=None, name="from")
    until: Annotated[datetime, Meta(tz=True)] | None = msgspec.field(default=None, name="to")


class Replayed(msgspec.Struct, frozen=True):
    """How many events went in again."""

    replayed: int


class IgnoredReason(msgspec.Struct, frozen=True):
    reason: str
    count: int


class ListedDelivery(msgspec.Struct, frozen=True):
    """A delivery with each of its attempts."""

    id: UUID
    message_id: UUID
    conversation_id: UUID
    account_id: UUID
    state: DeliveryState
    due_at: datetime
    attempts: list[AttemptView]
    error_code: str | None
    error_message: str | None


@get("/api/v1/quarantine", right="quarantine:read", tags=["operations"], operation_id="listQuarantine")
async def list_quarantine(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    reason: Annotated[str | None, QueryParameter(max_length=200)] = None,
    account: FromQuery[UUID | None] = None,
    limit: Limit = None,
    after: After = None,
) -> Page[QuarantinedEvent]:
    """What was received and could not be understood or stored, newest first."""
    size, last = bounded(limit), decode_cursor(after, tuple[int])[0] if after else LAST
    async with hark.db.connection() as connection:
        rows = await intake.LIST_QUARANTINED.all(
            connection, actor.workspace_id, last, reason, account, size + 1
        )
        platforms = {}
        for account_id in {row.account_id for row in rows}:
            found = await accounts.FIND.find(connection, actor.workspace_id, account_id)
            platforms[account_id] = found.platform if found else ""
    items = [_quarantined(row, platforms[row.account_id]) for row in rows[:size]]
    return Page(items, encode_cursor(rows[size - 1].id) if len(rows) > size else None)


@post(
    "/api/v1/quarantine/{event_id:int}/replay",
    right="quarantine:write",
    tags=["operations"],
    operation_id="replayEvent",
    status_code=200,
)
async def replay_one(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], event_id: FromPath[int]
) -> Replayed:
    """Tries one quarantined event again."""
    replayed = await _replay(hark, actor, [event_id]) if 0 <= event_id <= LAST else 0
    if not replayed:
        raise NotFound("There is no such event in quarantine.")
    return Replayed(replayed)


@post(
    "/api/v1/quarantine/replay",
    right="quarantine:write",
    tags=["operations"],
    operation_id="replayEvents",
    status_code=200,
)
async def replay_many(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], data: JSONBody[ReplayRange]
) -> Replayed:
    """Tries quarantined events again, after an update for example."""
    ids = None if data.ids is None else [int(each) for each in data.ids]
    return Replayed(await _replay(hark, actor, ids, data.since, data.until))


@get("/api/v1/events/ignored", right="quarantine:read", tags=["operations"], operation_id="countIgnored")
async def count_ignored(hark: NamedDependency[Hark], actor: NamedDependency[Actor]) -> Page[IgnoredReason]:
    """What was recognized as nothing that an inbox would show, by reason."""
    async with hark.db.connection() as connection:
        rows = await intake.COUNT_IGNORED.all(connection, actor.workspace_id)
    return Page([IgnoredReason(row.reason, row.count) for row in rows])


@get("/api/v1/deliveries", right="deliveries:read", tags=["operations"], operation_id="listDeliveries")
async def list_deliveries(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    in_state: Annotated[DeliveryState | None, QueryParameter(name="state")] = None,
    account: FromQuery[UUID | None] = None,
    conversation: FromQuery[UUID | None] = None,
    limit: Limit = None,
    after: After = None,
) -> Page[ListedDelivery]:
    """What leaves or has left, newest first, with each attempt."""
    size, last = bounded(limit), decode_cursor(after, tuple[int])[0] if after else LAST
    async with hark.db.connection() as connection:
        rows = await deliveries.LISTED.all(
            connection, actor.workspace_id, in_state, account, conversation, last, size + 1
        )
        shown = rows[:size]
        attempts: dict[UUID, list[AttemptView]] = defaultdict(list)
        ids = [row.id for row in shown]
        for row in await deliveries.ATTEMPTS.all(connection, actor.workspace_id, ids):
            values = msgspec.structs.asdict(row)
            attempts[values.pop("delivery_id")].append(AttemptView(**values))
    items = [
        ListedDelivery(
            row.id,
            row.message_id,
            row.conversation_id,
            row.account_id,
            row.state,
            row.due_at,
            attempts[row.id],
            row.error_code,
            row.error_message,
        )
        for row in shown
    ]
    return Page(items, encode_cursor(shown[-1].position) if len(rows) > size else None)


@get("/api/openapi.json", right=PUBLIC, tags=["about"], operation_id="getOpenApi")
async def openapi() -> dict[str, Any]:
    """This document."""
    # Made from this module too, so not known when it is imported.
    from hark.api.openapi import document

    return document()


@get("/healthz", right=PUBLIC, tags=["about"], operation_id="getHealth")
async def health() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@get("/readyz", right=PUBLIC, tags=["about"], operation_id="getReadiness")
async def ready(hark: NamedDependency[Hark]) -> dict[str, str]:
    """The database can store; 503 when it cannot."""
    async with hark.db.connection(timeout=2.0) as connection:
        if await repository.READY.value(connection):
            raise Unavailable("The database is read-only.")
    return {"status": "ready"}


@get(
    "/metrics",
    right=PUBLIC,
    tags=["about"],
    operation_id="getMetrics",
    media_type="text/plain; version=0.0.4",
)
async def metrics(request: Request[Any, Any, Any], hark: NamedDependency[Hark]) -> Response[bytes]:
    """For Prometheus: with the token of the settings, or from this machine where none is set."""
    token = hark.settings.metrics_token.reveal()
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    local = client_address(request) in {"127.0.0.1", "::1"}
    allowed = hmac.compare_digest(given.encode(), token.encode()) if token else local
    if not allowed:
        raise Forbidden("Metrics need the token of the setting HARK_METRICS_TOKEN.")
    return Response(render_metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _replay(
    hark: Hark,
    actor: Actor,
    ids: list[int] | None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    replayed = await inbound.replay(hark, actor.workspace_id, ids, since, until)
    if replayed:
        async with hark.db.transaction() as connection:
            await audit.note(connection, actor, "quarantine.replayed", hark.clock(), count=replayed)
    return replayed


def _quarantined(row: Quarantined, platform: str) -> QuarantinedEvent:
    try:
        payload = msgspec.json.decode(row.payload) if len(row.payload) <= SHOWN_BYTES else None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        payload = None
    if payload is None:
        payload = base64.b64encode(row.payload[:SHOWN_BYTES]).decode()
    return QuarantinedEvent(
        str(row.id), row.account_id, platform, row.received_at, row.reason or "", row.detail, payload
    )


HANDLERS: list[Any] = [
    list_quarantine,
    replay_one,
    replay_many,
    count_ignored,
    list_deliveries,
    openapi,
    health,
    ready,
    metrics,
]
