"""A large workspace, made by the database itself so that it takes seconds: conversations, customers, messages."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from hark.infra.db import Connection

_STEPS = (
    # customers and identities
    """
    INSERT INTO customer (workspace_id, id, name, created_at, updated_at)
    SELECT $1, uuidv7(), 'Customer ' || n, $2, $2 FROM generate_series(1, $3::int) n
    """,
    """
    INSERT INTO identity (workspace_id, id, customer_id, platform, scope, platform_user_id, name, seen_at, created_at)
    SELECT $1, uuidv7(), id, 'sandbox', '', 'c' || substr(name, 10), name, $2, $2 FROM customer
    WHERE workspace_id = $1 AND $3 > 0
    """,
    # conversations: most resolved, one in ten open, spread over statuses, agents, sources and priorities
    """
    INSERT INTO conversation (workspace_id, id, number, account_id, platform, source, thread_key, live, customer_id,
                              identity_id, status, status_at, priority, assigned_to, preview, message_count, unread_count,
                              last_message_at, last_inbound_at, waiting_since, created_at, updated_at)
    SELECT $1, uuidv7(), n, $4, 'sandbox', (ARRAY['dm', 'dm', 'comment', 'mention', 'review'])[1 + n % 5],
           i.platform_user_id, true, i.customer_id, i.id,
           CASE WHEN n % 10 = 0 THEN 'open' WHEN n % 10 = 1 THEN 'pending' ELSE 'resolved' END, $2, n % 4,
           CASE WHEN n % 3 = 0 THEN ($5::uuid[])[1 + n % array_length($5::uuid[], 1)] END, 'Message text of a customer, number ' || n, 10,
           CASE WHEN n % 10 = 0 THEN n % 4 ELSE 0 END, $2::timestamptz - make_interval(secs => n), $2::timestamptz - make_interval(secs => n),
           CASE WHEN n % 20 = 0 THEN $2::timestamptz - make_interval(secs => n) END, $2::timestamptz - make_interval(secs => n), $2
    FROM (SELECT row_number() OVER (ORDER BY id)::int AS n, * FROM identity WHERE workspace_id = $1) i WHERE n <= $3
    """,
    """
    INSERT INTO message (workspace_id, id, conversation_id, account_id, direction, content, content_type, sender_type,
                         sender_id, sender_name, platform_message_id, "timestamp", created_at, updated_at)
    SELECT $1, uuidv7(), c.id, c.account_id, CASE WHEN m % 3 = 0 THEN 'outbound' ELSE 'inbound' END,
           (ARRAY['Where is my order', 'Thank you for the quick answer', 'The parcel arrived damaged',
                  'Can I change the size', 'Is this in stock', 'Refund please'])[1 + (c.number * 7 + m) % 6]
           || ' ' || md5(c.number::text || m), 'text', CASE WHEN m % 3 = 0 THEN 'agent' ELSE 'customer' END, NULL,
           'Customer', 'seed:' || c.number || ':' || m, c.last_message_at - make_interval(secs => ($3 - m) * 60), $2, $2
    FROM conversation c CROSS JOIN generate_series(1, $3::int) m WHERE c.workspace_id = $1
    """,
)


async def seed(
    connection: Connection,
    workspace_id: UUID,
    account_id: UUID,
    agents: list[UUID],
    now: datetime,
    *,
    conversations: int,
    messages_each: int,
) -> None:
    """`conversations` cases with `messages_each` messages; statistics are fresh afterwards."""
    customers, identities, cases, messages = _STEPS
    await connection.execute(customers, workspace_id, now, conversations, timeout=600)
    await connection.execute(identities, workspace_id, now, conversations, timeout=600)
    await connection.execute(cases, workspace_id, now, conversations, account_id, agents, timeout=600)
    await connection.execute(
        "UPDATE case_counter SET number = $2 WHERE workspace_id = $1", workspace_id, conversations
    )
    if messages_each:
        await connection.execute(messages, workspace_id, now, messages_each, timeout=1200)
    for table in ("customer", "identity", "conversation", "message"):
        await connection.execute(f"VACUUM (ANALYZE) {table}", timeout=600)
    await connection.execute(
        "CHECKPOINT", timeout=600
    )  # what seeding left to write is not the measured work's
