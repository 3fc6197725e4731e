"""The audit log: one record for each sensitive act. There is no way to change or delete a record."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from hark.infra.db import Connection
from hark.kernel.ids import new_id
from hark.kernel.pages import Page, decode_cursor, encode_cursor
from hark.workspaces import repository
from hark.workspaces.models import AuditRecord
from hark.workspaces.rights import Actor

LAST_ID = UUID(int=(1 << 128) - 1)


async def note(
    connection: Connection, actor: Actor, action: str, now: datetime, *, subject: str = "", **detail: Any
) -> None:
    """Adds a record in the transaction of the act itself. `detail` holds values without secrets."""
    await repository.INSERT_AUDIT.run(
        connection,
        actor.workspace_id,
        new_id(now),
        now,
        actor.reference,
        action,
        subject,
        actor.address,
        detail,
    )


async def list_audit(
    connection: Connection, workspace_id: UUID, limit: int, after: str | None
) -> Page[AuditRecord]:
    last = decode_cursor(after, tuple[UUID])[0] if after else LAST_ID
    rows = await repository.LIST_AUDIT.all(connection, workspace_id, last, limit + 1)
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return Page(rows[:limit], following)
