"""What Threads lists: things that notifications left open, mentions, then the replies to recent posts. It is history, repair
and the regular look in one; the keys are those of notifications."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Literal

import msgspec

from hark.adapters._meta.graph import Graph, next_cursor, rows_of
from hark.adapters._meta.pending import waiting
from hark.adapters._meta.replay import filled, id_of
from hark.adapters._meta.wire import instant, text_id
from hark.adapters.threads.client import graph_of
from hark.adapters.threads.webhook import make_item
from hark.channels.contract import Account, FetchedPage, RawItem, Reconnect, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.pages import decode_cursor, encode_cursor

POSTS_AT_ONCE = 25
MOST_POSTS = 50
"""How many of the newest posts are looked at for replies."""
MOST_TOLD = 20
OVERLAP = timedelta(minutes=2)

REPLY = (
    "id,text,username,timestamp,permalink,media_type,media_url,gif_url,replied_to,root_post,hide_status,"
    "is_reply_owned_by_me"
)
MENTION = "id,text,username,timestamp,permalink,media_type,media_url,gif_url,replied_to,root_post"
POST = "id,text,permalink,timestamp,has_replies"

Stage = Literal["mentions", "posts", "replies"]


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where the walk stands: stage, next page of its list, posts whose replies are still to be read (id, text, address), how
    many posts were seen, and the next page of posts."""

    stage: Stage = "mentions"
    after: str | None = None
    posts: tuple[tuple[str, str | None, str | None], ...] = ()
    seen: int = 0
    more: str | None = None


Step = tuple[list[RawItem], "Cursor | None"]


class Walk(msgspec.Struct, frozen=True):
    graph: Graph
    account: Account
    since: datetime | None

    @property
    def handle(self) -> str | None:
        return self.account.fields.get("username")

    def wanted(self, row: Mapping[str, Any]) -> bool:
        at = instant(row.get("timestamp"))
        return self.since is None or at is None or at >= self.since - OVERLAP


async def fetch_page(
    cursor: str | None, since: datetime | None, account: Account, http: GuardedHttp
) -> FetchedPage:
    """One stretch. Mentions are passed over when the right to read them was not granted."""
    walk = Walk(graph_of(account, http), account, since)
    if cursor is None and any(waiting(account)):
        return await _told_of(walk)
    here: Cursor = decode_cursor(cursor, Cursor) if cursor else Cursor()
    items, there = await _step(walk, here)
    return FetchedPage(tuple(items), _written(there) if there else None)


def _written(cursor: Cursor) -> str:
    return encode_cursor(*msgspec.to_builtins(cursor))


async def _told_of(walk: Walk) -> FetchedPage:
    items: list[RawItem] = []
    taken: dict[str, Any] = {}
    for place, noted in islice(waiting(walk.account), MOST_TOLD):
        try:
            row = await walk.graph.get(str(noted["id"]), fields=REPLY)
        except Rejected:
            row = {}
        taken[place] = None
        if row.get("id"):
            answered = id_of(row.get("replied_to"))
            names = await _names(walk.graph, answered) if _is_ours(walk, row) and answered else {}
            items += _reply_items(walk, row, names, None, None)
    return FetchedPage(tuple(items), _written(Cursor()), state=taken)


async def _names(graph: Graph, thing: str) -> dict[str, str]:
    """Who wrote the reply that an answer of ours is to."""
    try:
        row = await graph.get(thing, fields="id,username")
    except Rejected:
        return {}
    name = text_id(row.get("username"))
    return {thing: name} if name else {}


async def _step(walk: Walk, here: Cursor) -> Step:
    if here.stage == "posts":
        return await _posts(walk, here)
    if here.stage == "replies":
        return await _replies(walk, here)
    try:
        return await _mentions(walk, here)
    except (Rejected, Reconnect) as problem:
        if problem.code.split("/")[0] in {"190", "102", "http_401", "no_token"}:
            raise
        return [], Cursor("posts")


