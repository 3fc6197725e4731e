"""`hark serve`: everything in one process, or the web and the work behind it in processes of their own."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import msgspec

from hark import worker
from hark.bootstrap.compose import open_hark
from hark.bootstrap.database import Say, serving_database
from hark.bootstrap.first_start import connect_sandbox, found
from hark.bootstrap.signals import stop_on_signals
from hark.bootstrap.web import Application, WebServer, bind, with_sandbox
from hark.flows.context import Hark
from hark.flows.metering import metering_loop
from hark.flows.renewing import finish_running
from hark.infra.settings import Settings
from hark.infra.telemetry import logger
from hark.kernel.errors import HarkError
from hark.standins.sandbox import SandboxApp, create_network
from hark.standins.sandbox.story import tell_story
from hark.worker.supervision import supervise

log = logger(__name__)


def run_serve(settings: Settings) -> None:
    """The whole life of the process."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(settings))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # Windows
        return None
    return uvloop.new_event_loop


def say_plainly(text: str) -> None:
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()


async def serve(settings: Settings, say: Say = say_plainly, stop: asyncio.Event | None = None) -> None:
    """Runs until SIGINT, SIGTERM or `stop`; everything that was started is stopped then, PostgreSQL included.

    Raises CannotStart with one sentence when something is in the way.
    """
    began = time.monotonic()
    stop = stop or asyncio.Event()
    stop_on_signals(stop)
    listening = bind(settings.host, settings.port) if settings.role != "worker" else None
    if listening is not None:
        settings = msgspec.structs.replace(settings, port=listening.getsockname()[1])
    with contextlib.ExitStack() as stack:
        if listening is not None:
            stack.callback(listening.close)
        async with serving_database(settings, say) as url, open_hark(settings, url) as hark:
            link = await found(hark)
            await _run(hark, url, listening, link, say, stop, began)
    say("stopped")


async def _run(
    hark: Hark,
    url: str,
    listening: socket.socket | None,
    link: str | None,
    say: Say,
    stop: asyncio.Event,
    began: float,
) -> None:
    settings = hark.settings
    tasks: list[asyncio.Task[None]] = []
    async with _sandbox(settings) as sandbox:
        server: WebServer | None = None
        if listening is not None:
            server = WebServer(_application(hark, sandbox), settings, listening)
            tasks.append(asyncio.create_task(server.run(), name="web"))
            await _either(server.ready, tasks[0])
        if settings.role != "web":
            tasks.append(
                asyncio.create_task(worker.run(hark, url, stop, settings.stop_seconds), name="worker")
            )
        else:  # calls that people cause here are counted too
            counting = functools.partial(metering_loop, hark, stop)
            tasks.append(asyncio.create_task(supervise("metering", counting, stop), name="metering"))
        if sandbox is not None:
            await _try_sandbox(hark, sandbox, say)
        _announce(settings, link, sandbox is not None, say, time.monotonic() - began)
        await _until_stopped(tasks, stop)
        say("stopping")
        stop.set()
        if sandbox is not None:
            sandbox.network.close_streams()
        if server is not None:
            server.stop()
        await asyncio.gather(*tasks)
        await finish_running(hark, settings.stop_seconds)


def _application(hark: Hark, sandbox: SandboxApp | None) -> Application:
    from hark.api.app import create_app

    application = create_app(hark)
    return application if sandbox is None else with_sandbox(application, cast("Application", sandbox))


@asynccontextmanager
async def _sandbox(settings: Settings) -> AsyncIterator[SandboxApp | None]:
    """The network in this process, with its memory in the data folder."""
    if not settings.serves_sandbox:
        yield None
        return
    network = create_network(state_file=settings.data / "sandbox" / "state.json")
    network.start()
    try:
        yield network
    finally:
        await network.stop()


async def _try_sandbox(hark: Hark, sandbox: SandboxApp, say: Say) -> None:
    """A convenience of the first start: when it fails, Hark serves all the same."""
    try:
        if await connect_sandbox(hark, sandbox.network.account.token):
            say("sandbox    connected")
            if hark.settings.sandbox_story:
                tell_story(sandbox.network)
    except HarkError as error:
        log.warning("the sandbox network could not be connected", reason=error.detail)


def _announce(settings: Settings, link: str | None, sandbox: bool, say: Say, seconds: float) -> None:
    if settings.role == "worker":
        say(f"ready      worker, {seconds:.1f} s")
        return
    say(f"ready      {settings.address}   ({seconds:.1f} s)")
    if link is not None:
        say(f"sign in    {link}")
    if sandbox:
        say(f"sandbox    {settings.address}/sandbox/   play a customer there")
        if settings.host not in {"127.0.0.1", "localhost", "::1"}:
            say("           open to everybody who reaches this port; HARK_SANDBOX=false closes it")


async def _either(ready: asyncio.Event, serving: asyncio.Task[None]) -> None:
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait([waiting, serving], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if serving.done():
        await serving


async def _until_stopped(tasks: list[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Until asked to stop, or a part ended by itself, which then ends all of them."""
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
