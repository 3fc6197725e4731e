"""Who is connected to this process and when each was last active, told to the database as leases.

Everything of a moment goes out in one write; in between, the leases are renewed every `RENEW` seconds.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from hark.flows.presence import Held, hold
from hark.infra.bus import Bus
from hark.infra.db import Database
from hark.infra.telemetry import logger
from hark.kernel.clock import Clock
from hark.kernel.errors import Unavailable

RENEW = 5.0
"""Seconds; the shortest grace time that can be set is three times as long."""

GATHER = 0.1
"""Seconds in which changes come together: a page that opens says at once how long nobody has touched it."""

LONGEST_IDLE = 86_400

Place = tuple[UUID, UUID]

log = logger(__name__)


class Attendance:
    def __init__(self, db: Database, bus: Bus, clock: Clock, node: str) -> None:
        self._db, self._bus, self._clock, self._node = db, bus, clock, node
        self._active: dict[Place, dict[int, datetime]] = defaultdict(dict)
        self._left: dict[Place, datetime] = {}
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> Callable[[], None]:
        task = self._task = asyncio.create_task(self._run(), name="attendance")

        def stop() -> None:
            task.cancel()

        return stop

    async def stopped(self) -> None:
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    def come(self, place: Place, client: int) -> None:
        self._active[place][client] = self._clock()
        self._left.pop(place, None)
        self._changed.set()

    def act(self, place: Place, client: int, idle: int) -> None:
        """The person did something `idle` seconds ago."""
        if client in self._active.get(place, ()):
            self._active[place][client] = self._clock() - timedelta(seconds=min(max(idle, 0), LONGEST_IDLE))
            self._changed.set()

    def go(self, place: Place, client: int) -> None:
        """The grace time begins with the last of somebody's connections."""
        devices = self._active.get(place, {})
        active = devices.pop(client, None)
        if active is not None and not devices:
            self._left[place] = active
            del self._active[place]
        self._changed.set()

    async def write(self) -> None:
        """Renews all leases of this process now."""
        left, self._left = self._left, {}
        held = [Held(*place, len(of), max(of.values())) for place, of in self._active.items() if of]
        held += [Held(*place, 0, active) for place, active in left.items()]
        try:
            await hold(self._db, self._bus, self._clock, self._node, held)
        except BaseException:
            self._left = {**left, **self._left}
            raise

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(RENEW):
                    await self._changed.wait()
                await asyncio.sleep(GATHER)
            except TimeoutError:
                pass
            self._changed.clear()
            try:
                await self.write()
            except Unavailable:
                await asyncio.sleep(1.0)
            except Exception as error:
                log.error("presence could not be stored", exc_info=error)
                await asyncio.sleep(1.0)
