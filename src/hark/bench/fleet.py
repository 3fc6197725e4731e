"""Agents, a policy and a queue in a workspace, made by the database itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from hark.infra.db import Connection
from hark.kernel.ids import new_id


async def add_agents(
    connection: Connection,
    workspace_id: UUID,
    count: int,
    now: datetime,
    *,
    capacity: int | None = 5,
    status: str = "online",
) -> list[UUID]:
    """`count` agents who came to this status a minute ago, in the order of their ids."""
    rows = await connection.fetch(
        """
        WITH made AS (
            INSERT INTO user_account (id, email, name, created_at)
            SELECT uuidv7(), 'a' || n || '@' || $1::uuid || $6::text, 'Agent ' || n, $3 FROM generate_series(1, $2::int) n
            RETURNING id
        ), joined AS (
            INSERT INTO member (workspace_id, user_id, role, created_at) SELECT $1, id, 'agent', $3 FROM made
        ), limited AS (
            INSERT INTO agent (workspace_id, user_id, capacity, updated_at) SELECT $1, id, $4, $3 FROM made
        )
        INSERT INTO agent_status (workspace_id, user_id, status, since)
        SELECT $1, id, $5, $3::timestamptz - interval '1 minute' FROM made RETURNING user_id
        """,
        workspace_id,
        count,
        now,
        capacity,
        status,
        new_id(now).hex,
    )
    return sorted(row[0] for row in rows)


async def set_status(
    connection: Connection, workspace_id: UUID, agents: list[UUID], status: str, now: datetime
) -> None:
    await connection.execute(
        "UPDATE agent_status SET status = $3, since = $4 WHERE workspace_id = $1 AND user_id = ANY ($2::uuid[])",
        workspace_id,
        agents,
        status,
        now,
    )


async def add_policy(
    connection: Connection, workspace_id: UUID, strategy: str, now: datetime, **settings: Any
) -> UUID:
    """A policy for the workspace, or for what `settings` name."""
    policy = new_id(now)
    names = "".join(f", {name}" for name in settings)
    places = "".join(f", ${number}" for number in range(5, 5 + len(settings)))
    await connection.execute(
        f"INSERT INTO routing_policy (workspace_id, id, name, strategy, created_at, updated_at{names}) "
        f"VALUES ($1, $2, 'Policy', $3, $4, $4{places})",
        workspace_id,
        policy,
        strategy,
        now,
        *settings.values(),
    )
    return policy


async def add_queue(
    connection: Connection, workspace_id: UUID, account_id: UUID, count: int, now: datetime
) -> list[UUID]:
    """`count` open conversations that nobody has, each a second younger than the one before and of any priority; in the order of
    the queue."""
    await connection.execute(
        """
        INSERT INTO conversation (workspace_id, id, number, account_id, platform, source, thread_key, status, status_at, priority,
                                  last_message_at, created_at, updated_at)
        SELECT $1, uuidv7(), 1000000 + n + (SELECT count(*) FROM conversation WHERE workspace_id = $1), $2, 'sandbox', 'dm',
               uuidv7()::text, 'open', at, n * 7 % 4, at, $4, $4
        FROM generate_series(1, $3::int) n, LATERAL (SELECT $4::timestamptz - make_interval(secs => $3 - n) AS at) aged
        """,
        workspace_id,
        account_id,
        count,
        now,
    )
    rows = await connection.fetch(
        """
        SELECT id FROM conversation WHERE workspace_id = $1 AND assigned_to IS NULL AND status = 'open'
        ORDER BY priority DESC, greatest(status_at, queued_at), id
        """,
        workspace_id,
    )
    return [row[0] for row in rows]
