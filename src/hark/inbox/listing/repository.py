"""SQL of lists. One statement per leading filter, each walking the index that starts with that filter and
reading a page.

The leading filter chooses the statement; all others are tested on the rows that it walks over (`$n IS NULL
OR ...` on plain
columns, never on the keyset). Keysets are row comparisons with the columns in the order of the index.
"""

from __future__ import annotations

from hark.inbox.listing.rows import Counts
from hark.inbox.models import Conversation, Message, MessageVersion, Tag
from hark.inbox.repository import CONVERSATION_COLUMNS, CONVERSATION_TABLES, MESSAGE_COLUMNS
from hark.infra.db import Statement

# $1 workspace, $2 statuses, $3 and $4 keyset, $5 limit, then the filters in the order of `filters.VALUES`.
_REST = {
    "assignee": "($6::uuid IS NULL OR c.assigned_to = $6)",
    "unassigned": "(NOT $7::boolean OR c.assigned_to IS NULL)",
    "account": "($8::uuid IS NULL OR c.account_id = $8)",
    "platform": "($9::text IS NULL OR c.platform = $9)",
    "source": "($10::text IS NULL OR c.source = $10)",
    "priority": "($11::smallint IS NULL OR c.priority = $11)",
    "unread": "(NOT $12::boolean OR c.unread_count > 0)",
    "tag": "($13::text IS NULL OR c.tags @> ARRAY[$13::text])",
    "customer": "($14::uuid IS NULL OR c.customer_id = $14)",
}

_LEADING = {
    "assignee": "c.assigned_to = $6::uuid",
    "unassigned": "c.assigned_to IS NULL AND $7::boolean",
    "account": "c.account_id = $8::uuid",
    "platform": "c.platform = $9::text",
    "source": "c.source = $10::text",
    "priority": "c.priority = $11::smallint",
    "unread": "c.unread_count > 0 AND $12::boolean",
    "customer": "c.customer_id = $14::uuid",
}

_PERSON = """
    LEFT JOIN customer p ON p.workspace_id = c.workspace_id AND p.id = c.customer_id
    LEFT JOIN identity i ON i.workspace_id = c.workspace_id AND i.id = c.identity_id
"""

_NEWEST = "(c.last_message_at, c.id) < ($3::timestamptz, $4::uuid)"
_NEWEST_ORDER = "c.last_message_at DESC, c.id DESC"
_WAITING = "(c.waiting_since, c.id) > ($3::timestamptz, $4::uuid)"
_WAITING_ORDER = "c.waiting_since, c.id"
_ANSWER_BY_ORDER = "coalesce(c.answer_by, '9999-12-31 00:00:00+00'::timestamptz), c.id"
_ANSWER_BY = f"({_ANSWER_BY_ORDER}) > ($3::timestamptz, $4::uuid)"


def _tests(leading: str | None) -> str:
    parts = [_LEADING[leading]] if leading else []
    parts += [test for name, test in _REST.items() if name != leading]
    return " AND ".join(parts)


def _single(leading: str | None, keyset: str, order: str) -> str:
    """One status: the index gives the order."""
    # Named in the order because PostgreSQL does not take IS NULL for a constant column when it looks at an
    # index.
    first = "c.assigned_to, " if leading == "unassigned" else ""
    return f"""
        SELECT {CONVERSATION_COLUMNS} FROM {CONVERSATION_TABLES}
        WHERE c.workspace_id = $1 AND c.status = ($2::text[])[1] AND {keyset} AND {_tests(leading)}
        ORDER BY {first}{order} LIMIT $5
    """


def _several(leading: str | None, keyset: str, order: str) -> str:
    """Several statuses: a page of each by its index, then the page of these pages."""
    first = "c.assigned_to, " if leading == "unassigned" else ""
    return f"""
        SELECT {CONVERSATION_COLUMNS}
        FROM unnest($2::text[]) AS asked (status)
        CROSS JOIN LATERAL (
            SELECT c.* FROM conversation c
            WHERE c.workspace_id = $1 AND c.status = asked.status AND {keyset} AND {_tests(leading)}
            ORDER BY {first}{order} LIMIT $5
        ) c
        {_PERSON}
        ORDER BY {order} LIMIT $5
    """


# conversation_tag carries status and time, so a list by tag walks its own index and looks up only what it
# shows.
_BY_TAG = f"""
    SELECT {CONVERSATION_COLUMNS}
    FROM unnest($2::text[]) AS asked (status)
    CROSS JOIN LATERAL (
        SELECT c.*
        FROM conversation_tag t JOIN conversation c ON c.workspace_id = t.workspace_id AND c.id =
        t.conversation_id
        WHERE t.workspace_id = $1 AND t.tag = $13 AND t.status = asked.status
          AND (t.last_message_at, t.conversation_id) < ($3::timestamptz, $4::uuid) AND {_tests(None)}
        ORDER BY t.last_message_at DESC, t.conversation_id DESC LIMIT $5
    ) c
    {_PERSON}
    ORDER BY {_NEWEST_ORDER} LIMIT $5
"""

