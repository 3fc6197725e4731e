"""All SQL of raw events."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from hark.infra.db import Connection, Statement, columns
from hark.intake.models import ClaimedRaw, NewRaw, Quarantined, ReasonCount

RECORD: Statement[tuple[int]] = Statement(
    """
    INSERT INTO raw_event (workspace_id, account_id, dedup_key, payload, received_at, origin)
    SELECT workspace_id, account_id, dedup_key, payload, received_at, $6
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::timestamptz[])
         AS given (workspace_id, account_id, dedup_key, payload, received_at)
    ON CONFLICT (account_id, dedup_key) DO NOTHING
    """
)

RECORD_QUARANTINED: Statement[tuple[int]] = Statement(
    """
    INSERT INTO raw_event (workspace_id, account_id, dedup_key, payload, received_at, origin, reason, detail, state)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'quarantined')
    ON CONFLICT (account_id, dedup_key) DO NOTHING
    """
)

# Oldest first, so that a backlog is worked off in the order of arrival; locked rows belong to another worker's transaction.
CLAIM = Statement(
    """
    SELECT workspace_id, account_id, id, origin, received_at, payload
    FROM raw_event WHERE state = 'pending' ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
    """,
    ClaimedRaw,
)

CLAIM_THESE = Statement(
    """
    SELECT workspace_id, account_id, id, origin, received_at, payload
    FROM raw_event WHERE state = 'pending' AND id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE SKIP LOCKED
    """,
    ClaimedRaw,
)

FINISH: Statement[None] = Statement(
    """
    UPDATE raw_event SET state = given.state, reason = given.reason, detail = given.detail, done_at = $5
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS given (id, state, reason, detail)
    WHERE raw_event.id = given.id AND raw_event.state = 'pending'
    """
)

QUARANTINE: Statement[None] = Statement(
    """
    UPDATE raw_event SET state = 'quarantined', reason = $2, detail = $3, done_at = $4
    WHERE id = $1 AND state = 'pending'
    """
)

LIST_QUARANTINED = Statement(
    """
    SELECT id, account_id, dedup_key, received_at, origin, reason, detail, payload
    FROM raw_event
    WHERE workspace_id = $1 AND state = 'quarantined' AND id < $2
      AND ($3::text IS NULL OR reason = $3) AND ($4::uuid IS NULL OR account_id = $4)
    ORDER BY id DESC LIMIT $5
    """,
    Quarantined,
)

COUNT_QUARANTINED: Statement[tuple[int]] = Statement(
    "SELECT count(*) FROM raw_event WHERE workspace_id = $1 AND state = 'quarantined'"
)

COUNT_IGNORED = Statement(
    """
    SELECT coalesce(reason, '') AS reason, count(*) AS count, max(received_at) AS latest_at
    FROM raw_event WHERE workspace_id = $1 AND state = 'ignored' GROUP BY 1 ORDER BY 2 DESC
    """,
    ReasonCount,
)

REPLAY: Statement[tuple[int]] = Statement(
    """
    UPDATE raw_event SET state = 'pending', origin = 'replay', reason = NULL, detail = NULL, done_at = NULL
    WHERE workspace_id = $1 AND state = 'quarantined'
      AND ($2::bigint[] IS NULL OR id = ANY ($2))
      AND ($3::timestamptz IS NULL OR received_at >= $3) AND ($4::timestamptz IS NULL OR received_at < $4)
    """
)

PENDING: Statement[tuple[int]] = Statement("SELECT count(*) FROM raw_event WHERE state = 'pending'")

# Done events are kept for a while, because a platform may redeliver for days; their key is what absorbs the repeat.
FORGET: Statement[None] = Statement(
    """
    DELETE FROM raw_event WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM raw_event WHERE state IN ('done', 'ignored') AND done_at < $1 LIMIT $2))
    """
)


_KEY = attrgetter("dedup_key")


async def insert(connection: Connection, rows: Sequence[NewRaw]) -> int:
    """Records raw events; gives how many were new. In the order of their keys, so that two such inserts cannot lock one
    another out. Without a transaction around it, each origin's rows are one statement and so one commit."""
    added = 0
    for origin in sorted({row.origin for row in rows}):
        fit = sorted((row for row in rows if row.reason is None and row.origin == origin), key=_KEY)
        if fit:
            arrays = columns(
                [
                    (row.workspace_id, row.account_id, row.dedup_key, row.payload, row.received_at)
                    for row in fit
                ],
                5,
            )
            added += await RECORD.run(connection, *arrays, origin)
    for row in sorted((row for row in rows if row.reason is not None), key=_KEY):
        added += await RECORD_QUARANTINED.run(
            connection,
            row.workspace_id,
            row.account_id,
            row.dedup_key,
            row.payload,
            row.received_at,
            row.origin,
            row.reason,
            row.detail,
        )
    return added
