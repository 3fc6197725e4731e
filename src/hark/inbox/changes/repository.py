"""SQL of changes that people make to conversations, notes and tags."""

from __future__ import annotations

from hark.inbox.changes.rows import Locked
from hark.inbox.models import Tag
from hark.infra.db import Statement

LOCK = Statement(
    """
    SELECT id, account_id, live, status, status_at, priority, assigned_to, assigned_at, assigned_reason, resolved_at,
           snoozed_until, tags, unread_count, read_arrival
    FROM conversation WHERE workspace_id = $1 AND id = $2 FOR UPDATE
    """,
    Locked,
)
UPDATE: Statement[None] = Statement(
    """
    UPDATE conversation SET live = $3, status = $4, status_at = $5, priority = $6, assigned_to = $7, assigned_at = $8,
           assigned_reason = $9, resolved_at = $10, snoozed_until = $11, tags = $12, updated_at = $13
    WHERE workspace_id = $1 AND id = $2
    """
)
AFTER_RESOLVE: Statement[tuple[str]] = Statement(
    "SELECT coalesce(settings->>'after_resolve', 'reopen') FROM workspace WHERE id = $1"
)
MEMBER_NAME: Statement[tuple[str]] = Statement(
    """
    SELECT u.name FROM member m JOIN user_account u ON u.id = m.user_id
    WHERE m.workspace_id = $1 AND m.user_id = $2 AND m.removed_at IS NULL
    """
)
TAG_NAMES: Statement[tuple[str]] = Statement(
    "SELECT name FROM tag WHERE workspace_id = $1 AND lower(name) = ANY ($2::text[]) ORDER BY lower(name)"
)
REMOVE_TAGS: Statement[None] = Statement(
    "DELETE FROM conversation_tag WHERE workspace_id = $1 AND conversation_id = $2 AND tag <> ALL ($3::text[])"
)
ADD_TAGS: Statement[None] = Statement(
    """
    INSERT INTO conversation_tag (workspace_id, conversation_id, tag, status, last_message_at)
    SELECT c.workspace_id, c.id, unnest($3::text[]), c.status, c.last_message_at
    FROM conversation c WHERE c.workspace_id = $1 AND c.id = $2 ON CONFLICT DO NOTHING
    """
)
LOG_ASSIGNMENT: Statement[None] = Statement(
    """
    INSERT INTO assignment (workspace_id, id, conversation_id, agent_id, before_id, team_id, automatic, by, reasons, at)
    SELECT $1, $2, c.id, $4, $5, c.team_id, false, $6, $7, $8 FROM conversation c WHERE c.workspace_id = $1 AND c.id = $3
    """
)
ADD_ENTRIES: Statement[None] = Statement(
    """
    INSERT INTO message (workspace_id, id, conversation_id, account_id, kind, direction, content, content_type,
                         sender_type, sender_id, sender_name, "timestamp", position, metadata, created_at, updated_at)
    SELECT $1, id, $2, $3, $4, 'internal', content, content_type, $5, $6, $7, $8, position, metadata, $8, $8
    FROM unnest($9::uuid[], $10::text[], $11::text[], $12::bigint[], $13::jsonb[])
         AS given (id, content, content_type, position, metadata)
    """
)
"""Notes and activities: what stands in a thread and never leaves it."""

DELETE_NOTE: Statement[None] = Statement(
    """
    UPDATE message SET deleted_at = $3, content = '', updated_at = $3
    WHERE workspace_id = $1 AND id = $2 AND kind = 'note' AND deleted_at IS NULL
    """
)
READ_UP_TO: Statement[None] = Statement(
    """
    UPDATE conversation c SET
        read_arrival = greatest(c.read_arrival, least($3::bigint, c.last_arrival)), updated_at = $4,
        unread_count = (
            SELECT count(*) FROM message m
            WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.kind = 'message' AND m.direction = 'inbound'
              AND m.arrival > greatest(c.read_arrival, least($3::bigint, c.last_arrival)) AND NOT m.metadata ? 'history')
    WHERE c.workspace_id = $1 AND c.id = $2
    """
)
# Just before the last thing the customer said, so that exactly this counts as unread.
UNREAD_LAST: Statement[None] = Statement(
    """
    UPDATE conversation c SET read_arrival = last.arrival - 1, unread_count = 1, updated_at = $3
    FROM (SELECT max(arrival) AS arrival FROM message
          WHERE workspace_id = $1 AND conversation_id = $2 AND kind = 'message' AND direction = 'inbound'
            AND NOT metadata ? 'history') last
    WHERE c.workspace_id = $1 AND c.id = $2 AND last.arrival IS NOT NULL AND c.unread_count = 0
    """
)

# Tags -----------------------------------------------------------------------------------------------

INSERT_TAG = Statement(
    """
    INSERT INTO tag (workspace_id, id, name, color, created_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (workspace_id, lower(name)) DO NOTHING RETURNING id, name, color
    """,
    Tag,
)
LOCK_TAG = Statement("SELECT id, name, color FROM tag WHERE workspace_id = $1 AND id = $2 FOR UPDATE", Tag)
UPDATE_TAG = Statement(
    "UPDATE tag SET name = $3, color = $4 WHERE workspace_id = $1 AND id = $2 RETURNING id, name, color", Tag
)
DELETE_TAG: Statement[None] = Statement("DELETE FROM tag WHERE workspace_id = $1 AND id = $2")
RENAME_SHOWN: Statement[None] = Statement(
    """
    UPDATE conversation c SET tags = array_replace(c.tags, $2, $3)
    FROM conversation_tag t
    WHERE t.workspace_id = $1 AND t.tag = $2 AND c.workspace_id = t.workspace_id AND c.id = t.conversation_id
    """
)
RENAME_LISTED: Statement[None] = Statement(
    "UPDATE conversation_tag SET tag = $3 WHERE workspace_id = $1 AND tag = $2"
)
REMOVE_SHOWN: Statement[None] = Statement(
    """
    UPDATE conversation c SET tags = array_remove(c.tags, $2)
    FROM conversation_tag t
    WHERE t.workspace_id = $1 AND t.tag = $2 AND c.workspace_id = t.workspace_id AND c.id = t.conversation_id
    """
)
REMOVE_LISTED: Statement[None] = Statement(
    "DELETE FROM conversation_tag WHERE workspace_id = $1 AND tag = $2"
)
