"""All SQL of rules."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from hark.automation.facts import Surroundings
from hark.automation.models import EventRow, RuleRow, RuleRun, TaskRow
from hark.infra.db import Statement

_RULE = """
    r.workspace_id, r.id, r.position, r.name, r.event, r.after_s, r.enabled, r.conditions, r.actions, r.stop, r.secrets,
    r.enabled_at, r.created_at, r.updated_at
"""
_COUNTED = f"""
    SELECT {_RULE}, ran.count AS runs, ran.last AS last_run_at
    FROM automation_rule r CROSS JOIN LATERAL (
        SELECT count(*)::int AS count, max(at) AS last FROM (
            SELECT at FROM automation_run u WHERE u.workspace_id = r.workspace_id AND u.rule_id = r.id AND u.at > $2
            ORDER BY at DESC LIMIT 1000) recent
    ) ran
    WHERE r.workspace_id = $1
"""
"""$2: since when runs are counted."""

LIST_RULES = Statement(_COUNTED + " ORDER BY r.position, r.id", RuleRow)
FIND_RULE = Statement(_COUNTED + " AND r.id = $3", RuleRow)
LOCK_RULES: Statement[None] = Statement("SELECT 1 FROM workspace_counter WHERE workspace_id = $1 FOR UPDATE")
NEXT_POSITION: Statement[tuple[int]] = Statement(
    "SELECT coalesce(max(position), 0) + 1 FROM automation_rule WHERE workspace_id = $1"
)
COUNT_RULES: Statement[tuple[int]] = Statement("SELECT count(*) FROM automation_rule WHERE workspace_id = $1")
INSERT_RULE: Statement[None] = Statement(
    """
    INSERT INTO automation_rule (workspace_id, id, position, name, event, after_s, enabled, conditions, actions, stop, secrets,
                                 enabled_at, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $12)
    """
)
UPDATE_RULE: Statement[None] = Statement(
    """
    UPDATE automation_rule SET name = $3, event = $4, after_s = $5, enabled = $6, conditions = $7, actions = $8, stop = $9,
           secrets = $10, updated_at = $11,
           enabled_at = CASE WHEN $6 AND (NOT enabled OR event <> $4 OR after_s IS DISTINCT FROM $5) THEN $11
                             ELSE enabled_at END
    WHERE workspace_id = $1 AND id = $2
    """
)
ENABLE_RULE: Statement[None] = Statement(
    """
    UPDATE automation_rule SET enabled = $3, updated_at = $4,
           enabled_at = CASE WHEN $3 AND NOT enabled THEN $4 ELSE enabled_at END
    WHERE workspace_id = $1 AND id = $2
    """
)
DELETE_RULE: Statement[None] = Statement("DELETE FROM automation_rule WHERE workspace_id = $1 AND id = $2")
ORDER_RULES: Statement[None] = Statement(
    """
    UPDATE automation_rule r SET position = given.place
    FROM unnest($2::uuid[]) WITH ORDINALITY AS given (id, place) WHERE r.workspace_id = $1 AND r.id = given.id
    """
)
ENABLED_RULES = Statement(
    f"""
    SELECT {_RULE}, 0 AS runs, NULL::timestamptz AS last_run_at FROM automation_rule r
    WHERE r.workspace_id = ANY ($1::uuid[]) AND r.enabled ORDER BY r.workspace_id, r.position, r.id
    """,
    RuleRow,
)

Listing = Statement[tuple[UUID]] | Statement[tuple[str]]

KNOWN_AGENTS: Statement[tuple[UUID]] = Statement(
    "SELECT user_id FROM member WHERE workspace_id = $1 AND removed_at IS NULL"
)
KNOWN_TEAMS: Statement[tuple[UUID]] = Statement("SELECT id FROM team WHERE workspace_id = $1")
KNOWN_ACCOUNTS: Statement[tuple[UUID]] = Statement("SELECT id FROM channel_account WHERE workspace_id = $1")
KNOWN_TAGS: Statement[tuple[str]] = Statement("SELECT lower(name) FROM tag WHERE workspace_id = $1")

# Events ----------------------------------------------------------------------------------------------------------------------

# One statement per batch of ingest. Imported history sets nothing off; what came late by a repair does.
ENQUEUE_INGESTED: Statement[None] = Statement(
    """
    WITH wanted AS (
        SELECT DISTINCT workspace_id, event FROM automation_rule
        WHERE workspace_id = ANY ($1::uuid[]) AND enabled
          AND event IN ('conversation_created', 'message_received', 'message_sent', 'status_changed')
    ), said AS (
        SELECT m.workspace_id, m.id, m.conversation_id, m.direction, m.arrival
        FROM unnest($1::uuid[], $2::uuid[]) AS given (workspace_id, id)
        JOIN message m ON m.workspace_id = given.workspace_id AND m.id = given.id
        WHERE EXISTS (SELECT FROM wanted) AND m.kind = 'message' AND NOT m.metadata ? 'history'
          AND m.sender_type <> 'bot'
    )
    INSERT INTO automation_event (workspace_id, conversation_id, event, message_id, detail, at)
    SELECT workspace_id, conversation_id, event, message_id, detail, $5 FROM (
        SELECT said.workspace_id, said.conversation_id, w.event, said.id AS message_id, '{}'::jsonb AS detail,
               said.arrival, 2 AS place
        FROM said JOIN wanted w ON w.workspace_id = said.workspace_id
             AND w.event = CASE said.direction WHEN 'inbound' THEN 'message_received' WHEN 'outbound' THEN 'message_sent' END
        UNION ALL
        SELECT c.workspace_id, c.conversation_id, 'conversation_created', c.message_id, '{}', c.arrival, 0 FROM (
            SELECT DISTINCT ON (said.conversation_id) said.workspace_id, said.conversation_id, said.id AS message_id, said.arrival
            FROM said JOIN unnest($3::uuid[], $4::uuid[]) AS new (workspace_id, id)
                 ON new.workspace_id = said.workspace_id AND new.id = said.conversation_id
            JOIN wanted w ON w.workspace_id = said.workspace_id AND w.event = 'conversation_created'
            ORDER BY said.conversation_id, said.arrival
        ) c
        UNION ALL
        SELECT DISTINCT ON (was.id) was.workspace_id, was.id, 'status_changed', said.id,
               jsonb_build_object('status_before', was.status), said.arrival, 1
        FROM said JOIN unnest($6::uuid[], $7::uuid[], $8::text[]) AS was (workspace_id, id, status)
             ON was.workspace_id = said.workspace_id AND was.id = said.conversation_id
        JOIN wanted w ON w.workspace_id = said.workspace_id AND w.event = 'status_changed'
        WHERE said.direction = 'inbound' AND was.id <> ALL ($4::uuid[])
    ) all_of_them ORDER BY arrival, place
    """
)

# Columns: workspace, conversation, event, message, chain (as text, '{a,b}'), detail.
ENQUEUE: Statement[None] = Statement(
    """
    INSERT INTO automation_event (workspace_id, conversation_id, event, message_id, chain, detail, at)
    SELECT $1, given.conversation_id, given.event, given.message_id, $6::uuid[], given.detail, $7
    FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::jsonb[]) WITH ORDINALITY
         AS given (conversation_id, event, message_id, detail, n)
    WHERE EXISTS (SELECT FROM automation_rule r WHERE r.workspace_id = $1 AND r.enabled AND r.event = given.event)
    ORDER BY given.n
    """
)
LIVE_OF_CUSTOMER: Statement[tuple[UUID]] = Statement(
    """
    SELECT id FROM conversation WHERE workspace_id = $1 AND customer_id = $2 AND live AND status IN ('open', 'pending')
    ORDER BY id LIMIT 100
    """
)

# The oldest event of each conversation, so that a conversation's events are worked off in their order. One that another
# worker holds keeps those behind it back.
CLAIM_EVENTS = Statement(
    """
    UPDATE automation_event e SET lease_until = $1::timestamptz + interval '60 seconds', attempts = attempts + 1
    FROM (
        SELECT a.workspace_id, a.id FROM automation_event a
        WHERE (a.lease_until IS NULL OR a.lease_until < $1)
          AND NOT EXISTS (SELECT FROM automation_event b WHERE b.workspace_id = a.workspace_id
                          AND b.conversation_id = a.conversation_id AND b.id < a.id)
        ORDER BY a.id LIMIT $2 FOR UPDATE SKIP LOCKED
    ) free
    WHERE e.workspace_id = free.workspace_id AND e.id = free.id
    RETURNING e.workspace_id, e.id, e.conversation_id, e.event, e.message_id, e.rule_id, e.chain, e.detail, e.at
    """,
    EventRow,
)
FINISH_EVENTS: Statement[None] = Statement(
    """
    DELETE FROM automation_event e USING unnest($1::uuid[], $2::bigint[]) AS given (workspace_id, id)
    WHERE e.workspace_id = given.workspace_id AND e.id = given.id
    """
)
LOCK_EVENT: Statement[tuple[int]] = Statement(
    "SELECT attempts FROM automation_event WHERE workspace_id = $1 AND id = $2 FOR UPDATE"
)
HOLD_CONVERSATION: Statement[tuple[UUID]] = Statement(
    "SELECT id FROM conversation WHERE workspace_id = $1 AND id = $2 FOR UPDATE"
)
COUNT_EVENTS: Statement[tuple[int]] = Statement("SELECT count(*) FROM automation_event")

_SURROUNDINGS = """
    c.workspace_id, c.id AS conversation_id, c.number, c.account_id, coalesce(a.name, '') AS account_name, c.platform, c.source,
    c.status, (ARRAY['low', 'medium', 'high', 'urgent'])[c.priority + 1] AS priority, c.tags, c.assigned_to, c.team_id,
    c.language, c.metadata, c.created_at, c.waiting_since, c.last_inbound_at, c.last_outbound_at, c.first_response_at,
    c.snoozed_until,
    (SELECT count(*)::int FROM message n WHERE n.workspace_id = c.workspace_id AND n.conversation_id = c.id
       AND n.kind = 'message' AND n.direction = 'inbound') AS customer_messages,
    c.customer_id, coalesce(p.name, '') AS customer_name, coalesce(p.notes, '') AS customer_notes,
    p.language AS customer_language, i.handle AS customer_handle, o.kind AS post_kind, o.text AS post_text,
    m.id AS message_id, m.content AS message_text, m.content_type AS message_type, m.sender_type AS message_by,
    m."timestamp" AS message_at, m.metadata AS message_metadata, m.attachment_count::int AS message_attachments,
    m.id IS NOT NULL AND m.direction = 'inbound' AND NOT EXISTS (
        SELECT FROM message f WHERE f.workspace_id = c.workspace_id AND f.conversation_id = c.id AND f.kind = 'message'
          AND f.direction = 'inbound' AND (f."timestamp", f.position, f.id) < (m."timestamp", m.position, m.id))
        AS message_first
