"""Changes of an account's state that its users (webhooks, deliveries, ingest) cause. Each gives the fact to
record.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from hark.channels.accounts import repository
from hark.channels.accounts.loading import forget
from hark.channels.accounts.models import AccountRow, AccountStatus
from hark.channels.accounts.views import account_view
from hark.channels.registry import Registry
from hark.infra.db import Connection
from hark.journal import Fact, fact_of


def account_fact(
    row: AccountRow, registry: Registry, public_address: str, now: datetime, actor: str | None = None
) -> Fact:
    return fact_of("account.changed", now, account_view(row, registry, public_address), actor=actor)


async def mark_reconnect(
    connection: Connection, workspace_id: UUID, account_id: UUID, reason: str, now: datetime
) -> AccountRow | None:
    """The token or right is gone: nothing can be sent until somebody connects the account again. None when
    it was so
    already. The caller records `account_fact` of the row and calls `loading.changed` after the commit."""
    return await _set(connection, workspace_id, account_id, "reconnect", reason, now, ["connected", "paused"])


async def merge_state(
    connection: Connection, workspace_id: UUID, account_id: UUID, state: dict[str, Any], now: datetime
) -> AccountRow | None:
    """Adds what the platform told about the connection; None when nothing of it is new."""
    row = await repository.MERGE_STATE.find(connection, workspace_id, account_id, state, now)
    forget(account_id)
    return row


async def count_forged(
    connection: Connection, workspace_id: UUID, account_id: UUID, count: int, now: datetime
) -> None:
    """Of a forged request only this number stays."""
    await repository.COUNT_FORGED.run(connection, workspace_id, account_id, count, now)


async def mark_verified(
    connection: Connection, workspace_id: UUID, account_id: UUID, now: datetime
) -> AccountRow | None:
    """The first rightly signed request or challenge; None when there was one before."""
    row = await repository.MARK_VERIFIED.find(connection, workspace_id, account_id, now)
    forget(account_id)
    return row


async def _set(
    connection: Connection,
    workspace_id: UUID,
    account_id: UUID,
    status: AccountStatus,
    reason: str | None,
    now: datetime,
    before: list[str],
) -> AccountRow | None:
    row = await repository.SET_STATUS.find(connection, workspace_id, account_id, status, reason, now, before)
    forget(account_id)
    return row
