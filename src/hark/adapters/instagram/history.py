"""History: conversations, then comments of recent media, page by page, as notifications would have brought them. What
notifications only told of comes before all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Literal

import msgspec

from hark.adapters._meta.graph import Graph, next_cursor, rows_of
from hark.adapters._meta.pending import waiting
from hark.adapters._meta.replay import id_of, is_us, message_items
from hark.adapters._meta.wire import instant
from hark.adapters.instagram.client import graph_of, owner_of, profile_of
from hark.adapters.instagram.mentions import fetch_mention
from hark.adapters.instagram.replay import Replay
from hark.channels.contract import Account, FetchedPage, RawItem, Reconnect, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.pages import decode_cursor, encode_cursor

CONVERSATIONS_AT_ONCE = 25
MEDIA_AT_ONCE = 10
MOST_MEDIA = 100
"""How many of the newest media are searched for comments; older ones rarely get any, and theirs come by webhook."""
MOST_TOLD = 20
"""Calls of one page of the walk."""
OVERLAP = timedelta(minutes=2)
"""Looked at again before `since`, because Meta's lists trail its notifications."""
TOO_OLD = "9000001"
"""Only the 20 newest messages of a conversation can be read."""

MESSAGE = "id,created_time,from,to,message,attachments,shares,story,reactions,is_unsupported"
COMMENT = "id,text,timestamp,username,from,hidden,parent_id"
COMMENTS = f"{COMMENT},replies.limit(50){{{COMMENT}}}"
MEDIA = "id,caption,permalink,media_product_type,timestamp"

Stage = Literal["conversations", "messages", "media", "comments"]


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where the walk stands: stage, the next page of its list, conversations still to be read (with their customer), media
    seen, and media whose comments went on."""

    stage: Stage = "conversations"
    after: str | None = None
    conversations: tuple[tuple[str, str | None], ...] = ()
    seen: int = 0
    long: tuple[tuple[str, str], ...] = ()


Step = tuple[list[RawItem], "Cursor | None"]


class Walk(msgspec.Struct, frozen=True):
    """What a step needs: calls, whose account it is, from when on."""

    graph: Graph
    account: Account
    since: datetime | None

    @property
    def account_id(self) -> str:
        return self.account.platform_account_id

    @property
    def handle(self) -> str | None:
        return self.account.fields.get("username")

    @property
    def replay(self) -> Replay:
        return Replay(self.account_id, self.handle)

    def wanted(self, row: Mapping[str, Any], key: str) -> bool:
        at = instant(row.get(key))
        return self.since is None or at is None or at >= self.since - OVERLAP


async def fetch_page(
    cursor: str | None, since: datetime | None, account: Account, http: GuardedHttp
) -> FetchedPage:
    """One stretch of history. Comments are passed over when the account lacks the right to list them."""
    walk = Walk(graph_of(account, http), account, since)
    if cursor is None and any(waiting(account)):
        return await _told_of(walk)
    here: Cursor = decode_cursor(cursor, Cursor) if cursor else Cursor()
    items, there = await _step(walk, here)
    return FetchedPage(tuple(items), _written(there) if there else None)


def _written(cursor: Cursor) -> str:
    return encode_cursor(*msgspec.to_builtins(cursor))


async def _told_of(walk: Walk) -> FetchedPage:
    """What Instagram does not show us (gone, private) is not asked for again."""
    items: list[RawItem] = []
    taken: dict[str, Any] = {}
    for place, noted in islice(waiting(walk.account), MOST_TOLD):
        media_id, comment_id = noted.get("media_id"), noted.get("comment_id")
        try:
            row = await fetch_mention(walk.graph, profile_of(walk.account), media_id, comment_id)
        except Rejected:
            row = {}
        taken[place] = None
        if row:
            items.append(walk.replay.mention(noted, row))
    return FetchedPage(tuple(items), _written(Cursor()), state=taken)


async def _step(walk: Walk, here: Cursor) -> Step:
    steps: Mapping[Stage, Callable[[Walk, Cursor], Awaitable[Step]]] = {
        "conversations": _conversations,
        "messages": _messages,
        "media": _media,
        "comments": _comments,
    }
    try:
        return await steps[here.stage](walk, here)
    except (Rejected, Reconnect) as problem:
        about_token = problem.code.split("/")[0] in {"190", "102", "http_401", "no_token"}
        if about_token or here.stage == "conversations":
            raise
        return [], None


async def _conversations(walk: Walk, here: Cursor) -> Step:
    """Newest first; their messages are asked for one conversation after the other."""
    answer = await walk.graph.get(
        f"{owner_of(walk.account)}/conversations",
        platform="instagram",
        fields="id,updated_time,participants",
        limit=str(CONVERSATIONS_AT_ONCE),
        **_after(here.after),
    )
    rows = rows_of(answer)
    fresh = [row for row in rows if walk.wanted(row, "updated_time")]
    after = None if len(fresh) < len(rows) else next_cursor(answer)
    known = tuple((str(row["id"]), _customer_of(row, walk)) for row in fresh if row.get("id"))
    return [], _next_conversation(known, after)


def _next_conversation(left: tuple[tuple[str, str | None], ...], after: str | None) -> Cursor:
    if left:
        return Cursor("messages", after, left)
    return Cursor("conversations", after) if after else Cursor("media")


def _customer_of(conversation: Mapping[str, Any], walk: Walk) -> str | None:
    people = rows_of(conversation.get("participants"))
    others = (id_of(person) for person in people if not is_us(person, walk.account_id, walk.handle))
    return next((person for person in others if person), None)


async def _messages(walk: Walk, here: Cursor) -> Step:
    """Oldest first, so that a conversation grows as it was written."""
    (conversation, customer), *left = here.conversations
    rows, _ = await conversation_messages(walk.graph, conversation, walk.since and walk.since - OVERLAP)
    items = [
        item
        for row in sorted(rows, key=lambda row: str(row.get("created_time")))
        for item in message_items(walk.account_id, customer, row, "share", walk.handle)
    ]
    return items, _next_conversation(tuple(left), here.after)


async def conversation_messages(
    graph: Graph, conversation: str, since: datetime | None = None
) -> tuple[list[dict[str, Any]], bool]:
    """The newest messages of a conversation since then, and whether these are all of that time. Where the list only has
    ids and times, each is asked for."""
    answer = await graph.get(conversation, fields=f"messages.limit(20){{{MESSAGE}}}")
    found: list[dict[str, Any]] = []
    complete = next_cursor(answer.get("messages")) is None
    for row in rows_of(answer.get("messages"))[:20]:
        at = instant(row.get("created_time"))
        if since is not None and at is not None and at < since:
            complete = True
            continue
        whole = row if isinstance(row.get("from"), dict) else await _message(graph, str(row.get("id")))
        if whole is not None:
            found.append(whole)
    return found, complete


async def _message(graph: Graph, message_id: str) -> dict[str, Any] | None:
    try:
        return await graph.get(message_id, fields=MESSAGE)
    except Rejected as refusal:
        if refusal.code in {TOO_OLD, "100/33"}:
            return None
        raise


async def _media(walk: Walk, here: Cursor) -> Step:
    """The account's media with the newest comments of each and the answers under them."""
    answer = await walk.graph.get(
        f"{profile_of(walk.account)}/media",
        fields=f"{MEDIA},comments.limit(50){{{COMMENTS}}}",
        limit=str(MEDIA_AT_ONCE),
        **_after(here.after),
    )
    items: list[RawItem] = []
    long: list[tuple[str, str]] = []
    for media in rows_of(answer):
        comments = media.get("comments")
        items += _comment_items(walk, media, rows_of(comments))
        rest = next_cursor(comments)
        if rest and _goes_on(walk, rows_of(comments)):
            long.append((str(media.get("id")), rest))
    seen, after = here.seen + len(rows_of(answer)), next_cursor(answer)
    return items, _next_media(None if seen >= MOST_MEDIA else after, seen, tuple(long))


