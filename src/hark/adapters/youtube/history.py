"""Everything that the channel has (import), and what is new since the last look (polling and repair)."""

from __future__ import annotations

from datetime import datetime

from hark.adapters.youtube import lists
from hark.adapters.youtube.changes import held_in, hidden
from hark.adapters.youtube.look import Look
from hark.adapters.youtube.split import items_of
from hark.channels.contract import Account, FetchedPage, RawItem, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now

IMPORT_PAGE = 20
"""Threads of one page of an import: each may need a further call for its replies."""
_PUBLISHED, _HELD = "published:", "held:"


async def fetch_page(
    cursor: str | None, since: datetime | None, account: Account, http: GuardedHttp
) -> FetchedPage:
    """Without `since` all threads with all replies, then what waits for review. With it, the newest threads back to that
    moment, with what changed in them, compared with the look before."""
    if since is not None:
        token = cursor.removeprefix(_PUBLISHED) if cursor else None
        page = await Look(account, http, since, utc_now()).take(token)
        return FetchedPage(page.items, _PUBLISHED + page.next if page.next else None, page.state)
    if cursor is not None and cursor.startswith(_HELD):
        return await _held(cursor.removeprefix(_HELD), account, http)
    token = (cursor or "").removeprefix(_PUBLISHED) or None
    found = await lists.threads(account, http, token, size=IMPORT_PAGE)
    items = [item for thread in found.threads for item in await _whole(thread, account, http)]
    return FetchedPage(tuple(items), _PUBLISHED + found.next if found.next else _HELD)


async def _whole(thread: lists.Thread, account: Account, http: GuardedHttp) -> list[RawItem]:
    channel = account.platform_account_id
    items = items_of([thread.resource], channel)
    if thread.count <= len(thread.inline):
        return items
    try:
        found = await lists.replies(account, http, thread.id)
    except Rejected:  # deleted meanwhile, or comments were switched off under the video
        return items
    return [*items, *items_of(found[::-1], channel, thread.video)]


async def _held(token: str, account: Account, http: GuardedHttp) -> FetchedPage:
    found = await lists.threads(account, http, token or None, held=True)
    channel, now = account.platform_account_id, utc_now()
    items: list[RawItem] = []
    for thread in found.threads:
        items += items_of([thread.resource], channel)
        items += [hidden(channel, each, True, now) for each in held_in(thread)]
    return FetchedPage(tuple(items), _HELD + found.next if found.next else None)
