"""All SQL of the delivery queue, its attempts and its gates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from hark.delivery.models import (
    AttemptRow,
    AttemptView,
    Claimed,
    DeliveryState,
    DeliveryView,
    DueAccount,
    GateRow,
    NewDelivery,
    Outcome,
    QueuedDelivery,
)
from hark.infra.db import Connection, Statement, columns

# Queueing ---------------------------------------------------------------------------------------------------

QUEUE: Statement[None] = Statement(
    """
    INSERT INTO delivery (workspace_id, id, message_id, conversation_id, account_id, idempotency_key, state,
                          outbound, due_at, created_by, created_at, updated_at)
    SELECT $1, id, message_id, $2, $3, idempotency_key, 'queued', outbound, $4, $5, $6, $6
    FROM unnest($7::uuid[], $8::uuid[], $9::text[], $10::bytea[])
         AS given (id, message_id, idempotency_key, outbound)
    """
)

OF_KEY = Statement(
    """
    SELECT id, message_id, conversation_id, account_id, state, due_at, outbound
    FROM delivery WHERE workspace_id = $1 AND idempotency_key = ANY ($2::text[]) ORDER BY position
    """,
    QueuedDelivery,
)

_OF_MESSAGE = """
    SELECT id, message_id, conversation_id, account_id, state, due_at, outbound
    FROM delivery WHERE workspace_id = $1 AND message_id = $2
