"""The database of a process: Hark's own, started and stopped with it, or one that somebody else runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from hark.bootstrap.data_folder import DataFolderBusy, DataFolderLock
from hark.infra.external import check_server, place
from hark.infra.migrations import check_schema, migrate
from hark.infra.postgres import EmbeddedPostgres
from hark.infra.problems import CannotStart, DatabaseProblem
from hark.infra.settings import Settings
from hark.infra.telemetry import logger

Say = Callable[[str], None]

WATCH_EVERY = 1.0
"""Seconds between looks at the embedded server; one that was killed is started again."""

log = logger(__name__)


@asynccontextmanager
async def serving_database(settings: Settings, say: Say) -> AsyncIterator[str]:
    """The migrated database for `hark serve`; gives its address. Refuses a second Hark on one data folder."""
    if not settings.embedded:
        url = settings.database_url.reveal()
        version = await check_server(url)
        say(f"database   {place(url)}, PostgreSQL {version}")
        await _migrate(url, say)
        yield url
        return
    with DataFolderLock(settings.data, settings.port):
        server = embedded_server(settings)
        began = time.monotonic()
        url = await asyncio.to_thread(server.start)
        say(f"database   own PostgreSQL in {server.folder}, {time.monotonic() - began:.1f} s")
        watching: asyncio.Task[None] | None = None
        try:
            await _migrate(url, say)
            watching = asyncio.create_task(_keep_running(server), name="watch postgres")
            yield url
        finally:
            if watching is not None:
                watching.cancel()
                await asyncio.wait([watching])
            await asyncio.to_thread(server.stop)


@asynccontextmanager
async def command_database(settings: Settings, *, migrating: bool = True) -> AsyncIterator[str]:
    """The database for a command: that of the Hark which is running, or started for the time of the command."""
    if not settings.embedded:
        url = settings.database_url.reveal()
        await check_server(url)
        await (migrate(url) if migrating else check_schema(url))
        yield url
        return
    server = embedded_server(settings)
    try:
        lock = DataFolderLock(settings.data)
        lock.__enter__()
    except DataFolderBusy:
        yield await _of_running(server)
        return
    try:
        url = await asyncio.to_thread(server.start)
        await (migrate(url) if migrating else check_schema(url))
        yield url
    finally:
        await asyncio.to_thread(server.stop)
        lock.__exit__(None, None, None)


def embedded_server(settings: Settings) -> EmbeddedPostgres:
    return EmbeddedPostgres(settings.data / "postgres", shared_buffers=settings.postgres_shared_buffers)


async def _of_running(server: EmbeddedPostgres) -> str:
    """The other process may be in the middle of its own start."""
    url = server.url()
    for _ in range(100):
        with suppress(CannotStart):
            await check_server(url, timeout=2)
            await check_schema(url)
            return url
        await asyncio.sleep(0.1)
    raise DatabaseProblem("Another Hark holds the data folder, and its database does not answer.")


async def _migrate(url: str, say: Say) -> None:
    await migrate(url, lambda text: say(f"schema     {text}"))


async def _keep_running(server: EmbeddedPostgres) -> None:
    while True:
        await asyncio.sleep(WATCH_EVERY)
        if server.pid() is not None:
            continue
        log.error("PostgreSQL is gone, starting it again")
        try:
            await asyncio.to_thread(server.start)
        except CannotStart as error:
            log.error("PostgreSQL did not start", reason=str(error))
