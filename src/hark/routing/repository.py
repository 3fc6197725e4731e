"""All SQL of routing, set-based.

Order of locks: whoever decides holds the workspace's routing lock until commit, so that a slot is given once. Ingest, which
already holds conversations, only tries for it (`TRY_LOCK`) and otherwise leaves its new work to the drain; the drain waits for it
(`LOCK`), but never for a conversation (`TAKE` skips what others hold). So nobody waits in a circle.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hark.inbox.assigned import Assignment
from hark.inbox.models import Message
from hark.inbox.repository import MESSAGE_COLUMNS
from hark.infra.db import Statement
from hark.routing.models import AgentStatus, PolicyRow

LOCK: Statement[None] = Statement("SELECT pg_advisory_xact_lock(hashtextextended('routing ' || $1::uuid, 0))")
TRY_LOCK: Statement[tuple[bool]] = Statement(
    "SELECT pg_try_advisory_xact_lock(hashtextextended('routing ' || $1::uuid, 0)) AS taken"
)

_POLICY = """
    id, name, account_id, team_id, enabled, strategy, on_offline, sticky, sticky_wait_s, fair_limit, fair_window_s,
    language_level, excluded_tags, exclude_older_than_s, routing_steps, created_at, updated_at
"""

POLICIES = Statement(
    f"SELECT workspace_id, {_POLICY} FROM routing_policy WHERE workspace_id = ANY ($1::uuid[]) AND enabled",
    PolicyRow,
)

# Workspaces without a policy of their own for everything keep to their setting.
SETTINGS: Statement[tuple[UUID, str, datetime]] = Statement(
    "SELECT id, coalesce(settings ->> 'routing', 'manual'), created_at FROM workspace WHERE id = ANY ($1::uuid[])"
)


class AgentRow(msgspec.Struct, frozen=True):
    """A member as an agent."""

    user_id: UUID
    name: str
    status: Any
    since: datetime | None
    capacity: int | None
    capacities: dict[str, int]
    hours: dict[str, Any] | None
    last_assigned_at: datetime | None


# A member of any role can be given work; somebody with no status has never been seen and counts as offline.
AGENTS = Statement(
    """
    SELECT m.user_id, u.name, coalesce(s.status, 'offline') AS status, s.since, a.capacity,
           coalesce(a.capacities, '{}') AS capacities, a.hours, a.last_assigned_at
    FROM member m
    JOIN user_account u ON u.id = m.user_id
    LEFT JOIN agent a ON a.workspace_id = m.workspace_id AND a.user_id = m.user_id
    LEFT JOIN agent_status s ON s.workspace_id = m.workspace_id AND s.user_id = m.user_id
    WHERE m.workspace_id = $1 AND m.removed_at IS NULL AND u.disabled_at IS NULL
    """,
    AgentRow,
)

# What agents can do, a row each: kind, agent, which, at what level.
ABILITIES: Statement[tuple[str, UUID, str, int]] = Statement(
    """
    SELECT 'skill' AS kind, user_id, skill_id::text AS which, level FROM agent_skill WHERE workspace_id = $1
    UNION ALL SELECT 'language', user_id, language, level FROM agent_language WHERE workspace_id = $1
    UNION ALL SELECT 'team', user_id, team_id::text, 1 FROM team_member WHERE workspace_id = $1
    UNION ALL SELECT 'account', user_id, account_id::text, 1 FROM agent_account WHERE workspace_id = $1
    """
)

# Everybody's open conversations, by platform and source.
LOADS: Statement[tuple[UUID, str, str, int]] = Statement(
    """
    SELECT assigned_to, platform, source, count(*) FROM conversation
    WHERE workspace_id = $1 AND status = 'open' AND assigned_to IS NOT NULL GROUP BY assigned_to, platform, source
    """
)

ANYBODY_ONLINE: Statement[tuple[bool]] = Statement(
    "SELECT EXISTS (SELECT 1 FROM agent_status WHERE workspace_id = $1 AND status = 'online') AS online"
)

RECENT: Statement[tuple[UUID, datetime]] = Statement(
    """
    SELECT agent_id, at FROM assignment
    WHERE workspace_id = $1 AND automatic AND agent_id IS NOT NULL AND at > $2 ORDER BY at, id
    """
)


class WaitingRow(msgspec.Struct, frozen=True):
    id: UUID
    account_id: UUID
    platform: str
    source: str
    priority: int
    queued_at: datetime
    active_at: datetime
    status: str
    bot_owned: bool
    language: str | None
    required_skills: dict[str, int]
    team_id: UUID | None
    tags: list[str]
    assigned_to: UUID | None
    updated_at: datetime
    previous_agent: UUID | None


_AGE = "greatest(c.status_at, c.queued_at)"
_WAITING = f"""
    c.id, c.account_id, c.platform, c.source, c.priority, {_AGE} AS queued_at,
    greatest(c.last_message_at, c.status_at) AS active_at, c.status, c.bot_owned, c.language, c.required_skills, c.team_id,
    c.tags, c.assigned_to, c.updated_at
