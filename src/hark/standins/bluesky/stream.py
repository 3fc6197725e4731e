"""A Jetstream (version 2) of the stand-in's own records."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from hark.standins.bluesky.world import World

PATH = "/xrpc/network.bsky.jetstream.subscribeEvents"

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def stream(world: World, scope: Any, receive: Receive, send: Send) -> None:
    """Events from the cursor on (inclusive), filtered by collection, until the client leaves."""
    query = parse_qsl(scope.get("query_string", b"").decode())
    collections = {value for key, value in query if key == "collections"}
    cursor = next((int(value) for key, value in query if key == "cursor"), len(world.events) + 1)
    await receive()
    offered = scope.get("subprotocols") or [None]
    await send({"type": "websocket.accept", "subprotocol": offered[0]})
    telling = asyncio.create_task(_tell(world, collections, max(0, cursor - 1), send))
    with contextlib.suppress(Exception):
        while (await receive())["type"] != "websocket.disconnect":
            pass
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)


async def _tell(world: World, collections: set[str], told: int, send: Send) -> None:
    while True:
        heard = world.heard
        for payload in world.events[told:]:
            told += 1
            if not collections or payload["collection"] in collections:
                frame = msgspec.json.encode({"$type": "message", "payload": payload}).decode()
                await send({"type": "websocket.send", "text": frame})
        await heard.wait()
