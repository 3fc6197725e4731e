"""SQL of credentials over time, and of authorizations."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from hark.channels.accounts.models import AccountRow
from hark.channels.accounts.repository import COLUMNS
from hark.infra.db import Statement

# Credentials

SET_EXPIRY = Statement(
    f"""
    UPDATE channel_account
    SET token_given_at = $3, token_expires_at = $4, token_due_at = $5, token_failures = 0, token_warned_at = NULL
    WHERE workspace_id = $1 AND id = $2 RETURNING {COLUMNS}
    """,
    AccountRow,
)

# Held while the platform is asked: not the row's own lock, for which messages that come in would have to wait.
ALONE: Statement[tuple[bool]] = Statement(
    "SELECT pg_try_advisory_xact_lock(hashtextextended('token ' || $1::uuid::text, 0)) AS held"
)

# Only over the credentials that were given to the platform: what somebody stored meanwhile is newer.
KEEP_RENEWED = Statement(
    f"""
    UPDATE channel_account
    SET secrets = $4, fields = fields || $5, token_given_at = $10, token_expires_at = $7, token_due_at = $8,
        token_failures = 0, token_warned_at = $9, updated_at = $6,
        status = CASE status WHEN 'reconnect' THEN 'connected' ELSE status END,
        status_reason = CASE status WHEN 'reconnect' THEN NULL ELSE status_reason END
    WHERE workspace_id = $1 AND id = $2 AND secrets = $3 RETURNING {COLUMNS}
    """,
    AccountRow,
)

POSTPONE: Statement[None] = Statement(
    """
    UPDATE channel_account SET token_due_at = $3, token_failures = token_failures + 1
    WHERE workspace_id = $1 AND id = $2
    """
)

WARN = Statement(
    f"""
    UPDATE channel_account SET token_warned_at = $3, token_due_at = NULL, updated_at = $3
    WHERE workspace_id = $1 AND id = $2 AND token_warned_at IS NULL RETURNING {COLUMNS}
    """,
    AccountRow,
)


class DueToken(msgspec.Struct, frozen=True):
    """An account whose credentials are due."""

    workspace_id: UUID
    id: UUID
    platform: str


DUE = Statement(
    """
    SELECT workspace_id, id, platform FROM channel_account
    WHERE token_due_at <= $1 AND status IN ('connected', 'paused') ORDER BY token_due_at LIMIT $2
    """,
    DueToken,
)

NEXT_DUE: Statement[tuple[datetime]] = Statement(
    """
    SELECT min(token_due_at) AS at FROM channel_account
    WHERE token_due_at IS NOT NULL AND status IN ('connected', 'paused')
    """
)

# Authorizations

AuthorizationStatus = Literal["waiting", "exchanging", "ready", "failed", "done"]


class AuthorizationRow(msgspec.Struct, frozen=True):
    """`sealed` is what `SecretBox` made of an `authorizations.Kept`."""

    workspace_id: UUID
    id: UUID
    user_id: UUID
    platform: str
    account_id: UUID | None
    status: AuthorizationStatus
    sealed: bytes
    error: str | None
    expires_at: datetime


_AUTHORIZATION = "workspace_id, id, user_id, platform, account_id, status, sealed, error, expires_at"

BEGIN: Statement[None] = Statement(
    """
    INSERT INTO account_authorization
        (workspace_id, id, user_id, platform, account_id, state_hash, status, sealed, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8, $9)
    """
)

FIND_BY_STATE = Statement(
    f"SELECT {_AUTHORIZATION} FROM account_authorization WHERE state_hash = $1", AuthorizationRow
)

# Of two that come with the same state, one gets it.
TAKE = Statement(
    f"""
    UPDATE account_authorization SET status = 'exchanging'
    WHERE state_hash = $1 AND status = 'waiting' AND expires_at > $2 RETURNING {_AUTHORIZATION}
    """,
    AuthorizationRow,
)

FIND_AUTHORIZATION = Statement(
    f"""
    SELECT {_AUTHORIZATION} FROM account_authorization WHERE workspace_id = $1 AND id = $2 AND user_id = $3
    """,
    AuthorizationRow,
)

LOCK_AUTHORIZATION = Statement(
    f"""
    SELECT {_AUTHORIZATION} FROM account_authorization
    WHERE workspace_id = $1 AND id = $2 AND user_id = $3 FOR UPDATE
    """,
    AuthorizationRow,
)

SET_AUTHORIZATION: Statement[None] = Statement(
    """
    UPDATE account_authorization SET status = $3, sealed = $4, error = $5, expires_at = $6
    WHERE workspace_id = $1 AND id = $2
    """
)


class ConnectedIdentity(msgspec.Struct, frozen=True):
    """Which of a platform's accounts is connected here."""

    platform_account_id: str
    id: UUID
    status: str


CONNECTED_OF = Statement(
    """
    SELECT platform_account_id, id, status FROM channel_account
    WHERE workspace_id = $1 AND platform = $2 AND status <> 'disconnected'
      AND platform_account_id = ANY ($3::text[])
    """,
    ConnectedIdentity,
)
