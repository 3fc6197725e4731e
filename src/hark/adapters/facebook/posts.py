"""The post under which comments stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hark.adapters._meta.graph import Graph
from hark.adapters._meta.wire import instant, text_id
from hark.adapters.facebook.client import graph_of
from hark.channels.contract import Account, Post, Rejected
from hark.infra.http import GuardedHttp

FIELDS = "id,message,story,created_time,from,permalink_url,full_picture"
AD_FIELDS = "is_published,promotion_status"
"""Only posts of a page have them; asking any other object for them is an error."""
GONE = frozenset({"100/33", "100/2018001"})


async def fetch_post(post_id: str, account: Account, http: GuardedHttp) -> Post | None:
    """Text, picture, link, author, and whether it is an advertisement. None where it is gone, or not ours to see."""
    graph = graph_of(account, http)
    try:
        row = await _ask(graph, post_id, f"{FIELDS},{AD_FIELDS}")
    except Rejected as refusal:
        if refusal.code in GONE:
            return None
        raise
    author = row.get("from")
    return Post(
        id=post_id,
        url=text_id(row.get("permalink_url")),
        text=text_id(row.get("message")) or text_id(row.get("story")),
        author_name=text_id(author.get("name")) if isinstance(author, dict) else None,
        picture_url=text_id(row.get("full_picture")),
        kind=kind_of(row),
        at=instant(row.get("created_time")),
    )


async def _ask(graph: Graph, post_id: str, fields: str) -> dict[str, Any]:
    try:
        return await graph.get(post_id, fields=fields)
    except Rejected as refusal:
        if refusal.code != "100" or fields == FIELDS:
            raise
        return await _ask(graph, post_id, FIELDS)


def kind_of(row: Mapping[str, Any]) -> str | None:
    """ "ad" for a post that only advertisements show (never published on the page) or that is promoted now; None where
    Facebook does not say."""
    published, promotion = row.get("is_published"), row.get("promotion_status")
    if published is False or promotion == "active":
        return "ad"
    return "organic" if published is True or isinstance(promotion, str) else None
