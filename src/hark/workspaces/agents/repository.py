"""SQL of agents, teams, skills and of who is connected."""

from __future__ import annotations

from uuid import UUID

from hark.infra.db import Statement
from hark.workspaces.agents.models import Skill, StandingRow, Team
from hark.workspaces.agents.rows import AgentRow, ListedAgentRow

_AGENT = """
    m.user_id, u.name, m.role, coalesce(s.status, 'offline') AS status, s.since, coalesce(s.automatic, true) AS automatic,
    s.chosen, a.capacity, coalesce(a.capacities, '{}') AS capacities,
    coalesce((SELECT jsonb_agg(jsonb_build_object('skill_id', k.skill_id, 'level', k.level) ORDER BY k.skill_id)
              FROM agent_skill k WHERE k.workspace_id = m.workspace_id AND k.user_id = m.user_id), '[]') AS skills,
    coalesce((SELECT jsonb_agg(jsonb_build_object('language', l.language, 'level', l.level) ORDER BY l.language)
              FROM agent_language l WHERE l.workspace_id = m.workspace_id AND l.user_id = m.user_id), '[]') AS languages,
    coalesce((SELECT array_agg(t.team_id ORDER BY t.team_id)
              FROM team_member t WHERE t.workspace_id = m.workspace_id AND t.user_id = m.user_id), '{}') AS team_ids,
    coalesce((SELECT array_agg(c.account_id ORDER BY c.account_id)
              FROM agent_account c WHERE c.workspace_id = m.workspace_id AND c.user_id = m.user_id), '{}') AS account_ids,
    a.hours
"""
_TABLES = """
    member m JOIN user_account u ON u.id = m.user_id
    LEFT JOIN agent a ON a.workspace_id = m.workspace_id AND a.user_id = m.user_id
    LEFT JOIN agent_status s ON s.workspace_id = m.workspace_id AND s.user_id = m.user_id
"""

LOAD_AGENTS = Statement(
    f"""
    SELECT {_AGENT} FROM {_TABLES}
    WHERE m.workspace_id = $1 AND m.user_id = ANY ($2::uuid[]) AND m.removed_at IS NULL ORDER BY m.user_id
    """,
    AgentRow,
)
LIST_AGENTS = Statement(
    f"""
    SELECT {_AGENT},
           (SELECT count(*) FROM conversation o WHERE o.workspace_id = m.workspace_id AND o.assigned_to = m.user_id
              AND o.status = 'open')::int AS load
    FROM {_TABLES}
    WHERE m.workspace_id = $1 AND m.removed_at IS NULL AND (lower(u.name), u.id) > ($2::text, $3::uuid)
    ORDER BY lower(u.name), u.id LIMIT $4
    """,
    ListedAgentRow,
)
LOCK_MEMBER: Statement[tuple[UUID]] = Statement(
    "SELECT user_id FROM member WHERE workspace_id = $1 AND user_id = $2 AND removed_at IS NULL FOR SHARE"
)

# What an agent can do ---------------------------------------------------------------------------------------

PUT_AGENT: Statement[None] = Statement(
    """
    INSERT INTO agent (workspace_id, user_id, capacity, capacities, hours, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (workspace_id, user_id) DO UPDATE
    SET capacity = excluded.capacity, capacities = excluded.capacities, hours = excluded.hours, updated_at = excluded.updated_at
    """
)
DROP_SKILLS: Statement[None] = Statement("DELETE FROM agent_skill WHERE workspace_id = $1 AND user_id = $2")
ADD_SKILLS: Statement[None] = Statement(
    """
    INSERT INTO agent_skill (workspace_id, user_id, skill_id, level)
    SELECT $1, $2, skill, level FROM unnest($3::uuid[], $4::int[]) AS given (skill, level)
    """
)
DROP_LANGUAGES: Statement[None] = Statement(
    "DELETE FROM agent_language WHERE workspace_id = $1 AND user_id = $2"
)
ADD_LANGUAGES: Statement[None] = Statement(
    """
    INSERT INTO agent_language (workspace_id, user_id, language, level)
    SELECT $1, $2, language, level FROM unnest($3::text[], $4::int[]) AS given (language, level)
    """
)
DROP_ACCOUNTS: Statement[None] = Statement(
    "DELETE FROM agent_account WHERE workspace_id = $1 AND user_id = $2"
)
ADD_ACCOUNTS: Statement[None] = Statement(
    "INSERT INTO agent_account (workspace_id, user_id, account_id) SELECT $1, $2, unnest($3::uuid[])"
)
LEAVE_TEAMS: Statement[None] = Statement("DELETE FROM team_member WHERE workspace_id = $1 AND user_id = $2")
JOIN_TEAMS: Statement[None] = Statement(
    "INSERT INTO team_member (workspace_id, team_id, user_id) SELECT $1, unnest($3::uuid[]), $2"
)

