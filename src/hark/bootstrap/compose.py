"""Puts the parts together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hark.bootstrap.adapters import build_registry
from hark.flows.context import Hark
from hark.infra.runtime import open_runtime
from hark.infra.settings import Settings
from hark.kernel.clock import Clock, utc_now


@asynccontextmanager
async def open_hark(settings: Settings, url: str, clock: Clock = utc_now) -> AsyncIterator[Hark]:
    """The running program's parts on the migrated database at `url`."""
    async with open_runtime(settings, url, clock) as runtime:
        yield Hark(
            settings=runtime.settings,
            db=runtime.db,
            bus=runtime.bus,
            clock=runtime.clock,
            blobs=runtime.blobs,
            secrets=runtime.secrets,
            http=runtime.http,
            registry=build_registry(),
        )
