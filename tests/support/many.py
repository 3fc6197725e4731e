"""Many conversations at once, made inside the database."""

from __future__ import annotations

from uuid import UUID

from hark.infra.db import Database

PEOPLE = 50
"""Conversations are shared out to that many agents, by number."""

_CONVERSATIONS = """
    INSERT INTO conversation (workspace_id, id, number, account_id, platform, source, thread_key,
    customer_id, identity_id, status,
        status_at, priority, assigned_to, unread_count, message_count, last_message_at, waiting_since, tags, preview,
        created_at, updated_at)
    SELECT $1::uuid, md5('c' || n || $1::uuid::text)::uuid, n, md5('a' || n % 5 || $1::uuid::text)::uuid,
           (ARRAY['sandbox', 'elsewhere'])[1 + n % 2], (ARRAY['dm', 'comment', 'mention', 'review'])[1 + n % 4], 't' || n,
           md5('p' || n % ($2::int / 4) || $1::uuid::text)::uuid, md5('i' || n % ($2::int / 4) || $1::uuid::text)::uuid,
           (ARRAY['open', 'open', 'open', 'pending', 'resolved', 'closed'])[1 + n % 6], at, n % 4,
           CASE WHEN n % 3 > 0 THEN md5('u' || n % 50 || $1::uuid::text)::uuid END, CASE WHEN n % 7 = 0 THEN 2 ELSE 0 END, 1, at,
           CASE WHEN n % 5 = 0 THEN at END, CASE WHEN n % 20 = 0 THEN ARRAY['vip'] ELSE '{}' END, 'Hello', at, at
    FROM generate_series(1, $2::int) AS n, LATERAL (SELECT timestamptz '2026-01-01' + n * interval '37 seconds' AS at) a
"""
_TAGS = """
    INSERT INTO conversation_tag (workspace_id, conversation_id, tag, status, last_message_at)
    SELECT workspace_id, id, 'vip', status, last_message_at FROM conversation
    WHERE workspace_id = $1 AND tags @> ARRAY['vip']
"""
_CUSTOMERS = """
    INSERT INTO customer (workspace_id, id, name, created_at, updated_at)
    SELECT $1::uuid, md5('p' || n || $1::uuid::text)::uuid, 'Customer ' || n || CASE WHEN n % 500 = 0 THEN ' Zebulon' ELSE '' END,
           now(), now()
    FROM generate_series(0, $2::int / 4) AS n
"""
_IDENTITIES = """
    INSERT INTO identity (workspace_id, id, customer_id, platform, platform_user_id, name, seen_at, created_at)
    SELECT $1::uuid, md5('i' || n || $1::uuid::text)::uuid, md5('p' || n || $1::uuid::text)::uuid, 'sandbox', 'p' || n,
           'Customer ' || n, now(), now()
    FROM generate_series(0, $2::int / 4) AS n
"""
_MESSAGES = """
    INSERT INTO message (workspace_id, id, conversation_id, account_id, direction, content, sender_type, "timestamp",
        position, created_at, updated_at)
    SELECT $1::uuid, md5('m' || number || '-' || k || $1::uuid::text)::uuid, id, account_id, 'inbound',
           'hello about order ' || number || CASE WHEN number % 1000 = 0 THEN ' aardvark' ELSE '' END, 'customer',
           last_message_at - k * interval '1 second', 0, last_message_at, last_message_at
    FROM conversation, generate_series(0, 1) AS k WHERE workspace_id = $1
"""


async def seed_many(db: Database, workspace_id: UUID, count: int) -> None:
    """`count` conversations with two messages each, and the statistics that the planner needs."""
    async with db.transaction() as connection:
        await connection.execute(_CONVERSATIONS, workspace_id, count)
        await connection.execute(_TAGS, workspace_id)
        await connection.execute(_CUSTOMERS, workspace_id, count)
        await connection.execute(_IDENTITIES, workspace_id, count)
        await connection.execute(_MESSAGES, workspace_id)
    async with db.connection() as connection:
        await connection.execute("ANALYZE")
