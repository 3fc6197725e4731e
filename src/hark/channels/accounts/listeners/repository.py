"""All SQL of listeners. A row is a lease: whoever holds it listens, everybody else leaves the account alone."""

from __future__ import annotations

from uuid import UUID

import msgspec

from hark.infra.db import Statement


class ListenState(msgspec.Struct, frozen=True):
    """An account to listen for; `failures` in a row so far."""

    workspace_id: UUID
    id: UUID
    platform: str
    failures: int


# Accounts of listening platforms that nobody listens for, or whose listener went silent.
FREE = Statement(
    """
    SELECT a.workspace_id, a.id, a.platform, coalesce(l.failures, 0) AS failures
    FROM channel_account a
    LEFT JOIN account_listener l ON l.workspace_id = a.workspace_id AND l.account_id = a.id
    WHERE a.status = 'connected' AND a.platform = ANY ($1::text[]) AND a.id <> ALL ($2::uuid[])
      AND (l.lease_until IS NULL OR l.lease_until <= $3)
    ORDER BY a.id LIMIT $4
    """,
    ListenState,
)

# What failed before nobody listened for a while (the account was paused) says nothing about now.
TAKE: Statement[tuple[UUID]] = Statement(
    """
    INSERT INTO account_listener (workspace_id, account_id, owner, lease_until) VALUES ($1, $2, $3, $4)
    ON CONFLICT (workspace_id, account_id) DO UPDATE
    SET owner = excluded.owner, lease_until = excluded.lease_until, standing_at = NULL,
        failing_at = CASE WHEN account_listener.lease_until < $5::timestamptz - interval '2 minutes' THEN NULL
                          ELSE account_listener.failing_at END
    WHERE account_listener.lease_until <= $5
    RETURNING account_id
    """
)

# Gives those that are still ours and whose account is still connected; the others have to be let go.
RENEW: Statement[tuple[UUID]] = Statement(
    """
    UPDATE account_listener l SET lease_until = $3
    FROM channel_account a
    WHERE l.owner = $1 AND l.account_id = ANY ($2::uuid[]) AND a.workspace_id = l.workspace_id AND a.id = l.account_id
      AND a.status = 'connected'
    RETURNING l.account_id
    """
)

RELEASE: Statement[None] = Statement(
    """
    UPDATE account_listener SET lease_until = $3, standing_at = NULL
    WHERE owner = $1 AND account_id = ANY ($2::uuid[])
    """
)

# Held until the transaction ends, so that nobody takes over between the look and what is stored.
HOLD: Statement[tuple[UUID]] = Statement(
    "SELECT owner FROM account_listener WHERE workspace_id = $1 AND account_id = $2 FOR SHARE"
)

STANDS: Statement[None] = Statement(
    """
    UPDATE account_listener SET standing_at = $4, failures = 0, failing_at = NULL, error = NULL
    WHERE workspace_id = $1 AND account_id = $2 AND owner = $3
    """
)

BROKE: Statement[None] = Statement(
    """
    UPDATE account_listener
    SET standing_at = NULL, failures = $4, failing_at = coalesce(failing_at, $5), error = $6
    WHERE workspace_id = $1 AND account_id = $2 AND owner = $3
    """
)
