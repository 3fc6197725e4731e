"""SQL of conversations and messages as ingest, delivery and facts need it. Lists are in `inbox/listing/repository.py`."""

from __future__ import annotations

from uuid import UUID

from hark.inbox.models import Conversation, Message
from hark.inbox.rows import AttachmentRow, Candidate, Inserted, LockedConversation, NewestInbound, Target
from hark.infra.db import Statement

CONVERSATION_COLUMNS = """
    c.id, c.number, c.account_id, c.platform, c.source, c.status, c.status_at,
    (ARRAY['low', 'medium', 'high', 'urgent'])[c.priority + 1] AS priority,
    c.assigned_to, c.assigned_reason, c.customer_id, coalesce(p.name, '') AS customer_name, i.handle AS customer_handle,
    i.avatar_url AS customer_avatar, coalesce(i.reachable, true) AS reachable,
    coalesce(c.account_id = ANY (i.banned_by), false) AS banned,
    c.preview, c.preview_by, c.preview_type, c.message_count, c.unread_count,
    c.last_message_at, c.last_inbound_at, c.last_outbound_at, c.waiting_since, c.window_opened_at,
    c.first_response_at, c.resolved_at, c.snoozed_until, c.delivered_until, c.read_until, c.last_arrival,
    c.answer_by, c.answer_by_reason, c.sla_policy_id, c.team_id, c.language,
    c.language_by, c.required_skills, c.bot_owned, c.tags, c.metadata, c.created_at, c.updated_at
"""
"""The columns of `models.Conversation`, in order; to be used FROM `CONVERSATION_TABLES`."""

CONVERSATION_TABLES = """
    conversation c
    LEFT JOIN customer p ON p.workspace_id = c.workspace_id AND p.id = c.customer_id
    LEFT JOIN identity i ON i.workspace_id = c.workspace_id AND i.id = c.identity_id
"""

MESSAGE_COLUMNS = """
    m.id, m.conversation_id, m.kind, m.direction, m.content, m.content_type, m.sender_type, m.sender_id, m.sender_name,
    m.platform_message_id, m."timestamp", m.position, m.arrival, m.delivery_status, m.delivery_error, m.quoted,
    m.edited_at, m.deleted_at, m.hidden, m.metadata, m.reactions, '[]'::jsonb AS attachments, m.created_at, m.updated_at
"""
"""The columns of `models.Message`, in order; attachments are filled in by `inbox.snapshots.with_attachments`."""

ATTACHMENT_COLUMNS = """
    a.message_id, a.id, a.kind, a.name, a.mime_type, a.size, a.width, a.height, a.duration, a.caption, a.alt, a.state,
    a.state_reason,
    CASE WHEN a.state = 'stored' AND a.blob_key IS NOT NULL THEN '/api/v1/attachments/' || a.id || '/content' END AS url,
    CASE WHEN a.state = 'stored' AND a.thumbnail_key IS NOT NULL
         THEN '/api/v1/attachments/' || a.id || '/thumbnail' END AS thumbnail_url,
    a.data
"""

LOAD_CONVERSATIONS = Statement(
    f"SELECT {CONVERSATION_COLUMNS} FROM {CONVERSATION_TABLES} WHERE c.workspace_id = $1 AND c.id = ANY ($2::uuid[])",
    Conversation,
)

LOAD_MESSAGES = Statement(
    f"""
    SELECT {MESSAGE_COLUMNS} FROM message m WHERE m.workspace_id = $1 AND m.id = ANY ($2::uuid[]) ORDER BY m.arrival
    """,
    Message,
)

LOAD_ATTACHMENTS = Statement(
    f"""
    SELECT {ATTACHMENT_COLUMNS} FROM attachment a
    WHERE a.workspace_id = $1 AND a.message_id = ANY ($2::uuid[]) ORDER BY a.message_id, a.position, a.id
    """,
    AttachmentRow,
)

# An event and the message that it is about must not miss one another when two transactions handle them at once: who adds
# messages shares the account; who finds no message for an event takes it alone, looks again, and only then lets it wait.
SHARE_ACCOUNT: Statement[None] = Statement(
    "SELECT pg_advisory_xact_lock_shared(hashtextextended($1::uuid::text, 0))"
)
TAKE_ACCOUNT: Statement[None] = Statement("SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0))")