async def _mentions(walk: Walk, here: Cursor) -> Step:
    answer = await walk.graph.get("me/mentions", fields=MENTION, limit="50", **_after(here.after))
    rows = rows_of(answer)
    fresh = [row for row in rows if walk.wanted(row)]
    items = [make_item("mentions", _value(row), row.get("timestamp")) for row in _oldest_first(fresh)]
    after = next_cursor(answer) if len(fresh) == len(rows) else None
    return items, Cursor("mentions", after) if after else Cursor("posts")


async def _posts(walk: Walk, here: Cursor) -> Step:
    answer = await walk.graph.get("me/threads", fields=POST, limit=str(POSTS_AT_ONCE), **_after(here.after))
    rows = rows_of(answer)
    answered = tuple(
        (str(row["id"]), text_id(row.get("text")), text_id(row.get("permalink")))
        for row in rows
        if row.get("id") and row.get("has_replies") is not False
    )
    seen, after = here.seen + len(rows), next_cursor(answer)
    return [], _next_post(answered, seen, None if seen >= MOST_POSTS else after)


def _next_post(
    posts: tuple[tuple[str, str | None, str | None], ...], seen: int, more: str | None
) -> Cursor | None:
    if posts:
        return Cursor("replies", None, posts, seen, more)
    return Cursor("posts", more, (), seen) if more else None


async def _replies(walk: Walk, here: Cursor) -> Step:
    """All replies to a post at every depth, newest first."""
    post_id, text, url = here.posts[0]
    answer = await walk.graph.get(
        f"{post_id}/conversation", fields=REPLY, reverse="true", limit="100", **_after(here.after)
    )
    rows = rows_of(answer)
    fresh = [row for row in rows if walk.wanted(row)]
    names = {str(row["id"]): str(row["username"]) for row in rows if row.get("id") and row.get("username")}
    items = [item for row in _oldest_first(fresh) for item in _reply_items(walk, row, names, text, url)]
    after = next_cursor(answer) if len(fresh) == len(rows) else None
    if after:
        return items, Cursor("replies", after, here.posts, here.seen, here.more)
    return items, _next_post(here.posts[1:], here.seen, here.more)


def _oldest_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row.get("timestamp")))


def _is_ours(walk: Walk, row: Mapping[str, Any]) -> bool:
    if isinstance(row.get("is_reply_owned_by_me"), bool):
        return bool(row["is_reply_owned_by_me"])
    return walk.handle is not None and row.get("username") == walk.handle


def _reply_items(
    walk: Walk, row: Mapping[str, Any], names: Mapping[str, str], text: str | None, url: str | None
) -> Iterator[RawItem]:
    ours = _is_ours(walk, row)
    value = _value(row)
    value["us"] = ours
    if ours and (to := names.get(id_of(row.get("replied_to")) or "")):
        value["to"] = to
    value |= filled(post_text=text, post_url=url)
    yield make_item("replies", value, row.get("timestamp"))
    if row.get("hide_status") in {"HIDDEN", "UNHUSHED"}:
        hidden = {"id": value["id"], "hide_status": row["hide_status"], "timestamp": row.get("timestamp")}
        yield make_item("hide", hidden, row.get("timestamp"))


def _value(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as a notification would write it."""
    root, replied = row.get("root_post"), row.get("replied_to")
    return filled(
        id=text_id(row.get("id")),
        username=row.get("username"),
        text=row.get("text"),
        media_type=row.get("media_type"),
        media_url=row.get("media_url"),
        gif_url=row.get("gif_url"),
        permalink=row.get("permalink"),
        timestamp=row.get("timestamp"),
        replied_to={"id": id_of(replied)} if id_of(replied) else None,
        root_post=filled(id=id_of(root), username=root.get("username")) if isinstance(root, dict) else None,
    )


def _after(cursor: str | None) -> dict[str, str]:
    return {"after": cursor} if cursor else {}
