"""All SQL of calendars, policies and clocks."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from hark.infra.db import Statement
from hark.sla.rows import (
    CalendarRow,
    CaseRow,
    ClockRow,
    DueRow,
    OpenRow,
    PolicyRow,
    Progress,
    RulesRow,
    SaidRow,
    VersionRow,
)

_LANGUAGE = "coalesce(c.language, c.metadata ->> 'language')"
_PRIORITY = "(ARRAY['low', 'medium', 'high', 'urgent'])[c.priority + 1]"

# Keeping clocks ---------------------------------------------------------------------------------------------------------------

CASES = Statement(
    f"""
    SELECT c.workspace_id, c.id, c.account_id, c.platform, c.source, {_PRIORITY} AS priority, c.tags, {_LANGUAGE} AS language,
           c.team_id, c.status, c.status_at, c.bot_owned, c.queued_at, c.waiting_since, c.window_opened_at, c.answer_by,
           c.answer_by_reason, c.sla_policy_id, c.pinned_policy_id, s.record
    FROM unnest($1::uuid[], $2::uuid[]) AS given (workspace_id, id)
    JOIN conversation c ON c.workspace_id = given.workspace_id AND c.id = given.id
    LEFT JOIN conversation_sla s ON s.workspace_id = c.workspace_id AND s.conversation_id = c.id
    ORDER BY c.id
    """,
    CaseRow,
)

# The customer's messages, and a person's that have left; of the same instant, the question is before the answer. Imported ones
# are history: they start nothing.
SAID = Statement(
    """
    SELECT m.workspace_id, m.conversation_id, m.id, m."timestamp" AS at, m.direction = 'inbound' AS by_customer
    FROM unnest($1::uuid[], $2::uuid[]) AS given (workspace_id, id)
    JOIN message m ON m.workspace_id = given.workspace_id AND m.conversation_id = given.id
    WHERE m.kind = 'message' AND NOT m.metadata ? 'history'
      AND (m.direction = 'inbound'
           OR m.direction = 'outbound' AND m.sender_type = 'agent'
              AND coalesce(m.delivery_status, 'sent') IN ('sent', 'delivered', 'read'))
    ORDER BY m.conversation_id, m."timestamp", m.direction, m.position, m.id
    """,
    SaidRow,
)

PIN_POLICY: Statement[None] = Statement(
    """
    UPDATE conversation SET pinned_policy_id = $3, updated_at = $4
    WHERE workspace_id = $1 AND id = $2 AND pinned_policy_id IS DISTINCT FROM $3
    """
)

KEEP_RECORDS: Statement[None] = Statement(
    """
    INSERT INTO conversation_sla (workspace_id, conversation_id, record, next_at, held)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::timestamptz[], $5::boolean[])
    ON CONFLICT (workspace_id, conversation_id) DO UPDATE
        SET record = EXCLUDED.record, next_at = EXCLUDED.next_at, held = EXCLUDED.held
    """
)

# A late message may take away cycles that were never there. `kinds` and `cycles` are the clocks that there are.
DROP_CLOCKS: Statement[None] = Statement(
    """
    DELETE FROM sla_clock k
    USING unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[]) AS given (workspace_id, conversation_id, kind, cycle)
    WHERE k.workspace_id = given.workspace_id AND k.conversation_id = given.conversation_id AND k.kind = given.kind
      AND k.cycle = given.cycle
    """
)

KEEP_CLOCKS: Statement[None] = Statement(
    """
    INSERT INTO sla_clock (workspace_id, conversation_id, kind, cycle, state, policy, calendar, target_minutes, started_at,
                           due_at, warn_at, warned_at, breached_at, paused_at, ended_at)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::int[],
                         $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[],
                         $14::timestamptz[], $15::timestamptz[])
    ON CONFLICT (workspace_id, conversation_id, kind, cycle) DO UPDATE SET
        state = EXCLUDED.state, policy = EXCLUDED.policy, calendar = EXCLUDED.calendar,
        target_minutes = EXCLUDED.target_minutes, started_at = EXCLUDED.started_at, due_at = EXCLUDED.due_at,
        warn_at = EXCLUDED.warn_at, warned_at = EXCLUDED.warned_at, breached_at = EXCLUDED.breached_at,
        paused_at = EXCLUDED.paused_at, ended_at = EXCLUDED.ended_at
    """
)

ANSWER_BY: Statement[None] = Statement(
    """
    UPDATE conversation c SET answer_by = given.answer_by, answer_by_reason = given.reason, sla_policy_id = given.policy_id,
           updated_at = $6
    FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::jsonb[], $5::uuid[])
         AS given (workspace_id, id, answer_by, reason, policy_id)
    WHERE c.workspace_id = given.workspace_id AND c.id = given.id
    """
)

# A line in the thread at the time of what happened. Its id follows from that, so it is there once whoever writes it.
ADD_LINES: Statement[tuple[UUID, UUID]] = Statement(
    """
    INSERT INTO message (workspace_id, id, conversation_id, account_id, kind, direction, content_type, sender_type, "timestamp",
                         metadata, created_at, updated_at)
    SELECT workspace_id, id, conversation_id, account_id, 'activity', 'internal', code, 'system', at, metadata, $8, $8
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::jsonb[])
         AS given (workspace_id, id, conversation_id, account_id, code, at, metadata)
    ON CONFLICT (workspace_id, id) DO NOTHING
    RETURNING workspace_id, id
    """
)

# Rows that somebody else is at will be settled by them, or in the next round.
CLAIM_DUE = Statement(
    """
    SELECT c.workspace_id, c.id FROM conversation_sla s
    JOIN conversation c ON c.workspace_id = s.workspace_id AND c.id = s.conversation_id
    WHERE s.next_at <= $1 ORDER BY s.next_at LIMIT $2 FOR UPDATE OF c SKIP LOCKED
    """,
    DueRow,
)
NEXT_DUE: Statement[tuple[datetime]] = Statement("SELECT min(next_at) AS at FROM conversation_sla")

# Policies ---------------------------------------------------------------------------------------------------------------------

RULES = Statement(
    "SELECT workspace_id, version, changed_at FROM sla_rollout WHERE workspace_id = ANY ($1::uuid[])",
    RulesRow,
)

_POLICY = """
    SELECT p.workspace_id, p.id, p.version, p.name, p.position, p.targets, p.conditions, p.match, p.calendar_id,
           b.version AS calendar_version, p.pause_statuses, p.warn_at_percent, p.enabled, p.created_at, p.updated_at
    FROM sla_policy p
    LEFT JOIN business_calendar b ON b.workspace_id = p.workspace_id AND b.id = p.calendar_id
