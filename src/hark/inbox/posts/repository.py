"""All SQL of posts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from hark.inbox.models import Post
from hark.infra.db import Statement


class DuePost(msgspec.Struct, frozen=True):
    """A post that this worker must now ask for; `attempts` counts this one."""

    workspace_id: UUID
    id: UUID
    account_id: UUID
    platform_post_id: str
    picture_url: str | None
    picture_id: UUID | None
    asked_at: datetime | None
    attempts: int


# Events fill what is not known; what the platform told when it was asked stays. A post of which everything is known is not
# written to, so that the comments under one post do not wait for one another. The platform is asked again after a day.
KEEP: Statement[tuple[UUID, UUID]] = Statement(
    """
    INSERT INTO post AS p (workspace_id, id, account_id, platform_post_id, url, text, author_name, kind, posted_at,
                           picture_url, next_try_at, created_at, updated_at)
    SELECT given.workspace_id, given.id, given.account_id, given.platform_post_id, given.url, given.text, given.author_name,
           given.kind, given.posted_at, given.picture_url, $11, $11, $11
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::timestamptz[], $10::text[])
         AS given (workspace_id, id, account_id, platform_post_id, url, text, author_name, kind, posted_at, picture_url)
    LEFT JOIN post known ON known.account_id = given.account_id AND known.platform_post_id = given.platform_post_id
    WHERE known.id IS NULL
       OR (known.url IS NULL AND given.url IS NOT NULL) OR (known.text IS NULL AND given.text IS NOT NULL)
       OR (known.author_name IS NULL AND given.author_name IS NOT NULL) OR (known.kind IS NULL AND given.kind IS NOT NULL)
       OR (known.posted_at IS NULL AND given.posted_at IS NOT NULL)
       OR (known.picture_url IS NULL AND given.picture_url IS NOT NULL)
       OR (known.state <> 'due' AND coalesce(known.asked_at, known.updated_at) < $11::timestamptz - interval '1 day')
    ON CONFLICT (account_id, platform_post_id) DO UPDATE SET
        url = coalesce(p.url, EXCLUDED.url), text = coalesce(p.text, EXCLUDED.text),
        author_name = coalesce(p.author_name, EXCLUDED.author_name), kind = coalesce(p.kind, EXCLUDED.kind),
        posted_at = coalesce(p.posted_at, EXCLUDED.posted_at),
        picture_url = CASE WHEN p.picture_id IS NULL THEN coalesce(EXCLUDED.picture_url, p.picture_url)
                           ELSE p.picture_url END,
        state = 'due', attempts = 0, next_try_at = EXCLUDED.next_try_at, updated_at = EXCLUDED.updated_at
    RETURNING p.workspace_id, p.id
    """
)

_SHOWN = """
    SELECT p.id, p.account_id, p.platform_post_id, p.url, p.text, p.author_name, p.kind, p.posted_at,
           CASE WHEN a.state = 'stored' AND a.blob_key IS NOT NULL
                THEN '/api/v1/attachments/' || a.id || '/content' END AS picture_url,
           CASE WHEN a.state = 'stored' AND a.thumbnail_key IS NOT NULL
                THEN '/api/v1/attachments/' || a.id || '/thumbnail' END AS thumbnail_url,
           p.state = 'gone' AS gone, p.updated_at
    FROM post p LEFT JOIN attachment a ON a.workspace_id = p.workspace_id AND a.id = p.picture_id
"""

OF_CONVERSATION = Statement(
    _SHOWN + "WHERE p.workspace_id = $1 AND p.account_id = $2 AND p.platform_post_id = $3", Post
)
LOAD = Statement(_SHOWN + "WHERE p.workspace_id = $1 AND p.id = ANY ($2::uuid[]) ORDER BY p.id", Post)

# `next_try_at` is the lease: when it has passed and the post is still due, its worker is gone.
CLAIM = Statement(
    """
    UPDATE post SET attempts = post.attempts + 1, next_try_at = $2
    FROM (SELECT p.workspace_id, p.id FROM post p
          JOIN channel_account c ON c.workspace_id = p.workspace_id AND c.id = p.account_id
          WHERE p.state = 'due' AND p.next_try_at <= $1 AND c.status = 'connected'
          ORDER BY p.next_try_at LIMIT $3 FOR UPDATE OF p SKIP LOCKED) due
    WHERE post.workspace_id = due.workspace_id AND post.id = due.id
    RETURNING post.workspace_id, post.id, post.account_id, post.platform_post_id, post.picture_url, post.picture_id,
              post.asked_at, post.attempts
    """,
    DuePost,
)

# What the platform tells when asked is the best there is; what it leaves out stays as it was known.
FILL: Statement[None] = Statement(
    """
    UPDATE post SET url = coalesce($3, url), text = coalesce($4, text), author_name = coalesce($5, author_name),
           kind = coalesce($6, kind), posted_at = coalesce($7, posted_at), picture_url = coalesce($8, picture_url),
           state = 'known', state_reason = NULL, next_try_at = NULL, attempts = 0, asked_at = $9, updated_at = $10
    WHERE workspace_id = $1 AND id = $2
    """
)

CLOSE: Statement[None] = Statement(
    """
    UPDATE post SET state = $3, state_reason = $4, next_try_at = NULL, attempts = 0, asked_at = $5, updated_at = $5
    WHERE workspace_id = $1 AND id = $2
    """
)

TRY_AGAIN: Statement[None] = Statement(
    "UPDATE post SET next_try_at = $3, state_reason = $4 WHERE workspace_id = $1 AND id = $2 AND state = 'due'"
)

# The first picture stays: a later address of it is the same picture. One that could not be had is tried with a new address.
WANT_PICTURE: Statement[tuple[UUID]] = Statement(
    """
    WITH wanted AS (
        UPDATE post p SET picture_id = $3
        WHERE p.workspace_id = $1 AND p.id = $2 AND p.picture_url IS NOT NULL AND NOT EXISTS (
            SELECT FROM attachment a WHERE a.workspace_id = p.workspace_id AND a.id = p.picture_id
              AND (a.state IN ('pending', 'stored') OR a.source_url = p.picture_url))
        RETURNING p.workspace_id, p.id, p.account_id, p.picture_url
    )
    INSERT INTO attachment (workspace_id, id, post_id, account_id, kind, source_url, state, next_try_at, created_at)
    SELECT workspace_id, $3, id, account_id, 'image', picture_url, 'pending', $4, $4 FROM wanted
    RETURNING id
    """
)

NEXT_DUE: Statement[tuple[datetime]] = Statement("SELECT min(next_try_at) FROM post WHERE state = 'due'")

TOUCH: Statement[None] = Statement("UPDATE post SET updated_at = $3 WHERE workspace_id = $1 AND id = $2")
