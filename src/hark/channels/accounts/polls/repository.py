"""All SQL of polls."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from hark.infra.db import Statement


class PollState(msgspec.Struct, frozen=True):
    """A poll to make, or to go on with from `cursor`. What is newer than `since` is wanted; it began at `began_at`."""

    workspace_id: UUID
    id: UUID
    platform: str
    since: datetime
    began_at: datetime
    cursor: str | None
    failures: int


# Several workers never ask for one account at once: who claims says until when that counts, and anew with every page.
# Accounts of $4 are asked on schedule; of the other platforms of $3 only those for which something said that there is something.
# $5 is the room of each platform, so that one that hangs fills its own places only.
CLAIM_POLLS = Statement(
    """
    WITH due AS (
        SELECT found.workspace_id, found.id
        FROM unnest($3::text[], $5::int[]) AS asked (platform, room)
        CROSS JOIN LATERAL (
            SELECT workspace_id, id FROM channel_account
            WHERE status = 'connected' AND platform = asked.platform
              AND (poll_due_at <= $1 OR (poll_asked_at IS NOT NULL AND poll_failures = 0)
                   OR (poll_due_at IS NULL AND platform = ANY ($4::text[])))
              AND coalesce(poll_lease_until, '-infinity') <= $1
            ORDER BY poll_due_at NULLS FIRST LIMIT asked.room FOR UPDATE SKIP LOCKED
        ) found
    )
    UPDATE channel_account a
    SET poll_lease_until = $2, poll_began_at = coalesce(a.poll_began_at, $1), poll_asked_at = NULL
    FROM due WHERE a.workspace_id = due.workspace_id AND a.id = due.id
    RETURNING a.workspace_id, a.id, a.platform, greatest(a.polled_at, a.reconciled_at, a.created_at) AS since,
              a.poll_began_at AS began_at, a.poll_cursor AS cursor, a.poll_failures AS failures
    """,
    PollState,
)

NEXT_POLL: Statement[tuple[datetime]] = Statement(
    """
    SELECT min(greatest(poll_due_at, poll_lease_until)) FROM channel_account
    WHERE status = 'connected' AND platform = ANY ($1::text[]) AND poll_due_at IS NOT NULL
    """
)

# In the transaction that stores a page; nothing where somebody else has taken the poll over meanwhile.
GO_ON: Statement[None] = Statement(
    """
    UPDATE channel_account SET poll_cursor = $4, poll_lease_until = $5
    WHERE workspace_id = $1 AND id = $2 AND poll_lease_until = $3
    """
)

FINISH: Statement[None] = Statement(
    """
    UPDATE channel_account
    SET polled_at = greatest(polled_at, poll_began_at), reconciled_at = greatest(reconciled_at, poll_began_at),
        poll_began_at = NULL, poll_cursor = NULL, poll_lease_until = NULL, poll_due_at = $4,
        poll_failures = 0, poll_failing_at = NULL, poll_error = NULL, poll_spent = $5
    WHERE workspace_id = $1 AND id = $2 AND poll_lease_until = $3
    """
)

# Its turn comes later; where it was is kept.
POSTPONE: Statement[None] = Statement(
    """
    UPDATE channel_account SET poll_lease_until = NULL, poll_due_at = $4
    WHERE workspace_id = $1 AND id = $2 AND poll_lease_until = $3
    """
)

# `since` stays; a cursor that the platform refuses is given up ($7) and the walk begins anew.
FAIL: Statement[None] = Statement(
    """
    UPDATE channel_account
    SET poll_lease_until = NULL, poll_due_at = $4, poll_failures = poll_failures + 1,
        poll_failing_at = coalesce(poll_failing_at, $5), poll_error = $6,
        poll_cursor = CASE WHEN $7::boolean THEN NULL ELSE poll_cursor END
    WHERE workspace_id = $1 AND id = $2 AND poll_lease_until = $3
    """
)

POLL_NOW: Statement[None] = Statement(
    "UPDATE channel_account SET poll_asked_at = $2 WHERE id = ANY ($1::uuid[]) AND poll_asked_at IS NULL"
)

# Whether events come by themselves: an open stream, or a webhook that the platform has used and whose last check was good.
STANDING: Statement[tuple[bool]] = Statement(
    """
    SELECT EXISTS (SELECT FROM account_listener WHERE workspace_id = $1 AND account_id = $2
                   AND standing_at IS NOT NULL AND lease_until > $3)
        OR EXISTS (SELECT FROM channel_account WHERE workspace_id = $1 AND id = $2 AND webhook_verified_at IS NOT NULL
                   AND coalesce(state -> 'failing', '{}') = '{}')
    """
)
