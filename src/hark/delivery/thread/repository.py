"""SQL of conversations, messages and attachments as sending needs it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from hark.delivery.models import Address, AnsweredComment, DraftAttachment
from hark.infra.db import Connection, Statement

_ADDRESS = """
    SELECT c.account_id, c.platform, c.source, c.thread_key, c.reply_to, c.customer_id, c.identity_id,
           i.platform_user_id AS recipient, coalesce(i.reachable, true) AS reachable, c.window_opened_at,
           c.last_arrival, a.status AS account_status, a.fields AS account_fields
    FROM conversation c
    JOIN channel_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
    LEFT JOIN identity i ON i.workspace_id = c.workspace_id AND i.id = c.identity_id
    WHERE c.workspace_id = $1 AND c.id = $2
"""

ADDRESS = Statement(_ADDRESS, Address)
LOCK_ADDRESS = Statement(_ADDRESS + " FOR UPDATE OF c", Address)

# Replying is reading: what the agent had on the screen no longer counts as unread.
MARK_SEEN: Statement[None] = Statement(
    """
    UPDATE conversation SET read_arrival = greatest(read_arrival, least($3, last_arrival))
    WHERE workspace_id = $1 AND id = $2
    """
)

NEWER_THAN: Statement[tuple[UUID, str, UUID]] = Statement(
    """
    SELECT id, direction, sender_id FROM message
    WHERE workspace_id = $1 AND conversation_id = $2 AND kind = 'message' AND arrival > $3
      AND coalesce(delivery_status, 'sent') <> 'canceled'
    ORDER BY arrival LIMIT 50
    """
)

UPLOADS = Statement(
    """
    SELECT id, kind, coalesce(name, '') AS name, coalesce(mime_type, '') AS mime_type,
           coalesce(size, 0) AS size, blob_key, coalesce(alt, '') AS alt
    FROM attachment
    WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) AND message_id IS NULL AND uploaded_by IS NOT NULL AND state = 'stored'
      AND blob_key IS NOT NULL
    FOR UPDATE
    """,
    DraftAttachment,
)

FILES = Statement(
    """
    SELECT id, kind, coalesce(name, '') AS name, coalesce(mime_type, '') AS mime_type,
           coalesce(size, 0) AS size, coalesce(blob_key, '') AS blob_key, coalesce(alt, '') AS alt
    FROM attachment WHERE workspace_id = $1 AND id = ANY ($2::uuid[])
    """,
    DraftAttachment,
)

ATTACH: Statement[None] = Statement(
    """
    UPDATE attachment a SET message_id = given.message_id, conversation_id = $3, account_id = $4,
                            position = given.position, alt = nullif(given.alt, '')
    FROM unnest($2::uuid[], $5::uuid[], $6::bigint[], $7::text[]) AS given (id, message_id, position, alt)
    WHERE a.workspace_id = $1 AND a.id = given.id
    """
)

# Moves the status from where it is expected to be, and from nowhere else: what a receipt has raised stays
# raised.
SET_STATUS: Statement[tuple[UUID]] = Statement(
    """
    UPDATE message SET delivery_status = $4, delivery_error = $5, updated_at = $6
    WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) AND delivery_status = ANY ($3::text[])
    RETURNING id
    """
)

# An echo that came first and could not be recognized is a second row of the same message; the agent's own
# stays.
FIND_ECHO: Statement[tuple[UUID, str]] = Statement(
    """
    SELECT id, delivery_status FROM message WHERE account_id = $1 AND platform_message_id = $2 AND id <> $3
    FOR UPDATE
    """
)

# Some platforms have one answer per thing and give the next one the same id. What was stored before our message was
# written is no echo of it, but an earlier answer whose place it takes.
RELEASE_REUSED_ID: Statement[tuple[UUID]] = Statement(
    """
    UPDATE message m SET platform_message_id = NULL
    FROM message ours
    WHERE ours.workspace_id = $1 AND ours.id = $4 AND m.account_id = $2 AND m.platform_message_id = $3 AND m.id <> $4
      AND m.direction = 'outbound' AND m.created_at < ours.created_at
    RETURNING m.id
    """
)

ADOPT_REACTIONS: Statement[None] = Statement(
    "UPDATE reaction SET message_id = $3 WHERE workspace_id = $1 AND message_id = $2"
)

ADOPT_VERSIONS: Statement[None] = Statement(
    "UPDATE message_version SET message_id = $3 WHERE workspace_id = $1 AND message_id = $2"
)

ADOPT_STATE: Statement[None] = Statement(
    """
    UPDATE message m SET
        content = CASE WHEN echo.edited_at IS NULL AND echo.deleted_at IS NULL THEN m.content
                       ELSE echo.content END,
        edited_at = echo.edited_at, deleted_at = echo.deleted_at, hidden = echo.hidden,
        read_at = echo.read_at, reactions = echo.reactions, delivery_status = echo.delivery_status
    FROM message echo
    WHERE m.workspace_id = $1 AND m.id = $3 AND echo.workspace_id = $1 AND echo.id = $2
    """
)

DROP_ECHO_FILES: Statement[tuple[str, str]] = Statement(
    "DELETE FROM attachment WHERE workspace_id = $1 AND message_id = $2 RETURNING blob_key, thumbnail_key"
)

DROP_ECHO: Statement[None] = Statement("DELETE FROM message WHERE workspace_id = $1 AND id = $2")

# The platform's time places the message, except where it tells whole seconds and ours lies within that
# second.
# A receipt may have told of this very message's failure before the answer to its sending came.
SET_SENT: Statement[tuple[UUID]] = Statement(
    """
    UPDATE message SET
        platform_message_id = $3,
        "timestamp" = CASE
            WHEN $4::timestamptz IS NULL THEN "timestamp"
            WHEN date_trunc('second', $4) = $4 AND date_trunc('second', "timestamp") = $4 THEN "timestamp"
            ELSE $4 END,
        delivery_status = CASE WHEN delivery_status IN ('delivered', 'read') THEN delivery_status
                               WHEN delivery_status = 'failed' AND platform_message_id = $3 THEN delivery_status
                               ELSE 'sent' END,
        delivery_error = CASE WHEN delivery_status = 'failed' AND platform_message_id = $3 THEN delivery_error END,
        metadata = metadata || $5, updated_at = $6
    WHERE workspace_id = $1 AND id = $2
    RETURNING id
    """
)

# Further ids of one call belong to the further files, so that events about them find the message.
NAME_PARTS: Statement[None] = Statement(
    """
    UPDATE attachment a SET platform_message_id = given.part
    FROM unnest($3::uuid[], $4::text[]) AS given (id, part)
    WHERE a.workspace_id = $1 AND a.message_id = $2 AND a.id = given.id
    """
)

SET_UNREACHABLE: Statement[tuple[UUID]] = Statement(
    """
    UPDATE identity SET reachable = false, reachable_at = $3
    WHERE workspace_id = $1 AND id = $2 AND reachable AND coalesce(reachable_at, '-infinity') <= $3
    RETURNING id
    """
)


# The comment that message $5 answers privately. A reply that failed or was taken back leaves it unanswered.
ANSWERED_COMMENT = Statement(
    """
    SELECT m."timestamp" AS written_at, EXISTS (
        SELECT FROM message r
        WHERE r.workspace_id = $1 AND r.conversation_id = $2 AND r.metadata ->> 'private_to' = $4 AND r.id <> $5
          AND r.direction = 'outbound' AND coalesce(r.delivery_status, 'sent') NOT IN ('failed', 'canceled')) AS used
    FROM message m
    WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.account_id = $3 AND m.platform_message_id = $4
      AND m.direction = 'inbound'
    """,
    AnsweredComment,
)

LINK: Statement[None] = Statement(
    """
    INSERT INTO private_reply (workspace_id, message_id, conversation_id, account_id, source, thread_key, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
    """
)

# Both ways: the direct messages in which comments of this conversation were answered, and the conversations whose comments
# were answered in this thread; with the private reply that joins them.
LINKED: Statement[tuple[UUID, UUID]] = Statement(
    """
    SELECT DISTINCT ON (linked.id) linked.id, linked.message_id FROM (
        SELECT d.id, r.message_id, r.at
        FROM private_reply r CROSS JOIN LATERAL (
            SELECT id FROM conversation
            WHERE workspace_id = r.workspace_id AND account_id = r.account_id AND source = r.source
              AND thread_key = r.thread_key
            ORDER BY created_at DESC LIMIT 1) d
        WHERE r.workspace_id = $1 AND r.conversation_id = $2
        UNION ALL
        SELECT r.conversation_id, r.message_id, r.at
        FROM conversation c JOIN private_reply r
          ON r.workspace_id = c.workspace_id AND r.account_id = c.account_id AND r.source = c.source
         AND r.thread_key = c.thread_key
        WHERE c.workspace_id = $1 AND c.id = $2
    ) linked
    WHERE linked.id <> $2
    ORDER BY linked.id, linked.at DESC
    """
)


async def set_status(
    connection: Connection,
    workspace_id: UUID,
    ids: list[UUID],
    status: str,
    at: datetime,
    *,
    expected: tuple[str, ...],
    error: dict[str, Any] | None = None,
) -> list[UUID]:
    """The messages whose status was among `expected` and now is `status`."""
    rows = await SET_STATUS.all(connection, workspace_id, ids, list(expected), status, error, at)
    return [row[0] for row in rows]
