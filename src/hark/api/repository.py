"""SQL of the door itself: answers kept for repeated requests."""

from __future__ import annotations

import msgspec

from hark.infra.db import Statement


class KeptAnswer(msgspec.Struct, frozen=True):
    fingerprint: str
    body: bytes


# Of two requests with one key the second waits here until the first has committed.
CLAIM: Statement[None] = Statement(
    """
    INSERT INTO idempotency (workspace_id, actor, key, fingerprint, status, body, created_at)
    VALUES ($1, $2, $3, $4, 0, '', $5) ON CONFLICT (workspace_id, actor, key) DO NOTHING
    """
)
FIND = Statement(
    "SELECT fingerprint, body FROM idempotency WHERE workspace_id = $1 AND actor = $2 AND key = $3",
    KeptAnswer,
)
KEEP: Statement[None] = Statement(
    "UPDATE idempotency SET status = $4, body = $5 WHERE workspace_id = $1 AND actor = $2 AND key = $3"
)
READY: Statement[tuple[bool]] = Statement(
    "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean"
)
