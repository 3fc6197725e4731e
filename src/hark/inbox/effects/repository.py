"""All SQL of effects."""

from __future__ import annotations

from uuid import UUID

from hark.inbox.rows import Owner, Target, WaitingEvent
from hark.infra.db import Statement

FIND_TARGETS = Statement(
    """
    SELECT m.workspace_id, m.account_id, asked.target AS platform_message_id, m.id, m.conversation_id, m.arrival, m.direction
    FROM unnest($1::uuid[], $2::text[]) AS asked (account_id, target)
    JOIN message m ON m.account_id = asked.account_id AND m.platform_message_id = asked.target
    UNION ALL
    SELECT DISTINCT m.workspace_id, m.account_id, asked.target, m.id, m.conversation_id, m.arrival, m.direction
    FROM unnest($1::uuid[], $2::text[]) AS asked (account_id, target)
    JOIN attachment a ON a.account_id = asked.account_id AND a.platform_message_id = asked.target
    JOIN message m ON m.workspace_id = a.workspace_id AND m.id = a.message_id
    """,
    Target,
)

KEEP_WAITING: Statement[None] = Statement(
    """
    INSERT INTO waiting_event (workspace_id, account_id, target, event, created_at)
    SELECT workspace_id, account_id, target, event, $5
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[]) AS given (workspace_id, account_id, target, event)
    """
)

TAKE_WAITING = Statement(
    """
    DELETE FROM waiting_event w USING unnest($1::uuid[], $2::text[]) AS given (account_id, target)
    WHERE w.account_id = given.account_id AND w.target = given.target
    RETURNING w.account_id, w.target, w.event
    """,
    WaitingEvent,
)

# The text before the first edit becomes a version too, so that the history is complete.
KEEP_ORIGINALS: Statement[None] = Statement(
    """
    INSERT INTO message_version (workspace_id, message_id, at, content)
    SELECT m.workspace_id, m.id, m."timestamp", m.content
    FROM unnest($1::uuid[], $2::uuid[]) AS given (workspace_id, id)
    JOIN message m ON m.workspace_id = given.workspace_id AND m.id = given.id
    WHERE m.edited_at IS NULL AND m.deleted_at IS NULL
    ON CONFLICT DO NOTHING
    """
)

ADD_VERSIONS: Statement[None] = Statement(
    """
    INSERT INTO message_version (workspace_id, message_id, at, content)
    SELECT given.workspace_id, given.id, given.at, given.content
    FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[]) AS given (workspace_id, id, at, content)
    JOIN message m ON m.workspace_id = given.workspace_id AND m.id = given.id AND m.deleted_at IS NULL
    ON CONFLICT (workspace_id, message_id, at) DO UPDATE SET content = EXCLUDED.content
    """
)

# The newest version by the platform's time is the text, whichever order the edits came in.
SHOW_NEWEST_VERSION: Statement[None] = Statement(
    """
    UPDATE message m SET content = newest.content, edited_at = newest.at, updated_at = $3
    FROM unnest($1::uuid[], $2::uuid[]) AS given (workspace_id, id)
    CROSS JOIN LATERAL (
        SELECT at, content FROM message_version WHERE workspace_id = given.workspace_id AND message_id = given.id
        ORDER BY at DESC LIMIT 1) newest
    WHERE m.workspace_id = given.workspace_id AND m.id = given.id AND m.deleted_at IS NULL
    """
)

# What has no history of its own follows the event with the latest time.
SET_HIDDEN: Statement[None] = Statement(
    """
    UPDATE message m SET hidden = given.hidden, updated_at = $5,
           metadata = m.metadata || jsonb_build_object('hidden_at', given.at)
    FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::boolean[]) AS given (workspace_id, id, at, hidden)
    WHERE m.workspace_id = given.workspace_id AND m.id = given.id
      AND coalesce((m.metadata ->> 'hidden_at')::timestamptz, '-infinity') <= given.at
    """
)

SET_RATING: Statement[None] = Statement(
    """
    UPDATE message m SET updated_at = $5,
           metadata = m.metadata || given.rating || jsonb_build_object('rated_at', given.at, 'rating_before',
               jsonb_build_object('rating', m.metadata -> 'rating', 'recommended', m.metadata -> 'recommended'))
    FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::jsonb[]) AS given (workspace_id, id, at, rating)
    WHERE m.workspace_id = given.workspace_id AND m.id = given.id
      AND coalesce((m.metadata ->> 'rated_at')::timestamptz, '-infinity') <= given.at
    """
)

