"""SQL of handing conversations over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from hark.infra.db import Statement


class Handed(msgspec.Struct, frozen=True):
    """A conversation as handing over sees it, locked."""

    id: UUID
    account_id: UUID
    status: str
    priority: int
    assigned_to: UUID | None
    team_id: UUID | None
    bot_owned: bool
    language: str | None
    required_skills: dict[str, Any]


LOCK = Statement(
    """
    SELECT id, account_id, status, priority, assigned_to, team_id, bot_owned, language, required_skills
    FROM conversation WHERE workspace_id = $1 AND id = $2 FOR UPDATE
    """,
    Handed,
)
QUEUE_ANEW: Statement[None] = Statement(
    """
    UPDATE conversation SET team_id = $3, priority = $4, bot_owned = $5, assigned_to = NULL, assigned_at = NULL,
           assigned_reason = NULL, queued_at = $6, snoozed_until = NULL, updated_at = $6,
           status_at = CASE WHEN status = 'open' THEN status_at ELSE $6 END, status = 'open'
    WHERE workspace_id = $1 AND id = $2
    """
)
"""Open, without an agent, and at the end of the queue of its priority."""

SET_NEEDS: Statement[None] = Statement(
    "UPDATE conversation SET required_skills = $3, updated_at = $4 WHERE workspace_id = $1 AND id = $2"
)
TEAM_NAMES: Statement[tuple[UUID, str]] = Statement(
    "SELECT id, name FROM team WHERE workspace_id = $1 AND id = ANY ($2::uuid[])"
)
KNOWN_SKILLS: Statement[tuple[str]] = Statement("SELECT id::text FROM skill WHERE workspace_id = $1")
COUNT_QUEUED: Statement[tuple[int]] = Statement(
    """
    SELECT count(*) FROM (SELECT 1 FROM conversation WHERE workspace_id = $1 AND status = 'open' AND assigned_to IS NULL
                                                       AND NOT bot_owned LIMIT $2) waiting
    """
)