# Teams ------------------------------------------------------------------------------------------------------

_TEAM = """
    t.id, t.name, t.description,
    coalesce((SELECT array_agg(k.user_id ORDER BY lower(u.name), k.user_id)
              FROM team_member k
              JOIN member m ON m.workspace_id = k.workspace_id AND m.user_id = k.user_id AND m.removed_at IS NULL
              JOIN user_account u ON u.id = k.user_id
              WHERE k.workspace_id = t.workspace_id AND k.team_id = t.id), '{}') AS member_ids,
    t.created_at, t.updated_at
"""
LIST_TEAMS = Statement(
    f"""
    SELECT {_TEAM} FROM team t
    WHERE t.workspace_id = $1 AND (lower(t.name), t.id) > ($2::text, $3::uuid) ORDER BY lower(t.name), t.id LIMIT $4
    """,
    Team,
)
FIND_TEAM = Statement(f"SELECT {_TEAM} FROM team t WHERE t.workspace_id = $1 AND t.id = $2", Team)
INSERT_TEAM: Statement[None] = Statement(
    """
    INSERT INTO team (workspace_id, id, name, description, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)
    """
)
LOCK_TEAM: Statement[tuple[str, str]] = Statement(
    "SELECT name, description FROM team WHERE workspace_id = $1 AND id = $2 FOR UPDATE"
)
UPDATE_TEAM: Statement[None] = Statement(
    "UPDATE team SET name = $3, description = $4, updated_at = $5 WHERE workspace_id = $1 AND id = $2"
)
EMPTY_TEAM: Statement[None] = Statement("DELETE FROM team_member WHERE workspace_id = $1 AND team_id = $2")
FILL_TEAM: Statement[None] = Statement(
    """
    INSERT INTO team_member (workspace_id, team_id, user_id)
    SELECT $1, $2, m.user_id FROM member m
    WHERE m.workspace_id = $1 AND m.user_id = ANY ($3::uuid[]) AND m.removed_at IS NULL
    """
)
FREE_OF_TEAM: Statement[None] = Statement(
    "UPDATE conversation SET team_id = NULL, updated_at = $3 WHERE workspace_id = $1 AND team_id = $2"
)
DELETE_TEAM: Statement[None] = Statement("DELETE FROM team WHERE workspace_id = $1 AND id = $2")

# Skills -----------------------------------------------------------------------------------------------------

LIST_SKILLS = Statement(
    """
    SELECT id, name FROM skill
    WHERE workspace_id = $1 AND (lower(name), id) > ($2::text, $3::uuid) ORDER BY lower(name), id LIMIT $4
    """,
    Skill,
)
INSERT_SKILL = Statement(
    """
    INSERT INTO skill (workspace_id, id, name, created_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (workspace_id, lower(name)) DO NOTHING RETURNING id, name
    """,
    Skill,
)
UPDATE_SKILL = Statement(
    "UPDATE skill SET name = $3 WHERE workspace_id = $1 AND id = $2 RETURNING id, name", Skill
)
DELETE_SKILL = Statement("DELETE FROM skill WHERE workspace_id = $1 AND id = $2 RETURNING id, name", Skill)
FORGET_SKILL: Statement[None] = Statement(
    """
    UPDATE conversation SET required_skills = required_skills - $2::text
    WHERE workspace_id = $1 AND required_skills ? $2::text
    """
)

