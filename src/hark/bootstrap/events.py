"""`hark normalize` and `hark replay`."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from hark.bootstrap import repository
from hark.bootstrap.adapters import build_registry
from hark.channels.contract import Adapter, InboundEvent, MalformedPayload, RawItem, Unrecognized
from hark.flows.context import Hark
from hark.flows.inbound import ingest_pending, replay
from hark.kernel.clock import utc_now
from hark.kernel.errors import Malformed


class NormalizedItem(msgspec.Struct, frozen=True):
    """One raw item of a body and what became of it; `problem` where it would go to quarantine."""

    dedup_key: str
    platform_account_id: str | None
    events: list[InboundEvent]
    problem: str | None = None


class Replayed(msgspec.Struct, frozen=True):
    replayed: int
    quarantined: int


def normalize_body(platform: str, body: bytes, at: datetime | None = None) -> list[NormalizedItem]:
    """What the adapter of `platform` makes of a webhook body received at `at`."""
    adapter = build_registry().load(platform)
    try:
        items = adapter.split(body)
    except MalformedPayload as error:
        raise Malformed(f"This is no webhook body of {adapter.manifest.name}: {error}.") from error
    return [_normalize(adapter, item, at or utc_now()) for item in items]


def _normalize(adapter: Adapter, item: RawItem, at: datetime) -> NormalizedItem:
    try:
        events = adapter.normalize(item.payload, at)
    except Unrecognized as error:
        return NormalizedItem(item.dedup_key, item.platform_account_id, [], f"not recognized: {error}")
    return NormalizedItem(item.dedup_key, item.platform_account_id, list(events))


async def replay_events(
    hark: Hark, ids: list[int] | None, since: datetime | None, until: datetime | None
) -> Replayed:
    """Puts them back into the queue and works it off here and now, whether or not a worker is running."""
    async with hark.db.connection() as connection:
        if ids:
            workspaces = await repository.QUARANTINED.all(connection, ids)
        else:
            workspaces = await repository.WORKSPACES_WITH_QUARANTINE.all(connection)
    count = 0
    for (workspace_id,) in workspaces:
        count += await replay(hark, workspace_id, ids, _aware(since), _aware(until))
    while (await ingest_pending(hark)).claimed:
        pass
    async with hark.db.connection() as connection:
        left = (await repository.BACKLOG.one(connection, hark.clock())).quarantined
    return Replayed(count, left)


def _aware(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
