"""SQL of acts on messages and on their authors."""

from __future__ import annotations

from uuid import UUID

import msgspec

from hark.infra.db import Statement


class Author(msgspec.Struct, frozen=True):
    """Who wrote a message of an account, or whom a conversation is with. `target` is a message of theirs, by the
    platform's id: some platforms ban by message."""

    identity_id: UUID
    platform_user_id: str
    name: str
    banned: bool
    target: str | None


_SHOWN = """
    i.id AS identity_id, i.platform_user_id, coalesce(i.name, i.handle, i.platform_user_id) AS name,
    c.account_id = ANY (i.banned_by) AS banned
"""

# A customer can be several people on one platform: whom the conversation is with comes first.
AUTHOR_OF_MESSAGE = Statement(
    f"""
    SELECT {_SHOWN}, m.platform_message_id AS target
    FROM message m
    JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
    JOIN channel_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
    JOIN identity i ON i.workspace_id = m.workspace_id AND i.customer_id = m.sender_id AND i.platform = c.platform
                   AND i.scope IN ('', a.platform_account_id)
    WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.id = $3 AND m.direction = 'inbound'
    ORDER BY (i.id = c.identity_id) DESC, i.created_at, i.id LIMIT 1
    """,
    Author,
)

AUTHOR_OF_CONVERSATION = Statement(
    f"""
    SELECT {_SHOWN}, (
        SELECT m.platform_message_id FROM message m
        WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.sender_id = i.customer_id AND m.direction = 'inbound'
          AND m.platform_message_id IS NOT NULL
        ORDER BY m."timestamp" DESC, m.position DESC, m.id DESC LIMIT 1) AS target
    FROM conversation c JOIN identity i ON i.workspace_id = c.workspace_id AND i.id = c.identity_id
    WHERE c.workspace_id = $1 AND c.id = $2
    """,
    Author,
)

# Pressed twice: the newest trace of this kind of act on this subject is the same act, and younger than the press.
DONE_SINCE: Statement[tuple[bool]] = Statement(
    """
    SELECT coalesce((
        SELECT m.content_type = $4 AND m.created_at >= $6 FROM message m
        WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.kind = 'activity' AND m.content_type = ANY ($5::text[])
          AND m.metadata ->> 'subject' = $3
        ORDER BY m.arrival DESC LIMIT 1), false)
    """
)

# Customers of a conversation whom its account has banned.
BANNED: Statement[tuple[UUID]] = Statement(
    """
    SELECT DISTINCT i.customer_id
    FROM message m
    JOIN identity i ON i.workspace_id = m.workspace_id AND i.customer_id = m.sender_id
    WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.direction = 'inbound' AND m.account_id = ANY (i.banned_by)
    """
)
