"""All SQL of workspaces, members, sessions, links, keys and the audit log."""

from __future__ import annotations

from uuid import UUID

from hark.infra.db import Statement
from hark.workspaces.models import (
    ApiKey,
    AuditRecord,
    KeyRow,
    LinkRow,
    Member,
    Membership,
    SessionRow,
    User,
    UserSecret,
    WorkspaceRow,
)

# Workspaces -------------------------------------------------------------------------------------------------

INSERT_WORKSPACE: Statement[None] = Statement(
    "INSERT INTO workspace (id, name, settings, created_at) VALUES ($1, $2, $3, $4)"
)
INSERT_COUNTER: Statement[None] = Statement("INSERT INTO workspace_counter (workspace_id) VALUES ($1)")
INSERT_CASE_COUNTER: Statement[None] = Statement("INSERT INTO case_counter (workspace_id) VALUES ($1)")
FIND_WORKSPACE = Statement("SELECT id, name, settings FROM workspace WHERE id = $1", WorkspaceRow)
FIRST_WORKSPACE = Statement(
    "SELECT id, name, settings FROM workspace ORDER BY created_at, id LIMIT 1", WorkspaceRow
)
LOCK_WORKSPACE = Statement("SELECT id, name, settings FROM workspace WHERE id = $1 FOR UPDATE", WorkspaceRow)
UPDATE_WORKSPACE: Statement[None] = Statement("UPDATE workspace SET name = $2, settings = $3 WHERE id = $1")

# Users ------------------------------------------------------------------------------------------------------

INSERT_USER: Statement[None] = Statement(
    """
    INSERT INTO user_account (id, email, name, locale, created_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (lower(email)) DO NOTHING
    """
)
FIND_USER = Statement("SELECT id, email, name, locale, settings FROM user_account WHERE id = $1", User)
FIND_BY_EMAIL = Statement(
    """
    SELECT id, email, name, locale, password_hash, disabled_at FROM user_account WHERE lower(email) =
    lower($1)
    """,
    UserSecret,
)
FIND_SECRET = Statement(
    "SELECT id, email, name, locale, password_hash, disabled_at FROM user_account WHERE id = $1", UserSecret
)
SET_PASSWORD: Statement[None] = Statement("UPDATE user_account SET password_hash = $2 WHERE id = $1")
UPDATE_USER: Statement[None] = Statement(
    "UPDATE user_account SET name = $2, locale = $3, settings = $4 WHERE id = $1"
)

# Members ----------------------------------------------------------------------------------------------------

MEMBERSHIPS = Statement(
    """
    SELECT w.id, w.name, m.role FROM member m JOIN workspace w ON w.id = m.workspace_id
    WHERE m.user_id = $1 AND m.removed_at IS NULL ORDER BY m.created_at, w.id
    """,
    Membership,
)
PUT_MEMBER: Statement[None] = Statement(
    """
    INSERT INTO member (workspace_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role, removed_at = NULL
    """
)
FIND_MEMBER = Statement(
    """
    SELECT u.id AS user_id, u.name, u.email, m.role, m.created_at, m.removed_at
    FROM member m JOIN user_account u ON u.id = m.user_id WHERE m.workspace_id = $1 AND m.user_id = $2
    """,
    Member,
)
LIST_MEMBERS = Statement(
    """
    SELECT u.id AS user_id, u.name, u.email, m.role, m.created_at, m.removed_at
    FROM member m JOIN user_account u ON u.id = m.user_id
    WHERE m.workspace_id = $1 AND m.removed_at IS NULL AND (lower(u.name), u.id) > ($2::text, $3::uuid)
    ORDER BY lower(u.name), u.id LIMIT $4
    """,
    Member,
)
# Rows of all administrators are locked, so that two of them cannot remove one another at the same time.
LOCK_ADMINISTRATORS: Statement[tuple[UUID]] = Statement(
    """
    SELECT user_id FROM member WHERE workspace_id = $1 AND role = 'administrator' AND removed_at IS NULL
    ORDER BY user_id FOR UPDATE
    """
)
SET_ROLE: Statement[None] = Statement("UPDATE member SET role = $3 WHERE workspace_id = $1 AND user_id = $2")
REMOVE_MEMBER: Statement[None] = Statement(
    "UPDATE member SET removed_at = $3 WHERE workspace_id = $1 AND user_id = $2 AND removed_at IS NULL"
)

# Sessions ---------------------------------------------------------------------------------------------------

