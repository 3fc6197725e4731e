"""Connections that stay open: lines of an HTTP answer that never ends, and WebSockets. Both are capped and end by themselves
when nothing comes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from urllib.parse import urlsplit

import httpcore
import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from hark.infra.addresses import PublicOnly
from hark.infra.failures import Answer, AnswerTooLarge, Broken, NotConnected, SocketRefused, TimedOut

IDLE = 90.0
"""Seconds of silence after which a stream counts as broken. Server-sent events come with a sign of life every 15 to 30 s."""

MAX_LINE = 1024 * 1024
MAX_FRAME = 1024 * 1024
MAX_REFUSAL = 64 * 1024
"""Bytes read of an answer that is no stream."""

OPENING = 10.0
"""Seconds for connecting and the handshake of a WebSocket."""

PING_EVERY = 20.0
"""Seconds between pings of a WebSocket; one unanswered for as long ends the connection."""

TOO_LARGE = 1009


class Lines:
    """An HTTP answer, line by line as it comes, without line ends. With a `status` other than 200 it is no stream: `answer`
    reads it. Iterating raises TimedOut after silence, Broken when the connection breaks, AnswerTooLarge for an overlong line;
    it ends when the server ends the answer."""

    def __init__(self, response: httpx.Response, max_line: int) -> None:
        self._response = response
        self._max_line = max_line
        self.status = response.status_code
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in response.headers.items()}

    async def __aiter__(self) -> AsyncGenerator[str, None]:
        rest = b""
        async for chunk in self._chunks():
            *whole, rest = (rest + chunk).split(b"\n")
            if len(rest) > self._max_line or any(len(line) > self._max_line for line in whole):
                raise AnswerTooLarge(f"a line of more than {self._max_line} bytes")
            for line in whole:
                yield line.removesuffix(b"\r").decode("utf-8", "replace")
        if rest:
            yield rest.decode("utf-8", "replace")

    async def answer(self) -> Answer:
        """The whole of an answer that is no stream, at most its first 64 KB."""
        body = b""
        async for chunk in self._chunks():
            body += chunk
            if len(body) >= MAX_REFUSAL:
                break
        return Answer(status=self.status, headers=self.headers, body=body[:MAX_REFUSAL])

    async def _chunks(self) -> AsyncIterator[bytes]:
        # As it came: a stream is asked for uncompressed, and small compressed chunks can hold much.
        try:
            async for chunk in self._response.aiter_raw():
                yield chunk
        except httpx.TimeoutException as error:
            raise TimedOut("nothing came for too long") from error
        except httpx.HTTPError as error:
            raise Broken(str(error) or type(error).__name__) from error


class Socket:
    """An open WebSocket. Iterating gives frames (text as str, binary as bytes) and ends when the server closes it in order;
    it raises TimedOut after silence, AnswerTooLarge for an overlong frame, Broken for every other end."""

    def __init__(self, connection: ClientConnection, idle: float | None) -> None:
        self._connection = connection
        self._idle = idle
        self.subprotocol: str | None = connection.subprotocol

    async def __aiter__(self) -> AsyncGenerator[str | bytes, None]:
        while True:
            try:
                async with asyncio.timeout(self._idle):
                    frame = await self._connection.recv()
            except TimeoutError as error:
                raise TimedOut("nothing came for too long") from error
            except ConnectionClosedOK:
                return
            except ConnectionClosed as error:
                raise _ended(error) from error
            yield frame

    async def send(self, frame: str | bytes) -> None:
        try:
            await self._connection.send(frame)
        except ConnectionClosed as error:
            raise _ended(error) from error


def _ended(error: ConnectionClosed) -> AnswerTooLarge | Broken:
    if error.sent is not None and error.sent.code == TOO_LARGE:
        return AnswerTooLarge("a frame over the cap")
    return Broken(str(error))


class _WithoutRedirects(connect):
    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


@contextlib.asynccontextmanager
async def open_socket(
    url: str,
    network: PublicOnly,
    *,
    headers: Mapping[str, str],
    subprotocols: Sequence[str],
    idle: float | None,
    max_frame: int,
) -> AsyncIterator[Socket]:
    """A WebSocket to an address that `network` allows."""
    connection = await _connect(url, network, headers, subprotocols, max_frame)
    try:
        yield Socket(connection, idle)
    finally:
        await connection.close()


async def _connect(
    url: str, network: PublicOnly, headers: Mapping[str, str], subprotocols: Sequence[str], max_frame: int
) -> ClientConnection:
    secure = urlsplit(url).scheme == "wss"
    try:
        async with asyncio.timeout(OPENING):
            return await _WithoutRedirects(
                url,
                sock=await _reach(url, network),
                ssl=ssl.create_default_context() if secure else None,
                additional_headers=dict(headers),
                user_agent_header=None,
                subprotocols=[Subprotocol(name) for name in subprotocols] or None,
                compression=None,
                open_timeout=None,
                ping_interval=PING_EVERY,
                ping_timeout=PING_EVERY,
                close_timeout=2,
                max_size=max_frame,
            )
    except TimeoutError as error:
        raise NotConnected(f"no WebSocket within {OPENING:g} s") from error
    except InvalidStatus as error:
        found = error.response
        shown = {name.lower(): value for name, value in found.headers.raw_items()}
        raise SocketRefused(Answer(found.status_code, shown, bytes(found.body or b""))) from error
    except (InvalidHandshake, ConnectionClosed, EOFError, OSError) as error:
        raise NotConnected(str(error) or type(error).__name__) from error


async def _reach(url: str, network: PublicOnly) -> socket.socket:
    """A connection to the address that was looked at, so that the name is not resolved a second time."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "wss" else 80)
    try:
        addresses = await network.allowed(host, port)
    except httpcore.ConnectError as error:
        raise NotConnected(str(error)) from error
    last: OSError | None = None
    for address in addresses:
        found = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        found.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(found, (address, port))
        except OSError as error:
            found.close()
            last = error
        except BaseException:
            found.close()
            raise
        else:
            return found
    raise NotConnected(f"{host} cannot be reached: {last}")
