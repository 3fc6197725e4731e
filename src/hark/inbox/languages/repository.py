"""SQL of conversations' languages."""

from __future__ import annotations

from uuid import UUID

import msgspec

from hark.infra.db import Statement


class Unread(msgspec.Struct, frozen=True):
    """A conversation whose language is to be looked for. `text`: the customer's last messages, oldest first."""

    workspace_id: UUID
    id: UUID
    language: str | None
    last_arrival: int
    text: str | None


SETTLED = (1 << 63) - 1
"""`language_arrival` of a conversation whose language is not looked for any more."""

CLAIM = Statement(
    """
    WITH due AS (
        SELECT workspace_id, id, language, last_arrival FROM conversation
        WHERE language_arrival < last_arrival LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)
    SELECT d.workspace_id, d.id, d.language, d.last_arrival, said.text
    FROM due d
    CROSS JOIN LATERAL (
        SELECT string_agg(m.content, ' ' ORDER BY m."timestamp") AS text FROM (
            SELECT left(content, 400) AS content, "timestamp" FROM message
            WHERE workspace_id = d.workspace_id AND conversation_id = d.id AND kind = 'message' AND direction = 'inbound'
              AND content <> '' AND deleted_at IS NULL
            ORDER BY "timestamp" DESC, position DESC, id DESC LIMIT 6) m
    ) said
    """,
    Unread,
)
OF_THESE = Statement(
    """
    SELECT c.workspace_id, c.id, c.language, c.last_arrival,
           (SELECT string_agg(left(m.content, 400), ' ' ORDER BY m."timestamp") FROM message m
             WHERE m.workspace_id = c.workspace_id AND m.conversation_id = c.id AND m.kind = 'message'
               AND m.direction = 'inbound' AND m.content <> '') AS text
    FROM unnest($1::uuid[], $2::uuid[]) AS g (workspace_id, id)
    JOIN conversation c ON c.workspace_id = g.workspace_id AND c.id = g.id
    WHERE c.language IS NULL AND c.language_arrival < c.last_arrival
      AND EXISTS (SELECT 1 FROM agent_language l WHERE l.workspace_id = c.workspace_id)
    """,
    Unread,
)
"""Of conversations that have just opened, where somebody's languages are set."""

SAVE: Statement[None] = Statement(
    """
    UPDATE conversation c SET language = g.language, language_arrival = g.arrival,
           language_by = CASE WHEN g.language IS NULL THEN NULL ELSE 'detected' END
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[]) AS g (workspace_id, id, language, arrival)
    WHERE c.workspace_id = g.workspace_id AND c.id = g.id
    """
)
CORRECT: Statement[None] = Statement(
    """
    UPDATE conversation SET language = $3, language_by = 'person', language_arrival = 9223372036854775807, updated_at = $4
    WHERE workspace_id = $1 AND id = $2
    """
)
