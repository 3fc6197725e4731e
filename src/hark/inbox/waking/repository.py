"""All SQL of snoozes that end."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from hark.infra.db import Statement


class Woken(msgspec.Struct, frozen=True):
    workspace_id: UUID
    id: UUID


# It is open from the time it was snoozed until, however late that is noticed.
# Rows that an agent or another worker is changing at this moment are left for the next round.
WAKE = Statement(
    """
    UPDATE conversation c
    SET snoozed_until = NULL, updated_at = $1,
        status = CASE WHEN c.status = 'pending' THEN 'open' ELSE c.status END,
        status_at = CASE WHEN c.status = 'pending' THEN c.snoozed_until ELSE c.status_at END
    FROM (
        SELECT workspace_id, id FROM conversation WHERE snoozed_until <= $1
        ORDER BY snoozed_until LIMIT $2 FOR UPDATE SKIP LOCKED
    ) due
    WHERE c.workspace_id = due.workspace_id AND c.id = due.id
    RETURNING c.workspace_id, c.id
    """,
    Woken,
)

NEXT_WAKE: Statement[tuple[datetime]] = Statement("SELECT min(snoozed_until) AS at FROM conversation")
