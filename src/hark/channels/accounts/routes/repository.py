"""All SQL of account routes."""

from __future__ import annotations

from uuid import UUID

import msgspec

from hark.infra.db import Statement


class AccountRoute(msgspec.Struct, frozen=True):
    """What ingest must know of an account; no secrets."""

    workspace_id: UUID
    id: UUID
    platform: str
    platform_account_id: str
    status: str
    fields: dict[str, str] = {}


ROUTES_BY_ID = Statement(
    """
    SELECT workspace_id, id, platform, platform_account_id, status, fields FROM channel_account WHERE id = ANY
    ($1::uuid[])
    """,
    AccountRoute,
)

ROUTES_BY_PLATFORM_ID = Statement(
    """
    SELECT workspace_id, id, platform, platform_account_id, status, fields FROM channel_account
    WHERE platform = $1 AND platform_account_id = ANY ($2::text[]) AND status <> 'disconnected'
      AND ($3::uuid IS NULL OR workspace_id = $3)
    """,
    AccountRoute,
)

# Once a minute is exact enough for people, and keeps this row out of the hot path.
TOUCH: Statement[None] = Statement(
    """
    UPDATE channel_account a SET last_event_at = given.at
    FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS given (workspace_id, id, at)
    WHERE a.workspace_id = given.workspace_id AND a.id = given.id
      AND (a.last_event_at IS NULL OR a.last_event_at < given.at - interval '60 seconds')
    """
)

CONNECTED = Statement(
    """
    SELECT workspace_id, id, platform, platform_account_id, status, fields FROM channel_account
    WHERE status = 'connected' ORDER BY workspace_id, id
    """,
    AccountRoute,
)
