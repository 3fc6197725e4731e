"""All SQL of housekeeping. Each statement removes at most $2 rows that are older than $1."""

from __future__ import annotations

from uuid import UUID

import msgspec

from hark.infra.db import Statement

# Quarantined raw events stay until somebody has dealt with them.
FORGET_RAW_EVENTS: Statement[None] = Statement(
    """
    DELETE FROM raw_event WHERE (workspace_id, id) IN (
        SELECT workspace_id, id FROM raw_event
        WHERE done_at < $1 AND state IN ('done', 'ignored') ORDER BY done_at LIMIT $2
    )
    """
)

# Facts go in order of their sequence, and the counter says from where a client can still resume.
FORGET_FACTS: Statement[None] = Statement(
    """
    WITH gone AS (
        DELETE FROM fact WHERE (workspace_id, seq) IN (
            SELECT f.workspace_id, f.seq
            FROM workspace_counter w CROSS JOIN LATERAL (
                SELECT workspace_id, seq, at FROM fact
                WHERE workspace_id = w.workspace_id ORDER BY seq LIMIT $2
            ) f
            WHERE f.at < $1 LIMIT $2
        )
        RETURNING workspace_id, seq
    ), moved AS (
        UPDATE workspace_counter w SET first_seq = g.last + 1
        FROM (SELECT workspace_id, max(seq) AS last FROM gone GROUP BY workspace_id) g
        WHERE w.workspace_id = g.workspace_id
    )
    SELECT seq FROM gone
    """
)

FORGET_WAITING: Statement[None] = Statement(
    """
    DELETE FROM waiting_event WHERE (workspace_id, id) IN (
        SELECT workspace_id, id FROM waiting_event WHERE created_at < $1 LIMIT $2
    )
    """
)

FORGET_SESSIONS: Statement[None] = Statement(
    """
    DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session WHERE expires_at < $1 LIMIT $2)
    """
)

FORGET_SIGN_INS: Statement[None] = Statement(
    """
    DELETE FROM sign_in_attempt WHERE ctid IN (SELECT ctid FROM sign_in_attempt WHERE at < $1 LIMIT $2)
    """
)

FORGET_LINKS: Statement[None] = Statement(
    """
    DELETE FROM one_time_token WHERE token_hash IN (
        SELECT token_hash FROM one_time_token WHERE expires_at < $1 LIMIT $2
    )
    """
)

FORGET_AUTHORIZATIONS: Statement[None] = Statement(
    """
    DELETE FROM account_authorization WHERE (workspace_id, id) IN (
        SELECT workspace_id, id FROM account_authorization WHERE expires_at < $1 LIMIT $2
    )
    """
)

FORGET_KEYS: Statement[None] = Statement(
    """
    DELETE FROM idempotency WHERE (workspace_id, actor, key) IN (
        SELECT workspace_id, actor, key FROM idempotency WHERE created_at < $1 LIMIT $2
    )
    """
)


class LeftUpload(msgspec.Struct, frozen=True):
    workspace_id: UUID
    id: UUID
    blob_key: str | None
    thumbnail_key: str | None


LEFT_UPLOADS = Statement(
    """
    SELECT workspace_id, id, blob_key, thumbnail_key FROM attachment
    WHERE message_id IS NULL AND uploaded_by IS NOT NULL AND created_at < $1 LIMIT $2
    """,
    LeftUpload,
)

FORGET_UPLOAD: Statement[None] = Statement(
    "DELETE FROM attachment WHERE workspace_id = $1 AND id = $2 AND message_id IS NULL"
)
