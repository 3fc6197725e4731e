"""Posts that were in the list and are gone, or say something else now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from hark.adapters.bluesky.client import Xrpc
from hark.adapters.bluesky.items import raw_item
from hark.adapters.bluesky.payloads import Profile
from hark.channels.contract import RawItem, Rejected
from hark.kernel.clock import utc_now

KEPT = 60
"""Posts that are watched: the newest ones of the list."""
AT_ONCE = 25
"""The most that getPosts takes."""

Seen = dict[str, tuple[str, str]]
"""Version and time of each post by its address."""


class _Posts(msgspec.Struct):
    posts: list[dict[str, Any]]


class _Node(msgspec.Struct):
    type_: str = msgspec.field(default="", name="$type")
    author: Profile | None = None


class _Thread(msgspec.Struct):
    thread: _Node


async def compare(
    xrpc: Xrpc, did: str, before: Any, rows: Sequence[Mapping[str, Any]], complete: bool
) -> tuple[list[RawItem], dict[str, Any]]:
    """The newest page of notifications against the one before: edits, deletions, and the state to keep. `complete`: the page
    is the whole list."""
    known, now = _read(before), _seen(rows)
    edits = [
        raw_item(did, "edit", row)
        for row in rows
        if (old := known.get(str(row.get("uri")))) is not None and old[0] != row.get("cid")
    ]
    oldest = "" if complete or not now else min(at for _, at in now.values())
    gone = [uri for uri, (_, at) in known.items() if uri not in now and at > oldest]
    items = edits + await _look_at(xrpc, did, gone, known)
    kept = dict(list(now.items())[:KEPT])
    return items, {} if kept == known else {"seen": {uri: list(about) for uri, about in kept.items()}}


def _seen(rows: Iterable[Mapping[str, Any]]) -> Seen:
    return {
        str(row["uri"]): (str(row.get("cid")), str(row.get("indexedAt", "")))
        for row in rows
        if row.get("uri")
    }


def _read(before: Any) -> Seen:
    try:
        return msgspec.convert(before or {}, Seen)
    except msgspec.ValidationError:
        return {}


async def _look_at(xrpc: Xrpc, did: str, uris: Sequence[str], known: Seen) -> list[RawItem]:
    """A post that is not in the list any more may be deleted, or its author blocks us, or is muted."""
    items: list[RawItem] = []
    for first in range(0, len(uris), AT_ONCE):
        asked = list(uris[first : first + AT_ONCE])
        found = await xrpc.get("app.bsky.feed.getPosts", _Posts, {"uris": asked})
        there = {str(post.get("uri")): post for post in found.posts}
        items += [
            raw_item(did, "edit", post)
            for uri, post in there.items()
            if uri in known and post.get("cid") != known[uri][0]
        ]
        for uri in asked:
            if uri not in there:
                items += await _why(xrpc, did, uri)
    return items


async def _why(xrpc: Xrpc, did: str, uri: str) -> list[RawItem]:
    query: dict[str, str | int] = {"uri": uri, "depth": 0, "parentHeight": 0}
    try:
        node = (await xrpc.get("app.bsky.feed.getPostThread", _Thread, query)).thread
    except Rejected as refusal:
        if refusal.code == "NotFound":
            return [raw_item(did, "gone", {"uri": uri}, at=utc_now().isoformat())]
        raise
    if node.type_.endswith("#notFoundPost"):
        return [raw_item(did, "gone", {"uri": uri}, at=utc_now().isoformat())]
    blocks = node.author is not None and node.author.viewer is not None and node.author.viewer.blocked_by
    if node.type_.endswith("#blockedPost") and blocks and node.author is not None:
        now = utc_now().isoformat()
        return [
            raw_item(
                did,
                "actor",
                {"did": node.author.did, "time": now, "account": {"active": False, "status": "deactivated"}},
            )
        ]
    return []
