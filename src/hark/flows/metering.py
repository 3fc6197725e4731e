"""What calls use up: counted in memory by each process, written every few seconds, and read for pacing and for people."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from hark.channels.accounts import keeping
from hark.channels.accounts.usage import Allowance, Quota, UsageRow, allowance, day_end, day_of, repository
from hark.channels.contract import Budget, Manifest
from hark.flows.context import Hark
from hark.infra.db import Connection
from hark.infra.telemetry import logger
from hark.kernel.errors import Unavailable
from hark.kernel.waiting import first_of

FLUSH_EVERY = 2.0
"""Seconds until other processes know what was used up; a quota at its end is told at once."""

DAYS = 30
"""Days of usage that are shown."""

log = logger(__name__)


class BudgetView(msgspec.Struct, frozen=True):
    """A day's budget: `spent` of `units`; reading stops at `read_units`. The day ends at `resets_at`."""

    kind: str
    units: int
    spent: float
    read_units: float
    zone: str
    resets_at: datetime
    source: str


class AccountUsage(msgspec.Struct, frozen=True):
    """What an account's calls used up by day and kind, what its budgets leave, and what the platform says is left."""

    since: date
    days: list[UsageRow]
    budgets: list[BudgetView]
    quotas: list[Quota]
    usd: float


async def metering_loop(hark: Hark, stop: asyncio.Event) -> None:
    """Writes what was counted until `stop`, and once more then."""
    while not stop.is_set():
        await first_of(stop, hark.usage.urgent, timeout=FLUSH_EVERY)
        await flush_usage(hark)
    await flush_usage(hark)


async def flush_usage(hark: Hark) -> None:
    """A database that is away costs nothing but time: the counts are kept."""
    try:
        await hark.usage.flush(hark.db)
    except Unavailable as error:
        log.debug("usage waits for the database", detail=error.detail)


async def load_allowance(
    hark: Hark,
    connection: Connection,
    manifest: Manifest,
    workspace_id: UUID,
    account_id: UUID,
    purpose: str,
    cost: dict[str, float] | None = None,
    calls: int = 1,
) -> Allowance:
    """How often an account may now do what makes so many `calls` of a purpose ("send", "read") and costs so many units."""
    now = hark.clock()
    stored = await repository.QUOTAS.all(connection, workspace_id, account_id)
    spent = await _spent(hark, connection, manifest.budgets, workspace_id, account_id, now)
    quotas = hark.usage.known(workspace_id, account_id, stored)
    return allowance(quotas, manifest.budgets, spent, purpose, now, cost, calls)


async def take_quota(
    hark: Hark, connection: Connection, workspace_id: UUID, account_id: UUID, purpose: str, calls: int
) -> None:
    """Counts calls that are about to start as made, for all processes."""
    await repository.TAKE_QUOTA.run(connection, workspace_id, account_id, purpose, calls, hark.clock())


async def account_usage(hark: Hark, workspace_id: UUID, account_id: UUID, days: int = DAYS) -> AccountUsage:
    """For people: `days` back from today."""
    now = hark.clock()
    since = now.date() - timedelta(days=days - 1)
    async with hark.db.connection() as connection:
        row = await keeping.load_row(connection, workspace_id, account_id)
        manifest = hark.registry.manifest(row.platform)
        rows = await repository.USAGE.all(connection, workspace_id, account_id, since)
        quotas = await repository.QUOTAS.all(connection, workspace_id, account_id)
        spent = await _spent(hark, connection, manifest.budgets, workspace_id, account_id, now)
    return AccountUsage(
        since=since,
        days=rows,
        budgets=[_budget_view(budget, spent.get(budget.kind, 0.0), now) for budget in manifest.budgets],
        quotas=hark.usage.known(workspace_id, account_id, quotas),
        usd=round(sum(each.usd for each in rows), 6),
    )


async def _spent(
    hark: Hark,
    connection: Connection,
    budgets: Sequence[Budget],
    workspace_id: UUID,
    account_id: UUID,
    now: datetime,
) -> dict[str, float]:
    """Units of today by kind, those included that this process has not written yet."""
    if not budgets:
        return {}
    days = {budget.kind: day_of(budget.zone, now) for budget in budgets}
    rows = await repository.SPENT.all(connection, workspace_id, account_id, list(days), list(days.values()))
    spent = {row.kind: row.units for row in rows}
    unwritten = hark.usage.unwritten(workspace_id, account_id)
    return {kind: spent.get(kind, 0.0) + unwritten.get((day, kind), 0.0) for kind, day in days.items()}


def _budget_view(budget: Budget, spent: float, now: datetime) -> BudgetView:
    return BudgetView(
        kind=budget.kind,
        units=budget.units,
        spent=spent,
        read_units=budget.units * budget.read_share,
        zone=budget.zone,
        resets_at=day_end(budget.zone, now),
        source=budget.source,
    )
