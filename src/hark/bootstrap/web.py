"""The web server of a process: the port, the application with the sandbox network below it, and its run."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

import uvicorn

from hark.bootstrap.patience import PatientHttp, PatientWebSocket
from hark.infra.problems import CannotStart
from hark.infra.settings import Settings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

SANDBOX_PATH = "/sandbox"


def bind(host: str, port: int) -> socket.socket:
    """The listening socket; taken before anything else is started, so that an occupied port is said at once."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        raise CannotStart(_why_not(host, port, error)) from error
    listening.listen(2048)
    listening.set_inheritable(True)
    return listening


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program: stop that one, or choose another port with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} may only be opened by root: choose one from 1024 up with --port."
    return f"Hark cannot listen on {host}:{port}: {error.strerror or error}."


def with_sandbox(application: Application, sandbox: Application) -> Application:
    """The application, with the sandbox network below `/sandbox`."""

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "lifespan" and (path == SANDBOX_PATH or path.startswith(f"{SANDBOX_PATH}/")):
            root = scope.get("root_path", "") + SANDBOX_PATH
            await sandbox({**scope, "root_path": root}, receive, send)
        else:
            await application(scope, receive, send)

    return routed


class _Server(uvicorn.Server):
    """Signals are the whole process's business, not the server's; `ready` is set when requests are answered."""

    def __init__(self, config: uvicorn.Config, ready: asyncio.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """uvicorn on a socket that is bound already."""

    def __init__(self, application: Application, settings: Settings, listening: socket.socket) -> None:
        self.ready = asyncio.Event()
        self._listening = listening
        self._server = _Server(
            uvicorn.Config(
                application,
                http=PatientHttp,
                ws=PatientWebSocket,
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=True,
                forwarded_allow_ips=settings.trusted_proxies,
                timeout_keep_alive=20,
                timeout_graceful_shutdown=int(settings.stop_seconds),
                ws_max_size=256 * 1024,
                # Compressing would cost each client 300 kB and the same work again for every one of them.
                ws_per_message_deflate=False,
                ws_ping_interval=20.0,
                ws_ping_timeout=20.0,
            ),
            self.ready,
        )

    async def run(self) -> None:
        """Serves until `stop`."""
        await self._server.serve(sockets=[self._listening])
        if not self.ready.is_set():
            raise CannotStart("The web application did not start; the lines above say why.")

    def stop(self) -> None:
        self._server.should_exit = True


class LoopbackServer:
    """A server of a stand-in, on a loopback port; 0 takes a free one. `ready` is set when it answers."""

    def __init__(self, application: Application, port: int) -> None:
        self._listening = bind("127.0.0.1", port)
        # A stand-in that was told to hang would otherwise keep the whole program from ending.
        config = uvicorn.Config(
            application,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self.ready = asyncio.Event()
        self._server = _Server(config, self.ready)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    async def run(self) -> None:
        await self._server.serve(sockets=[self._listening])

    def stop(self) -> None:
        self._server.should_exit = True