"""
# Events without a message look at the customer's last one.
GATHER = Statement(
    f"""
    SELECT {_SURROUNDINGS}
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS given (workspace_id, conversation_id, message_id, n)
    JOIN conversation c ON c.workspace_id = given.workspace_id AND c.id = given.conversation_id
    LEFT JOIN channel_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
    LEFT JOIN customer p ON p.workspace_id = c.workspace_id AND p.id = c.customer_id
    LEFT JOIN identity i ON i.workspace_id = c.workspace_id AND i.id = c.identity_id
    LEFT JOIN post o ON o.account_id = c.account_id AND o.platform_post_id = c.metadata ->> 'post_id'
    LEFT JOIN LATERAL (
        SELECT l.id FROM message l WHERE given.message_id IS NULL AND l.workspace_id = c.workspace_id
          AND l.conversation_id = c.id AND l.kind = 'message' AND l.direction = 'inbound'
        ORDER BY l."timestamp" DESC, l.position DESC, l.id DESC LIMIT 1
    ) latest ON true
    LEFT JOIN message m ON m.workspace_id = c.workspace_id AND m.conversation_id = c.id
          AND m.id = coalesce(given.message_id, latest.id)
    ORDER BY given.n
    """,
    Surroundings,
)

# Time ------------------------------------------------------------------------------------------------------------------------

# `since` counts only from when the rule was switched on, and at most two days back: a rule that is made today does not fall
# upon all old cases.
_DUE = """
    SELECT r.workspace_id, r.id AS rule_id, c.id AS conversation_id, c.since
    FROM automation_rule r CROSS JOIN LATERAL (
        SELECT k.id, k.waiting_since AS since FROM conversation k
        WHERE r.event = 'no_answer' AND k.workspace_id = r.workspace_id AND k.status = 'open'
          AND k.waiting_since <= $1::timestamptz - r.after_s * interval '1 second'
          AND k.waiting_since > greatest(r.enabled_at, $1::timestamptz - interval '2 days') - r.after_s * interval '1 second'
        UNION ALL
        SELECT k.id, k.last_outbound_at FROM conversation k
        WHERE r.event = 'customer_silent' AND k.workspace_id = r.workspace_id AND k.status IN ('open', 'pending')
          AND k.waiting_since IS NULL AND k.last_outbound_at >= coalesce(k.last_inbound_at, '-infinity')
          AND k.last_outbound_at <= $1::timestamptz - r.after_s * interval '1 second'
          AND k.last_outbound_at > greatest(r.enabled_at, $1::timestamptz - interval '2 days') - r.after_s * interval '1 second'
    ) c
    WHERE r.enabled AND r.after_s IS NOT NULL
      AND NOT EXISTS (SELECT FROM automation_mark d WHERE d.workspace_id = r.workspace_id AND d.rule_id = r.id
                      AND d.conversation_id = c.id AND d.since = c.since)