FOLLOW_RATING: Statement[None] = Statement(
    """
    UPDATE conversation c SET updated_at = $3, metadata = c.metadata || jsonb_strip_nulls(jsonb_build_object(
        'rating', m.metadata -> 'rating', 'recommended', m.metadata -> 'recommended'))
    FROM unnest($1::uuid[], $2::uuid[]) AS given (workspace_id, id)
    JOIN message m ON m.workspace_id = given.workspace_id AND m.id = given.id
    WHERE c.workspace_id = m.workspace_id AND c.id = m.conversation_id
    """
)

# Withdrawn content goes; who wrote when, and that it was withdrawn, stays.
WITHDRAW: Statement[None] = Statement(
    """
    UPDATE message m SET deleted_at = least(m.deleted_at, given.at), content = '', edited_at = NULL, updated_at = $4,
           metadata = m.metadata - ARRAY['payload', 'postback'], reactions = '[]'
    FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS given (workspace_id, id, at)
    WHERE m.workspace_id = given.workspace_id AND m.id = given.id
    """
)

MARK_DELETED: Statement[None] = Statement(
    """
    UPDATE message m SET deleted_at = least(m.deleted_at, given.at), updated_at = $4
    FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS given (workspace_id, id, at)
    WHERE m.workspace_id = given.workspace_id AND m.id = given.id
    """
)

FORGET_VERSIONS: Statement[None] = Statement(
    """
    DELETE FROM message_version v USING unnest($1::uuid[], $2::uuid[]) AS given (workspace_id, id)
    WHERE v.workspace_id = given.workspace_id AND v.message_id = given.id
    """
)

# Their files are removed by the media flow, which sees the state.
WITHDRAW_ATTACHMENTS: Statement[None] = Statement(
    """
    UPDATE attachment a SET state = 'withdrawn', source_url = NULL, file_id = NULL, name = NULL, caption = NULL,
           alt = NULL, data = '{}'
    FROM unnest($1::uuid[], $2::uuid[]) AS given (workspace_id, id)
    WHERE a.workspace_id = given.workspace_id AND a.message_id = given.id AND a.state <> 'withdrawn'
    """
)

# New files in place of the old ones; the old ones' content is removed by the media flow. An older edit than the shown one
# changes nothing.
REPLACE_ATTACHMENTS = Statement(
    """
    WITH due AS (
        UPDATE message m SET content_type = given.content_type, attachment_count = given.count, updated_at = $6,
               metadata = m.metadata || jsonb_build_object('files_at', given.at)
        FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::int[])
             AS given (workspace_id, id, at, content_type, count)
        WHERE m.workspace_id = given.workspace_id AND m.id = given.id AND m.deleted_at IS NULL
          AND coalesce((m.metadata ->> 'files_at')::timestamptz, '-infinity') <= given.at
        RETURNING m.workspace_id, m.id, m.conversation_id, m.account_id
    ), old AS (
        UPDATE attachment a SET state = 'withdrawn', state_reason = 'replaced', message_id = NULL, source_url = NULL,
               file_id = NULL
        FROM due WHERE a.workspace_id = due.workspace_id AND a.message_id = due.id
    )
    SELECT workspace_id, id, conversation_id, account_id FROM due
    """,
    Owner,
)

REACT: Statement[None] = Statement(
    """
    INSERT INTO reaction (workspace_id, message_id, author_id, author_name, emoji, at)
    SELECT workspace_id, id, author_id, author_name, string_to_array(emoji, E'\x1f'), at
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
         AS given (workspace_id, id, author_id, author_name, emoji, at)
    ON CONFLICT (workspace_id, message_id, author_id) DO UPDATE
        SET emoji = EXCLUDED.emoji, at = EXCLUDED.at,
            author_name = coalesce(nullif(EXCLUDED.author_name, ''), reaction.author_name)
        WHERE EXCLUDED.at >= reaction.at
    """
)

SHOW_REACTIONS: Statement[None] = Statement(
    """
    UPDATE message m SET updated_at = $3, reactions = coalesce((
        SELECT jsonb_agg(jsonb_build_object('author_name', r.author_name, 'emoji', to_jsonb(r.emoji),
                                            'by_us', r.author_id = 'us') ORDER BY r.at, r.author_id)
        FROM reaction r
        WHERE r.workspace_id = given.workspace_id AND r.message_id = given.id AND cardinality(r.emoji) > 0), '[]')
    FROM unnest($1::uuid[], $2::uuid[]) AS given (workspace_id, id)
    WHERE m.workspace_id = given.workspace_id AND m.id = given.id AND m.deleted_at IS NULL
    """
)

# A receipt with our own reference: the platform's id of a message that was sent without our learning it.
NAME_BY_REFERENCE = Statement(
    """
    UPDATE message m SET platform_message_id = given.target, updated_at = $5
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) AS given (workspace_id, account_id, target, reference)
    WHERE m.workspace_id = given.workspace_id AND m.id = given.reference AND m.account_id = given.account_id
      AND m.direction = 'outbound' AND m.platform_message_id IS NULL
      AND NOT EXISTS (SELECT FROM message other
                      WHERE other.account_id = given.account_id AND other.platform_message_id = given.target)
    RETURNING m.workspace_id, m.account_id, m.platform_message_id, m.id, m.conversation_id, m.arrival, m.direction
    """,
    Target,
)

