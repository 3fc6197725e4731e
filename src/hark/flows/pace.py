"""The turn of calls that can wait: agents' answers come first, then receipts, then polls and repairs, then imports.

All take from the same rates, quotas and budgets (`account_gate`, `account_quota`, `account_usage`), so that many processes
together stay within what the platform allows.
"""

from __future__ import annotations

from enum import Enum
from uuid import UUID

from hark.channels.contract import Manifest
from hark.delivery import repository as gates
from hark.delivery import throttle
from hark.flows.context import Hark
from hark.flows.metering import load_allowance, take_quota


class Turn(Enum):
    """Who asks: how many calls of the burst it leaves to those before it, and whether the platform counts it as sending."""

    RECEIPT = (1.0, "send")
    POLL = (1.0, "read")
    IMPORT = (2.0, "read")

    @property
    def leaves(self) -> float:
        return self.value[0]

    @property
    def purpose(self) -> str:
        return self.value[1]


async def take_turn(
    hark: Hark, manifest: Manifest, workspace_id: UUID, account_id: UUID, turn: Turn
) -> float | None:
    """None where one call may be made now, which is counted then; else the seconds to wait."""
    now = hark.clock()
    kinds = throttle.buckets(manifest.rates)
    async with hark.db.transaction() as connection:
        gate = await gates.lock_gate(connection, workspace_id, account_id, now)
        if gate.blocked_until is not None and gate.blocked_until > now:
            return (gate.blocked_until - now).total_seconds()
        held = throttle.refilled(gate.tokens, gate.refilled_at, now, kinds)
        mine, counting = throttle.counting(held, kinds, turn.purpose)
        if not throttle.spare(mine, counting, turn.leaves):
            return max(throttle.wait(mine, counting).total_seconds(), 0.05)
        allowed = await load_allowance(hark, connection, manifest, workspace_id, account_id, turn.purpose)
        if allowed.calls is not None and allowed.until is not None:
            return max((allowed.until - now).total_seconds(), 0.05)
        if kinds:
            left = throttle.spent(held, 1, kinds, turn.purpose)
            await gates.SPEND.run(connection, workspace_id, account_id, left, now)
        if allowed.calls is not None:
            await take_quota(hark, connection, workspace_id, account_id, turn.purpose, 1)
    return None
