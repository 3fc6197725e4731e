"""All SQL of usage and quotas."""

from __future__ import annotations

from hark.channels.accounts.usage.models import Quota, Spent, UsageRow
from hark.infra.db import Statement

ADD_USAGE: Statement[None] = Statement(
    """
    INSERT INTO account_usage (workspace_id, account_id, day, kind, calls, units, usd)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::text[], $5::bigint[], $6::float8[], $7::float8[])
    ON CONFLICT (workspace_id, account_id, day, kind) DO UPDATE
    SET calls = account_usage.calls + excluded.calls, units = account_usage.units + excluded.units,
        usd = account_usage.usd + excluded.usd
    """
)

# Answers overtake one another: within one window the lowest number counts, and what belongs to a window before is late.
# A window is told by its end, give or take a second.
SET_QUOTAS: Statement[None] = Statement(
    """
    INSERT INTO account_quota (workspace_id, account_id, kind, "limit", remaining, resets_at, at)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[],
                         $7::timestamptz[])
    ON CONFLICT (workspace_id, account_id, kind) DO UPDATE
    SET "limit" = coalesce(excluded."limit", account_quota."limit"),
        remaining = CASE WHEN NOT account_quota.provisional
                              AND excluded.resets_at > account_quota.resets_at + interval '1 second'
                         THEN excluded.remaining ELSE least(account_quota.remaining, excluded.remaining) END,
        resets_at = CASE WHEN account_quota.provisional THEN excluded.resets_at
                         ELSE greatest(account_quota.resets_at, excluded.resets_at) END,
        at = greatest(account_quota.at, excluded.at), provisional = false
    WHERE CASE WHEN account_quota.provisional THEN excluded.resets_at > account_quota.at
               ELSE excluded.resets_at >= account_quota.resets_at - interval '1 second' END
    """
)

QUOTAS = Statement(
    """
    SELECT kind, "limit", remaining, resets_at, at, provisional
    FROM account_quota WHERE workspace_id = $1 AND account_id = $2 ORDER BY kind
    """,
    Quota,
)

# Calls that are about to start count as made, so that those of several workers together stay within the quota. When a window
# is over, its limit is taken for the next one.
TAKE_QUOTA: Statement[None] = Statement(
    """
    WITH held AS (
        SELECT kind FROM account_quota
        WHERE workspace_id = $1 AND account_id = $2 AND split_part(kind, ':', 1) IN ('any', $3)
          AND (resets_at > $5 OR "limit" IS NOT NULL)
        ORDER BY kind FOR UPDATE
    )
    UPDATE account_quota q
    SET remaining = greatest(0, CASE WHEN q.resets_at > $5 THEN q.remaining ELSE q."limit" END - $4),
        provisional = q.provisional OR q.resets_at <= $5,
        at = CASE WHEN q.resets_at > $5 THEN q.at ELSE $5 END,
        resets_at = CASE WHEN q.resets_at > $5 THEN q.resets_at ELSE $5 + interval '60 seconds' END
    FROM held WHERE q.workspace_id = $1 AND q.account_id = $2 AND q.kind = held.kind
    """
)

SPENT = Statement(
    """
    SELECT u.kind, u.units FROM unnest($3::text[], $4::date[]) AS asked (kind, day)
    JOIN account_usage u ON u.workspace_id = $1 AND u.account_id = $2 AND u.day = asked.day AND u.kind = asked.kind
    """,
    Spent,
)

USAGE = Statement(
    """
    SELECT day, kind, calls, units, usd
    FROM account_usage WHERE workspace_id = $1 AND account_id = $2 AND day >= $3 ORDER BY day, kind
    """,
    UsageRow,
)

FORGET_USAGE: Statement[None] = Statement(
    """
    DELETE FROM account_usage WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM account_usage WHERE day < ($1::timestamptz AT TIME ZONE 'UTC')::date LIMIT $2))
    """
)