"""

POLICIES = Statement(
    _POLICY + " WHERE p.workspace_id = ANY ($1::uuid[]) AND p.deleted_at IS NULL ORDER BY p.position, p.id",
    PolicyRow,
)
FIND_POLICY = Statement(
    _POLICY + " WHERE p.workspace_id = $1 AND p.id = $2 AND p.deleted_at IS NULL", PolicyRow
)
POLICY_NAMES: Statement[tuple[UUID, str]] = Statement(
    "SELECT id, name FROM sla_policy WHERE workspace_id = ANY ($1::uuid[])"
)
INSERT_POLICY: Statement[None] = Statement(
    """
    INSERT INTO sla_policy (workspace_id, id, name, position, targets, conditions, match, calendar_id, pause_statuses,
                            warn_at_percent, enabled, created_at, updated_at)
    SELECT $1, $2, $3, coalesce(max(position) + 1, 0), $4, $5, $6, $7, $8, $9, $10, $11, $11
    FROM sla_policy WHERE workspace_id = $1 AND deleted_at IS NULL
    """
)
UPDATE_POLICY: Statement[None] = Statement(
    """
    UPDATE sla_policy SET name = $3, targets = $4, conditions = $5, match = $6, calendar_id = $7, pause_statuses = $8,
           warn_at_percent = $9, enabled = $10, updated_at = $11, version = version + 1
    WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL
    """
)
REMOVE_POLICY: Statement[None] = Statement(
    "UPDATE sla_policy SET deleted_at = $3 WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL"
)
ORDER_POLICIES: Statement[None] = Statement(
    """
    UPDATE sla_policy p SET position = given.position - 1, updated_at = $3
    FROM unnest($2::uuid[]) WITH ORDINALITY AS given (id, position)
    WHERE p.workspace_id = $1 AND p.id = given.id
    """
)

# Calendars --------------------------------------------------------------------------------------------------------------------

_CALENDAR = """
    SELECT b.id, b.name, b.version, v.spec, coalesce((
               SELECT array_agg(p.name ORDER BY p.position) FROM sla_policy p
               WHERE p.workspace_id = b.workspace_id AND p.calendar_id = b.id AND p.deleted_at IS NULL), '{}') AS policies,
           b.created_at, b.updated_at
    FROM business_calendar b
    JOIN business_calendar_version v ON v.workspace_id = b.workspace_id AND v.calendar_id = b.id AND v.version = b.version
    WHERE b.workspace_id = $1 AND b.deleted_at IS NULL