# A customer has few conversations: their own index, whatever the status.
_BY_CUSTOMER = f"""
    SELECT {CONVERSATION_COLUMNS} FROM {CONVERSATION_TABLES}
    WHERE c.workspace_id = $1 AND c.status = ANY ($2::text[]) AND {_NEWEST} AND {_tests("customer")}
    ORDER BY {_NEWEST_ORDER} LIMIT $5
"""

_WALKS = (None, "assignee", "unassigned", "account", "platform", "source", "priority", "unread")

NEWEST = {
    leading: Statement(_single(leading, _NEWEST, _NEWEST_ORDER), Conversation) for leading in _WALKS
} | {
    "tag": Statement(_BY_TAG, Conversation),
    "customer": Statement(_BY_CUSTOMER, Conversation),
}
NEWEST_SEVERAL = {
    leading: Statement(_several(leading, _NEWEST, _NEWEST_ORDER), Conversation) for leading in _WALKS
} | {"tag": NEWEST["tag"], "customer": NEWEST["customer"]}

_WAITING_ONLY = f"c.waiting_since IS NOT NULL AND {_WAITING}"
WAITING = Statement(_single(None, _WAITING_ONLY, _WAITING_ORDER), Conversation)
WAITING_SEVERAL = Statement(_several(None, _WAITING_ONLY, _WAITING_ORDER), Conversation)
ANSWER_BY = Statement(_single(None, _ANSWER_BY, _ANSWER_BY_ORDER), Conversation)
ANSWER_BY_SEVERAL = Statement(_several(None, _ANSWER_BY, _ANSWER_BY_ORDER), Conversation)

# The newest 2,000 messages with all words, the cases of the first 200 customers with such a name, and the
# case with this
# number. To be planned anew each time: a plan for common words takes 600 ms for rare ones.
SEARCH = Statement(
    f"""
    WITH hit AS MATERIALIZED (
        SELECT m.conversation_id FROM message m
        WHERE m.workspace_id = $1
          AND to_tsvector('simple', normalize(m.content, NFC)) @@ to_tsquery('simple', $15)
        ORDER BY m.id DESC LIMIT 2000
    ), named AS MATERIALIZED (
        SELECT k.id FROM customer k
        WHERE k.workspace_id = $1
          AND to_tsvector('simple', normalize(k.name, NFC)) @@ to_tsquery('simple', $15) LIMIT 200
    ), found AS MATERIALIZED (
        SELECT conversation_id AS id FROM hit
        UNION SELECT o.id FROM named JOIN conversation o ON o.workspace_id = $1 AND o.customer_id = named.id
        UNION SELECT o.id FROM conversation o WHERE o.workspace_id = $1 AND o.number = $16::bigint
    )
    SELECT {CONVERSATION_COLUMNS} FROM found JOIN conversation c ON c.workspace_id = $1 AND c.id = found.id
    {_PERSON}
    WHERE c.status = ANY ($2::text[]) AND {_NEWEST} AND {_tests(None)}
    ORDER BY {_NEWEST_ORDER} LIMIT $5
    """,
    Conversation,
)
PLAN_ANEW: Statement[None] = Statement("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")

# Each figure stops counting at 1,000: nobody reads a larger badge, and counting 100,000 rows takes 20 ms.
COUNTS = Statement(
    """
    SELECT (SELECT count(*) FROM (SELECT 1 FROM conversation
                WHERE workspace_id = $1 AND status = 'open' LIMIT 1000) a)::int AS open,
           (SELECT count(*) FROM (SELECT 1 FROM conversation
                WHERE workspace_id = $1 AND status = 'open' AND assigned_to = $2 LIMIT 1000) b)::int AS mine,
           (SELECT count(*) FROM (SELECT 1 FROM conversation
                WHERE workspace_id = $1 AND status = 'open' AND assigned_to IS NULL LIMIT 1000) d)::int AS unassigned,
           (SELECT count(*) FROM (SELECT 1 FROM conversation
                WHERE workspace_id = $1 AND status = 'open' AND unread_count > 0 LIMIT 1000) e)::int AS unread,
           (SELECT count(*) FROM (SELECT 1 FROM conversation
                WHERE workspace_id = $1 AND status = 'pending' LIMIT 1000) f)::int AS pending
    """,
    Counts,
)

THREAD = Statement(
    f"""
    SELECT {MESSAGE_COLUMNS} FROM message m
    WHERE m.workspace_id = $1 AND m.conversation_id = $2
      AND (m."timestamp", m.position, m.id) < ($3::timestamptz, $4::bigint, $5::uuid)
    ORDER BY m."timestamp" DESC, m.position DESC, m.id DESC LIMIT $6
    """,
    Message,
)
# The platform reports an edit of ours again, by its own clock: the same text twice in a row is one version.
VERSIONS = Statement(
    """
    SELECT at, content FROM (
        SELECT at, content, lag(content) OVER (ORDER BY at) AS before
        FROM message_version WHERE workspace_id = $1 AND message_id = $2) v
    WHERE before IS DISTINCT FROM content ORDER BY at
    """,
    MessageVersion,
)
TAGS = Statement(
    """
    SELECT id, name, color FROM tag
    WHERE workspace_id = $1 AND (lower(name), id) > ($2::text, $3::uuid) ORDER BY lower(name), id LIMIT $4
    """,
    Tag,
)
