"""SQL of fetching and removing files."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from hark.infra.db import Statement


class Pending(msgspec.Struct, frozen=True):
    """A file of a message, or the picture of a post, that this worker must now fetch; `attempts` counts this one.
    `size` is what the platform announced."""

    workspace_id: UUID
    id: UUID
    message_id: UUID | None
    post_id: UUID | None
    account_id: UUID
    kind: str
    size: int | None
    source_url: str | None
    file_id: str | None
    attempts: int


class Withdrawn(msgspec.Struct, frozen=True):
    """A file whose message was withdrawn, and whose bytes are still there."""

    workspace_id: UUID
    id: UUID
    blob_key: str | None
    thumbnail_key: str | None


# `next_try_at` is the lease: when it has passed and the file is still pending, its worker is gone.
CLAIM = Statement(
    """
    WITH due AS (
        SELECT workspace_id, id FROM attachment
        WHERE state = 'pending' AND next_try_at <= $1 AND (message_id IS NOT NULL OR post_id IS NOT NULL)
          AND NOT account_id = ANY ($3::uuid[])
        ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE attachment a SET attempts = a.attempts + 1, next_try_at = $2
    FROM due WHERE a.workspace_id = due.workspace_id AND a.id = due.id
    RETURNING a.workspace_id, a.id, a.message_id, a.post_id, a.account_id, a.kind, a.size, a.source_url, a.file_id, a.attempts
    """,
    Pending,
)

NEXT_DUE: Statement[tuple[datetime]] = Statement(
    "SELECT min(next_try_at) FROM attachment WHERE state = 'pending' AND next_try_at > $1"
)

# The state is asked again: a message can be withdrawn while its file is on the way.
STORE: Statement[None] = Statement(
    """
    UPDATE attachment
    SET state = 'stored', state_reason = NULL, next_try_at = NULL, blob_key = $3, thumbnail_key = $4, mime_type = $5,
        size = $6, width = coalesce($7, width), height = coalesce($8, height)
    WHERE workspace_id = $1 AND id = $2 AND state = 'pending'
    """
)

CLOSE: Statement[None] = Statement(
    """
    UPDATE attachment SET state = $3, state_reason = $4, next_try_at = NULL
    WHERE workspace_id = $1 AND id = $2 AND state = 'pending'
    """
)

TRY_AGAIN: Statement[None] = Statement(
    """
    UPDATE attachment SET next_try_at = $3 WHERE workspace_id = $1 AND id = $2 AND state = 'pending'
    """
)

# First of all, as ingest does when it withdraws a message and then its files.
LOCK_MESSAGE: Statement[tuple[UUID]] = Statement(
    "SELECT id FROM message WHERE workspace_id = $1 AND id = $2 FOR UPDATE"
)

TOUCH_MESSAGE: Statement[None] = Statement(
    "UPDATE message SET updated_at = $3 WHERE workspace_id = $1 AND id = $2"
)

WITHDRAWN = Statement(
    """
    SELECT workspace_id, id, blob_key, thumbnail_key FROM attachment
    WHERE state = 'withdrawn' AND (blob_key IS NOT NULL OR thumbnail_key IS NOT NULL) LIMIT $1
    """,
    Withdrawn,
)

FORGET: Statement[None] = Statement(
    "UPDATE attachment SET blob_key = NULL, thumbnail_key = NULL WHERE workspace_id = $1 AND id = $2"
)
