"""SQL of further ids of people."""

from __future__ import annotations

from uuid import UUID

from hark.infra.db import Statement

# For each asked id: whose alias it is, and whether a direct conversation of the account is named after it. `scope` is the
# account: another account's business may know the same person by other ids.
FIND: Statement[tuple[UUID, str, str, str, str | None, bool]] = Statement(
    """
    SELECT asked.workspace_id, asked.platform, asked.scope, asked.user_id, a.platform_user_id,
           EXISTS (SELECT FROM conversation c
                   WHERE c.workspace_id = asked.workspace_id AND c.account_id = asked.scope::uuid
                     AND c.source = 'dm' AND c.thread_key = asked.user_id)
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS asked (workspace_id, platform, scope, user_id)
    LEFT JOIN identity_alias a ON a.workspace_id = asked.workspace_id AND a.platform = asked.platform
                              AND a.scope = asked.scope AND a.alias = asked.user_id
    """
)

# What is known first stays: an alias never changes its person.
KEEP: Statement[None] = Statement(
    """
    INSERT INTO identity_alias (workspace_id, platform, scope, alias, platform_user_id, created_at)
    SELECT workspace_id, platform, scope, alias, platform_user_id, $6
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
         AS given (workspace_id, platform, scope, alias, platform_user_id)
    ON CONFLICT DO NOTHING
    """
)
