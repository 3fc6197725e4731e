"""The media under which comments stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hark.adapters._meta.wire import instant, text_id
from hark.adapters.instagram.client import graph_of, profile_of, uses_page
from hark.adapters.instagram.mentions import fetch_mention
from hark.channels.contract import Account, Post, Rejected
from hark.infra.http import GuardedHttp

FIELDS = "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp,username"
NOT_OURS = frozenset({"100/33", "100", "2500", "10"})


async def fetch_post(post_id: str, account: Account, http: GuardedHttp) -> Post | None:
    """Caption, picture, link, author, and whether it is an advertisement. Media of others is seen only where the account
    was mentioned in it, and only through a page. None where it is gone."""
    graph = graph_of(account, http)
    try:
        return _post(post_id, await graph.get(post_id, fields=FIELDS))
    except Rejected as refusal:
        if refusal.code not in NOT_OURS:
            raise
    if not uses_page(account):
        return None
    try:
        found = await fetch_mention(graph, profile_of(account), post_id, None)
    except Rejected:
        return None
    return _post(post_id, found) if found else None


def _post(post_id: str, row: Mapping[str, Any]) -> Post:
    product = row.get("media_product_type")
    return Post(
        id=post_id,
        url=text_id(row.get("permalink")),
        text=text_id(row.get("caption")),
        author_name=text_id(row.get("username")),
        picture_url=_picture(row),
        kind="ad" if product == "AD" else "organic" if product else None,
        at=instant(row.get("timestamp")),
    )


def _picture(row: Mapping[str, Any]) -> str | None:
    """A film's still; a picture itself. Instagram leaves the address out where rights forbid it."""
    still = text_id(row.get("thumbnail_url"))
    return still or (None if row.get("media_type") == "VIDEO" else text_id(row.get("media_url")))
