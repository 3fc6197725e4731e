"""The list of notifications: history (60 days), repair after an outage, and polling while there is no webhook.

A notification tells neither whether a comment answers another one nor its picture, so each new comment is looked up once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hark.adapters.linkedin import urns
from hark.adapters.linkedin.client import Rest, rest_of
from hark.adapters.linkedin.lookup import elements, has_next
from hark.adapters.linkedin.manifest import KEPT_DAYS
from hark.adapters.linkedin.webhook import comment_item, notification_item
from hark.channels.contract import Account, FetchedPage, PlatformProblem, RawItem, Reconnect
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.errors import Invalid
from hark.kernel.pages import decode_cursor, encode_cursor

ACTIONS = ("COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_DELETE", "SHARE", "SHARE_MENTION", "LIKE")
LOOKED_UP = frozenset({"COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT"})
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
    """The notifications, oldest first, each comment with what its notification left out. When looking up fails, the
    notification goes on as it is, and is looked up the next time."""
    items: list[RawItem] = []
    looked: list[str] = []
    able = True
    for row in sorted(rows, key=_moment):
        key = notification_item(row).dedup_key
        comment = None
        if able and key not in known and (name := _comment_to_look_up(row)) is not None:
            try:
                comment = await _look(rest, name)
                looked.append(key)
            except Reconnect:
                raise
            except PlatformProblem as problem:
                able = problem.http_status == 404
                looked += [key] if able else []
        items.append(notification_item(_with_parent(row, comment)))
        if comment is not None and _tells_more(comment):
            items.append(comment_item(account, comment))
    return items, looked


async def _look(rest: Rest, name: str) -> dict[str, Any]:
    post, number = urns.parts_of(name) or ("", "")
    return await rest.get(f"socialActions/{urns.encoded(post)}/comments/{number}")


def _moment(row: Any) -> tuple[float, int]:
    """The time of a notification; of one instant, the lower number came first."""
    fields = row if isinstance(row, dict) else {}
    at, number = fields.get("lastModifiedAt"), fields.get("notificationId")
    return (float(at) if isinstance(at, int | float) else 0.0, number if isinstance(number, int) else 0)


def _comment_to_look_up(row: Any) -> str | None:
    if not isinstance(row, dict) or row.get("action") not in LOOKED_UP or "parentComment" in _decorated(row):
        return None
    found = urns.urn(_decorated(row).get("entity")) or urns.urn(row.get("generatedActivity"))
    return found if found is not None and urns.parts_of(found) else None


def _decorated(row: dict[str, Any]) -> dict[str, Any]:
    generated = row.get("decoratedGeneratedActivity")
    comment = generated.get("comment") if isinstance(generated, dict) else None
    return comment if isinstance(comment, dict) else {}


def _with_parent(row: Any, comment: dict[str, Any] | None) -> Any:
    """The notification as it would be if it named the parent."""
    parent = urns.urn(comment.get("parentComment")) if comment else None
    if parent is None or not isinstance(row, dict):
        return row
    told = {**_decorated(row), "parentComment": parent}
    return {**row, "decoratedGeneratedActivity": {"comment": told}}


def _tells_more(comment: dict[str, Any]) -> bool:
    created, changed = comment.get("created"), comment.get("lastModified")
    edited = (
        isinstance(created, dict) and isinstance(changed, dict) and created.get("time") != changed.get("time")
    )
    return bool(comment.get("parentComment") or comment.get("content") or edited)


def _total(answer: dict[str, Any]) -> int | None:
    paging = answer.get("paging")
    total = paging.get("total") if isinstance(paging, dict) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None
