"""Everything that can be read again: notifications, what we wrote from elsewhere, direct conversations. History, repair and
polling are one walk.

What comes after the newest known notification (`notification` in the account's state) is asked for from old to new; where none
is known, lists are walked back to `since`. A look at the newest mentions shows what was changed or deleted since the last look
(`seen`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from hark.adapters.mastodon import missing
from hark.adapters.mastodon.client import Listed, Server, server_of
from hark.adapters.mastodon.content import instant
from hark.adapters.mastodon.items import raw_item
from hark.adapters.mastodon.roots import Roots
from hark.channels.contract import Account, FetchedPage, RawItem
from hark.infra.http import GuardedHttp
from hark.kernel.pages import decode_cursor, encode_cursor

TYPES = ("mention", "quote", "update", "favourite")
AT_ONCE = 30
"""Each reply needs one further call for the first post of its thread."""
OVERLAP = timedelta(minutes=2)

Stage = Literal["newer", "notifications", "own", "talks", "changes"]


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where the walk stands. `newest`: the newest notification met so far, kept when the walk is through."""

    stage: Stage
    after: str | None = None
    newest: str | None = None


class Walk(msgspec.Struct, frozen=True):
    """What a step needs: calls, whose account, from when on, and what the last walk left."""

    server: Server
    account: str
    since: datetime | None
    state: Mapping[str, Any]
    roots: Roots

    def wanted(self, row: Mapping[str, Any]) -> bool:
        at = instant(row.get("created_at"))
        return self.since is None or at is None or at >= self.since - OVERLAP

    async def items(self, kind: str, rows: list[dict[str, Any]]) -> list[RawItem]:
        """From new to old as lists are, to old to new as things happened."""
        found = []
        for row in reversed(rows):
            status = row.get("status") if kind == "notification" else row
            found.append(raw_item(self.account, kind, row, await self.roots.find(status)))
        return found


class Step(msgspec.Struct, frozen=True):
    items: list[RawItem]
    then: Cursor | None
    state: dict[str, Any] = {}


async def fetch_page(
    cursor: str | None, since: datetime | None, account: Account, http: GuardedHttp
) -> FetchedPage:
    server = server_of(account, http)
    walk = Walk(server, account.platform_account_id, since, account.state, Roots(server))
    here: Cursor = decode_cursor(cursor, Cursor) if cursor else _start(walk)
    step = await _STAGES[here.stage](walk, here)
    there = encode_cursor(*msgspec.to_builtins(step.then)) if step.then else None
    return FetchedPage(tuple(step.items), there, step.state)


def _start(walk: Walk) -> Cursor:
    known = walk.state.get("notification")
    if walk.since is not None and isinstance(known, str):
        return Cursor("newer", known)
    return Cursor("notifications")


async def _newer(walk: Walk, here: Cursor) -> Step:
    """From the last known on, old to new: each page may be kept by itself."""
    query: dict[str, Any] = {"limit": AT_ONCE, "types": TYPES, "min_id": here.after or "0"}
    page = await walk.server.page("/api/v1/notifications", query)
    newest = newest_of(page, here.after)
    items = await walk.items("notification", page.rows)
    go_on = page.rows and newest != here.after
    return Step(
        items, Cursor("newer", newest) if go_on else Cursor("own"), {"notification": newest} if go_on else {}
    )


async def _notifications(walk: Walk, here: Cursor) -> Step:
    query: dict[str, Any] = {"limit": AT_ONCE, "types": TYPES}
    if here.after:
        query["max_id"] = here.after
    page = await walk.server.page("/api/v1/notifications", query)
    newest = here.newest or newest_of(page, None)
    rows = [row for row in page.rows if walk.wanted(row)]
    items = await walk.items("notification", rows)
    if _goes_on(page, rows, here):
        return Step(items, Cursor("notifications", page.older, newest))
    return Step(items, Cursor("own", newest=newest))


def newest_of(page: Listed, before: str | None) -> str | None:
    """Ids are numbers as text, and grow."""
    ids = [str(row["id"]) for row in page.rows if row.get("id")]
    return max([*ids, *([before] if before else [])], key=lambda each: (len(each), each), default=None)


def _goes_on(page: Listed, rows: list[dict[str, Any]], here: Cursor) -> bool:
    return bool(page.older) and page.older != here.after and len(rows) == len(page.rows) > 0


async def _own(walk: Walk, here: Cursor) -> Step:
    """What was answered elsewhere, in an app: conversations show both sides."""
    query: dict[str, Any] = {"limit": AT_ONCE, "exclude_reblogs": "true"}
    if here.after:
        query["max_id"] = here.after
    page = await walk.server.page(f"/api/v1/accounts/{walk.account}/statuses", query)
    rows = [row for row in page.rows if walk.wanted(row)]
    told = [row for row in rows if _is_told_somebody(row, walk.account)]
    items = await walk.items("status", told)
    if _goes_on(page, rows, here):
        return Step(items, Cursor("own", page.older, here.newest))
    return Step(items, Cursor("talks" if walk.since is None else "changes", newest=here.newest))


def _is_told_somebody(row: Mapping[str, Any], account: str) -> bool:
    return row.get("visibility") == "direct" or row.get("in_reply_to_account_id") not in {None, account}


async def _talks(walk: Walk, here: Cursor) -> Step:
    """For an import: direct conversations as far back as the server shows them. A list of them has only what was said last."""
    query: dict[str, Any] = {"limit": 10}
    if here.after:
        query["max_id"] = here.after
    page = await walk.server.page("/api/v1/conversations", query)
    items: list[RawItem] = []
    for row in page.rows:
        last = row.get("last_status")
        if isinstance(last, dict) and last.get("id"):
            context = await walk.roots.context(str(last["id"]))
            said = [*context.ancestors, last, *context.descendants]
            items += [
                raw_item(walk.account, "status", each) for each in said if each.get("visibility") == "direct"
            ]
    if page.older and page.older != here.after and page.rows:
        return Step(items, Cursor("talks", page.older, here.newest))
    return Step(items, Cursor("changes", newest=here.newest))


async def _changes(walk: Walk, here: Cursor) -> Step:
    items, state = await missing.compare(walk.server, walk.account, walk.state.get("seen"))
    if here.newest is not None and not isinstance(walk.state.get("notification"), str):
        state["notification"] = here.newest
    return Step(items, None, state)


_STAGES: Mapping[Stage, Callable[[Walk, Cursor], Awaitable[Step]]] = {
    "newer": _newer,
    "notifications": _notifications,
    "own": _own,
    "talks": _talks,
    "changes": _changes,
}