# All conversations of a thread matter only for late messages; the live one and the last few are enough to place them.
CANDIDATES = Statement(
    """
    SELECT asked.n, c.workspace_id, c.id, c.live, c.status_at
    FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::text[], $5::text[])
         AS asked (n, workspace_id, account_id, source, thread_key)
    CROSS JOIN LATERAL (
        SELECT workspace_id, id, live, status_at, created_at FROM conversation
        WHERE workspace_id = asked.workspace_id AND account_id = asked.account_id
          AND source = asked.source AND thread_key = asked.thread_key
        ORDER BY created_at DESC LIMIT 8
    ) c
    ORDER BY asked.n, c.live DESC, c.status_at DESC
    """,
    Candidate,
)

NUMBERS: Statement[tuple[int]] = Statement(
    "UPDATE case_counter SET number = number + $2 WHERE workspace_id = $1 RETURNING number"
)

OPEN_CONVERSATIONS: Statement[tuple[UUID]] = Statement(
    """
    INSERT INTO conversation (workspace_id, id, number, account_id, platform, source, thread_key, status, status_at,
                              last_message_at, waiting_since, customer_id, identity_id, metadata, created_at, updated_at)
    SELECT workspace_id, id, number, account_id, platform, source, thread_key, status, at, at,
           CASE WHEN status = 'open' THEN at END, customer_id, identity_id,
           CASE WHEN customer_id IS NULL THEN metadata
                ELSE metadata || jsonb_build_object('previous_conversations', (
                    SELECT count(*) FROM conversation b
                    WHERE b.workspace_id = given.workspace_id AND b.customer_id = given.customer_id)) END, $13, $13
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::timestamptz[], $10::uuid[], $11::uuid[], $12::jsonb[])
         AS given (workspace_id, id, number, account_id, platform, source, thread_key, status, at, customer_id, identity_id,
                   metadata)
    ON CONFLICT (workspace_id, account_id, source, thread_key) WHERE live DO NOTHING
    RETURNING id
    """
)

LOCK_CONVERSATIONS = Statement(
    """
    SELECT c.workspace_id, c.id, c.account_id, c.source, c.thread_key, c.live, c.status, c.customer_id, c.identity_id,
           c.assigned_to, c.last_inbound_at, c.last_outbound_at, c.waiting_since, c.window_opened_at, c.delivered_until,
           c.read_until, c.snoozed_until, c.message_count, c.reply_to, c.metadata
    FROM unnest($1::uuid[], $2::uuid[]) AS asked (workspace_id, id)
    JOIN conversation c ON c.workspace_id = asked.workspace_id AND c.id = asked.id
    ORDER BY c.id FOR UPDATE OF c
    """,
    LockedConversation,
)

# Whatever reads a conversation's messages in order to write a figure must hold the conversation first, in a statement of its
# own: a statement that waits for the row goes on with the picture it had before it waited.
HOLD_CONVERSATIONS: Statement[None] = Statement(
    """
    SELECT 1 FROM unnest($1::uuid[], $2::uuid[]) AS asked (workspace_id, id)
    JOIN conversation c ON c.workspace_id = asked.workspace_id AND c.id = asked.id
    ORDER BY c.id FOR UPDATE OF c
    """
)

NEWEST_INBOUND = Statement(
    """
    SELECT c.platform, c.source, m.id, c.account_id FROM message m
    JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
    WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.direction = 'inbound' AND m.kind = 'message'
      AND m.platform_message_id IS NOT NULL
    ORDER BY m."timestamp" DESC, m.position DESC, m.id DESC LIMIT 1
    """,
    NewestInbound,
)

# An echo that carries our reference, or repeats the text of a send whose outcome is not known, is that send.
MATCH_ECHOES = Statement(
    """
    UPDATE message m SET platform_message_id = given.platform_message_id, updated_at = $7,
           delivery_error = NULL,
           delivery_status = CASE WHEN m.delivery_status IN ('delivered', 'read') THEN m.delivery_status ELSE 'sent' END
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[])
         AS given (workspace_id, account_id, platform_message_id, reference, conversation_id, content)
    WHERE m.workspace_id = given.workspace_id AND m.account_id = given.account_id AND m.platform_message_id IS NULL
      AND m.id = coalesce(given.reference, (
          SELECT o.id FROM message o
          WHERE o.workspace_id = given.workspace_id AND o.conversation_id = given.conversation_id
            AND o.direction = 'outbound' AND o.platform_message_id IS NULL
            AND o.delivery_status IN ('sending', 'unknown') AND o.content = given.content
          ORDER BY o."timestamp", o.id LIMIT 1))
    RETURNING m.workspace_id, m.account_id, m.platform_message_id, m.id, m.conversation_id, m.arrival, m.direction
    """,
    Target,
)