"""
# The mark's row lets only one of two workers through.
ENQUEUE_DUE: Statement[tuple[UUID]] = Statement(
    f"""
    WITH due AS ({_DUE} ORDER BY c.since LIMIT $2), fresh AS (
        INSERT INTO automation_mark (workspace_id, rule_id, conversation_id, since)
        SELECT workspace_id, rule_id, conversation_id, since FROM due ORDER BY workspace_id, rule_id, conversation_id
        ON CONFLICT (workspace_id, rule_id, conversation_id) DO UPDATE SET since = excluded.since
        WHERE automation_mark.since < excluded.since
        RETURNING workspace_id, rule_id, conversation_id
    )
    INSERT INTO automation_event (workspace_id, conversation_id, event, rule_id, at)
    SELECT f.workspace_id, f.conversation_id, r.event, f.rule_id, $1
    FROM fresh f JOIN automation_rule r ON r.workspace_id = f.workspace_id AND r.id = f.rule_id
    RETURNING workspace_id
    """
)
NEXT_DUE: Statement[tuple[datetime | None]] = Statement(
    """
    SELECT min(c.due) FROM automation_rule r CROSS JOIN LATERAL (
        (SELECT k.waiting_since + r.after_s * interval '1 second' AS due FROM conversation k
         WHERE r.event = 'no_answer' AND k.workspace_id = r.workspace_id AND k.status = 'open'
           AND k.waiting_since > $1::timestamptz - r.after_s * interval '1 second'
         ORDER BY k.waiting_since LIMIT 1)
        UNION ALL
        (SELECT k.last_outbound_at + r.after_s * interval '1 second' FROM conversation k
         WHERE r.event = 'customer_silent' AND k.workspace_id = r.workspace_id AND k.status IN ('open', 'pending')
           AND k.last_outbound_at > $1::timestamptz - r.after_s * interval '1 second' AND k.waiting_since IS NULL
         ORDER BY k.last_outbound_at LIMIT 1)
    ) c WHERE r.enabled AND r.after_s IS NOT NULL
    """
)
STILL_SILENT: Statement[tuple[bool]] = Statement(
    """
    SELECT EXISTS (
        SELECT FROM automation_mark d JOIN conversation c ON c.workspace_id = d.workspace_id AND c.id = d.conversation_id
        WHERE d.workspace_id = $1 AND d.rule_id = $2 AND d.conversation_id = $3
          AND d.since = CASE $4 WHEN 'no_answer' THEN c.waiting_since ELSE c.last_outbound_at END
          AND CASE $4 WHEN 'no_answer' THEN c.status = 'open'
                      ELSE c.status IN ('open', 'pending') AND c.waiting_since IS NULL END)
    """
)

# Running ---------------------------------------------------------------------------------------------------------------------

RECENT_RUNS: Statement[tuple[int]] = Statement(
    "SELECT count(*) FROM automation_run WHERE workspace_id = $1 AND conversation_id = $2 AND at > $3 AND outcome <> 'skipped'"
)
# Against a log full of the same: that a loop was stopped is written down once an hour.
STOPPED_LATELY: Statement[tuple[bool]] = Statement(
    """
    SELECT EXISTS (SELECT FROM automation_run WHERE workspace_id = $1 AND conversation_id = $2 AND at > $3 AND rule_id = $4
                   AND reason = 'rate')
    """
)
INSERT_RUN: Statement[None] = Statement(
    """
    INSERT INTO automation_run (workspace_id, id, rule_id, rule_name, conversation_id, event, event_id, message_id, at, outcome,
                                reason, judgement, actions, depth)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    """
)
_RUN = """
    id, rule_id, rule_name, conversation_id, event, message_id, at, outcome, reason, judgement, actions, depth
