"""History: conversations, then comments of recent posts, then reviews, page by page, as the webhook would
have brought them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Literal

import msgspec

from hark.adapters._meta.graph import Graph, next_cursor, rows_of
from hark.adapters._meta.pending import waiting
from hark.adapters._meta.replay import message_items
from hark.adapters._meta.wire import instant, text_id
from hark.adapters.facebook.client import graph_of
from hark.adapters.facebook.replay import comment_item, fetched_item, post_item, review_item
from hark.channels.contract import Account, FetchedPage, PlatformProblem, RawItem, Reconnect, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.pages import decode_cursor, encode_cursor

CONVERSATIONS_AT_ONCE = 10
POSTS_AT_ONCE = 10
MOST_POSTS = 100
"""How many of the newest posts are searched for comments; older posts rarely get any, and their comments
come by webhook."""
MOST_TOLD = 20
"""Calls of one page of the walk."""
OVERLAP = timedelta(minutes=2)
"""Looked at again before `since`, because Facebook's lists trail its notifications."""

_MESSAGE = "id,created_time,from,to,message,attachments,sticker,shares,reactions"
_COMMENT = "id,created_time,from,message,attachment,parent,is_hidden,permalink_url"
_POST = "id,created_time,from,message,permalink_url,full_picture"
_COMMENTS = "comments.filter(stream).order(reverse_chronological)"
_REVIEW = (
    "created_time,recommendation_type,review_text,reviewer,open_graph_story,has_review,has_rating,rating"
)


Stage = Literal["conversations", "posts", "comments", "reviews"]


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where the walk stands: stage, cursor within it, posts seen, and comment lists that were too long for
    their post's page."""

    stage: Stage = "conversations"
    after: str | None = None
    posts: int = 0
    long: tuple[tuple[str, str | None, str], ...] = ()


Step = tuple[list[RawItem], "Cursor | None"]


class Walk(msgspec.Struct, frozen=True):
    """What a step needs: calls, whose page it is, from when on."""

    graph: Graph
    page_id: str
    since: datetime | None

    def wanted(self, row: Mapping[str, Any], key: str = "created_time") -> bool:
        at = instant(row.get(key))
        return self.since is None or at is None or at >= self.since - OVERLAP


async def fetch_page(
    cursor: str | None, since: datetime | None, account: Account, http: GuardedHttp
) -> FetchedPage:
    """One stretch of history. Posts and reviews are passed over when the page lacks the right to list them."""
    walk = Walk(graph_of(account, http), account.platform_account_id, since)
    if cursor is None and any(waiting(account)):
        return await _told_of(walk, account)
    here: Cursor = decode_cursor(cursor, Cursor) if cursor else Cursor()
    items, there = await _step(walk, here)
    return FetchedPage(tuple(items), encode_cursor(*msgspec.to_builtins(there)) if there else None)


async def _told_of(walk: Walk, account: Account) -> FetchedPage:
    """What notifications only told of comes first; what Facebook does not show us is not asked for again."""
    items: list[RawItem] = []
    taken: dict[str, Any] = {}
    for place, noted in islice(waiting(account), MOST_TOLD):
        try:
            row = await walk.graph.get(str(noted["id"]), fields=_COMMENT)
        except Rejected:
            row = {}
        taken[place] = None
        if row.get("id"):
            items.append(fetched_item(walk.page_id, noted, row))
    return FetchedPage(tuple(items), encode_cursor(*msgspec.to_builtins(Cursor())), state=taken)


async def _step(walk: Walk, here: Cursor) -> Step:
    steps: Mapping[Stage, Callable[[Walk, Cursor], Awaitable[Step]]] = {
        "conversations": _conversations,
        "posts": _posts,
        "comments": _comments,
        "reviews": _reviews,
    }
    try:
        return await steps[here.stage](walk, here)
    except (Rejected, Reconnect) as problem:
        if here.stage == "conversations" or _is_about_token(problem):
            raise
        return [], Cursor("reviews") if here.stage != "reviews" else None


def _is_about_token(problem: PlatformProblem) -> bool:
    return problem.code.split("/")[0] in {"190", "102", "http_401", "no_token"}


