"""All SQL of health and outages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hark.channels.accounts.outages.models import Affected, Failing, Outage, Standing
from hark.infra.db import Statement

HEALTH: Statement[tuple[dict[str, Any]]] = Statement(
    "SELECT health FROM channel_account WHERE workspace_id = $1 AND id = $2"
)
SET_HEALTH: Statement[None] = Statement(
    "UPDATE channel_account SET health = $3 WHERE workspace_id = $1 AND id = $2"
)

STANDING = Statement(
    """
    SELECT a.workspace_id, a.id, a.platform, a.status, a.status_reason, a.created_at, a.token_expires_at,
           a.token_failures, a.token_warned_at, a.webhook_verified_at, a.last_event_at, a.reconciled_at, a.polled_at,
           a.poll_failing_at, a.poll_error, a.health, l.account_id IS NOT NULL AS listens,
           CASE WHEN l.lease_until > $3 THEN l.standing_at END AS standing_at, l.failing_at AS stream_failing_at,
           l.error AS stream_error, g.blocked_until, g.block_reason, g.opened_at
    FROM channel_account a
    LEFT JOIN account_listener l ON l.workspace_id = a.workspace_id AND l.account_id = a.id
    LEFT JOIN account_gate g ON g.workspace_id = a.workspace_id AND g.account_id = a.id
    WHERE a.workspace_id = $1 AND a.id = $2 AND a.status <> 'disconnected'
    """,
    Standing,
)

# Since when each part fails, as far as it has failed since before $1. A circuit that is open while nothing waits to be sent
# says nothing any more.
_FAILING = """
    SELECT a.workspace_id, a.id, trouble.kind, trouble.cause, trouble.began_at
    FROM channel_account a
    LEFT JOIN account_listener l ON l.workspace_id = a.workspace_id AND l.account_id = a.id
    LEFT JOIN account_gate g ON g.workspace_id = a.workspace_id AND g.account_id = a.id
    CROSS JOIN LATERAL (
        SELECT * FROM (VALUES
            ('reconnect', coalesce(a.status_reason, ''), CASE WHEN a.status = 'reconnect' THEN a.updated_at END, 1),
            ('stream', coalesce(l.error ->> 'message', ''), l.failing_at, 2),
            ('unreachable', coalesce(a.poll_error ->> 'message', ''), a.poll_failing_at, 3),
            ('unreachable', coalesce(a.health ->> 'error', ''), (a.health ->> 'unreachable_at')::timestamptz, 4),
            ('unreachable', coalesce(g.block_reason, ''),
             CASE WHEN EXISTS (SELECT FROM delivery d WHERE d.account_id = a.id AND d.state IN ('queued', 'sending'))
                  THEN g.opened_at END, 5),
            ('subscription', coalesce(a.health ->> 'unsubscribed', ''),
             (a.health ->> 'unsubscribed_at')::timestamptz, 6)
        ) AS each (kind, cause, began_at, rank)
        WHERE each.began_at <= CASE WHEN each.kind IN ('reconnect', 'subscription') THEN $2 ELSE $1::timestamptz END
        ORDER BY rank LIMIT 1
    ) trouble
    WHERE a.status IN ('connected', 'reconnect')