SETTLE_ECHOED_DELIVERIES: Statement[None] = Statement(
    """
    UPDATE delivery SET state = 'sent', lease_until = NULL, error_code = NULL, error_message = NULL, updated_at = $3
    FROM unnest($1::uuid[], $2::uuid[]) AS given (workspace_id, message_id)
    WHERE delivery.workspace_id = given.workspace_id AND delivery.message_id = given.message_id
      AND delivery.state IN ('queued', 'sending', 'unknown', 'rejected')
    """
)

INSERT_MESSAGES = Statement(
    """
    INSERT INTO message (workspace_id, id, conversation_id, account_id, direction, content, content_type, sender_type,
                         sender_id, sender_name, platform_message_id, "timestamp", position, delivery_status, quoted,
                         metadata, attachment_count, created_at, updated_at)
    SELECT workspace_id, id, conversation_id, account_id, direction, content, content_type, sender_type, sender_id,
           sender_name, platform_message_id, at, position, delivery_status, quoted, metadata, attachment_count, $18, $18
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::uuid[], $10::text[], $11::text[], $12::timestamptz[], $13::bigint[], $14::text[], $15::text[],
                $16::jsonb[], $17::smallint[])
         AS given (workspace_id, id, conversation_id, account_id, direction, content, content_type, sender_type,
                   sender_id, sender_name, platform_message_id, at, position, delivery_status, quoted, metadata,
                   attachment_count)
    ON CONFLICT (account_id, platform_message_id) WHERE platform_message_id IS NOT NULL DO NOTHING
    RETURNING workspace_id, id, conversation_id, account_id, platform_message_id, arrival
    """,
    Inserted,
)

FIND_BY_PLATFORM_ID = Statement(
    """
    SELECT m.workspace_id, m.account_id, m.platform_message_id, m.id, m.conversation_id, m.arrival, m.direction
    FROM unnest($1::uuid[], $2::text[]) AS asked (account_id, platform_message_id)
    JOIN message m ON m.account_id = asked.account_id AND m.platform_message_id = asked.platform_message_id
    """,
    Target,
)

# Where what an echo says is on its way, or has an outcome that is not known yet; deliveries of these states are few.
FIND_ON_ITS_WAY: Statement[tuple[UUID, str, UUID]] = Statement(
    """
    SELECT DISTINCT ON (m.account_id, m.content) m.account_id, m.content, m.conversation_id
    FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS echo (workspace_id, account_id, content)
    JOIN delivery d ON d.workspace_id = echo.workspace_id AND d.account_id = echo.account_id AND d.state IN ('sending', 'unknown')
    JOIN message m ON m.workspace_id = d.workspace_id AND m.id = d.message_id
    WHERE m.content = echo.content AND m.platform_message_id IS NULL
    ORDER BY m.account_id, m.content, d.position
    """
)

INSERT_ATTACHMENTS: Statement[None] = Statement(
    """
    INSERT INTO attachment (workspace_id, id, message_id, conversation_id, account_id, platform_message_id, position, kind,
                            name, mime_type, size, width, height, duration, caption, source_url, file_id, state,
                            state_reason, next_try_at, data, alt, created_at)
    SELECT workspace_id, id, message_id, conversation_id, account_id, platform_message_id, position, kind, name,
           mime_type, size, width, height, duration, caption, source_url, file_id, state, state_reason, $22, data, alt, $22
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::bigint[], $8::text[],
                $9::text[], $10::text[], $11::bigint[], $12::int[], $13::int[], $14::int[], $15::text[], $16::text[],
                $17::text[], $18::text[], $19::text[], $20::jsonb[], $21::text[])
         AS given (workspace_id, id, message_id, conversation_id, account_id, platform_message_id, position, kind, name,
                   mime_type, size, width, height, duration, caption, source_url, file_id, state, state_reason, data, alt)
    ON CONFLICT (account_id, platform_message_id, position) WHERE platform_message_id IS NOT NULL DO NOTHING
    """
)

