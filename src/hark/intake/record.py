"""Raw items of one account, recorded in the caller's transaction (history, repair)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from hark.channels.contract import Account, RawItem
from hark.infra.db import Connection
from hark.intake import repository
from hark.intake.models import NewRaw, Origin


async def record_items(
    connection: Connection, account: Account, items: Iterable[RawItem], received_at: datetime, origin: Origin
) -> int:
    """How many of the items were new; the others had been received before."""
    rows = [
        NewRaw(
            workspace_id=account.workspace_id,
            account_id=account.id,
            dedup_key=item.dedup_key,
            payload=item.payload,
            received_at=received_at,
            origin=origin,
        )
        for item in items
    ]
    return await repository.insert(connection, rows) if rows else 0
