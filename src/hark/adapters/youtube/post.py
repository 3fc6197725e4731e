"""The video under which comments stand."""

from __future__ import annotations

from typing import Any

from hark.adapters.youtube.client import get
from hark.adapters.youtube.normalize import WATCH
from hark.adapters.youtube.split import instant
from hark.channels.contract import Account, Post
from hark.infra.http import GuardedHttp

_SIZES = ("maxres", "standard", "high", "medium", "default")


async def fetch_post(post_id: str, account: Account, http: GuardedHttp) -> Post | None:
    """Title, picture and channel of a video: one unit. None for one that was taken down."""
    answer = await get(account, http, "videos", part="snippet", id=post_id)
    rows = answer.get("items")
    row = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else None
    snippet = row.get("snippet") if row else None
    if not isinstance(snippet, dict):
        return None
    return Post(
        id=post_id,
        url=f"{WATCH}{post_id}",
        text=_text(snippet.get("title")),
        author_name=_text(snippet.get("channelTitle")),
        picture_url=_picture(snippet.get("thumbnails")),
        kind="organic",
        at=instant(snippet.get("publishedAt")),
    )


def _picture(thumbnails: Any) -> str | None:
    """The largest there is."""
    given = thumbnails if isinstance(thumbnails, dict) else {}
    found = (given[size].get("url") for size in _SIZES if isinstance(given.get(size), dict))
    return next((url for url in found if isinstance(url, str)), None)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
