"""Server-sent events of the account's own stream."""

from __future__ import annotations

import asyncio
from typing import Any

from hark.standins.mastodon.world import World

HEARTBEAT = 15.0


async def stream(world: World, receive: Any, send: Any) -> None:
    """Until the client leaves. What happened before is not told."""
    queue: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b":)\n\n", "more_body": True})
    world.subscribers.append(queue)
    telling = asyncio.create_task(_tell(queue, send))
    try:
        while (await receive())["type"] != "http.disconnect":
            pass
    finally:
        world.subscribers.remove(queue)
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def _tell(queue: asyncio.Queue[tuple[str, str]], send: Any) -> None:
    while True:
        try:
            event, data = await asyncio.wait_for(queue.get(), HEARTBEAT)
            frame = f"event: {event}\ndata: {data}\n\n"
        except TimeoutError:
            frame = ":thump\n\n"
        await send({"type": "http.response.body", "body": frame.encode(), "more_body": True})