async def _conversations(walk: Walk, here: Cursor) -> Step:
    """Newest first. Only the 20 newest messages of a conversation can be read, so one page of them is all
    there is."""
    answer = await walk.graph.get(
        f"{walk.page_id}/conversations",
        platform="messenger",
        fields=f"id,updated_time,participants,messages.limit(20){{{_MESSAGE}}}",
        limit=str(CONVERSATIONS_AT_ONCE),
        **_after(here.after),
    )
    conversations = rows_of(answer)
    items = [item for row in conversations for item in _messages(walk, row)]
    after = next_cursor(answer)
    reached = any(not walk.wanted(row, "updated_time") for row in conversations)
    return items, Cursor("posts") if after is None or reached else Cursor("conversations", after)


def _messages(walk: Walk, conversation: Mapping[str, Any]) -> Iterator[RawItem]:
    """Oldest first, so that a conversation grows as it was written."""
    messages = [row for row in rows_of(conversation.get("messages")) if walk.wanted(row)]
    customer = _customer_of(conversation, walk.page_id)
    for row in sorted(messages, key=lambda row: str(row.get("created_time"))):
        yield from message_items(walk.page_id, customer, row)


def _customer_of(conversation: Mapping[str, Any], page_id: str) -> str | None:
    people = (text_id(row.get("id")) for row in rows_of(conversation.get("participants")))
    return next((person for person in people if person and person != page_id), None)


async def _posts(walk: Walk, here: Cursor) -> Step:
    """Posts of the page and of its visitors, with the newest comments of each."""
    answer = await walk.graph.get(
        f"{walk.page_id}/feed",
        fields=f"{_POST},{_COMMENTS}.limit(50){{{_COMMENT}}}",
        limit=str(POSTS_AT_ONCE),
        **_after(here.after),
    )
    posts = rows_of(answer)
    items: list[RawItem] = []
    long: list[tuple[str, str | None, str]] = []
    for row in posts:
        post_id = text_id(row.get("id"))
        if post_id is None:
            continue
        items.extend(_of_post(walk, row, post_id))
        comments = row.get("comments")
        rest = next_cursor(comments)
        if rest and all(walk.wanted(comment) for comment in rows_of(comments)):
            long.append((post_id, _text(row.get("permalink_url")), rest))
    seen, after = here.posts + len(posts), next_cursor(answer)
    ended = after is None or seen >= MOST_POSTS
    return items, _next_after_posts(None if ended else after, seen, tuple(long))


def _next_after_posts(after: str | None, seen: int, long: tuple[tuple[str, str | None, str], ...]) -> Cursor:
    if long:
        return Cursor("comments", after, seen, long)
    return Cursor("posts", after, seen) if after else Cursor("reviews")


def _of_post(walk: Walk, row: Mapping[str, Any], post_id: str) -> Iterator[RawItem]:
    author = row.get("from")
    visitor = isinstance(author, dict) and text_id(author.get("id")) not in {None, walk.page_id}
    if visitor and walk.wanted(row):
        yield post_item(walk.page_id, row)
    yield from _comment_items(walk, post_id, _text(row.get("permalink_url")), row.get("comments"))


def _comment_items(walk: Walk, post_id: str, url: str | None, answer: Any) -> Iterator[RawItem]:
    wanted = [row for row in rows_of(answer) if walk.wanted(row)]
    for row in sorted(wanted, key=lambda row: str(row.get("created_time"))):
        item = comment_item(walk.page_id, post_id, url, row)
        if item is not None:
            yield item


async def _comments(walk: Walk, here: Cursor) -> Step:
    """The further comments of one post."""
    (post_id, url, after), *rest = here.long
    answer = await walk.graph.get(
        f"{post_id}/comments",
        filter="stream",
        order="reverse_chronological",
        fields=_COMMENT,
        limit="100",
        **_after(after),
    )
    items = list(_comment_items(walk, post_id, url, answer))
    further = next_cursor(answer)
    if further and all(walk.wanted(row) for row in rows_of(answer)):
        rest.append((post_id, url, further))
    return items, _next_after_posts(here.after, here.posts, tuple(rest))


async def _reviews(walk: Walk, here: Cursor) -> Step:
    """Best effort: newer versions may answer that this list is gone, and then the webhook is the only
    source."""
    answer = await walk.graph.get(f"{walk.page_id}/ratings", fields=_REVIEW, limit="50", **_after(here.after))
    reviews = [row for row in rows_of(answer) if walk.wanted(row)]
    items = [item for row in reviews if (item := review_item(walk.page_id, row)) is not None]
    after = next_cursor(answer)
    reached = len(reviews) < len(rows_of(answer))
    return items, None if after is None or reached else Cursor("reviews", after)


def _after(cursor: str | None) -> dict[str, str]:
    return {"after": cursor} if cursor else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