"""
LOCK_RUN = Statement(
    f"SELECT {_RUN} FROM automation_run WHERE workspace_id = $1 AND id = $2 FOR UPDATE", RuleRun
)
FIND_RUN = Statement(f"SELECT {_RUN} FROM automation_run WHERE workspace_id = $1 AND id = $2", RuleRun)
UPDATE_RUN: Statement[None] = Statement(
    "UPDATE automation_run SET actions = $3, outcome = $4 WHERE workspace_id = $1 AND id = $2"
)
RUNS_OF_RULE = Statement(
    f"""
    SELECT {_RUN} FROM automation_run WHERE workspace_id = $1 AND rule_id = $2 AND (at, id) < ($3, $4)
    ORDER BY at DESC, id DESC LIMIT $5
    """,
    RuleRun,
)
RUNS_OF_CONVERSATION = Statement(
    f"""
    SELECT {_RUN} FROM automation_run WHERE workspace_id = $1 AND conversation_id = $2 AND (at, id) < ($3, $4)
    ORDER BY at DESC, id DESC LIMIT $5
    """,
    RuleRun,
)
LAST_BOT_MESSAGE: Statement[tuple[datetime]] = Statement(
    """
    SELECT max("timestamp") FROM message WHERE workspace_id = $1 AND conversation_id = $2 AND kind = 'message'
      AND direction = 'outbound' AND sender_type = 'bot' AND coalesce(delivery_status, 'sent') NOT IN ('failed', 'canceled')
    """
)
TAGS_OF: Statement[tuple[list[str]]] = Statement(
    "SELECT tags FROM conversation WHERE workspace_id = $1 AND id = $2"
)
SUPERVISORS: Statement[tuple[UUID]] = Statement(
    """
    SELECT user_id FROM member WHERE workspace_id = $1 AND removed_at IS NULL AND role IN ('supervisor', 'administrator')
    ORDER BY user_id
    """
)
TEAM_OF: Statement[tuple[UUID]] = Statement(
    "SELECT team_id FROM conversation WHERE workspace_id = $1 AND id = $2"
)
WORKSPACE_NAME: Statement[tuple[str]] = Statement("SELECT name FROM workspace WHERE id = $1")

INSERT_TASK: Statement[None] = Statement(
    """
    INSERT INTO automation_task (workspace_id, id, run_id, rule_id, conversation_id, number, kind, body, chain, due_at,
                                 created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
    """
)
CLAIM_TASKS = Statement(
    """
    UPDATE automation_task t SET lease_until = $1::timestamptz + interval '90 seconds', attempts = attempts + 1
    FROM (
        SELECT workspace_id, id FROM automation_task
        WHERE due_at <= $1 AND (lease_until IS NULL OR lease_until < $1) ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ) free
    WHERE t.workspace_id = free.workspace_id AND t.id = free.id
    RETURNING t.workspace_id, t.id, t.run_id, t.rule_id, t.conversation_id, t.number, t.kind, t.body, t.chain,
              t.attempts::int AS attempts, t.created_at
    """,
    TaskRow,
)
DELETE_TASK: Statement[None] = Statement("DELETE FROM automation_task WHERE workspace_id = $1 AND id = $2")
RETRY_TASK: Statement[None] = Statement(
    "UPDATE automation_task SET due_at = $3, lease_until = NULL WHERE workspace_id = $1 AND id = $2"
)
RULE_SECRETS: Statement[tuple[bytes]] = Statement(
    "SELECT secrets FROM automation_rule WHERE workspace_id = $1 AND id = $2"
)
NEXT_TASK: Statement[tuple[datetime]] = Statement("SELECT min(due_at) FROM automation_task")
FORGET_RUNS: Statement[None] = Statement(
    """
    DELETE FROM automation_run WHERE (workspace_id, id) IN (
        SELECT workspace_id, id FROM automation_run WHERE at < $1 ORDER BY at LIMIT $2)
    """
)

# Dry run: what would have been events, newest first. Cursor: (time, id). ------------------------------------------------------

PAST_MESSAGES: Statement[tuple[UUID, UUID, datetime]] = Statement(
    """
    SELECT m.conversation_id, m.id, m."timestamp" FROM message m
    WHERE m.workspace_id = $1 AND m.created_at > $2 AND (m.created_at, m.id) < ($3, $4) AND m.kind = 'message'
      AND m.direction = $5 AND m.sender_type <> 'bot' AND NOT m.metadata ? 'history'
    ORDER BY m.created_at DESC, m.id DESC LIMIT $6
    """
)
PAST_CONVERSATIONS: Statement[tuple[UUID, UUID, datetime]] = Statement(
    """
    SELECT c.id, first.id, c.created_at FROM conversation c
    LEFT JOIN LATERAL (
        SELECT id, metadata FROM message m WHERE m.workspace_id = c.workspace_id AND m.conversation_id = c.id
          AND m.kind = 'message' ORDER BY m."timestamp", m.position, m.id LIMIT 1) first ON true
    WHERE c.workspace_id = $1 AND c.created_at > $2 AND (c.created_at, c.id) < ($3, $4)
      AND NOT coalesce(first.metadata, '{}') ? 'history'
    ORDER BY c.created_at DESC, c.id DESC LIMIT $5
    """
)
