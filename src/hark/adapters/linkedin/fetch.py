"""The list of notifications: history (60 days), repair after an outage, and polling while there is no webhook.

A notification tells neither whether a comment answers another one nor its picture, so each new comment is looked up once
(`completing.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hark.adapters.linkedin import urns
from hark.adapters.linkedin.client import Rest, rest_of
from hark.adapters.linkedin.completing import comment_named_by, look_at, tells_more, with_parent
from hark.adapters.linkedin.lists import elements, has_next
from hark.adapters.linkedin.manifest import KEPT_DAYS
from hark.adapters.linkedin.webhook import comment_item, notification_item
from hark.channels.contract import Account, FetchedPage, RawItem
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.errors import Invalid
from hark.kernel.pages import decode_cursor, encode_cursor

ACTIONS = ("COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_DELETE", "SHARE", "SHARE_MENTION", "LIKE")
AT_ONCE = 50
OVERLAP = timedelta(minutes=2)
"""Asked for again before `since`: the list trails the notifications."""
REMEMBERED = 200
"""Notifications whose comments were looked up, kept in the account's state: overlaps cost no further calls."""
LOOKED = "looked_up"


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The stretch of time in milliseconds, and how far its list is read."""

    begin: int
    end: int
    start: int = 0


async def fetch_page(
    cursor: str | None, since: datetime | None, account: Account, http: GuardedHttp
) -> FetchedPage:
    here = _cursor(cursor, since)
    rest = rest_of(account, http)
    answer = await rest.get(_address(account.platform_account_id, here))
    rows = elements(answer)
    known = [str(each) for each in account.state.get(LOOKED, ()) if isinstance(each, str)]
    items, looked = await _complete(rest, account.platform_account_id, rows, frozenset(known))
    further = Cursor(here.begin, here.end, here.start + len(rows))
    more = encode_cursor(*msgspec.to_builtins(further)) if rows and has_next(answer) else None
    state = {LOOKED: [*known, *looked][-REMEMBERED:]} if looked else {}
    return FetchedPage(tuple(items), more, state, total=_total(answer))


def _cursor(cursor: str | None, since: datetime | None) -> Cursor:
    if cursor is not None:
        try:
            found: Cursor = decode_cursor(cursor, Cursor)
        except Invalid:
            return _cursor(None, since)
        return found
    now = utc_now()
    oldest = now - timedelta(days=KEPT_DAYS)
    begin = max(since - OVERLAP, oldest) if since else oldest
    return Cursor(int(begin.timestamp() * 1000), int(now.timestamp() * 1000))


def _address(organization: str, here: Cursor) -> str:
    """Structure stays plain, URNs are encoded."""
    return (
        f"organizationalEntityNotifications?q=criteria&actions=List({','.join(ACTIONS)})"
        f"&organizationalEntity={urns.encoded(organization)}&timeRange=(start:{here.begin},end:{here.end})"
        f"&start={here.start}&count={AT_ONCE}"
    )


async def _complete(
    rest: Rest, account: str, rows: Sequence[Any], known: frozenset[str]
) -> tuple[list[RawItem], list[str]]:
    """The notifications, oldest first, each comment with what its notification left out; and the keys of those that were
    looked up. Where looking up fails, the notification goes on as it is, and is looked up the next time."""
    ordered = [(row, notification_item(row).dedup_key) for row in sorted(rows, key=_moment)]
    names = {
        key: name for row, key in ordered if key not in known and (name := comment_named_by(row)) is not None
    }
    looks = await look_at(rest, names.values())
    items: list[RawItem] = []
    for row, key in ordered:
        comment = looks.found.get(names.get(key, ""))
        items.append(notification_item(with_parent(row, comment)))
        if comment is not None and tells_more(comment):
            items.append(comment_item(account, comment))
    return items, [key for key, name in names.items() if name in looks.found]


def _moment(row: Any) -> tuple[float, int]:
    """The time of a notification; of one instant, the lower number came first."""
    fields = row if isinstance(row, dict) else {}
    at, number = fields.get("lastModifiedAt"), fields.get("notificationId")
    return (float(at) if isinstance(at, int | float) else 0.0, number if isinstance(number, int) else 0)


def _total(answer: dict[str, Any]) -> int | None:
    paging = answer.get("paging")
    total = paging.get("total") if isinstance(paging, dict) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None
