"""What tests expect: authors, threads, messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hark.channels.contract import Author, Message, Post, Source, Thread
from tests.adapters.bluesky.people import ADA, CONVO, HANDLES, NAMES, SHOP, cid

RECEIVED = datetime(2026, 11, 24, 12, tzinfo=UTC)
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
INDEXED = AT + timedelta(seconds=1)
CHAT_AT = datetime(2026, 11, 23, 11, tzinfo=UTC)


def author(did: str, **more: Any) -> Author:
    known = {"name": NAMES[did], "handle": HANDLES[did], "avatar_url": f"https://cdn.bsky.app/{did[-3:]}"}
    return Author(id=did, us=did == SHOP, **{**known, **more})


def web(uri: str) -> str:
    did, _, rkey = uri[5:].split("/")
    return f"https://bsky.app/profile/{did}/post/{rkey}"


def context(uri: str) -> Post:
    return Post(uri, url=web(uri))


def address(uri: str, root: str | None = None) -> dict[str, str]:
    root = root or uri
    did = uri[5:].partition("/")[0]
    parent = {"parent_uri": uri, "parent_cid": cid(uri), "person": did}
    return {**parent, "root_uri": root, "root_cid": cid(root)}


def message(uri: str, source: Source, text: str | None, root: str | None = None, **more: Any) -> Message:
    did = uri[5:].partition("/")[0]
    thread = Thread(
        source,
        f"{root or uri}#{did}",
        post=more.pop("post", context(root) if root else None),
        reply_to=address(uri, root),
    )
    return Message(uri, thread, author(did), AT, text=text, url=web(uri), **more)


def dm(did: str = ADA, status: str = "accepted", person: bool = True, **more: Any) -> Thread:
    named = {"convo": CONVO, "status": status, **({"person": did} if person else {})}
    return Thread(Source.DM, CONVO, customer=more.get("customer", author(did)), reply_to=named)
