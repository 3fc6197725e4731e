"""What events tell about posts, set by set; and the post of a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hark.channels.contract import Post as Told
from hark.inbox.arrivals import Arrival
from hark.inbox.models import Conversation, Post
from hark.inbox.posts import repository
from hark.infra.db import Connection, columns
from hark.kernel.ids import new_id
from hark.kernel.text import storable


async def keep_posts(
    connection: Connection, arrivals: Sequence[Arrival], now: datetime
) -> list[tuple[UUID, UUID]]:
    """Keeps what messages tell about their posts: one statement, none where no message has a post, and no write where they
    tell nothing new. Gives (workspace, id) of the posts that changed."""
    told: dict[tuple[UUID, str], tuple[UUID, Told]] = {}
    for arrival in arrivals:
        post = arrival.event.thread.post
        if post is not None:
            key = (arrival.account_id, storable(post.id))
            before = told.get(key)
            told[key] = (arrival.workspace_id, post if before is None else _joined(before[1], post))
    if not told:
        return []
    rows = [
        (workspace, new_id(now), account, platform_id, *post_values(post))
        for (account, platform_id), (workspace, post) in sorted(told.items(), key=lambda item: str(item[0]))
    ]
    return await repository.KEEP.all(connection, *columns(rows, 10), now)


def post_values(post: Told) -> tuple[str | datetime | None, ...]:
    """url, text, author_name, kind, posted_at, picture_url."""
    url, text, author = _text(post.url), _text(post.text), _text(post.author_name)
    return (url, text, author, _text(post.kind), post.at, _text(post.picture_url))


async def find_post(connection: Connection, workspace_id: UUID, conversation: Conversation) -> Post | None:
    platform_id = conversation.metadata.get("post_id")
    if platform_id is None:
        return None
    return await repository.OF_CONVERSATION.find(
        connection, workspace_id, conversation.account_id, str(platform_id)
    )


def _joined(one: Told, other: Told) -> Told:
    """Two messages of a batch may each know a part."""
    return Told(
        id=one.id,
        url=one.url or other.url,
        text=one.text or other.text,
        author_name=one.author_name or other.author_name,
        picture_url=one.picture_url or other.picture_url,
        kind=one.kind or other.kind,
        at=one.at or other.at,
    )


def _text(value: str | None) -> str | None:
    return storable(value) if value else None