"""

FAILING = Statement(
    _FAILING
    + """
      AND NOT EXISTS (SELECT FROM outage o
                      WHERE o.workspace_id = a.workspace_id AND o.account_id = a.id AND o.ended_at IS NULL)
    """,
    Failing,
)

BEGIN: Statement[tuple[UUID]] = Statement(
    """
    INSERT INTO outage (workspace_id, id, account_id, kind, cause, began_at, noticed_at, restored_at)
    SELECT workspace_id, id, account_id, kind, cause, began_at, $7, $8
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[])
         AS given (workspace_id, id, account_id, kind, cause, began_at)
    ON CONFLICT (workspace_id, account_id) WHERE ended_at IS NULL DO NOTHING
    RETURNING account_id
    """
)

# It works again: what it missed is asked for before the outage counts as over.
RESTORE: Statement[tuple[UUID]] = Statement(
    f"""
    WITH failing AS ({_FAILING})
    UPDATE outage o SET restored_at = $2
    FROM channel_account a
    WHERE o.ended_at IS NULL AND o.restored_at IS NULL AND a.workspace_id = o.workspace_id AND a.id = o.account_id
      AND a.status = 'connected'
      AND NOT EXISTS (SELECT FROM failing f WHERE f.workspace_id = a.workspace_id AND f.id = a.id)
    RETURNING o.account_id
    """
)

RELAPSE: Statement[None] = Statement(
    f"""
    WITH failing AS ({_FAILING})
    UPDATE outage o SET restored_at = NULL
    FROM failing f
    WHERE o.ended_at IS NULL AND o.restored_at IS NOT NULL AND f.workspace_id = o.workspace_id AND f.id = o.account_id
    """
)

# Once a walk that began after it has ended, or where there is nothing to walk ($3), or it takes too long ($2).
END: Statement[None] = Statement(
    """
    UPDATE outage o SET ended_at = $1
    FROM channel_account a
    WHERE o.ended_at IS NULL AND a.workspace_id = o.workspace_id AND a.id = o.account_id AND o.restored_at IS NOT NULL
      AND (greatest(a.polled_at, a.reconciled_at) >= o.restored_at OR o.restored_at <= $2
           OR a.platform <> ALL ($3::text[]))
    """
)

# Somebody paused or disconnected the account: nothing more is to be said.
DROP: Statement[None] = Statement(
    """
    UPDATE outage o SET ended_at = $1, told = true, closed = true
    FROM channel_account a
    WHERE o.ended_at IS NULL AND a.workspace_id = o.workspace_id AND a.id = o.account_id
      AND a.status IN ('paused', 'disconnected')
    """
)

_OUTAGE = """
    workspace_id, id, account_id, kind, cause, began_at, restored_at, ended_at, fetched, told, told_until, ended_until
"""

UNFINISHED = Statement(
    f"""
    SELECT {_OUTAGE} FROM outage WHERE NOT told OR (ended_at IS NOT NULL AND NOT closed)
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    """,
    Outage,
)

OPEN = Statement(
    f"SELECT {_OUTAGE} FROM outage WHERE workspace_id = $1 AND account_id = $2 AND ended_at IS NULL", Outage
)

# Open conversations in which something happened since it began, or somebody waits. `fetched`: written while it lasted, and
# here only since it was over.
AFFECTED = Statement(
    """
    SELECT c.id, CASE WHEN $5::timestamptz IS NULL THEN 0 ELSE (
               SELECT count(*) FROM message m
               WHERE m.workspace_id = c.workspace_id AND m.conversation_id = c.id AND m.kind = 'message'
                 AND m.direction = 'inbound' AND m."timestamp" BETWEEN $3 AND $5 AND m.created_at >= $5) END AS fetched
    FROM conversation c
    WHERE c.workspace_id = $1 AND c.account_id = $2 AND c.status IN ('open', 'pending') AND c.live
      AND (c.waiting_since IS NOT NULL OR c.last_message_at >= $3) AND ($4::uuid IS NULL OR c.id > $4)
    ORDER BY c.id LIMIT $6
    """,
    Affected,
)

THERE: Statement[tuple[UUID]] = Statement(
    "SELECT id FROM message WHERE workspace_id = $1 AND id = ANY ($2::uuid[])"
)

ADD_ENTRIES: Statement[tuple[UUID]] = Statement(
    """
    INSERT INTO message (workspace_id, id, conversation_id, account_id, kind, direction, content_type, sender_type,
                         sender_name, "timestamp", metadata, created_at, updated_at)
    SELECT $1, id, conversation_id, $2, 'activity', 'internal', $3, 'system', 'Hark', $4, metadata, $5, $5
    FROM unnest($6::uuid[], $7::uuid[], $8::jsonb[]) AS given (id, conversation_id, metadata)
    ON CONFLICT (workspace_id, id) DO NOTHING
    RETURNING id
    """
)

TOLD: Statement[None] = Statement(
    """
    UPDATE outage SET told_until = coalesce($3, told_until), told = $4 WHERE workspace_id = $1 AND id = $2
    """
)

CLOSED: Statement[None] = Statement(
    """
    UPDATE outage SET ended_until = coalesce($3, ended_until), closed = $4, fetched = fetched + $5
    WHERE workspace_id = $1 AND id = $2
    """
)