def _next_media(after: str | None, seen: int, long: tuple[tuple[str, str], ...]) -> Cursor | None:
    if long:
        return Cursor("comments", after, (), seen, long)
    return Cursor("media", after, (), seen) if after else None


def _comment_items(walk: Walk, media: Mapping[str, Any], rows: list[dict[str, Any]]) -> list[RawItem]:
    """Comments since then, and older ones that were answered since."""
    wanted = [row for row in rows if walk.wanted(row, "timestamp") or _answered(walk, row)]
    return [
        item
        for row in sorted(wanted, key=lambda row: str(row.get("timestamp")))
        for item in walk.replay.comments(media, row)
    ]


def _answered(walk: Walk, row: Mapping[str, Any]) -> bool:
    return any(walk.wanted(answer, "timestamp") for answer in rows_of(row.get("replies")))


def _goes_on(walk: Walk, rows: list[dict[str, Any]]) -> bool:
    return all(walk.wanted(row, "timestamp") for row in rows)


async def _comments(walk: Walk, here: Cursor) -> Step:
    """The further comments of one media."""
    (media_id, after), *rest = here.long
    answer = await walk.graph.get(f"{media_id}/comments", fields=COMMENTS, limit="50", after=after)
    rows = rows_of(answer)
    further = next_cursor(answer)
    if further and _goes_on(walk, rows):
        rest.append((media_id, further))
    return _comment_items(walk, {"id": media_id}, rows), _next_media(here.after, here.seen, tuple(rest))


def _after(cursor: str | None) -> dict[str, str]:
    return {"after": cursor} if cursor else {}
