"""The app's open stream of events: a line for each, and empty lines as signs of life."""

from __future__ import annotations

import asyncio
from typing import Any

from hark.standins.x.errors import problem

MOST = 2
"""Connections of one app at the same time."""
SIGN_OF_LIFE = 20.0


class Streams:
    """Everybody who listens gets everything."""

    def __init__(self) -> None:
        self._open: set[asyncio.Queue[bytes | None]] = set()

    @property
    def count(self) -> int:
        return len(self._open)

    def put(self, body: bytes) -> None:
        for each in self._open:
            each.put_nowait(body + b"\r\n")

    def end(self) -> None:
        """X ends all connections, as it does now and then."""
        for each in self._open:
            each.put_nowait(None)

    async def serve(self, receive: Any, send: Any) -> None:
        """Until the listener goes or the stream is ended. Raises Refusal for one connection too many."""
        if len(self._open) >= MOST:
            raise problem(429, "This stream is at its maximum allowed connections.", "streaming-connection")
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._open.add(queue)
        gone = asyncio.create_task(_until_gone(receive))
        try:
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            while not gone.done() and (line := await _next(queue, gone)) is not None:
                await send({"type": "http.response.body", "body": line, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            self._open.discard(queue)


async def _next(queue: asyncio.Queue[bytes | None], gone: asyncio.Task[None]) -> bytes | None:
    line = asyncio.create_task(queue.get())
    await asyncio.wait({line, gone}, timeout=SIGN_OF_LIFE, return_when=asyncio.FIRST_COMPLETED)
    if line.done():
        return line.result()
    line.cancel()
    return None if gone.done() else b"\r\n"


async def _until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
