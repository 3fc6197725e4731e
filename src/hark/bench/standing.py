"""Applications on loopback for as long as a benchmark needs them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from hark.bootstrap.standins import create_standin
from hark.bootstrap.web import Application, LoopbackServer
from hark.standins.kit import Controlled, StandIn


@asynccontextmanager
async def served(application: Application) -> AsyncIterator[str]:
    """Its address."""
    server = LoopbackServer(application, 0)
    running = asyncio.create_task(server.run())
    await server.ready.wait()
    try:
        yield server.address
    finally:
        server.stop()
        await running


@asynccontextmanager
async def standing(platform: str) -> AsyncIterator[tuple[StandIn, str]]:
    """A platform's stand-in and its address."""
    standin = create_standin(platform)
    try:
        async with served(cast("Application", Controlled(standin))) as address:
            yield standin, address
    finally:
        await standin.aclose()