INSERT_SESSION: Statement[None] = Statement(
    """
    INSERT INTO session (token_hash, user_id, csrf_token, created_at, last_seen_at, expires_at, user_agent,
    address)
    VALUES ($1, $2, $3, $4, $4, $5, $6, $7)
    """
)
FIND_SESSION = Statement(
    """
    SELECT s.token_hash, s.csrf_token, s.created_at, s.last_seen_at, s.expires_at, u.id AS user_id, u.email, u.name,
    u.locale, u.settings
    FROM session s JOIN user_account u ON u.id = s.user_id
    WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.last_seen_at > $3 AND u.disabled_at IS NULL
    """,
    SessionRow,
)
TOUCH_SESSION: Statement[None] = Statement("UPDATE session SET last_seen_at = $2 WHERE token_hash = $1")
DELETE_SESSION: Statement[None] = Statement("DELETE FROM session WHERE token_hash = $1")
DELETE_OTHER_SESSIONS: Statement[None] = Statement(
    "DELETE FROM session WHERE user_id = $1 AND token_hash <> $2"
)
KNOWN_ADDRESS: Statement[tuple[bool]] = Statement(
    "SELECT EXISTS (SELECT 1 FROM session WHERE user_id = $1 AND address = $2 AND expires_at > $3)"
)
LIVE_SESSIONS: Statement[tuple[bytes, UUID, str]] = Statement(
    """
    SELECT s.token_hash, m.workspace_id, m.role
    FROM session s JOIN user_account u ON u.id = s.user_id AND u.disabled_at IS NULL
    LEFT JOIN member m ON m.user_id = s.user_id AND m.removed_at IS NULL
    WHERE s.token_hash = ANY ($1::bytea[]) AND s.expires_at > $2 AND s.last_seen_at > $3
    """
)

# Sign-in tries ----------------------------------------------------------------------------------------------

LOCK_KEY: Statement[None] = Statement("SELECT pg_advisory_xact_lock(hashtextextended($1, 17))")
COUNT_TRIES: Statement[tuple[int]] = Statement(
    "SELECT count(*) FROM sign_in_attempt WHERE key = $1 AND at > $2"
)
ADD_TRY: Statement[None] = Statement("INSERT INTO sign_in_attempt (key, at) SELECT unnest($1::text[]), $2")
FORGIVE_TRIES: Statement[None] = Statement(
    "DELETE FROM sign_in_attempt WHERE key = ANY ($1::text[]) AND at = $2"
)

# One-time links ---------------------------------------------------------------------------------------------

INSERT_LINK: Statement[None] = Statement(
    """
    INSERT INTO one_time_token (token_hash, user_id, purpose, created_at, expires_at) VALUES ($1, $2, $3, $4,
    $5)
    """
)
FIND_LINK = Statement(
    """
    SELECT u.id AS user_id, u.email, u.name, t.purpose FROM one_time_token t JOIN user_account u ON u.id = t.user_id
    WHERE t.token_hash = $1 AND t.used_at IS NULL AND t.expires_at > $2 AND u.disabled_at IS NULL
    """,
    LinkRow,
)
USE_LINK: Statement[tuple[UUID]] = Statement(
    """
    UPDATE one_time_token SET used_at = $2
    WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING user_id
    """
)
VOID_LINKS: Statement[None] = Statement(
    "UPDATE one_time_token SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL"
)

# API keys ---------------------------------------------------------------------------------------------------

INSERT_KEY: Statement[None] = Statement(
    """
    INSERT INTO api_key (workspace_id, id, name, prefix, token_hash, scopes, created_by, created_at,
    expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    """
)
FIND_KEY = Statement(
    """
    SELECT workspace_id, id, name, scopes, last_used_at FROM api_key
    WHERE token_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
    """,
    KeyRow,
)
LIST_KEYS = Statement(
    """
    SELECT id, name, prefix, scopes, created_by, created_at, expires_at, last_used_at FROM api_key
    WHERE workspace_id = $1 AND revoked_at IS NULL AND id < $2 ORDER BY id DESC LIMIT $3
    """,
    ApiKey,
)
LOAD_KEY = Statement(
    """
    SELECT id, name, prefix, scopes, created_by, created_at, expires_at, last_used_at FROM api_key
    WHERE workspace_id = $1 AND id = $2
    """,
    ApiKey,
)
TOUCH_KEY: Statement[None] = Statement(
    "UPDATE api_key SET last_used_at = $3 WHERE workspace_id = $1 AND id = $2"
)
REVOKE_KEY: Statement[None] = Statement(
    "UPDATE api_key SET revoked_at = $3 WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL"
)
LIVE_KEYS: Statement[tuple[bytes, list[str]]] = Statement(
    """
    SELECT token_hash, scopes FROM api_key
    WHERE token_hash = ANY ($1::bytea[]) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
    """
)

# Audit ------------------------------------------------------------------------------------------------------

INSERT_AUDIT: Statement[None] = Statement(
    """
    INSERT INTO audit_record (workspace_id, id, at, actor, action, subject, address, detail)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    """
)
LIST_AUDIT = Statement(
    """
    SELECT id, at, actor, action, subject, address, detail FROM audit_record
    WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
    """,
    AuditRecord,
)
