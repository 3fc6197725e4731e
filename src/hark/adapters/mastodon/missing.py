"""Mentions that were in the list and are gone, or say something else now."""

from __future__ import annotations

from typing import Any

import msgspec

from hark.adapters.mastodon.client import Server
from hark.adapters.mastodon.items import raw_item
from hark.channels.contract import RawItem, Rejected
from hark.kernel.clock import utc_now

KEPT = 40
"""Mentions that are watched: the newest ones."""

Seen = dict[str, str]
"""When each post was changed last, by its id; empty: never."""


async def compare(server: Server, account: str, before: Any) -> tuple[list[RawItem], dict[str, Any]]:
    """The newest mentions against those of the last look: edits, deletions, and the state to keep."""
    page = await server.page("/api/v1/notifications", {"limit": KEPT, "types": ["mention"]})
    statuses = [
        row["status"] for row in page.rows if isinstance(row.get("status"), dict) and row["status"].get("id")
    ]
    known, now = _read(before), {str(each["id"]): str(each.get("edited_at") or "") for each in statuses}
    items = [
        raw_item(account, "edit", each)
        for each in statuses
        if known.get(str(each["id"]), now[str(each["id"])]) != now[str(each["id"])]
    ]
    complete = len(page.rows) < KEPT
    oldest = min(now, key=_order, default="")
    for status_id in known:
        if status_id not in now and (complete or _order(status_id) > _order(oldest)):
            items += await _why(server, account, status_id, known[status_id])
    return items, {} if now == known else {"seen": now}


def _order(status_id: str) -> tuple[int, str]:
    return len(status_id), status_id


def _read(before: Any) -> Seen:
    try:
        return msgspec.convert(before or {}, Seen)
    except msgspec.ValidationError:
        return {}


async def _why(server: Server, account: str, status_id: str, edited: str) -> list[RawItem]:
    """A mention that left the list may be deleted, or changed so that it names us no more."""
    try:
        status = await server.get(f"/api/v1/statuses/{status_id}", dict[str, Any])
    except Rejected as refusal:
        if refusal.http_status in {404, 410}:
            return [raw_item(account, "gone", {"id": status_id}, at=utc_now().isoformat())]
        raise
    changed = str(status.get("edited_at") or "") != edited
    return [raw_item(account, "edit", status)] if changed else []
