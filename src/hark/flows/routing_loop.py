"""The worker's loop that keeps queues empty: woken by what happens, asleep until the next thing falls due."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from hark.flows.context import Hark
from hark.flows.routing import drain
from hark.infra.bus import FACTS, ROUTING
from hark.kernel.waiting import first_of
from hark.routing.repository import WITH_QUEUE

LOOK = 30.0
"""Seconds after which every workspace is looked at, in case a hint was lost or another worker died with it."""
AGAIN = 0.05
"""Seconds until another look at what somebody else was just changing."""
REST = 2.0
"""Seconds at most for which a workspace whose queue nobody can take is left alone although something happens in it: after a look
that handed nothing out, five times as long as the look took."""


async def routing_loop(hark: Hark, stop: asyncio.Event) -> None:
    """Every process hears every hint; whoever comes second finds nothing left to do."""
    desk = _Desk(hark)
    unsubscribe = [hark.bus.subscribe(topic, desk.hear) for topic in (ROUTING, FACTS)]
    try:
        while not stop.is_set():
            await desk.look_everywhere()
            for workspace_id in desk.take_ready():
                await desk.work(workspace_id)
                if stop.is_set():
                    break
            await first_of(desk.wake, stop, timeout=desk.pause())
    finally:
        for each in unsubscribe:
            each()


class _Desk:
    """Which workspaces are to be looked at, and when."""

    def __init__(self, hark: Hark) -> None:
        self.wake = asyncio.Event()
        self._hark = hark
        self._heard: set[UUID] = set()
        self._due: dict[UUID, datetime] = {}
        self._rest: dict[UUID, float] = {}
        self._looked = -LOOK

    def hear(self, payload: str) -> None:
        try:
            self._heard.add(UUID(payload))
        except ValueError:
            return
        self.wake.set()

    async def look_everywhere(self) -> None:
        if monotonic() - self._looked < LOOK:
            return
        async with self._hark.db.connection() as connection:
            rows = await WITH_QUEUE.all(connection)
        self._heard.update(row[0] for row in rows)
        self._looked = monotonic()

    def take_ready(self) -> list[UUID]:
        """What was heard of and has rested, and what is due; the rest stays."""
        self.wake.clear()
        now, moment = self._hark.clock(), monotonic()
        ready = {each for each in self._heard if self._rest.get(each, 0.0) <= moment}
        self._heard -= ready
        return sorted(
            ready | {each for each, at in self._due.items() if at <= now}, key=lambda each: each.int
        )

    async def work(self, workspace_id: UUID) -> None:
        begun = monotonic()
        done = await drain(self._hark, workspace_id)
        self._due.pop(workspace_id, None)
        self._rest.pop(workspace_id, None)
        due = self._hark.clock() + timedelta(seconds=AGAIN) if done.again else done.due
        if due is not None:
            self._due[workspace_id] = due
        if not done.given and not done.again:
            ended = monotonic()
            self._rest[workspace_id] = ended + min(REST, 5 * (ended - begun))

    def pause(self) -> float:
        """Seconds until the next thing to do."""
        moment, now = monotonic(), self._hark.clock()
        ahead = [self._looked + LOOK - moment]
        ahead += [self._rest.get(each, 0.0) - moment for each in self._heard]
        ahead += [(at - now).total_seconds() for at in self._due.values()]
        return max(0.005, min(ahead))
