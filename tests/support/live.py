"""A live client against a real server on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import uvicorn
import websockets

from hark.api.frames import ServerFrame
from tests.support.people import ADDRESS, Person

Socket = websockets.ClientConnection


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """The application on a free port, without its life cycle; gives `127.0.0.1:<port>`."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        log_level="error",
        lifespan="off",
        ws="websockets-sansio",
        loop="asyncio",
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
        assert not task.done(), task.exception()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await task


class Listener:
    """One connection. `hello` is the first frame; `next` gives the following one, checked against the schema."""

    def __init__(self, socket: Socket, hello: dict[str, Any]) -> None:
        self.socket = socket
        self.hello = hello

    async def next(self, within: float = 5.0) -> dict[str, Any]:
        async with asyncio.timeout(within):
            return check(await self.socket.recv())

    async def facts(self, count: int, within: float = 10.0) -> list[dict[str, Any]]:
        """The next facts, other frames left out."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            frame = await self.next(within)
            if "seq" in frame and frame["type"] != "reload":
                found.append(frame)
        return found

    async def until(self, kind: str, within: float = 10.0) -> dict[str, Any]:
        """The next frame of this type."""
        while True:
            frame = await self.next(within)
            if frame["type"] == kind:
                return frame

    async def say(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame, default=str))


def check(data: str | bytes) -> dict[str, Any]:
    msgspec.json.decode(data, type=ServerFrame)
    frame: dict[str, Any] = json.loads(data)
    return frame


@asynccontextmanager
async def listening(
    address: str,
    person: Person | None = None,
    *,
    origin: str | None = ADDRESS,
    key: str | None = None,
    query: str = "",
) -> AsyncIterator[Listener]:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    if person is not None:
        headers["cookie"] = f"hark_session={person.token}"
    async with websockets.connect(
        f"ws://{address}/api/v1/live{query}",
        additional_headers=headers,
        origin=origin,
        max_queue=4096,
        close_timeout=1,  # type: ignore[arg-type]
    ) as socket:
        yield Listener(socket, check(await socket.recv()))
