"""What surrounds a message: people, and the post that is talked about."""

from __future__ import annotations

from hark.adapters.mastodon.client import server_of
from hark.adapters.mastodon.content import author_of, instant, text_in
from hark.adapters.mastodon.payloads import Person, Status
from hark.channels.contract import Account, Post, Profile, Rejected
from hark.infra.http import GuardedHttp


async def fetch_profile(user_id: str, account: Account, http: GuardedHttp) -> Profile | None:
    """Name and picture; None for an account that is gone."""
    try:
        found = await server_of(account, http).get(f"/api/v1/accounts/{user_id}", Person)
    except Rejected:
        return None
    return Profile(author_of(found, ""))


async def fetch_post(post_id: str, account: Account, http: GuardedHttp) -> Post | None:
    try:
        status = await server_of(account, http).get(f"/api/v1/statuses/{post_id}", Status)
    except Rejected as refusal:
        if refusal.http_status in {404, 410}:
            return None
        raise
    author = author_of(status.account, "")
    pictures = [media.url for media in status.media_attachments if media.type == "image" and media.url]
    return Post(
        status.id,
        url=status.url,
        text=text_in(status),
        author_name=author.name,
        picture_url=pictures[0] if pictures else None,
        kind="organic",
        at=instant(status.created_at),
    )
