"""SQL of the list of customers."""

from __future__ import annotations

from hark.customers.models import Customer
from hark.infra.db import Statement

LIST = Statement(
    """
    SELECT id, name, language, notes, created_at, updated_at FROM customer
    WHERE workspace_id = $1 AND (lower(name), id) > ($2::text, $3::uuid) ORDER BY lower(name), id LIMIT $4
    """,
    Customer,
)
# The first 1,000 with such a name are sorted; a name that more people share needs another word.
SEARCH = Statement(
    """
    WITH named AS MATERIALIZED (
        SELECT id, name, language, notes, created_at, updated_at FROM customer
        WHERE workspace_id = $1 AND to_tsvector('simple', normalize(name, NFC)) @@ to_tsquery('simple', $5) LIMIT 1000
    )
    SELECT id, name, language, notes, created_at, updated_at FROM named
    WHERE (lower(name), id) > ($2::text, $3::uuid) ORDER BY lower(name), id LIMIT $4
    """,
    Customer,
)
# What sorts a row goes into its cursor as the database sees it.
SORT_KEY: Statement[tuple[str]] = Statement("SELECT lower($1::text)")
UPDATE = Statement(
    """
    UPDATE customer SET name = coalesce($3, name), notes = coalesce($4, notes),
           language = CASE WHEN $5 THEN $6 ELSE language END, updated_at = $7
    WHERE workspace_id = $1 AND id = $2 RETURNING id, name, language, notes, created_at, updated_at
    """,
    Customer,
)