# A message that came in pieces shows all captions in the order of the pieces, and stands where its first piece stands.
GATHER_GROUPS: Statement[None] = Statement(
    """
    UPDATE message m SET
        content = CASE WHEN m.deleted_at IS NULL AND m.edited_at IS NULL THEN pieces.content ELSE m.content END,
        content_type = pieces.content_type, attachment_count = pieces.count, updated_at = $5,
        "timestamp" = least(m."timestamp", given.at), position = least(m.position, given.position)
    FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[]) AS given (workspace_id, id, at, position)
    CROSS JOIN LATERAL (
        SELECT coalesce(string_agg(nullif(a.caption, ''), E'\\n' ORDER BY a.position), '') AS content, count(*) AS count,
               CASE WHEN count(DISTINCT a.kind) = 1 THEN min(a.kind) ELSE 'attachment' END AS content_type
        FROM attachment a WHERE a.workspace_id = given.workspace_id AND a.message_id = given.id AND a.state <> 'withdrawn'
    ) pieces
    WHERE m.workspace_id = given.workspace_id AND m.id = given.id
    """
)

# Numbers that follow from what was added; what depends on order is read back from the messages themselves.
ADVANCE_CONVERSATIONS: Statement[None] = Statement(
    """
    UPDATE conversation c SET
        message_count = c.message_count + given.messages,
        unread_count = c.unread_count + given.unread,
        last_arrival = greatest(c.last_arrival, given.arrival),
        last_inbound_at = greatest(c.last_inbound_at, given.inbound_at),
        last_outbound_at = greatest(c.last_outbound_at, given.outbound_at),
        window_opened_at = greatest(c.window_opened_at, given.opened_at),
        waiting_since = CASE
            WHEN given.waiting_at > coalesce(c.last_outbound_at, '-infinity') THEN least(c.waiting_since, given.waiting_at)
            ELSE c.waiting_since END,
        customer_id = coalesce(c.customer_id, given.customer_id),
        identity_id = coalesce(c.identity_id, given.identity_id),
        live = c.live OR given.opens,
        status = CASE WHEN given.opens THEN 'open' ELSE c.status END,
        status_at = CASE WHEN given.opens AND c.status <> 'open' THEN $14 ELSE c.status_at END,
        resolved_at = CASE WHEN given.opens THEN NULL ELSE c.resolved_at END,
        snoozed_until = CASE WHEN given.opens THEN NULL ELSE c.snoozed_until END,
        reply_to = given.reply_to,
        preview = last.preview, preview_by = last.sender_type, preview_type = last.content_type,
        last_message_at = last."timestamp", updated_at = $14
    FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::bigint[], $6::timestamptz[], $7::timestamptz[],
                $8::timestamptz[], $9::timestamptz[], $10::uuid[], $11::uuid[], $12::boolean[], $13::jsonb[])
         AS given (workspace_id, id, messages, unread, arrival, inbound_at, outbound_at, opened_at, waiting_at,
                   customer_id, identity_id, opens, reply_to)
    CROSS JOIN LATERAL (
        SELECT left(content, 160) AS preview, sender_type, content_type, "timestamp" FROM message
        WHERE workspace_id = given.workspace_id AND conversation_id = given.id AND kind = 'message'
        ORDER BY "timestamp" DESC, position DESC, id DESC LIMIT 1
    ) last
    WHERE c.workspace_id = given.workspace_id AND c.id = given.id
    """
)

