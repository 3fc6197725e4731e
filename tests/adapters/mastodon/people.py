"""The people and the account of Mastodon's tests, and what a server says about them. All invented."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from hark.channels.contract import Account
from hark.kernel.secrets import Secret

SHOP, ADA, BEN = "9001", "9002", "9003"
ACCTS = {SHOP: "teashop", ADA: "ada@far.example", BEN: "ben"}
NAMES = {SHOP: "Tea Shop", ADA: "Ada :tea:", BEN: "Ben"}
REFERENCE = UUID("01935d2a-0000-7000-8000-000000000007")

ACCOUNT = Account(
    id=UUID(int=1),
    workspace_id=UUID(int=2),
    platform_account_id=SHOP,
    name="@teashop@social.example",
    secrets={
        "access_token": Secret("access-token-of-the-tea-shop"),
        "client_secret": Secret("client-secret-of-hark"),
    },
    fields={"base_url": "https://social.example", "max_characters": "500"},
)


def account(person: str) -> dict[str, Any]:
    return {
        "id": person,
        "acct": ACCTS[person],
        "username": ACCTS[person].partition("@")[0],
        "display_name": NAMES[person],
        "avatar_static": f"https://social.example/{person}.png",
        "emojis": [],
    }


def status(status_id: str, person: str, content: str, **more: Any) -> dict[str, Any]:
    return {
        "id": status_id,
        "account": account(person),
        "content": content,
        "created_at": "2026-11-23T10:00:00.000Z",
        "edited_at": None,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "visibility": "public",
        "sensitive": False,
        "spoiler_text": "",
        "language": "en",
        "url": f"https://social.example/@x/{status_id}",
        "reblog": None,
        "media_attachments": [],
        "mentions": [named(SHOP)],
        "emojis": [],
        "poll": None,
        "card": None,
        **more,
    }


def named(person: str) -> dict[str, str]:
    return {"id": person, "acct": ACCTS[person]}


def notification(number: str, kind: str, person: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "type": kind,
        "created_at": "2026-11-23T10:00:05.000Z",
        "account": account(person),
        **more,
    }


def entry(kind: str, item: Any, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "item": item, **more}


def body(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"account": SHOP, "entries": list(entries)}).encode()
