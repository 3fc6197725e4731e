"""All SQL of the first start and of the command line."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from hark.infra.db import Statement

# Two processes that start together on an empty database: the second one waits and finds a workspace.
LOCK_FOUNDING: Statement[None] = Statement("LOCK TABLE workspace IN SHARE ROW EXCLUSIVE MODE")


class Newcomer(msgspec.Struct, frozen=True):
    id: UUID
    email: str


# Somebody who has never signed in, while nobody else has either.
LONELY_NEWCOMER = Statement(
    """
    SELECT u.id, u.email
    FROM user_account u JOIN member m ON m.user_id = u.id AND m.role = 'administrator' AND m.removed_at IS
    NULL WHERE NOT EXISTS (SELECT FROM user_account WHERE password_hash IS NOT NULL)
    ORDER BY u.created_at, u.id LIMIT 1
    """,
    Newcomer,
)

EVER_CONNECTED: Statement[tuple[bool]] = Statement(
    "SELECT EXISTS (SELECT FROM channel_account WHERE workspace_id = $1 AND platform = $2) AS ever"
)


class SealedAccount(msgspec.Struct, frozen=True):
    workspace_id: UUID
    id: UUID
    name: str
    platform: str
    secrets: bytes


SEALED = Statement(
    """
    SELECT workspace_id, id, name, platform, secrets FROM channel_account
    WHERE length(secrets) > 0 ORDER BY workspace_id, id FOR UPDATE
    """,
    SealedAccount,
)

RESEAL: Statement[None] = Statement(
    "UPDATE channel_account SET secrets = $3 WHERE workspace_id = $1 AND id = $2"
)

# They last for half an hour: whoever is at it begins again.
END_AUTHORIZATIONS: Statement[None] = Statement(
    """
    UPDATE account_authorization
    SET status = 'failed', sealed = '', error = 'internal: Connecting was interrupted. Begin again.'
    WHERE length(sealed) > 0
    """
)

DATABASE_CLOCK: Statement[tuple[datetime]] = Statement("SELECT clock_timestamp() AS now")


class Backlog(msgspec.Struct, frozen=True):
    late: int
    quarantined: int


BACKLOG = Statement(
    """
    SELECT (SELECT count(*) FROM raw_event WHERE state = 'pending' AND received_at < $1) AS late,
           (SELECT count(*) FROM raw_event WHERE state = 'quarantined') AS quarantined
    """,
    Backlog,
)


class ListedAccount(msgspec.Struct, frozen=True):
    workspace_id: UUID
    id: UUID
    platform: str
    name: str
    platform_account_id: str
    status: str
    status_reason: str | None
    webhook_key: str
    webhook_verified_at: datetime | None
    last_event_at: datetime | None


ACCOUNTS = Statement(
    """
    SELECT workspace_id, id, platform, name, platform_account_id, status, status_reason, webhook_key,
           webhook_verified_at, last_event_at
    FROM channel_account WHERE status <> 'disconnected' ORDER BY workspace_id, id
    """,
    ListedAccount,
)

QUARANTINED: Statement[tuple[UUID]] = Statement(
    "SELECT DISTINCT workspace_id FROM raw_event WHERE id = ANY ($1::bigint[]) AND state = 'quarantined'"
)
WORKSPACES_WITH_QUARANTINE: Statement[tuple[UUID]] = Statement(
    "SELECT DISTINCT workspace_id FROM raw_event WHERE state = 'quarantined'"
)

BLOB_KEYS: Statement[tuple[str]] = Statement(
    """
    SELECT key FROM attachment CROSS JOIN LATERAL (VALUES (blob_key), (thumbnail_key)) AS kept (key)
    WHERE key IS NOT NULL ORDER BY key
    """
)

# The export

_ALL = "SELECT '{table}' AS type, to_jsonb(t) {without} AS data FROM {table} t WHERE {where} ORDER BY {order}"


class ExportedRow(msgspec.Struct, frozen=True):
    """One line of the export."""

    type: str
    data: dict[str, object]


def _of_workspace(table: str, order: str = "id", without: str = "") -> Statement[ExportedRow]:
    text = _ALL.format(table=table, where="workspace_id = $1", order=order, without=without)
    return Statement(text, ExportedRow)


EXPORTS: dict[str, Statement[ExportedRow]] = {
    "workspace": Statement(
        _ALL.format(table="workspace", where="id = $1", order="id", without=""), ExportedRow
    ),
    "member": Statement(
        """
        SELECT 'member' AS type,
               to_jsonb(m) || jsonb_build_object('email', u.email, 'name', u.name) AS data
        FROM member m JOIN user_account u ON u.id = m.user_id WHERE m.workspace_id = $1 ORDER BY m.user_id
        """,
        ExportedRow,
    ),
    "channel_account": _of_workspace("channel_account", without="- 'secrets' - 'webhook_key'"),
    "tag": _of_workspace("tag"),
    "customer": _of_workspace("customer"),
    "identity": _of_workspace("identity"),
    "identity_alias": _of_workspace("identity_alias", "platform, scope, alias"),
    "conversation": _of_workspace("conversation"),
    "message": _of_workspace("message"),
    "message_version": _of_workspace("message_version", "message_id, at"),
    "reaction": _of_workspace("reaction", "message_id, author_id"),
    "attachment": _of_workspace("attachment"),
    "audit_record": _of_workspace("audit_record"),
}

EXPORT_COUNTS: dict[str, Statement[tuple[int]]] = {
    table: Statement(
        f"SELECT count(*) AS rows FROM {table} WHERE {'id' if table == 'workspace' else 'workspace_id'} = $1"
    )
    for table in EXPORTS
}

EXPORTED_FILES: Statement[tuple[str]] = Statement(
    """
    SELECT blob_key FROM attachment WHERE workspace_id = $1 AND blob_key IS NOT NULL AND state = 'stored'
    ORDER BY id
    """
)
