"""The lists that the API gives: threads newest first, replies of a thread, comments by id. One unit a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from hark.adapters.youtube.client import get
from hark.adapters.youtube.split import instant
from hark.channels.contract import Account
from hark.infra.http import GuardedHttp

PAGE = 100
"""The most that one page may have."""
AT_ONCE = 50
"""Ids in one look at comments by id."""
MOST_REPLY_PAGES = 20
_LONG_AGO = datetime(2005, 1, 1, tzinfo=UTC)


class Thread(msgspec.Struct, frozen=True):
    """A thread as a list shows it: `inline` are its newest replies, perhaps not all of `count`."""

    id: str
    at: datetime
    count: int
    video: str | None
    resource: dict[str, Any]
    inline: tuple[dict[str, Any], ...]

    @property
    def top(self) -> dict[str, Any]:
        return _dict(_dict(self.resource.get("snippet")).get("topLevelComment"))


class Page(msgspec.Struct, frozen=True):
    threads: tuple[Thread, ...]
    next: str | None


async def threads(
    account: Account, http: GuardedHttp, token: str | None, *, size: int = PAGE, held: bool = False
) -> Page:
    """Threads on the channel and its videos, newest first; `held`: those with something that waits for review."""
    query = {
        "part": "snippet,replies",
        "allThreadsRelatedToChannelId": account.platform_account_id,
        "order": "time",
        "maxResults": str(size),
        "textFormat": "plainText",
        **({"moderationStatus": "heldForReview"} if held else {}),
        **({"pageToken": token} if token else {}),
    }
    answer = await get(account, http, "commentThreads", **query)
    found = tuple(thread for row in _rows(answer) if (thread := _thread(row)))
    return Page(found, _token(answer))


async def replies(account: Account, http: GuardedHttp, thread_id: str) -> list[dict[str, Any]]:
    """All replies of a thread, newest first."""
    found: list[dict[str, Any]] = []
    token: str | None = None
    for _ in range(MOST_REPLY_PAGES):
        query = {"part": "snippet", "parentId": thread_id, "maxResults": str(PAGE), "textFormat": "plainText"}
        answer = await get(account, http, "comments", **query, **({"pageToken": token} if token else {}))
        found += _rows(answer)
        token = _token(answer)
        if token is None:
            break
    return found


async def by_id(account: Account, http: GuardedHttp, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Which of these comments are still there."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(ids), AT_ONCE):
        some = ",".join(ids[start : start + AT_ONCE])
        answer = await get(account, http, "comments", part="snippet", id=some, textFormat="plainText")
        found |= {str(row["id"]): row for row in _rows(answer) if row.get("id")}
    return found


def status_of(comment: dict[str, Any]) -> str | None:
    """heldForReview, likelySpam, rejected, published; None where the list does not say."""
    status = _dict(comment.get("snippet")).get("moderationStatus")
    return status if isinstance(status, str) else None


def _thread(row: dict[str, Any]) -> Thread | None:
    snippet = _dict(row.get("snippet"))
    top = _dict(snippet.get("topLevelComment"))
    thread_id = row.get("id") or top.get("id")
    if not isinstance(thread_id, str):
        return None
    count, video = snippet.get("totalReplyCount"), snippet.get("videoId")
    inline = _dict(row.get("replies")).get("comments")
    return Thread(
        id=thread_id,
        at=instant(_dict(top.get("snippet")).get("publishedAt")) or _LONG_AGO,
        count=count if isinstance(count, int) else 0,
        video=video if isinstance(video, str) else None,
        resource=row,
        inline=tuple(reply for reply in inline if isinstance(reply, dict))
        if isinstance(inline, list)
        else (),
    )


def _rows(answer: dict[str, Any]) -> list[dict[str, Any]]:
    rows = answer.get("items")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _token(answer: dict[str, Any]) -> str | None:
    token = answer.get("nextPageToken")
    return token if isinstance(token, str) and token else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
