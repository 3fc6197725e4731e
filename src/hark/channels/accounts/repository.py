"""All SQL of connected accounts."""

from __future__ import annotations

from hark.channels.accounts.models import AccountRow
from hark.infra.db import Statement

COLUMNS = """
    workspace_id, id, platform, platform_account_id, name, status, status_reason, webhook_key, secrets,
    fields, state,
    webhook_verified_at, last_event_at, forged_count, history_state, history_count,
    history_total, history_oldest_at, history_due_at, polled_at, reconciled_at,
    token_given_at, token_expires_at, token_due_at, token_failures, token_warned_at, created_at, updated_at
"""

FIND = Statement(f"SELECT {COLUMNS} FROM channel_account WHERE workspace_id = $1 AND id = $2", AccountRow)
LOCK = Statement(
    f"SELECT {COLUMNS} FROM channel_account WHERE workspace_id = $1 AND id = $2 FOR UPDATE", AccountRow
)
FIND_BY_ID = Statement(f"SELECT {COLUMNS} FROM channel_account WHERE id = $1", AccountRow)
FIND_BY_WEBHOOK_KEY = Statement(f"SELECT {COLUMNS} FROM channel_account WHERE webhook_key = $1", AccountRow)
FIND_BY_PLATFORM_ID = Statement(
    f"""
    SELECT {COLUMNS} FROM channel_account WHERE workspace_id = $1 AND platform = $2 AND platform_account_id =
    $3
    ORDER BY status = 'disconnected', id DESC LIMIT 1
    """,
    AccountRow,
)
REVIVE = Statement(
    f"""
    UPDATE channel_account SET name = $3, status = 'connected', status_reason = NULL, webhook_key = $4,
    secrets = $5,
           fields = $6, state = $7, webhook_verified_at = NULL, updated_at = $8
    WHERE workspace_id = $1 AND id = $2 AND status = 'disconnected' RETURNING {COLUMNS}
    """,
    AccountRow,
)
LIST = Statement(
    f"""
    SELECT {COLUMNS} FROM channel_account
    WHERE workspace_id = $1 AND status <> 'disconnected' AND id > $2 ORDER BY id LIMIT $3
    """,
    AccountRow,
)
LIST_CONNECTED = Statement(
    f"SELECT {COLUMNS} FROM channel_account WHERE status = 'connected' ORDER BY workspace_id, id", AccountRow
)
INSERT = Statement(
    f"""
    INSERT INTO channel_account (workspace_id, id, platform, platform_account_id, name, status, webhook_key,
    secrets,
                                 fields, state, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, 'connected', $6, $7, $8, $9, $10, $10)
    ON CONFLICT (workspace_id, platform, platform_account_id) WHERE status <> 'disconnected' DO NOTHING
    RETURNING {COLUMNS}
    """,
    AccountRow,
)
UPDATE = Statement(
    f"""
    UPDATE channel_account SET name = $3, status = $4, status_reason = $5, secrets = $6, fields = $7, state =
    $8,
           updated_at = $9
    WHERE workspace_id = $1 AND id = $2 RETURNING {COLUMNS}
    """,
    AccountRow,
)
SET_STATUS = Statement(
    f"""
    UPDATE channel_account SET status = $3, status_reason = $4, updated_at = $5
    WHERE workspace_id = $1 AND id = $2 AND status = ANY ($6::text[]) RETURNING {COLUMNS}
    """,
    AccountRow,
)
MERGE_STATE = Statement(
    f"""
    UPDATE channel_account SET state = state || $3, updated_at = $4
    WHERE workspace_id = $1 AND id = $2 AND state || $3 <> state RETURNING {COLUMNS}
    """,
    AccountRow,
)
COUNT_FORGED: Statement[None] = Statement(
    """
    UPDATE channel_account SET forged_count = forged_count + $3, forged_at = $4
    WHERE workspace_id = $1 AND id = $2
    """
)
MARK_VERIFIED = Statement(
    f"""
    UPDATE channel_account SET webhook_verified_at = $3, updated_at = $3
    WHERE workspace_id = $1 AND id = $2 AND webhook_verified_at IS NULL RETURNING {COLUMNS}
    """,
    AccountRow,
)
