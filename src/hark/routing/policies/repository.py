"""SQL of routing policies as they are edited."""

from __future__ import annotations

from uuid import UUID

from hark.infra.db import Statement
from hark.routing.models import PolicyRow

_POLICY = """
    workspace_id, id, name, account_id, team_id, enabled, strategy, on_offline, sticky, sticky_wait_s, fair_limit, fair_window_s,
    language_level, excluded_tags, exclude_older_than_s, routing_steps, created_at, updated_at
"""

LIST = Statement(
    f"""
    SELECT {_POLICY} FROM routing_policy WHERE workspace_id = $1
    ORDER BY (team_id IS NOT NULL OR account_id IS NOT NULL), lower(name), id
    """,
    PolicyRow,
)
FIND = Statement(f"SELECT {_POLICY} FROM routing_policy WHERE workspace_id = $1 AND id = $2", PolicyRow)
INSERT: Statement[None] = Statement(
    f"""
    INSERT INTO routing_policy ({_POLICY})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)
    """
)
REPLACE: Statement[None] = Statement(
    """
    UPDATE routing_policy SET name = $3, account_id = $4, team_id = $5, enabled = $6, strategy = $7, on_offline = $8,
           sticky = $9, sticky_wait_s = $10, fair_limit = $11, fair_window_s = $12, language_level = $13, excluded_tags = $14,
           exclude_older_than_s = $15, routing_steps = $16, updated_at = $17
    WHERE workspace_id = $1 AND id = $2
    """
)
DELETE: Statement[tuple[str]] = Statement(
    "DELETE FROM routing_policy WHERE workspace_id = $1 AND id = $2 RETURNING name"
)
KNOWN: Statement[tuple[list[UUID], list[str]]] = Statement(
    """
    SELECT ARRAY(SELECT id FROM team WHERE workspace_id = $1) AS teams,
           ARRAY(SELECT id::text FROM skill WHERE workspace_id = $1) AS skills
    """
)
# For the warnings: who there is, whatever their status.
BEST_LEVELS: Statement[tuple[str, int]] = Statement(
    "SELECT skill_id::text AS skill, max(level)::int AS level FROM agent_skill WHERE workspace_id = $1 GROUP BY skill_id"
)
STAFF: Statement[tuple[int, int]] = Statement(
    """
    SELECT count(*)::int AS people, count(*) FILTER (WHERE coalesce(a.capacity, 1) > 0)::int AS able
    FROM member m LEFT JOIN agent a ON a.workspace_id = m.workspace_id AND a.user_id = m.user_id
    WHERE m.workspace_id = $1 AND m.removed_at IS NULL AND ($2::uuid IS NULL OR EXISTS (
        SELECT 1 FROM team_member t WHERE t.workspace_id = m.workspace_id AND t.team_id = $2 AND t.user_id = m.user_id))
    """
)
