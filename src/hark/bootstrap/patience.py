"""HTTP and WebSocket for clients that do not hurry: what does not come, or is not taken, within a time ends the connection.

uvicorn bounds the pause between requests, not the time in which a request's first lines arrive, nor their length, nor the
time in which a client takes what was written; without this, clients that never finish would hold connections and memory
for as long as they like. Bodies are bounded where they are read.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

HEAD_SECONDS = 20.0
HEAD_BYTES = 64 * 1024

DRAIN_SECONDS = 30.0
"""In which a client must take the 48 kB between the two marks of a connection's buffer, once it is full."""

SEND_BUFFER = 256 * 1024
"""Bytes that the kernel may hold for a live client; it takes twice that for its books. By itself it would go to megabytes."""

REST_SECONDS = 5.0
"""For the rest of a body whose request was answered before its end."""


class _Draining(asyncio.Protocol):
    """A connection that takes nothing is broken off: to close it would wait for what it does not take."""

    drain_seconds = DRAIN_SECONDS
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _drain_timer: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._drain_timer = self.loop.call_later(self.drain_seconds, self._break_off)

    def resume_writing(self) -> None:
        self._stop_draining()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_draining()
        super().connection_lost(exc)

    def _break_off(self) -> None:
        """Without a linger the kernel drops what it still holds, too."""
        self._drain_timer = None
        self.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self.transport.abort()

    def _stop_draining(self) -> None:
        if self._drain_timer is not None:
            self._drain_timer.cancel()
            self._drain_timer = None


class PatientWebSocket(_Draining, WebSocketsSansIOProtocol):
    """uvicorn's protocol with bounds on what waits for a client and on the time in which it is taken."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)


class PatientHttp(_Draining, HttpToolsProtocol):
    """uvicorn's protocol with bounds on the head of a request, on the rest of a body, and on the taking of an answer."""

    head_seconds = HEAD_SECONDS
    rest_seconds = REST_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._rest_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self._drop_rest_timer()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body:
            self._rest_timer = self.loop.call_later(self.rest_seconds, self._too_late)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_timer is None:
                self._await_head()
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        self._disarm()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._drop_rest_timer()
        self._in_head = True  # of the next request on this connection; its pause is uvicorn's to bound

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self.head_seconds, self._too_late)

    def _disarm(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _drop_rest_timer(self) -> None:
        if self._rest_timer is not None:
            self._rest_timer.cancel()
            self._rest_timer = None

    def _too_late(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self.transport.close()