"""

OF_MESSAGE = Statement(_OF_MESSAGE, QueuedDelivery)
LOCK_OF_MESSAGE = Statement(_OF_MESSAGE + " FOR UPDATE", QueuedDelivery)

SET_STATE: Statement[None] = Statement(
    """
    UPDATE delivery SET state = $4, updated_at = $5, error_code = NULL, error_message = NULL
    WHERE workspace_id = $1 AND message_id = $2 AND state = $3
    """
)

# A resent message goes to the end of its conversation's queue: what was queued meanwhile keeps its place.
REQUEUE: Statement[None] = Statement(
    """
    UPDATE delivery
    SET state = 'queued', position = DEFAULT, due_at = $3, lease_until = NULL, error_code = NULL,
        error_message = NULL, updated_at = $3
    WHERE workspace_id = $1 AND message_id = $2 AND state IN ('rejected', 'unknown')
    """
)

# Claiming ---------------------------------------------------------------------------------------------------

DUE_ACCOUNTS = Statement(
    """
    SELECT a.workspace_id, a.id AS account_id, a.platform
    FROM channel_account a
    LEFT JOIN account_gate g ON g.workspace_id = a.workspace_id AND g.account_id = a.id
    WHERE a.status = 'connected' AND (g.blocked_until IS NULL OR g.blocked_until <= $1)
      AND EXISTS (SELECT FROM delivery d WHERE d.account_id = a.id AND d.state = 'queued' AND d.due_at <= $1)
    ORDER BY random()
    """,
    DueAccount,
)

GATE = Statement(
    """
    SELECT tokens, refilled_at, blocked_until, failures
    FROM account_gate WHERE workspace_id = $1 AND account_id = $2 FOR UPDATE
    """,
    GateRow,
)

MAKE_GATE: Statement[None] = Statement(
    """
    INSERT INTO account_gate (workspace_id, account_id, refilled_at) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING
    """
)

IN_FLIGHT: Statement[tuple[int]] = Statement(
    "SELECT count(*) FROM delivery WHERE workspace_id = $1 AND account_id = $2 AND state = 'sending'"
)

# The head of a conversation's queue is the only one that may leave: nothing of the conversation is being
# sent, and nothing older is queued. Agents' replies come before automatic ones. Attempt and pace are
# written with it.
CLAIM = Statement(
    """
    WITH head AS (
        SELECT d.workspace_id, d.id
        FROM delivery d
        LEFT JOIN conversation_gate g
               ON g.workspace_id = d.workspace_id AND g.conversation_id = d.conversation_id
        WHERE d.workspace_id = $1 AND d.account_id = $2 AND d.state = 'queued' AND d.due_at <= $3
          AND (g.next_at IS NULL OR g.next_at <= $3)
          AND NOT EXISTS (
              SELECT FROM delivery e
              WHERE e.workspace_id = d.workspace_id AND e.conversation_id = d.conversation_id AND e.id <> d.id
                AND (e.state = 'sending' OR (e.state = 'queued' AND e.position < d.position)))
        ORDER BY (d.created_by IS NULL), d.due_at, d.position
        LIMIT $4
        FOR UPDATE OF d SKIP LOCKED
    ), claimed AS (
        UPDATE delivery d
        SET state = 'sending', attempts = d.attempts + 1, lease_until = $5, updated_at = $3
        FROM head WHERE d.workspace_id = head.workspace_id AND d.id = head.id
        RETURNING d.*
    ), tried AS (
        INSERT INTO attempt (workspace_id, delivery_id, number, started_at)
        SELECT workspace_id, id, attempts, $3 FROM claimed
    ), paced AS (
        INSERT INTO conversation_gate (workspace_id, conversation_id, next_at)
        SELECT workspace_id, conversation_id, $6 FROM claimed WHERE $6 > $3
        ON CONFLICT (workspace_id, conversation_id) DO UPDATE SET next_at = excluded.next_at
    )
    SELECT workspace_id, id, message_id, conversation_id, account_id, outbound, attempts AS number,
           created_by, created_at, updated_at AS started_at
    FROM claimed ORDER BY position
    """,
    Claimed,
)

# The moment never goes back: a worker whose clock is behind must not make tokens out of the difference.
SPEND: Statement[None] = Statement(
    """
    UPDATE account_gate SET tokens = $3, refilled_at = greatest(refilled_at, $4)
    WHERE workspace_id = $1 AND account_id = $2
    """
)

# Each branch is one probe of an index: the moments at which something may become possible again.
NEXT_DUE: Statement[tuple[datetime]] = Statement(
    """
    SELECT least(
        (SELECT min(due_at) FROM delivery WHERE state = 'queued' AND due_at > $1),
        (SELECT min(lease_until) FROM delivery WHERE state = 'sending'),
        (SELECT min(blocked_until) FROM account_gate WHERE blocked_until > $1),
        (SELECT min(next_at) FROM conversation_gate WHERE next_at > $1))
    """
)

FORGET_PACE: Statement[None] = Statement("DELETE FROM conversation_gate WHERE next_at < $1")

# Outcomes ---------------------------------------------------------------------------------------------------

# Only the attempt that made the call may say how it ended; what was given up as unknown may still turn out
# well.
SETTLE: Statement[None] = Statement(
    """
    UPDATE delivery
    SET state = $5, due_at = coalesce($6, due_at), lease_until = NULL, error_code = $7, error_message = $8,
        updated_at = $9
    WHERE workspace_id = $1 AND id = $2 AND attempts = $3 AND state = ANY ($4::text[])
    """
)

FINISH_ATTEMPT: Statement[None] = Statement(
    """
    UPDATE attempt SET finished_at = $4, outcome = $5, http_status = $6, code = $7, detail = $8
    WHERE workspace_id = $1 AND delivery_id = $2 AND number = $3
    """
)

SAVE_CIRCUIT: Statement[None] = Statement(
    """
    UPDATE account_gate
    SET failures = $3, blocked_until = greatest(blocked_until, $4),
        block_reason = CASE WHEN $4::timestamptz IS NULL THEN block_reason ELSE $5 END,
        opened_at = CASE WHEN $4::timestamptz IS NULL THEN opened_at ELSE coalesce(opened_at, $6) END
    WHERE workspace_id = $1 AND account_id = $2
    """
)

CLOSE_CIRCUIT: Statement[None] = Statement(
    """
    UPDATE account_gate SET failures = 0, opened_at = NULL,
           blocked_until = CASE WHEN opened_at IS NULL THEN blocked_until END,
           block_reason = CASE WHEN opened_at IS NULL THEN block_reason END
    WHERE workspace_id = $1 AND account_id = $2 AND failures > 0
    """
)

BLOCK_ACCOUNT: Statement[None] = Statement(
    """
    INSERT INTO account_gate (workspace_id, account_id, refilled_at, blocked_until, block_reason)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (workspace_id, account_id) DO UPDATE
    SET blocked_until = greatest(account_gate.blocked_until, excluded.blocked_until),
        block_reason = excluded.block_reason
    """
)

BLOCK_CONVERSATION: Statement[None] = Statement(
    """
    INSERT INTO conversation_gate (workspace_id, conversation_id, next_at) VALUES ($1, $2, $3)
    ON CONFLICT (workspace_id, conversation_id) DO UPDATE
    SET next_at = greatest(conversation_gate.next_at, excluded.next_at)
    """
)

# A worker that went silent: its delivery is taken over under a new lease, to be looked up, never repeated.
TAKE_OVER = Statement(
    """
    WITH silent AS (
        SELECT workspace_id, id FROM delivery
        WHERE state = 'sending' AND lease_until <= $1 ORDER BY lease_until LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    UPDATE delivery d SET lease_until = $3
    FROM silent WHERE d.workspace_id = silent.workspace_id AND d.id = silent.id
    RETURNING d.workspace_id, d.id, d.message_id, d.conversation_id, d.account_id, d.outbound,
              d.attempts AS number, d.created_by, d.created_at, d.updated_at AS started_at
    """,
    Claimed,
)

PLATFORMS: Statement[tuple[UUID, str]] = Statement(
    "SELECT id, platform FROM channel_account WHERE id = ANY ($1::uuid[])"
)

# Lists ------------------------------------------------------------------------------------------------------

LISTED = Statement(
    """
    SELECT id, message_id, conversation_id, account_id, position, state, due_at, error_code, error_message,
           '[]'::jsonb AS attempts
    FROM delivery
    WHERE workspace_id = $1 AND ($2::text IS NULL OR state = $2) AND ($3::uuid IS NULL OR account_id = $3)
      AND ($4::uuid IS NULL OR conversation_id = $4) AND position < $5
    ORDER BY position DESC LIMIT $6
    """,
    DeliveryView,
)


ATTEMPTS = Statement(
    """
    SELECT delivery_id, number, started_at, finished_at, outcome, http_status, code, detail
    FROM attempt WHERE workspace_id = $1 AND delivery_id = ANY ($2::uuid[]) ORDER BY delivery_id, number
    """,
    AttemptRow,
)


async def queue(
    connection: Connection,
    workspace_id: UUID,
    conversation_id: UUID,
    account_id: UUID,
    deliveries: Sequence[NewDelivery],
    *,
    due_at: datetime,
    created_by: UUID | None,
    at: datetime,
) -> None:
    """Queues the pieces of one reply. The caller holds the conversation's row: positions follow commit
    order."""
    rows = [
        (entry.id, entry.message_id, entry.idempotency_key, msgspec.json.encode(entry.piece))
        for entry in deliveries
    ]
    await QUEUE.run(
        connection, workspace_id, conversation_id, account_id, due_at, created_by, at, *columns(rows, 4)
    )


async def lock_gate(connection: Connection, workspace_id: UUID, account_id: UUID, at: datetime) -> GateRow:
    """The account's gate, locked until the transaction ends; made where it is missing."""
    row = await GATE.find(connection, workspace_id, account_id)
    if row is None:
        await MAKE_GATE.run(connection, workspace_id, account_id, at)
        row = await GATE.one(connection, workspace_id, account_id)
    return row


async def settle(
    connection: Connection,
    workspace_id: UUID,
    delivery_id: UUID,
    number: int,
    state: DeliveryState,
    at: datetime,
    *,
    from_states: Sequence[DeliveryState] = ("sending",),
    due_at: datetime | None = None,
    error: tuple[str, str] | None = None,
) -> bool:
    """Whether the attempt was still the one that counts."""
    code, message = error or (None, None)
    touched = await SETTLE.run(
        connection, workspace_id, delivery_id, number, list(from_states), state, due_at, code, message, at
    )
    return touched == 1


async def finish_attempt(
    connection: Connection,
    workspace_id: UUID,
    delivery_id: UUID,
    number: int,
    at: datetime,
    outcome: Outcome,
    *,
    http_status: int | None = None,
    error: tuple[str, str] | None = None,
) -> None:
    code, detail = error or (None, None)
    await FINISH_ATTEMPT.run(
        connection, workspace_id, delivery_id, number, at, outcome, http_status, code, detail
    )


async def list_deliveries(
    connection: Connection,
    workspace_id: UUID,
    *,
    state: str | None,
    account_id: UUID | None,
    conversation_id: UUID | None,
    before: int,
    limit: int,
) -> list[DeliveryView]:
    """Newest first, from `before` (a position; 2**63 - 1 for the newest) on, each with its attempts."""
    found = await LISTED.all(connection, workspace_id, state, account_id, conversation_id, before, limit)
    attempts: dict[UUID, list[AttemptView]] = {view.id: [] for view in found}
    for row in await ATTEMPTS.all(connection, workspace_id, list(attempts)):
        values = msgspec.structs.asdict(row)
        attempts[values.pop("delivery_id")].append(AttemptView(**values))
    return [msgspec.structs.replace(view, attempts=attempts[view.id]) for view in found]
