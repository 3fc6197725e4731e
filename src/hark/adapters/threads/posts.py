"""The post under which replies stand."""

from __future__ import annotations

from hark.adapters._meta.wire import instant, text_id
from hark.adapters.threads.client import graph_of
from hark.channels.contract import Account, Post, Rejected
from hark.infra.http import GuardedHttp

FIELDS = "id,text,permalink,timestamp,username,media_type,media_url,thumbnail_url"
GONE = frozenset({"100/33", "100", "24"})


async def fetch_post(post_id: str, account: Account, http: GuardedHttp) -> Post | None:
    """Text, picture, link and author; None where it is gone or not ours to see. The API does not tell advertisements."""
    try:
        row = await graph_of(account, http).get(post_id, fields=FIELDS)
    except Rejected as refusal:
        if refusal.code in GONE:
            return None
        raise
    still = text_id(row.get("thumbnail_url"))
    picture = None if row.get("media_type") == "VIDEO" else text_id(row.get("media_url"))
    return Post(
        id=post_id,
        url=text_id(row.get("permalink")),
        text=text_id(row.get("text")),
        author_name=text_id(row.get("username")),
        picture_url=still or picture,
        at=instant(row.get("timestamp")),
    )
