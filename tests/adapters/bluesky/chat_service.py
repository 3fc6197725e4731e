"""A chat service behind a real account's server: the stand-in's chat, reached as the real one is. The server finds it by its DID,
checks the app password's rights, and proves the caller by a token of a minute."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from hark.kernel.clock import utc_now
from hark.standins.bluesky.chat import Chat
from hark.standins.bluesky.world import Refused
from hark.standins.kit.asked import Asked, Told, door
from tests.support.live import serving


class ChatService:
    """`handles` are those of the people who take part; `callers` who called what."""

    def __init__(self) -> None:
        self.handles: dict[str, str] = {}
        self.chat = Chat(utc_now, lambda did: {"did": did, "handle": self.handles.get(did, "handle.invalid")})
        self.did = ""
        self.callers: list[tuple[str, str]] = []

    async def handle(self, asked: Asked) -> Told:
        if asked.path == "/.well-known/did.json":
            address = f"http://{asked.headers['host']}"
            service = {"id": "#bsky_chat", "type": "BskyChatService", "serviceEndpoint": address}
            return Told({"id": self.did, "service": [service]})
        method = asked.path.removeprefix("/xrpc/")
        claims = _claims(asked.bearer)
        assert claims["aud"] in {self.did, f"{self.did}#bsky_chat"}, claims
        assert claims["lxm"] == method
        self.callers.append((claims["iss"], method))
        try:
            return self.chat.handle(method, claims["iss"], asked)
        except Refused as refusal:
            return Told({"error": refusal.error, "message": refusal.message}, refusal.status)


def _claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


@asynccontextmanager
async def chat_service() -> AsyncIterator[ChatService]:
    service = ChatService()
    async with serving(door(service.handle)) as address:
        service.did = f"did:web:localhost%3A{address.rpartition(':')[2]}"
        yield service
