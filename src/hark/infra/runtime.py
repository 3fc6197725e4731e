"""Opens and closes what the program stands on, in the right order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import msgspec

from hark.infra.blobs import Blobs, open_blobs
from hark.infra.bus import Bus, MemoryBus, PostgresBus, RedisBus
from hark.infra.db import Database
from hark.infra.external import place
from hark.infra.http import GuardedHttp
from hark.infra.problems import DatabaseProblem, SettingsError
from hark.infra.secrets import SecretBox, load_secret_box
from hark.infra.settings import Settings
from hark.kernel.clock import Clock, utc_now


class Runtime(msgspec.Struct, frozen=True):
    """The opened parts. `url` is the database that is in use, embedded or not."""

    settings: Settings
    url: str
    db: Database
    bus: Bus
    clock: Clock
    blobs: Blobs
    secrets: SecretBox
    http: GuardedHttp


@asynccontextmanager
async def open_runtime(settings: Settings, url: str, clock: Clock = utc_now) -> AsyncIterator[Runtime]:
    """The parts on the database at `url`, which is migrated already."""
    async with AsyncExitStack() as stack:
        secrets = load_secret_box(settings)
        blobs = open_blobs(settings)
        db = await _connect(settings, url)
        stack.push_async_callback(db.close)
        bus = await open_bus(settings, url)
        stack.push_async_callback(bus.close)
        own = frozenset({settings.own_address}) if settings.serves_sandbox else frozenset[str]()
        http = GuardedHttp(allow_private=settings.allow_private_addresses, own=own)
        stack.push_async_callback(http.aclose)
        yield Runtime(settings, url, db, bus, clock, blobs, secrets, http)


async def open_bus(settings: Settings, url: str) -> Bus:
    """`auto` means: Redis where its address is set; nothing between processes when all roles run in this one
    on its own database; LISTEN/NOTIFY otherwise."""
    kind = settings.bus
    if kind == "auto":
        alone = settings.embedded and settings.role == "all"
        kind = "redis" if settings.redis_url else "memory" if alone else "postgres"
    if kind == "memory":
        return MemoryBus()
    if kind == "redis":
        if not settings.redis_url:
            raise SettingsError("HARK_BUS is redis, and HARK_REDIS_URL is not set.")
        bus: PostgresBus | RedisBus = RedisBus(settings.redis_url.reveal())
    else:
        bus = PostgresBus(url)
    await bus.start()
    return bus


async def _connect(settings: Settings, url: str) -> Database:
    try:
        return await Database.connect(url, max_size=settings.database_pool)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseProblem(f"The database {place(url)} does not answer: {error}.") from error
