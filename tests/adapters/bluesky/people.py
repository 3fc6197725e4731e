"""The people and the account of Bluesky's tests, and what the network says about them. All invented."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from hark.channels.contract import Account
from hark.kernel.secrets import Secret

SHOP = "did:plc:teashopteashopteashopte2"
ADA = "did:plc:adaadaadaadaadaadaadaad2"
BEN = "did:plc:benbenbenbenbenbenbenbe2"
HANDLES = {SHOP: "teashop.test", ADA: "ada.test", BEN: "ben.test"}
NAMES = {SHOP: "Tea Shop", ADA: "Ada Ng", BEN: "Ben"}
REFERENCE = UUID("01935d2a-0000-7000-8000-000000000007")
CONVO = "3lconvoada"

ACCOUNT = Account(
    id=UUID(int=1),
    workspace_id=UUID(int=2),
    platform_account_id=SHOP,
    name="teashop.test",
    secrets={
        "app_password": Secret("abcd-efgh-ijkl-mnop"),
        "access_jwt": Secret("access-token-of-the-tea-shop"),
        "refresh_jwt": Secret("refresh-token-of-the-tea-shop"),
    },
    fields={"handle": "teashop.test", "base_url": "https://pds.example.com"},
)


def post(did: str, rkey: str) -> str:
    return f"at://{did}/app.bsky.feed.post/{rkey}"


OURS = post(SHOP, "3lours")
ADAS = post(ADA, "3ladas")
BENS = post(BEN, "3lbens")


def ref(uri: str) -> dict[str, str]:
    return {"uri": uri, "cid": cid(uri)}


def cid(uri: str, version: int = 1) -> str:
    return f"bafy{version}{uri.rpartition('/')[2]}"


def profile(did: str, **more: Any) -> dict[str, Any]:
    return {
        "did": did,
        "handle": HANDLES[did],
        "displayName": NAMES[did],
        "avatar": f"https://cdn.bsky.app/{did[-3:]}",
        **more,
    }


def record(text: str, at: str = "2026-11-23T10:00:00.000Z", **more: Any) -> dict[str, Any]:
    return {"$type": "app.bsky.feed.post", "text": text, "createdAt": at, **more}


def reply(parent: str, root: str) -> dict[str, Any]:
    return {"parent": ref(parent), "root": ref(root)}


def mention_of_shop(text: str) -> list[dict[str, Any]]:
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": SHOP}
    return [{"index": {"byteStart": 0, "byteEnd": len("@teashop.test")}, "features": [feature]}]


def view(uri: str, told: dict[str, Any], **more: Any) -> dict[str, Any]:
    did = uri[5:].partition("/")[0]
    seen = {"uri": uri, "cid": cid(uri), "author": profile(did), "record": told, "labels": []}
    return {**seen, "indexedAt": "2026-11-23T10:00:01.000Z", **more}


def entry(kind: str, item: Any, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "item": item, **more}


def body(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"account": SHOP, "entries": list(entries)}).encode()


def chat_message(message_id: str, did: str, text: str = "Hello", **more: Any) -> dict[str, Any]:
    return {
        "$type": "chat.bsky.convo.defs#messageView",
        "id": message_id,
        "rev": f"222{message_id}",
        "sender": {"did": did},
        "sentAt": "2026-11-23T11:00:00.000Z",
        "text": text,
        **more,
    }


def log(kind: str, rev: str, **more: Any) -> dict[str, Any]:
    return {"$type": f"chat.bsky.convo.defs#{kind}", "rev": rev, "convoId": CONVO, **more}


def convo(status: str = "accepted", *others: str, kind: str = "directConvo") -> dict[str, Any]:
    return {
        "id": CONVO,
        "status": status,
        "kind": {"$type": f"chat.bsky.convo.defs#{kind}"},
        "members": [profile(SHOP), *(profile(other) for other in (others or (ADA,)))],
    }
