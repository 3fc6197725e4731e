"""A made-up account of the sandbox network, and its signed events."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

import msgspec

from hark.channels.accounts.repository import INSERT
from hark.flows.context import Hark
from hark.kernel.ids import new_id
from hark.workspaces.founding import found_workspace

PLATFORM = "sandbox"
SECRET = "bench"
AT = 1_795_000_000_000


class MadeAccount(msgspec.Struct, frozen=True):
    workspace_id: UUID
    account_id: UUID
    path: str


def message(number: str, customer: str, text: str, at: int = AT) -> bytes:
    """A webhook body with one direct message."""
    person = {"id": f"c{customer}", "name": f"Customer {customer}"}
    item = {"id": number, "thread": person["id"], "author": person, "partner": person, "text": text}
    event = {"id": number, "kind": "message", "at": at, "item": item}
    return msgspec.json.encode({"account": "shop", "events": [event]})


def signed(body: bytes) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"x-sandbox-signature": f"sha256={digest}"}


async def make_account(hark: Hark, name: str) -> MadeAccount:
    """A workspace with one account, as connecting would leave it."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        workspace = await found_workspace(connection, name, now)
        key = f"bench-{workspace.id.hex}"
        row = await INSERT.one(
            connection,
            workspace.id,
            new_id(now),
            PLATFORM,
            "shop",
            "Shop",
            key,
            hark.secrets.seal({"webhook_secret": SECRET}),
            {},
            {},
            now,
        )
    return MadeAccount(workspace.id, row.id, f"/webhooks/{PLATFORM}/{key}")