"""
_PREVIOUS = """
    (SELECT b.assigned_to FROM conversation b
     JOIN member m ON m.workspace_id = b.workspace_id AND m.user_id = b.assigned_to AND m.removed_at IS NULL
     WHERE b.workspace_id = c.workspace_id AND b.customer_id = c.customer_id AND b.id <> c.id
     ORDER BY b.last_message_at DESC LIMIT 1)
"""

# One priority of the queue, from the oldest on; $3 and $4 are where the page before ended. Nothing is locked.
QUEUE = Statement(
    f"""
    SELECT {_WAITING}, CASE WHEN $6::boolean THEN {_PREVIOUS} END AS previous_agent
    FROM conversation c
    WHERE c.workspace_id = $1 AND c.priority = $2 AND c.status = 'open' AND c.assigned_to IS NULL AND NOT c.bot_owned
      AND ({_AGE}, c.id) > ($3::timestamptz, $4::uuid)
    ORDER BY {_AGE}, c.id LIMIT $5
    """,
    WaitingRow,
)

# The whole of a short queue, in no order.
SHORT_QUEUE = Statement(
    f"""
    SELECT {_WAITING}, CASE WHEN $3::boolean THEN {_PREVIOUS} END AS previous_agent
    FROM conversation c
    WHERE c.workspace_id = $1 AND c.status = 'open' AND c.assigned_to IS NULL AND NOT c.bot_owned LIMIT $2
    """,
    WaitingRow,
)

# Conversations by their ids as they are now, whoever holds them.
THESE = Statement(
    f"""
    SELECT {_WAITING}, CASE WHEN $3::boolean THEN {_PREVIOUS} END AS previous_agent
    FROM conversation c WHERE c.workspace_id = $1 AND c.id = ANY ($2::uuid[])
    """,
    WaitingRow,
)

# What was decided about is taken as it is by now, or left when somebody holds it.
TAKE: Statement[tuple[UUID, datetime]] = Statement(
    """
    SELECT id, updated_at FROM conversation
    WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) AND status = 'open' AND assigned_to IS NULL AND NOT bot_owned
    ORDER BY id FOR UPDATE SKIP LOCKED
    """
)

ANYTHING_QUEUED: Statement[tuple[bool]] = Statement(
    """
    SELECT EXISTS (SELECT 1 FROM conversation WHERE workspace_id = $1 AND status = 'open' AND assigned_to IS NULL
                                                AND NOT bot_owned) AS queued
    """
)

GIVE: Statement[None] = Statement(
    """
    UPDATE conversation c SET assigned_to = given.agent, assigned_at = $5, assigned_reason = given.reason, updated_at = $5
    FROM unnest($2::uuid[], $3::uuid[], $4::jsonb[]) AS given (id, agent, reason)
    WHERE c.workspace_id = $1 AND c.id = given.id
    """
)

# Work of those who are offline since after they got it: it goes back with its own priority and age.
OF_OFFLINE: Statement[tuple[UUID, UUID, UUID, UUID | None]] = Statement(
    """
    SELECT c.id, c.assigned_to, c.account_id, c.team_id FROM agent_status s
    JOIN conversation c ON c.workspace_id = s.workspace_id AND c.assigned_to = s.user_id AND c.status = 'open'
                       AND c.assigned_at <= s.since
    WHERE s.workspace_id = $1 AND s.status = 'offline' ORDER BY c.id FOR UPDATE OF c SKIP LOCKED
    """
)

# What a customer reopened, held by the caller: with its agent, and whether that one is online.
OF_REOPENED: Statement[tuple[UUID, UUID, UUID, UUID | None, bool]] = Statement(
    """
    SELECT c.id, c.assigned_to, c.account_id, c.team_id, coalesce(s.status = 'online', false)
    FROM conversation c
    LEFT JOIN agent_status s ON s.workspace_id = c.workspace_id AND s.user_id = c.assigned_to
    WHERE c.workspace_id = $1 AND c.id = ANY ($2::uuid[]) AND c.assigned_to IS NOT NULL AND c.status = 'open'
    """
)

RELEASE: Statement[None] = Statement(
    """
    UPDATE conversation SET assigned_to = NULL, assigned_at = NULL, assigned_reason = NULL, updated_at = $3
    WHERE workspace_id = $1 AND id = ANY ($2::uuid[])
    """
)

LOG: Statement[None] = Statement(
    """
    INSERT INTO assignment (workspace_id, id, conversation_id, agent_id, before_id, team_id, policy_id, automatic, by,
                            reasons, waited_s, at)
    SELECT $1, id, conversation_id, agent_id, before_id, team_id, policy_id, automatic, by, reasons, waited_s, at
    FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::boolean[], $9::text[],
                $10::jsonb[], $11::int[], $12::timestamptz[])
         AS given (id, conversation_id, agent_id, before_id, team_id, policy_id, automatic, by, reasons, waited_s, at)
    """
)

TURN: Statement[None] = Statement(
    """
    INSERT INTO agent (workspace_id, user_id, last_assigned_at, updated_at)
    SELECT $1, user_id, at, $4 FROM unnest($2::uuid[], $3::timestamptz[]) AS given (user_id, at)
    ON CONFLICT (workspace_id, user_id) DO UPDATE SET last_assigned_at = excluded.last_assigned_at
    """
)

ACTIVITIES = Statement(
    f"""
    INSERT INTO message AS m (workspace_id, id, conversation_id, account_id, kind, direction, content_type, sender_type,
                              sender_name, "timestamp", position, metadata, created_at, updated_at)
    SELECT $1, given.id, c.id, c.account_id, 'activity', 'internal', given.code, 'system', 'Hark', $6, given.position,
           given.metadata, $6, $6
    FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::jsonb[], $7::bigint[])
         AS given (id, conversation_id, code, metadata, position)
    JOIN conversation c ON c.workspace_id = $1 AND c.id = given.conversation_id
    RETURNING {MESSAGE_COLUMNS}
    """,
    Message,
)

# What is released and given in one instant was released first.
HISTORY = Statement(
    """
    SELECT id, conversation_id, agent_id, before_id, team_id, policy_id, automatic, by, reasons, waited_s, at
    FROM assignment WHERE workspace_id = $1 AND conversation_id = $2 ORDER BY at, agent_id IS NOT NULL, id
    """,
    Assignment,
)

# Workspaces in which there is something to hand out by rules.
WITH_QUEUE: Statement[tuple[UUID]] = Statement(
    """
    SELECT w.id FROM workspace w
    WHERE (EXISTS (SELECT 1 FROM routing_policy p WHERE p.workspace_id = w.id AND p.enabled AND p.strategy <> 'manual')
           OR w.settings ->> 'routing' = 'previous_agent')
    """
)


class PastRow(msgspec.Struct, frozen=True):
    """A conversation of the last days as it came, with who had it first."""

    id: UUID
    account_id: UUID
    platform: str
    source: str
    priority: int
    came_at: datetime
    language: str | None
    required_skills: dict[str, int]
    team_id: UUID | None
    tags: list[str]
    previous_agent: UUID | None
    agent_id: UUID | None
    given_at: datetime | None
    ended_at: datetime | None


# The newest $4 that began in the time asked about; what an import brought is not among them.
PAST = Statement(
    f"""
    SELECT c.id, c.account_id, c.platform, c.source, c.priority, c.created_at AS came_at, c.language, c.required_skills,
           c.team_id, c.tags, CASE WHEN $5::boolean THEN {_PREVIOUS} END AS previous_agent,
           coalesce(first.agent_id, c.assigned_to) AS agent_id,
           CASE WHEN first.agent_id IS NULL THEN c.assigned_at ELSE first.at END AS given_at, c.resolved_at AS ended_at
    FROM conversation c
    LEFT JOIN LATERAL (
        SELECT agent_id, at FROM assignment
        WHERE workspace_id = c.workspace_id AND conversation_id = c.id AND agent_id IS NOT NULL ORDER BY at, id LIMIT 1
    ) first ON true
    WHERE c.workspace_id = $1 AND c.created_at >= $2 AND c.created_at < $3 AND c.last_inbound_at >= $2
    ORDER BY c.created_at DESC LIMIT $4
    """,
    PastRow,
)

# The status that everybody had at the beginning, and every change until the end.
SPANS: Statement[tuple[UUID, datetime, AgentStatus]] = Statement(
    """
    SELECT user_id, since, status FROM agent_status_span WHERE workspace_id = $1 AND since > $2 AND since < $3
    UNION ALL
    SELECT user_id, since, status FROM (
        SELECT DISTINCT ON (user_id) user_id, since, status FROM agent_status_span
        WHERE workspace_id = $1 AND since <= $2 ORDER BY user_id, since DESC) before
    ORDER BY 2, 1
    """
)
