"""All SQL of customers and identities."""

from __future__ import annotations

from uuid import UUID

from hark.customers.models import Customer, Identified, Identity, Nameless
from hark.infra.db import Statement

FIND = Statement(
    """
    SELECT i.workspace_id, i.platform, i.scope, i.platform_user_id, i.id, i.customer_id, i.name, i.handle, i.avatar_url,
           i.seen_at, i.reachable
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS asked (workspace_id, platform, scope, user_id)
    JOIN identity i ON i.workspace_id = asked.workspace_id AND i.platform = asked.platform
                   AND i.scope = asked.scope AND i.platform_user_id = asked.user_id
    """,
    Identified,
)

# The unique index decides who was first; only then does a new identity get its customer, so that no customer is left over.
CREATE = Statement(
    """
    WITH made AS (
        INSERT INTO identity (workspace_id, platform, scope, platform_user_id, id, customer_id, name, handle, avatar_url,
                              seen_at, created_at)
        SELECT workspace_id, platform, scope, user_id, id, customer_id, name, handle, avatar_url, seen_at, $12
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],
                    $9::text[], $10::timestamptz[])
             AS given (workspace_id, platform, scope, user_id, id, customer_id, name, handle, avatar_url, seen_at)
        ON CONFLICT (workspace_id, platform, scope, platform_user_id) DO NOTHING
        RETURNING workspace_id, platform, scope, platform_user_id, id, customer_id, name, handle, avatar_url, seen_at,
                  reachable
    ), customers AS (
        INSERT INTO customer (workspace_id, id, name, language, created_at, updated_at)
        SELECT made.workspace_id, made.customer_id, coalesce(made.name, made.handle, made.platform_user_id), given.language,
               $12, $12
        FROM made JOIN unnest($6::uuid[], $11::text[]) AS given (customer_id, language) USING (customer_id)
    )
    SELECT workspace_id, platform, scope, platform_user_id, id, customer_id, name, handle, avatar_url, seen_at, reachable
    FROM made
    """,
    Identified,
)

# A name that an agent has given stays; one that came from the platform follows the platform.
REFRESH: Statement[None] = Statement(
    """
    WITH given AS (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
                      AS given (workspace_id, id, name, handle, avatar_url, seen_at)
    ), before AS (
        SELECT i.workspace_id, i.id, i.customer_id, coalesce(i.name, i.handle, i.platform_user_id) AS shown
        FROM identity i JOIN given USING (workspace_id, id) ORDER BY i.id FOR UPDATE OF i
    ), after AS (
        UPDATE identity i SET name = coalesce(given.name, i.name), handle = coalesce(given.handle, i.handle),
                              avatar_url = coalesce(given.avatar_url, i.avatar_url), seen_at = given.seen_at
        FROM given WHERE i.workspace_id = given.workspace_id AND i.id = given.id AND given.seen_at >= i.seen_at
        RETURNING i.workspace_id, i.id, coalesce(i.name, i.handle, i.platform_user_id) AS shown
    )
    UPDATE customer c SET name = after.shown, updated_at = $7
    FROM after JOIN before USING (workspace_id, id)
    WHERE c.workspace_id = before.workspace_id AND c.id = before.customer_id
      AND c.name = before.shown AND after.shown <> before.shown
    """
)

# That somebody was out of reach once says nothing about those who have written since.
SET_REACHABLE: Statement[tuple[UUID]] = Statement(
    """
    UPDATE identity SET reachable = given.reachable, reachable_at = given.at
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::timestamptz[])
         AS given (workspace_id, platform, scope, user_id, reachable, at)
    WHERE identity.workspace_id = given.workspace_id AND identity.platform = given.platform
      AND identity.scope = given.scope AND identity.platform_user_id = given.user_id
      AND (identity.reachable_at IS NULL OR identity.reachable_at < given.at
           OR identity.reachable_at = given.at AND given.reachable)
      AND (given.reachable OR NOT EXISTS (
        SELECT FROM conversation c JOIN message m ON m.workspace_id = c.workspace_id AND m.conversation_id = c.id
        WHERE c.workspace_id = identity.workspace_id AND c.identity_id = identity.id AND c.live
          AND m.direction = 'inbound' AND m.kind = 'message' AND m."timestamp" > given.at
      ))
    RETURNING identity.id
    """
)

# Who writes to us after having blocked us can be written to again, whether or not the platform says so.
WROTE_AGAIN: Statement[tuple[UUID]] = Statement(
    """
    UPDATE identity i SET reachable = true, reachable_at = given.at
    FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS given (workspace_id, id, at)
    WHERE i.workspace_id = given.workspace_id AND i.id = given.id AND NOT i.reachable AND i.reachable_at < given.at
    RETURNING i.id
    """
)

# Claimed by the time written; whoever dies after that leaves a nameless customer, not a customer lost.
CLAIM_NAMELESS = Statement(
    """
    UPDATE identity SET profile_at = $2
    FROM (
        SELECT i.workspace_id, i.id, c.account_id FROM identity i
        CROSS JOIN LATERAL (
            SELECT account_id FROM conversation
            WHERE workspace_id = i.workspace_id AND identity_id = i.id AND live LIMIT 1) c
        WHERE i.profile_at IS NULL AND i.name IS NULL AND i.platform = ANY ($1::text[])
        ORDER BY i.created_at LIMIT $3 FOR UPDATE OF i SKIP LOCKED
    ) due
    WHERE identity.workspace_id = due.workspace_id AND identity.id = due.id
    RETURNING identity.workspace_id, identity.id, identity.customer_id, identity.platform_user_id, due.account_id
    """,
    Nameless,
)

LOAD_CUSTOMER = Statement(
    """
    SELECT id, name, language, notes, created_at, updated_at FROM customer WHERE workspace_id = $1 AND id = $2
    """,
    Customer,
)

IDENTITIES = Statement(
    """
    SELECT id, customer_id, platform, platform_user_id, name, handle, avatar_url, reachable, banned_by, created_at
    FROM identity WHERE workspace_id = $1 AND customer_id = $2 ORDER BY created_at, id
    """,
    Identity,
)

# Whether and by which account somebody is banned; only a change gives a row.
BAN: Statement[tuple[UUID]] = Statement(
    """
    UPDATE identity SET banned_by = CASE WHEN $4 THEN array_append(banned_by, $3) ELSE array_remove(banned_by, $3) END
    WHERE workspace_id = $1 AND id = $2 AND ($3 = ANY (banned_by)) IS DISTINCT FROM $4
    RETURNING id
    """
)