# Who is connected -------------------------------------------------------------------------------------------

HOLD: Statement[None] = Statement(
    """
    INSERT INTO agent_connection (workspace_id, user_id, node, devices, active_at, expires_at)
    SELECT g.workspace_id, g.user_id, $1, g.devices, g.active_at,
           $2::timestamptz + make_interval(secs => coalesce((w.settings ->> 'offline_grace_s')::int, 60))
    FROM unnest($3::uuid[], $4::uuid[], $5::int[], $6::timestamptz[]) AS g (workspace_id, user_id, devices, active_at)
    JOIN workspace w ON w.id = g.workspace_id
    ON CONFLICT (workspace_id, user_id, node) DO UPDATE
    SET devices = excluded.devices, active_at = excluded.active_at, expires_at = excluded.expires_at
    """
)
"""Renews the leases of a process. A connection that is lost is renewed once more, with no device: that is its grace time."""

FORGET_ENDED: Statement[None] = Statement("DELETE FROM agent_connection WHERE expires_at < $1")

ENSURE_STATUS: Statement[None] = Statement(
    """
    INSERT INTO agent_status (workspace_id, user_id, status, since)
    SELECT g.workspace_id, g.user_id, 'offline', $3 FROM unnest($1::uuid[], $2::uuid[]) AS g (workspace_id, user_id)
    ON CONFLICT DO NOTHING
    """
)

_STANDING = """
    s.workspace_id, s.user_id, s.status, s.automatic, s.chosen,
    (SELECT max(c.active_at) FROM agent_connection c
      WHERE c.workspace_id = s.workspace_id AND c.user_id = s.user_id AND c.expires_at > $1::timestamptz) AS active_at,
    (SELECT max(c.expires_at) FROM agent_connection c
      WHERE c.workspace_id = s.workspace_id AND c.user_id = s.user_id AND c.expires_at > $1::timestamptz) AS connected_until,
    coalesce((w.settings ->> 'away_after_s')::int, 600) AS away_after_s
"""
LOCK_STANDING = Statement(
    f"""
    SELECT {_STANDING} FROM agent_status s
    JOIN unnest($2::uuid[], $3::uuid[]) AS g (workspace_id, user_id)
      ON g.workspace_id = s.workspace_id AND g.user_id = s.user_id
    JOIN workspace w ON w.id = s.workspace_id
    ORDER BY s.workspace_id, s.user_id FOR UPDATE OF s
    """,
    StandingRow,
)
PRESENT = Statement(
    f"""
    SELECT {_STANDING} FROM agent_status s JOIN workspace w ON w.id = s.workspace_id
    WHERE s.status <> 'offline' OR EXISTS (
        SELECT 1 FROM agent_connection c
        WHERE c.workspace_id = s.workspace_id AND c.user_id = s.user_id AND c.expires_at > $1::timestamptz)
    """,
    StandingRow,
)
"""Everybody whose status may have to change."""

CHOOSE: Statement[None] = Statement(
    "UPDATE agent_status SET chosen = $3 WHERE workspace_id = $1 AND user_id = $2"
)
SET_STATUS: Statement[None] = Statement(
    """
    UPDATE agent_status s SET status = g.status, automatic = g.automatic,
           since = CASE WHEN s.status = g.status THEN s.since ELSE $5 END
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[]) AS g (workspace_id, user_id, status, automatic)
    WHERE s.workspace_id = g.workspace_id AND s.user_id = g.user_id
    """
)
ADD_SPANS: Statement[None] = Statement(
    """
    INSERT INTO agent_status_span (workspace_id, user_id, since, status)
    SELECT workspace_id, user_id, $4, status
    FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS g (workspace_id, user_id, status)
    ON CONFLICT (workspace_id, user_id, since) DO UPDATE SET status = excluded.status
    """
)