# The same figures from the messages alone. Delivery and repairs use it, and tests compare every counter with it.
RECOUNT: Statement[None] = Statement(
    """
    UPDATE conversation c SET
        message_count = counted.messages, unread_count = counted.unread,
        last_arrival = coalesce(counted.arrival, c.last_arrival),
        last_inbound_at = counted.inbound_at, last_outbound_at = counted.outbound_at,
        waiting_since = waiting.since, first_response_at = answered.at,
        preview = coalesce(last.preview, ''), preview_by = coalesce(last.sender_type, c.preview_by),
        preview_type = coalesce(last.content_type, c.preview_type),
        last_message_at = coalesce(last."timestamp", c.last_message_at), updated_at = $3,
        customer_id = CASE WHEN c.source = 'dm' THEN c.customer_id ELSE coalesce(began.sender_id, c.customer_id) END,
        identity_id = CASE WHEN c.source = 'dm' OR began.sender_id IS NULL OR began.sender_id = c.customer_id
                           THEN c.identity_id
                           ELSE (SELECT i.id FROM identity i
                                 WHERE i.workspace_id = c.workspace_id AND i.customer_id = began.sender_id
                                   AND i.platform = c.platform ORDER BY i.created_at, i.id LIMIT 1) END
    FROM unnest($1::uuid[], $2::uuid[]) AS given (workspace_id, id)
    CROSS JOIN LATERAL (
        SELECT count(*) AS messages, max(m.arrival) AS arrival,
               count(*) FILTER (WHERE m.direction = 'inbound' AND m.arrival > k.read_arrival
                                  AND NOT m.metadata ? 'history') AS unread,
               max(m."timestamp") FILTER (WHERE m.direction = 'inbound') AS inbound_at,
               min(m."timestamp") FILTER (WHERE m.direction = 'inbound') AS first_inbound_at,
               max(m."timestamp") FILTER (WHERE m.direction = 'outbound' AND m.sender_type <> 'bot' AND
                   coalesce(m.delivery_status, 'sent') NOT IN ('failed', 'canceled')) AS outbound_at
        FROM message m JOIN conversation k ON k.workspace_id = m.workspace_id AND k.id = m.conversation_id
        WHERE m.workspace_id = given.workspace_id AND m.conversation_id = given.id AND m.kind = 'message'
    ) counted
    LEFT JOIN LATERAL (
        SELECT min("timestamp") AS since FROM message
        WHERE workspace_id = given.workspace_id AND conversation_id = given.id AND kind = 'message'
          AND direction = 'inbound' AND "timestamp" > coalesce(counted.outbound_at, '-infinity')
          AND NOT metadata ? 'history'
    ) waiting ON true
    LEFT JOIN LATERAL (
        SELECT min("timestamp") AS at FROM message
        WHERE workspace_id = given.workspace_id AND conversation_id = given.id AND kind = 'message'
          AND direction = 'outbound' AND sender_type = 'agent'
          AND coalesce(delivery_status, 'sent') NOT IN ('failed', 'canceled') AND "timestamp" > counted.first_inbound_at
    ) answered ON true
    LEFT JOIN LATERAL (
        SELECT left(content, 160) AS preview, sender_type, content_type, "timestamp" FROM message
        WHERE workspace_id = given.workspace_id AND conversation_id = given.id AND kind = 'message'
          AND coalesce(delivery_status, 'sent') <> 'canceled'
        ORDER BY "timestamp" DESC, position DESC, id DESC LIMIT 1
    ) last ON true
    LEFT JOIN LATERAL (  -- a public thread is with whoever began it
        SELECT m.sender_id FROM message m
        JOIN conversation k ON k.workspace_id = m.workspace_id AND k.id = m.conversation_id
        WHERE m.workspace_id = given.workspace_id AND m.conversation_id = given.id AND m.direction = 'inbound'
        ORDER BY m."timestamp", m.platform_message_id IS DISTINCT FROM k.thread_key, m.position, m.id LIMIT 1
    ) began ON true
    WHERE c.workspace_id = given.workspace_id AND c.id = given.id
    """
)

FOLLOW_TAGS: Statement[None] = Statement(
    """
    UPDATE conversation_tag t SET status = c.status, last_message_at = c.last_message_at
    FROM conversation c, unnest($1::uuid[], $2::uuid[]) AS given (workspace_id, id)
    WHERE c.workspace_id = given.workspace_id AND c.id = given.id AND cardinality(c.tags) > 0
      AND t.workspace_id = c.workspace_id AND t.conversation_id = c.id
      AND (t.status, t.last_message_at) IS DISTINCT FROM (c.status, c.last_message_at)
    """
)

MOVE_THREADS: Statement[tuple[UUID]] = Statement(
    """
    UPDATE conversation c SET thread_key = $4 || substr(c.thread_key, length($3) + 1), updated_at = $5,
           reply_to = (SELECT coalesce(jsonb_object_agg(key, CASE WHEN value = to_jsonb($3::text) THEN to_jsonb($4::text)
                                                                  ELSE value END), '{}') FROM jsonb_each(c.reply_to))
    WHERE c.workspace_id = $1 AND c.account_id = $2 AND (c.thread_key = $3 OR starts_with(c.thread_key, $3 || '/'))
      AND NOT EXISTS (SELECT 1 FROM conversation d
                      WHERE c.live AND d.live AND d.workspace_id = c.workspace_id AND d.account_id = c.account_id
                        AND d.source = c.source AND d.thread_key = $4 || substr(c.thread_key, length($3) + 1))
    RETURNING c.id
    """
)

LIVE_OF_IDENTITIES: Statement[tuple[UUID, UUID]] = Statement(
    "SELECT workspace_id, id FROM conversation WHERE workspace_id = $1 AND identity_id = ANY ($2::uuid[]) AND live"
)
