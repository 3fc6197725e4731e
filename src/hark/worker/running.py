"""All loops of a worker process, side by side."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable

from hark.flows.automation.outside import outside_loop
from hark.flows.automation.work import rules_loop
from hark.flows.context import Hark
from hark.flows.deliver import deliver_loop
from hark.flows.health import look_after_accounts
from hark.flows.history import history_loop, reconcile_loop
from hark.flows.inbound import ingest_loop
from hark.flows.languages import languages_loop
from hark.flows.listen import listen_loop
from hark.flows.media import media_loop
from hark.flows.metering import metering_loop
from hark.flows.outages import outages_loop
from hark.flows.poll import poll_loop
from hark.flows.posts import posts_loop
from hark.flows.presence import presence_loop
from hark.flows.profiles import profiles_loop
from hark.flows.rollout import rollout_loop
from hark.flows.routing_loop import routing_loop
from hark.flows.ticking import clocks_loop
from hark.flows.tokens import tokens_loop
from hark.flows.wake import wake_loop
from hark.infra.jobs import Schedule, run_jobs
from hark.infra.telemetry import logger
from hark.worker.housekeeping import housekeep
from hark.worker.supervision import supervise

Loop = Callable[[Hark, asyncio.Event], Awaitable[None]]

LOOPS: dict[str, Loop] = {
    "ingest": ingest_loop,
    "deliver": deliver_loop,
    "media": media_loop,
    "metering": metering_loop,
    "history": history_loop,
    "reconcile": reconcile_loop,
    "poll": poll_loop,
    "listen": listen_loop,
    "outages": outages_loop,
    "wake": wake_loop,
    "clocks": clocks_loop,
    "rollout": rollout_loop,
    "profiles": profiles_loop,
    "posts": posts_loop,
    "presence": presence_loop,
    "languages": languages_loop,
    "tokens": tokens_loop,
    "routing": routing_loop,
    "rules": rules_loop,
    "rules outside": outside_loop,
}

log = logger(__name__)


async def run(hark: Hark, url: str, stop: asyncio.Event, patience: float = 10.0) -> None:
    """Works until `stop` is set, then gives what is in progress `patience` seconds. `url` is for the job
    queue's own connections. Whatever is cut off after that is taken up again at the next start."""
    loops: dict[str, Callable[[], Awaitable[None]]] = {
        name: functools.partial(loop, hark, stop) for name, loop in LOOPS.items()
    }
    loops["jobs"] = functools.partial(run_jobs, url, [], _schedules(hark), stop)
    tasks = [
        asyncio.create_task(supervise(name, loop, stop), name=f"worker {name}")
        for name, loop in loops.items()
    ]
    try:
        await stop.wait()
        _, late = await asyncio.wait(tasks, timeout=patience)
        if late:
            log.warning("cut off while stopping", loops=[task.get_name() for task in late])
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _schedules(hark: Hark) -> list[Schedule]:
    async def hourly() -> None:
        await housekeep(hark)

    async def every_five_minutes() -> None:
        await look_after_accounts(hark)

    return [
        Schedule("housekeeping", "7 * * * *", hourly),
        Schedule("connections", "*/5 * * * *", every_five_minutes),
    ]
