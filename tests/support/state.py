"""The stored state in a form that two runs can be compared by: no ids of ours, no times of processing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hark.infra.db import Connection

CONVERSATIONS = """
    SELECT c.source, c.thread_key, c.live, c.status, p.name, c.preview, c.preview_by, c.preview_type, c.message_count,
           c.unread_count, c.last_message_at, c.last_inbound_at, c.last_outbound_at, c.waiting_since, c.window_opened_at,
           c.first_response_at, c.delivered_until, c.read_until
    FROM conversation c LEFT JOIN customer p ON p.workspace_id = c.workspace_id AND p.id = c.customer_id
    WHERE c.workspace_id = $1 ORDER BY c.account_id, c.source, c.thread_key, c.created_at
"""
MESSAGES = """
    SELECT c.thread_key, m.platform_message_id, m.kind, m.direction, m.content, m.content_type, m.sender_type, m.sender_name,
           m."timestamp", m.position, m.delivery_status, m.quoted, m.edited_at, m.deleted_at, m.hidden, m.reactions,
           (SELECT array_agg(v.content ORDER BY v.at) FROM message_version v WHERE v.message_id = m.id) AS versions,
           (SELECT array_agg(a.kind || ':' || coalesce(a.file_id, '') || ':' || a.state ORDER BY a.position)
            FROM attachment a WHERE a.message_id = m.id) AS attachments
    FROM message m JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
    WHERE m.workspace_id = $1 ORDER BY c.account_id, c.source, c.thread_key, m."timestamp", m.position, m.id
"""
IDENTITIES = """
    SELECT i.platform, i.scope, i.platform_user_id, i.name, i.handle, i.reachable, p.name AS customer
    FROM identity i JOIN customer p ON p.workspace_id = i.workspace_id AND p.id = i.customer_id
    WHERE i.workspace_id = $1 ORDER BY i.platform, i.scope, i.platform_user_id
"""


async def stored_state(connection: Connection, workspace_id: UUID) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [dict(row) for row in await connection.fetch(sql, workspace_id)]
        for name, sql in (
            ("conversations", CONVERSATIONS),
            ("messages", MESSAGES),
            ("identities", IDENTITIES),
        )
    }
