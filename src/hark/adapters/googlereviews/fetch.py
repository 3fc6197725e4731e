"""The list of reviews, last changed first: history, repair, and the way in which reviews come.

The newest page is always read, so that answers written in the profile, and what is gone from there, are noticed: the ids
that it had the last time stay in the account's state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hark.adapters.googlereviews.client import Api, api_of, resource_of
from hark.adapters.googlereviews.items import item_of, items_of
from hark.adapters.googlereviews.names import instant, review_id
from hark.channels.contract import Account, FetchedPage, RawItem, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now

AT_ONCE = 50
"""The most that Google gives in a page."""
OVERLAP = timedelta(minutes=2)
SEEN = "seen_reviews"


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A review as the newest page had it: when it was changed, and when its answer was, if it had one."""

    changed: str
    replied: str | None = None


async def fetch_page(
    cursor: str | None, since: datetime | None, account: Account, http: GuardedHttp
) -> FetchedPage:
    api, place = api_of(account, http), resource_of(account)
    query = {"pageSize": str(AT_ONCE), "orderBy": "updateTime desc"}
    answer = await api.reviews(f"{place}/reviews", **query, **({"pageToken": cursor} if cursor else {}))
    rows = [row for row in _list(answer.get("reviews")) if isinstance(row, dict)]
    token = answer.get("nextPageToken")
    more = token if isinstance(token, str) and token else None
    items = [item for row in reversed(rows) for item in items_of(account.platform_account_id, row)]
    state: dict[str, Any] = {}
    if cursor is None:
        before, now = _before(account), _seen(rows)
        items += await _missing(api, account, before, rows, whole=more is None)
        items += _answers_changed(account, before, rows)
        items += _answers_gone(account, before, now)
        state = {SEEN: msgspec.to_builtins(now)}
    ended = since is not None and any(_older(row, since) for row in rows)
    return FetchedPage(tuple(items), None if ended else more, state, total=_count(answer))


def _before(account: Account) -> dict[str, Seen]:
    try:
        return msgspec.convert(account.state.get(SEEN, {}), dict[str, Seen])
    except msgspec.ValidationError:
        return {}


def _seen(rows: Sequence[Mapping[str, Any]]) -> dict[str, Seen]:
    seen = {}
    for row in rows:
        found, changed, reply = review_id(row.get("reviewId")), row.get("updateTime"), row.get("reviewReply")
        if found is not None and isinstance(changed, str):
            replied = reply.get("updateTime") if isinstance(reply, dict) else None
            seen[found] = Seen(changed, replied if isinstance(replied, str) else None)
    return seen


async def _missing(
    api: Api, account: Account, before: Mapping[str, Seen], rows: Sequence[Mapping[str, Any]], *, whole: bool
) -> list[RawItem]:
    """Reviews that should be on the newest page and are not. Each is asked for by itself before it counts as gone."""
    listed = {row.get("reviewId") for row in rows}
    oldest = min((at for row in rows if (at := instant(row.get("updateTime")))), default=None)
    gone = []
    for name, seen in before.items():
        changed = instant(seen.changed)
        expected = whole or (oldest is not None and changed is not None and changed > oldest)
        if name not in listed and expected and await _is_gone(api, account, name):
            noticed = utc_now().isoformat()
            key = f"gone:{name}:{seen.changed}"
            gone.append(item_of("gone", account.platform_account_id, name, key, noticed))
    return gone


async def _is_gone(api: Api, account: Account, name: str) -> bool:
    try:
        await api.reviews(f"{resource_of(account)}/reviews/{name}")
    except Rejected as problem:
        if problem.http_status == 404:
            return True
        raise
    return False


def _answers_changed(
    account: Account, before: Mapping[str, Seen], rows: Sequence[Mapping[str, Any]]
) -> list[RawItem]:
    """Reviews whose answer is another than the last time."""
    items = []
    for row in rows:
        name, reply = str(row.get("reviewId")), row.get("reviewReply")
        earlier, changed = before.get(name), reply.get("updateTime") if isinstance(reply, dict) else None
        if changed and earlier is not None and earlier.replied not in {None, changed}:
            key = f"reply_changed:{name}:{changed}"
            items.append(item_of("reply_changed", account.platform_account_id, row, key))
    return items


def _answers_gone(account: Account, before: Mapping[str, Seen], now: Mapping[str, Seen]) -> list[RawItem]:
    """Reviews that had an answer the last time and have none now."""
    at = utc_now().isoformat()
    return [
        item_of(
            "reply_gone", account.platform_account_id, name, f"reply_gone:{name}:{before[name].replied}", at
        )
        for name, seen in now.items()
        if seen.replied is None and name in before and before[name].replied is not None
    ]


def _older(row: Mapping[str, Any], since: datetime) -> bool:
    at = instant(row.get("updateTime"))
    return at is not None and at < since - OVERLAP


def _count(answer: Mapping[str, Any]) -> int | None:
    total = answer.get("totalReviewCount")
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
