"""The live connection's door: `WS /api/v1/live`."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect

from hark.api.auth import Identity
from hark.flows.context import Hark
from hark.realtime.client import CLOSE_CODES, Client, Reason
from hark.realtime.frames import Active, Looking, Ping, Pong, Resume, decode_client, encode
from hark.realtime.hub import Hub
from hark.workspaces.sessions import hash_token

MOMENT = 0.3
"""Seconds that a client has to ask for a resumption before facts begin to flow."""

LARGEST_FRAME = 4096
MOST_FRAMES = 30
"""Frames of a client in a second; what is more is not heard."""

FAREWELL = 1.0
"""Seconds for saying why a connection ends; a client that does not read does not hear it."""


@websocket("/api/v1/live", right="live", name="live")
async def live(
    socket: WebSocket[Any, Any, Any],
    hark: NamedDependency[Hark],
    hub: NamedDependency[Hub],
    identity: NamedDependency[Identity],
) -> None:
    await socket.accept()

    async def send(text: str) -> None:
        await socket.send_data(text, "text")

    client = await hub.join(identity.actor, _proof(socket, identity), send)
    writing = asyncio.create_task(client.write())
    reading = asyncio.create_task(_read(socket, hub, client))
    begin = asyncio.get_running_loop().call_later(MOMENT, client.begin_unasked)
    try:
        waiting: set[asyncio.Future[Any]] = {writing, reading, client.ended}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        begin.cancel()
        writing.cancel()
        reading.cancel()
        await asyncio.gather(writing, reading, return_exceptions=True)
        await hub.leave(client)
        if client.ended.done():
            await _part(socket, client, client.ended.result())


async def _read(socket: WebSocket[Any, Any, Any], hub: Hub, client: Client) -> None:
    """Until the client goes."""
    second, heard = monotonic(), 0
    while True:
        try:
            data = await socket.receive_data("text")
        except WebSocketDisconnect:
            return
        if monotonic() - second >= 1.0:
            second, heard = monotonic(), 0
        heard += 1
        if heard <= MOST_FRAMES and len(data) <= LARGEST_FRAME:
            await _hear(hub, client, data)


async def _hear(hub: Hub, client: Client, data: str) -> None:
    frame = decode_client(data)
    if isinstance(frame, Resume):
        client.expect_resume()
        await hub.resume(client, frame.seq)
    elif isinstance(frame, Looking):
        hub.look(client, frame)
        client.begin()
    elif isinstance(frame, Active):
        hub.act(client, frame)
    elif isinstance(frame, Ping):
        client.tell(encode(Pong()))


async def _part(socket: WebSocket[Any, Any, Any], client: Client, reason: Reason) -> None:
    try:
        async with asyncio.timeout(FAREWELL):
            await client.say_bye(reason)
            await socket.close(CLOSE_CODES[reason], reason)
    except (TimeoutError, WebSocketDisconnect, RuntimeError, OSError):
        return


def _proof(socket: WebSocket[Any, Any, Any], identity: Identity) -> bytes:
    if identity.session is not None:
        return identity.token_hash
    return hash_token(socket.headers.get("authorization", "").partition(" ")[2])
