"""All SQL of the journal."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from hark.infra.db import Connection, Statement
from hark.journal.facts import Fact, StoredFact

ALLOT: Statement[tuple[int]] = Statement(
    "UPDATE workspace_counter SET seq = seq + $2 WHERE workspace_id = $1 RETURNING seq"
)

APPEND: Statement[None] = Statement(
    """
    INSERT INTO fact (workspace_id, seq, kind, at, conversation_id, actor, body)
    SELECT $1, seq, kind, at, conversation_id, actor, body
    FROM unnest($2::bigint[], $3::text[], $4::timestamptz[], $5::uuid[], $6::text[], $7::bytea[])
         AS given (seq, kind, at, conversation_id, actor, body)
    """
)

READ = Statement(
    """
    SELECT workspace_id, seq, kind, at, conversation_id, actor, body
    FROM fact WHERE workspace_id = $1 AND seq > $2 ORDER BY seq LIMIT $3
    """,
    StoredFact,
)

LAST_SEQ: Statement[tuple[int]] = Statement("SELECT seq FROM workspace_counter WHERE workspace_id = $1")
FIRST_SEQ: Statement[tuple[int]] = Statement(
    "SELECT first_seq FROM workspace_counter WHERE workspace_id = $1"
)


async def record(connection: Connection, workspace_id: UUID, facts: Sequence[Fact]) -> int:
    """Appends facts and gives the last sequence number.

    Call it as the LAST write of the transaction: it locks the workspace's counter until commit, which makes commit order
    and sequence order the same. A transaction over several workspaces calls it in sorted order of their ids.
    """
    if not facts:
        return await last_seq(connection, workspace_id)
    last: int = await ALLOT.value(connection, workspace_id, len(facts))
    first = last - len(facts) + 1
    await APPEND.run(
        connection,
        workspace_id,
        list(range(first, last + 1)),
        [fact.kind for fact in facts],
        [fact.at for fact in facts],
        [fact.conversation_id for fact in facts],
        [fact.actor for fact in facts],
        [fact.body for fact in facts],
    )
    return last


async def read_facts(
    connection: Connection, workspace_id: UUID, after: int, limit: int = 1000
) -> list[StoredFact]:
    return await READ.all(connection, workspace_id, after, limit)


async def last_seq(connection: Connection, workspace_id: UUID) -> int:
    return await LAST_SEQ.value(connection, workspace_id) or 0


async def first_seq(connection: Connection, workspace_id: UUID) -> int:
    """The oldest sequence number still kept; a client that is further behind loads afresh."""
    return await FIRST_SEQ.value(connection, workspace_id) or 1
