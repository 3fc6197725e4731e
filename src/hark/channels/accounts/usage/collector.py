"""Counting in memory, written in batches: a call costs an addition, not a row."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from hark.channels.accounts.usage import repository
from hark.channels.accounts.usage.allowance import day_of
from hark.channels.accounts.usage.models import Counted, Quota, QuotaKey, UsageKey
from hark.channels.contract import Budget
from hark.infra.db import Connection, Database, columns
from hark.kernel.clock import Clock, utc_now

LOW = 0.1
"""Share of a quota below which the other processes are told at once."""
SAME_WINDOW_S = 1.0
MOST_KEYS = 50_000
"""Counts kept while the database is away; beyond, new kinds are not counted any more."""


class Collector:
    """One per process. `urgent` is set when the others should know soon: a quota has come to its end."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self.clock = clock
        self.urgent = asyncio.Event()
        self._usage: dict[UsageKey, Counted] = {}
        self._quotas: dict[QuotaKey, Quota] = {}
        self._untold: set[QuotaKey] = set()

    def meter(self, workspace_id: UUID, account_id: UUID, budgets: tuple[Budget, ...]) -> AccountMeter:
        return AccountMeter(self, workspace_id, account_id, {each.kind: each.zone for each in budgets})

    def add(self, key: UsageKey, counted: Counted) -> None:
        known = self._usage.get(key)
        if known is not None:
            known.add(counted.calls, counted.units, counted.usd)
        elif len(self._usage) < MOST_KEYS:
            self._usage[key] = counted

    def tell(self, key: QuotaKey, told: Quota) -> None:
        """Keeps what a platform said; in one window the lowest number counts."""
        known = self._quotas.get(key)
        if known is not None:
            ahead = (told.resets_at - known.resets_at).total_seconds()
            if ahead < -SAME_WINDOW_S:
                return
            if ahead <= SAME_WINDOW_S and told.remaining > known.remaining:
                told = msgspec.structs.replace(told, remaining=known.remaining)
        self._quotas[key] = told
        self._untold.add(key)
        if told.remaining <= (told.limit or 0) * LOW:
            self.urgent.set()

    def known(self, workspace_id: UUID, account_id: UUID, stored: list[Quota]) -> list[Quota]:
        """What the database says, with what this process heard and has not written yet."""
        by_kind = {quota.kind: quota for quota in stored}
        for workspace, account, kind in self._untold:
            if (workspace, account) == (workspace_id, account_id):
                heard, before = self._quotas[(workspace, account, kind)], by_kind.get(kind)
                if before is not None and before.provisional:  # calls that are under way are counted there
                    heard = msgspec.structs.replace(heard, remaining=min(heard.remaining, before.remaining))
                elif before is not None and _says_less(before, heard):
                    continue
                if heard.resets_at > self.clock():
                    by_kind[kind] = heard
        return list(by_kind.values())

    def unwritten(self, workspace_id: UUID, account_id: UUID) -> Mapping[tuple[object, str], float]:
        """Units by (day, kind) that are counted and not written."""
        return {
            (day, kind): counted.units
            for (workspace, account, day, kind), counted in self._usage.items()
            if (workspace, account) == (workspace_id, account_id)
        }

    async def flush(self, db: Database) -> int:
        """Writes what was counted, in one transaction; gives the number of rows. What cannot be written stays counted."""
        self.urgent.clear()
        usage, self._usage = self._usage, {}
        told, self._untold = self._untold, set()
        if not usage and not told:
            return 0
        try:
            async with db.transaction() as connection:
                await self._write(connection, usage, told)
        except BaseException:
            for key, counted in usage.items():
                self.add(key, counted)
            self._untold |= told
            raise
        self._forget_past()
        return len(usage) + len(told)

    def _forget_past(self) -> None:
        now = self.clock()
        past = [
            key for key, quota in self._quotas.items() if quota.resets_at < now and key not in self._untold
        ]
        for key in past:
            del self._quotas[key]

    async def _write(
        self, connection: Connection, usage: dict[UsageKey, Counted], told: set[QuotaKey]
    ) -> None:
        rows = [(*key, each.calls, each.units, each.usd) for key, each in sorted(usage.items(), key=_order)]
        if rows:
            await repository.ADD_USAGE.run(connection, *columns(rows, 7))
        quotas = [
            (*key, quota.limit, quota.remaining, quota.resets_at, quota.at)
            for key in sorted(told, key=str)
            for quota in [self._quotas[key]]
        ]
        if quotas:
            await repository.SET_QUOTAS.run(connection, *columns(quotas, 7))


def _says_less(before: Quota, heard: Quota) -> bool:
    return heard.resets_at <= before.resets_at and heard.remaining >= before.remaining


def _order(entry: tuple[UsageKey, Counted]) -> str:
    """Always the same, so that two processes that write the same rows do not lock one another out."""
    return str(entry[0])


class AccountMeter:
    """The meter of one account's calls; see `hark.infra.metering.Meter`."""

    def __init__(
        self, collector: Collector, workspace_id: UUID, account_id: UUID, zones: Mapping[str, str]
    ) -> None:
        self._collector = collector
        self._workspace_id = workspace_id
        self._account_id = account_id
        self._zones = zones
        self.spent: dict[str, float] = {}
        """Units by kind since this meter was made: what a poll cost."""

    def spend(self, kind: str, units: float = 1, usd: float = 0) -> None:
        self.spent[kind] = self.spent.get(kind, 0.0) + units
        day = day_of(self._zones.get(kind, "UTC"), self._collector.clock())
        self._collector.add((self._workspace_id, self._account_id, day, kind), Counted(1, units, usd))

    def quota(self, kind: str, *, remaining: int, resets_at: datetime, limit: int | None = None) -> None:
        ends = resets_at if resets_at.tzinfo is not None else resets_at.replace(tzinfo=UTC)
        told = Quota(kind, limit, max(0, remaining), ends, self._collector.clock())
        self._collector.tell((self._workspace_id, self._account_id, kind), told)