"""
CALENDARS = Statement(_CALENDAR + " ORDER BY lower(b.name), b.id", CalendarRow)
FIND_CALENDAR = Statement(_CALENDAR + " AND b.id = $2", CalendarRow)
CALENDAR_VERSIONS = Statement(
    """
    SELECT v.calendar_id, v.version, v.spec
    FROM unnest($1::uuid[], $2::int[]) AS given (calendar_id, version)
    JOIN business_calendar_version v ON v.calendar_id = given.calendar_id AND v.version = given.version
    WHERE v.workspace_id = ANY ($3::uuid[])
    """,
    VersionRow,
)
INSERT_CALENDAR: Statement[None] = Statement(
    "INSERT INTO business_calendar (workspace_id, id, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)"
)
RENAME_CALENDAR: Statement[None] = Statement(
    """
    UPDATE business_calendar SET name = $3, updated_at = $4
    WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL
    """
)
LOCK_CALENDAR: Statement[tuple[int]] = Statement(
    """
    SELECT version FROM business_calendar WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE
    """
)
RAISE_CALENDAR: Statement[tuple[int]] = Statement(
    """
    UPDATE business_calendar SET version = version + 1, updated_at = $3
    WHERE workspace_id = $1 AND id = $2 RETURNING version
    """
)
ADD_VERSION: Statement[None] = Statement(
    "INSERT INTO business_calendar_version (workspace_id, calendar_id, version, spec) VALUES ($1, $2, $3, $4)"
)
REMOVE_CALENDAR: Statement[None] = Statement(
    "UPDATE business_calendar SET deleted_at = $3 WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL"
)

# Applying what was saved ------------------------------------------------------------------------------------------------------

# The open cases begin anew; what is done later with others is applied when it happens.
BEGIN_ROLLOUT = Statement(
    """
    INSERT INTO sla_rollout AS r (workspace_id, version, changed_at, total)
    SELECT $1, 1, $2, count(*) FROM conversation WHERE workspace_id = $1 AND status IN ('open', 'pending')
    ON CONFLICT (workspace_id) DO UPDATE SET version = r.version + 1, changed_at = greatest(EXCLUDED.changed_at, r.changed_at),
        cursor = NULL, total = EXCLUDED.total, done = 0, changed = 0, finished_at = NULL
    RETURNING version, changed_at, total, done, changed, finished_at
    """,
    Progress,
)
PROGRESS = Statement(
    "SELECT version, changed_at, total, done, changed, finished_at FROM sla_rollout WHERE workspace_id = $1",
    Progress,
)
CLAIM_ROLLOUT: Statement[tuple[UUID, UUID]] = Statement(
    """
    SELECT workspace_id, cursor FROM sla_rollout WHERE applied_version < version
    ORDER BY changed_at LIMIT 1 FOR UPDATE SKIP LOCKED
    """
)
NEXT_OPEN: Statement[tuple[UUID]] = Statement(
    """
    SELECT id FROM conversation
    WHERE workspace_id = $1 AND status IN ('open', 'pending') AND id > coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid)
    ORDER BY id LIMIT $3
    """
)
ADVANCE_ROLLOUT = Statement(
    """
    UPDATE sla_rollout SET cursor = $2, done = least(total, done + $3), changed = changed + $4
    WHERE workspace_id = $1 RETURNING version, changed_at, total, done, changed, finished_at
    """,
    Progress,
)
FINISH_ROLLOUT = Statement(
    """
    UPDATE sla_rollout SET applied_version = version, done = total, finished_at = $2
    WHERE workspace_id = $1 RETURNING version, changed_at, total, done, changed, finished_at
    """,
    Progress,
)

# Reading ----------------------------------------------------------------------------------------------------------------------

CLOCKS_OF = Statement(
    """
    SELECT k.conversation_id, k.kind, k.cycle, k.state, p.id AS policy_id, p.name AS policy_name, k.target_minutes,
           k.started_at, k.due_at, k.warn_at, k.warned_at, k.breached_at, k.paused_at, k.ended_at
    FROM sla_clock k
    LEFT JOIN sla_policy p ON p.workspace_id = k.workspace_id AND p.id::text = k.policy
    WHERE k.workspace_id = $1 AND k.conversation_id = $2
    ORDER BY k.started_at, k.kind, k.cycle
    """,
    ClockRow,
)

OPEN_CASES = Statement(
    f"""
    SELECT c.id, c.number, c.account_id, c.platform, c.source, {_PRIORITY} AS priority, c.tags, {_LANGUAGE} AS language,
           c.team_id, c.pinned_policy_id, c.first_response_at IS NOT NULL AS answered, c.waiting_since, c.created_at,
           s.conversation_id IS NOT NULL AS followed, coalesce(s.held, false) AS held, k.kinds, k.states, k.targets, k.starts,
           k.dues
    FROM conversation c
    LEFT JOIN conversation_sla s ON s.workspace_id = c.workspace_id AND s.conversation_id = c.id
    LEFT JOIN (
        SELECT conversation_id, array_agg(kind) AS kinds, array_agg(state) AS states, array_agg(target_minutes) AS targets,
               array_agg(started_at) AS starts, array_agg(due_at) AS dues
        FROM sla_clock
        WHERE workspace_id = $1 AND (state IN ('running', 'paused') OR state = 'breached' AND ended_at IS NULL)
        GROUP BY conversation_id
    ) k ON k.conversation_id = c.id
    WHERE c.workspace_id = $1 AND c.status IN ('open', 'pending')
    """,
    OpenRow,
)
