"""How many calls of a purpose an account may still make, from what the platform said and what its budgets leave. Pure.

A platform that says that nothing is left is not called before its reset: it never has to refuse twice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from hark.channels.accounts.usage.models import Quota
from hark.channels.contract import Budget

READ_RESERVE = 0.2
"""Share of a quota that counts reading and sending together which reading leaves to answers."""

NEXT_WINDOW = timedelta(seconds=60)
"""When a window is over, its limit is taken for the next one; so long until the platform has said more."""


class Allowance(msgspec.Struct, frozen=True):
    """`calls` may start now (None: nothing is known to hold them back). With 0, `until` is when there is more again and
    `kind` what is used up. `rest` and `ends` are the tightest limit, for pacing: so many calls until then."""

    calls: int | None = None
    until: datetime | None = None
    kind: str | None = None
    rest: float | None = None
    ends: datetime | None = None


def allowance(
    quotas: Sequence[Quota],
    budgets: Sequence[Budget],
    spent: Mapping[str, float],
    purpose: str,
    now: datetime,
    cost: Mapping[str, float] | None = None,
    calls: int = 1,
) -> Allowance:
    """`spent` are the units of today by kind. One turn of what is asked for makes so many `calls` and costs so many units
    by kind (1 where it is not known)."""
    found = Allowance()
    for quota in quotas:
        if not quota.covers(purpose):
            continue
        remaining, ends = quota.remaining, quota.resets_at
        if ends <= now:
            if quota.limit is None:
                continue
            remaining, ends = quota.limit, now + NEXT_WINDOW
        found = _tighter(found, (remaining - _reserve(quota, purpose)) / max(1, calls), ends, quota.kind)
    for budget in budgets:
        units = _left(budget, spent.get(budget.kind, 0.0), purpose)
        each = (cost or {}).get(budget.kind) or 1.0
        found = _tighter(found, units / each, day_end(budget.zone, now), budget.kind)
    return found


def _reserve(quota: Quota, purpose: str) -> int:
    if purpose != "read" or quota.kind.partition(":")[0] != "any":
        return 0
    return math.floor((quota.limit or quota.remaining) * READ_RESERVE)


def _left(budget: Budget, spent: float, purpose: str) -> float:
    share = budget.read_share if purpose == "read" else 1.0
    return budget.units * share - spent


def _tighter(found: Allowance, rest: float, ends: datetime, kind: str) -> Allowance:
    """Of two limits the one that allows less; of two that allow nothing the one that ends later."""
    calls = max(0, math.floor(rest + 1e-9))
    if found.calls is not None and (
        found.calls < calls or (found.calls == calls and (found.until or ends) >= ends)
    ):
        return found
    return Allowance(calls, ends if calls == 0 else None, kind, max(0.0, rest), ends)


def day_of(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def day_end(zone: str, now: datetime) -> datetime:
    """The next midnight of the zone."""
    there = now.astimezone(ZoneInfo(zone))
    return datetime.combine(there.date() + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