# Accepted, and then not delivered after all. What was delivered or read did arrive.
FAIL: Statement[tuple[UUID, UUID, UUID]] = Statement(
    """
    UPDATE message m SET delivery_status = 'failed', delivery_error = given.reason, updated_at = $4
    FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[]) AS given (workspace_id, id, reason)
    WHERE m.workspace_id = given.workspace_id AND m.id = given.id AND m.direction = 'outbound'
      AND coalesce(m.delivery_status, 'sent') IN ('sending', 'unknown', 'sent')
    RETURNING m.workspace_id, m.id, m.conversation_id
    """
)

# Its delivery is a refused one, so that an agent can send it again.
REJECT_DELIVERIES: Statement[None] = Statement(
    """
    UPDATE delivery SET state = 'rejected', error_code = given.reason ->> 'code',
           error_message = given.reason ->> 'message', updated_at = $4
    FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[]) AS given (workspace_id, message_id, reason)
    WHERE delivery.workspace_id = given.workspace_id AND delivery.message_id = given.message_id
      AND delivery.state = 'sent'
    """
)

# What arrived after all must not be sent again.
SETTLE_ARRIVED_DELIVERIES: Statement[None] = Statement(
    """
    UPDATE delivery SET state = 'sent', error_code = NULL, error_message = NULL, updated_at = $3
    WHERE workspace_id = $1 AND message_id = ANY ($2::uuid[]) AND state = 'rejected'
    """
)

# A status only ever rises: queued < sending < failed, unknown < sent < delivered < read. Only "sent" says nothing against a
# failure: it is reported before it, and may come after it.
RAISE_STATUS: Statement[tuple[UUID]] = Statement(
    """
    UPDATE message m SET delivery_status = given.status, delivery_error = NULL, updated_at = $4,
           read_at = CASE WHEN given.status = 'read' THEN coalesce(m.read_at, given.at) ELSE m.read_at END
    FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS given (id, status, at)
    WHERE m.id = given.id AND m.workspace_id = $5 AND m.direction = 'outbound'
      AND array_position(ARRAY['canceled', 'queued', 'sending', 'failed', 'unknown', 'sent', 'delivered', 'read'],
                         given.status)
        > array_position(ARRAY['canceled', 'queued', 'sending', 'failed', 'unknown', 'sent', 'delivered', 'read'],
                         coalesce(m.delivery_status, 'sent'))
      AND NOT (given.status = 'sent' AND m.delivery_status = 'failed')
    RETURNING m.id
    """
)

RAISE_WATERMARKS: Statement[tuple[UUID, UUID, UUID, str, str]] = Statement(
    """
    UPDATE conversation c SET
        delivered_until = CASE WHEN given.status = 'delivered' THEN greatest(c.delivered_until, given.until)
                               ELSE c.delivered_until END,
        read_until = CASE WHEN given.status = 'read' THEN greatest(c.read_until, given.until) ELSE c.read_until END
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
         AS given (workspace_id, account_id, source, thread_key, status, until)
    WHERE c.workspace_id = given.workspace_id AND c.account_id = given.account_id AND c.source = given.source
      AND c.thread_key = given.thread_key
    RETURNING c.workspace_id, c.id, c.account_id, c.source, c.thread_key
    """
)

# After a watermark moved, or a message came that lies below one.
FOLLOW_WATERMARKS: Statement[tuple[UUID, UUID]] = Statement(
    """
    UPDATE message m SET updated_at = $3, delivery_error = NULL,
           delivery_status = CASE WHEN m."timestamp" <= c.read_until THEN 'read' ELSE 'delivered' END,
           read_at = CASE WHEN m."timestamp" <= c.read_until THEN coalesce(m.read_at, c.read_until) ELSE m.read_at END
    FROM unnest($1::uuid[], $2::uuid[]) AS given (workspace_id, id)
    JOIN conversation c ON c.workspace_id = given.workspace_id AND c.id = given.id
    WHERE m.workspace_id = c.workspace_id AND m.conversation_id = c.id AND m.direction = 'outbound'
      AND m.kind = 'message' AND m.platform_message_id IS NOT NULL
      AND (m."timestamp" <= c.read_until AND m.delivery_status IN ('sending', 'sent', 'delivered', 'unknown', 'failed')
           OR m."timestamp" <= c.delivered_until AND m.delivery_status IN ('sending', 'sent', 'unknown', 'failed'))
    RETURNING m.workspace_id, m.id
    """
)
