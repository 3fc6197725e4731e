"""Everything that can be read again: notifications, our own answers, the chat. History, repair and polling are one walk.

Lists come newest first and are walked back to `since`. The chat has a log with a cursor, which is kept in the account's state
(`chat`); where there is none yet, or for an import, its conversations are walked instead. Posts vanish from the list without a
word when they are deleted, so the newest ones are kept in the state too (`seen`), and those that are missing are looked at.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from hark.adapters.bluesky import missing, talks
from hark.adapters.bluesky.atproto import instant
from hark.adapters.bluesky.client import Xrpc, xrpc_of
from hark.adapters.bluesky.errors import NO_CHAT
from hark.adapters.bluesky.items import raw_item
from hark.adapters.bluesky.talks import LongTalk
from hark.channels.contract import Account, FetchedPage, RawItem, Rejected, TryAgain
from hark.infra.http import GuardedHttp
from hark.kernel.pages import decode_cursor, encode_cursor

REASONS = ("mention", "reply", "quote")
AT_ONCE = 100
"""The most that listNotifications gives."""
OVERLAP = timedelta(minutes=2)
"""Looked at again before `since`: what the network indexes late stands in the list at its own time."""

CHAT_DOWN = frozenset(
    {"UpstreamFailure", "UpstreamTimeout", "InternalServerError", "NotEnoughResources", "no_answer"}
)
"""What the account's server answers where the chat service fails behind it."""

Stage = Literal["notifications", "answers", "log", "talks"]


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where the walk stands. `log`: where the chat's log stood when the walk over its conversations began; `long`:
    conversations that are not finished; `status`: accepted ones first, then requests."""

    stage: Stage = "notifications"
    after: str | None = None
    log: str | None = None
    long: tuple[LongTalk, ...] = ()
    status: str = "accepted"


class Walk(msgspec.Struct, frozen=True):
    """What a step needs: calls, whose account, from when on, and what the last walk left."""

    xrpc: Xrpc
    did: str
    since: datetime | None
    state: Mapping[str, Any]

    def wanted(self, at: datetime | None) -> bool:
        return self.since is None or at is None or at >= self.since - OVERLAP


class Step(msgspec.Struct, frozen=True):
    items: list[RawItem]
    then: Cursor | None
    state: dict[str, Any] = {}


class _Notifications(msgspec.Struct):
    notifications: list[dict[str, Any]]
    cursor: str | None = None


class _FeedItem(msgspec.Struct):
    post: dict[str, Any]
    reason: dict[str, Any] | None = None


class _Feed(msgspec.Struct):
    feed: list[_FeedItem]
    cursor: str | None = None


async def fetch_page(
    cursor: str | None, since: datetime | None, account: Account, http: GuardedHttp
) -> FetchedPage:
    here: Cursor = decode_cursor(cursor, Cursor) if cursor else Cursor()
    walk = Walk(xrpc_of(account, http), account.platform_account_id, since, account.state)
    step = await _STAGES[here.stage](walk, here)
    there = encode_cursor(*msgspec.to_builtins(step.then)) if step.then else None
    return FetchedPage(tuple(step.items), there, step.state)


async def _notifications(walk: Walk, here: Cursor) -> Step:
    query: dict[str, Any] = {"limit": AT_ONCE, "reasons": REASONS}
    if here.after:
        query["cursor"] = here.after
    page = await walk.xrpc.get("app.bsky.notification.listNotifications", _Notifications, query)
    rows = [row for row in page.notifications if walk.wanted(instant(row.get("indexedAt")))]
    items = [raw_item(walk.did, "post", row) for row in reversed(rows)]
    state: dict[str, Any] = {}
    if here.after is None:
        changed, state = await missing.compare(
            walk.xrpc, walk.did, walk.state.get("seen"), page.notifications, page.cursor is None
        )
        items += changed
    go_on = page.cursor is not None and len(rows) == len(page.notifications) and page.cursor != here.after
    return Step(items, Cursor(after=page.cursor) if go_on else Cursor("answers"), state)


async def _answers(walk: Walk, here: Cursor) -> Step:
    """What was answered elsewhere, in the app: conversations show both sides."""
    query: dict[str, Any] = {"actor": walk.did, "filter": "posts_with_replies", "limit": AT_ONCE}
    if here.after:
        query["cursor"] = here.after
    page = await walk.xrpc.get("app.bsky.feed.getAuthorFeed", _Feed, query)
    rows = [row.post for row in page.feed if row.reason is None]
    wanted = [row for row in rows if walk.wanted(instant(row.get("indexedAt")))]
    items = [raw_item(walk.did, "post", row) for row in reversed(wanted) if _answers_somebody(row, walk.did)]
    go_on = page.cursor is not None and len(wanted) == len(rows) and page.cursor != here.after
    return Step(items, Cursor("answers", page.cursor) if go_on else _chat_stage(walk))


def _answers_somebody(row: Mapping[str, Any], did: str) -> bool:
    author, record = row.get("author"), row.get("record")
    ours = isinstance(author, dict) and author.get("did") == did
    return ours and isinstance(record, dict) and isinstance(record.get("reply"), dict)


def _chat_stage(walk: Walk) -> Cursor:
    known = isinstance(walk.state.get("chat"), str)
    return Cursor("log", walk.state["chat"]) if known and walk.since is not None else Cursor("talks")


async def _log(walk: Walk, here: Cursor) -> Step:
    try:
        page = await talks.read_log(walk.xrpc, walk.did, here.after)
    except (Rejected, TryAgain) as problem:
        return _without_chat(walk, problem)
    moved = page.cursor is not None and page.cursor != here.after
    then = Cursor("log", page.cursor) if moved and page.items else None
    return Step(page.items, then, {"chat": page.cursor} if moved else {})


async def _talks(walk: Walk, here: Cursor) -> Step:
    """The log's place is taken before its conversations are read, and kept only when all are: nothing falls in between."""
    try:
        items, there = await _read_talks(_with_debt(walk), here)
    except (Rejected, TryAgain) as problem:
        return _without_chat(walk, problem)
    if there.status != "done" or there.long:
        return Step(items, there)
    known = isinstance(walk.state.get("chat"), str)
    return Step(items, None, {"chat": there.log, "chat_since": None} if there.log and not known else {})


