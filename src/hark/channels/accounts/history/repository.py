"""SQL of imports and repairs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from hark.channels.accounts.models import AccountRow
from hark.channels.accounts.repository import COLUMNS
from hark.infra.db import Statement


class ImportState(msgspec.Struct, frozen=True):
    """Where an import stands. `cursor` is the platform's place to go on from, None at the beginning."""

    workspace_id: UUID
    id: UUID
    platform: str
    state: str
    count: int
    cursor: str | None


class GapState(msgspec.Struct, frozen=True):
    """From when on an account's events may be missing."""

    workspace_id: UUID
    id: UUID
    platform: str
    reconciled_at: datetime | None
    created_at: datetime


_IMPORT = """
    workspace_id, id, platform, history_state AS state, history_count AS count, history_cursor AS cursor
"""

FIND_IMPORT = Statement(
    f"SELECT {_IMPORT} FROM channel_account WHERE workspace_id = $1 AND id = $2", ImportState
)

# `history_due_at` is when one that waits may go on, and until when one that runs counts as running: it says so anew with
# every page; when it has been silent for long, its worker is gone and another goes on.
CLAIM_IMPORT = Statement(
    f"""
    UPDATE channel_account SET history_state = 'running', history_due_at = $2, updated_at = $1
    WHERE (workspace_id, id) = (
        SELECT workspace_id, id FROM channel_account
        WHERE status = 'connected' AND platform = ANY ($3::text[]) AND history_state IN ('queued', 'running')
          AND coalesce(history_due_at, '-infinity') <= $1
        ORDER BY coalesce(history_due_at, updated_at) LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING {_IMPORT}
    """,
    ImportState,
)

# Only while it still runs: an import that was asked for anew, or an account that was disconnected, is left
# alone.
SAVE_IMPORT = Statement(
    f"""
    UPDATE channel_account
    SET history_state = $3, history_count = history_count + $4, history_cursor = $5, updated_at = $6,
        history_total = coalesce($7, history_total), history_oldest_at = least(history_oldest_at, $8),
        history_due_at = $9
    WHERE workspace_id = $1 AND id = $2 AND history_state = 'running'
    RETURNING {COLUMNS}
    """,
    AccountRow,
)

REQUEST_IMPORT = Statement(
    f"""
    UPDATE channel_account
    SET history_state = 'queued', history_count = 0, history_cursor = NULL, history_total = NULL,
        history_oldest_at = NULL, history_due_at = NULL, updated_at = $3
    WHERE workspace_id = $1 AND id = $2 AND status = 'connected' AND history_state NOT IN ('queued', 'running')
    RETURNING {COLUMNS}
    """,
    AccountRow,
)

# The limit holds it up for longer than a worker would wait.
PAUSE_IMPORT = Statement(
    f"""
    UPDATE channel_account SET history_state = 'queued', history_due_at = $3, updated_at = $4
    WHERE workspace_id = $1 AND id = $2 AND history_state = 'running' RETURNING {COLUMNS}
    """,
    AccountRow,
)

HOLD_IMPORT: Statement[None] = Statement(
    """
    UPDATE channel_account SET history_due_at = $3
    WHERE workspace_id = $1 AND id = $2 AND history_state = 'running'
    """
)

# Who looks says until when (`state.repairing_until`), so that several workers do not make the same look;
# `reconciled_at` moves only when the look is done, so that one that was cut off is made again in full.
CLAIM_GAPS = Statement(
    """
    WITH due AS (
        SELECT workspace_id, id FROM channel_account
        WHERE status = 'connected' AND platform = ANY ($4::text[]) AND coalesce(reconciled_at, created_at) <= $2
          AND coalesce((state ->> 'repairing_until')::timestamptz, '-infinity') <= $1
        ORDER BY greatest(coalesce(reconciled_at, created_at), (state ->> 'repairing_until')::timestamptz)
        LIMIT 4 FOR UPDATE SKIP LOCKED
    )
    UPDATE channel_account a SET state = a.state || jsonb_build_object('repairing_until', $3::timestamptz)
    FROM due WHERE a.workspace_id = due.workspace_id AND a.id = due.id
    RETURNING a.workspace_id, a.id, a.platform, a.reconciled_at, a.created_at
    """,
    GapState,
)

FIND_GAP = Statement(
    """
    SELECT workspace_id, id, platform, reconciled_at, created_at
    FROM channel_account WHERE workspace_id = $1 AND id = $2
    """,
    GapState,
)

SET_RECONCILED: Statement[None] = Statement(
    """
    UPDATE channel_account SET reconciled_at = $3, state = state - 'repairing_until'
    WHERE workspace_id = $1 AND id = $2
    """
)

LOOK_AGAIN: Statement[None] = Statement(
    """
    UPDATE channel_account SET state = state || jsonb_build_object('repairing_until', $3::timestamptz)
    WHERE workspace_id = $1 AND id = $2
    """
)