def _without_chat(walk: Walk, problem: Rejected | TryAgain) -> Step:
    """The chat is a service of its own: where it may not be used, or is down, posts are read all the same. From when on its
    conversations are still to be read is kept; an import waits for it."""
    down = isinstance(problem, TryAgain) and problem.code in CHAT_DOWN and walk.since is not None
    absent = isinstance(problem, Rejected) and problem.code in {NO_CHAT, "MethodNotImplemented"}
    if not down and not absent:
        raise problem
    if walk.since is None or isinstance(walk.state.get("chat"), str):
        return Step([], None)
    return Step([], None, {"chat_since": (_debt(walk) or walk.since).isoformat()})


def _debt(walk: Walk) -> datetime | None:
    kept = walk.state.get("chat_since")
    return instant(kept) if isinstance(kept, str) else None


def _with_debt(walk: Walk) -> Walk:
    owed = _debt(walk)
    return (
        walk
        if owed is None or walk.since is None
        else msgspec.structs.replace(walk, since=min(owed, walk.since))
    )


async def _read_talks(walk: Walk, here: Cursor) -> tuple[list[RawItem], Cursor]:
    items: list[RawItem] = []
    if here.log is None:
        start = await talks.read_log(walk.xrpc, walk.did, None)
        items, here = start.items, msgspec.structs.replace(here, log=start.cursor or "")
    if here.long:
        more, rest = await talks.read_long(walk.xrpc, walk.did, here.long[0], walk.wanted)
        return items + more, msgspec.structs.replace(here, long=(*rest, *here.long[1:]))
    page = await talks.read_talks(walk.xrpc, walk.did, here.status, here.after, walk.wanted)
    status = here.status if page.cursor else {"accepted": "request"}.get(here.status, "done")
    there = msgspec.structs.replace(here, after=page.cursor, long=page.long, status=status)
    return items + page.items, there


_STAGES: Mapping[Stage, Callable[[Walk, Cursor], Awaitable[Step]]] = {
    "notifications": _notifications,
    "answers": _answers,
    "log": _log,
    "talks": _talks,
}
