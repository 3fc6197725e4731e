"""Background jobs on PgQueuer: put into the queue inside the business transaction, run by any worker, tried
again.

What is done per message does not come here: it goes in batches by a cursor of its own. Jobs are for what is
rare or long.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal, get_args

import asyncpg
import msgspec

from hark.infra import telemetry
from hark.infra.db import Connection
from hark.infra.telemetry import logger

log = logger(__name__)

Queue = Literal["live", "delivery", "slow", "bulk"]
Handler = Callable[[bytes], Awaitable[None]]
Scheduled = Callable[[], Awaitable[None]]

PRIORITIES: dict[Queue, int] = {"live": 30, "delivery": 20, "slow": 10, "bulk": 0}
CONCURRENCY: dict[Queue, int] = {"live": 0, "delivery": 0, "slow": 8, "bulk": 2}
"""Jobs of one name that run at once, over all workers; 0 is without limit. Bulk work can never take all
places.
"""

MAX_ATTEMPTS = 8
FIRST_WAIT = 5.0
LONGEST_WAIT = 900.0
"""Seconds between attempts: 5, 10, 20 ... at most 15 minutes."""
HEARTBEAT = timedelta(seconds=30)
"""A job whose worker has not been heard of for this long is taken up by another."""


LOOK_EVERY = timedelta(seconds=5)
"""The queue is looked at so often even when no notification comes."""


class GiveUp(Exception):
    """Raised by a handler whose job can never succeed: it is not tried again."""


class Job(msgspec.Struct, frozen=True):
    """A kind of job: what `enqueue` calls `name`, and who does it with the payload's bytes."""

    name: str
    queue: Queue
    handler: Handler


class Schedule(msgspec.Struct, frozen=True):
    """Work by the clock; `expression` is a cron line in UTC. Of several workers one does it."""

    name: str
    expression: str
    handler: Scheduled


async def enqueue(
    connection: Connection,
    name: str,
    payload: object,
    queue: Queue = "slow",
    *,
    delay: timedelta = timedelta(0),
    once: str | None = None,
) -> bool:
    """Puts a job into the queue; it exists when the caller's transaction commits, and not otherwise.

    `payload` is a struct or any JSON value. A job with the same `once` that still waits or runs makes this a
    no-op (False).
    """
    if queue not in get_args(Queue):
        raise ValueError(f"no queue {queue!r}")
    body = msgspec.json.encode(payload)
    rows = await connection.fetch(
        _enqueue_query(),
        [PRIORITIES[queue]],
        [name],
        [body],
        [delay],
        [f"{name}:{once}" if once else None],
        [None],
    )
    return bool(rows)


async def run_jobs(url: str, jobs: list[Job], schedules: list[Schedule], stop: asyncio.Event) -> None:
    """Works until `stop` is set, then lets running jobs finish. Raises when the database goes away."""
    from pgqueuer import PgQueuer

    # A pool of its own: PgQueuer reads JSON columns as text, ours decodes them.
    async with asyncpg.create_pool(
        url, min_size=1, max_size=4, command_timeout=30, server_settings={"application_name": "hark jobs"}
    ) as pool:
        manager = PgQueuer.from_asyncpg_pool(pool)
        for job in jobs:
            limit = CONCURRENCY[job.queue]
            manager.entrypoint(job.name, concurrency_limit=limit, accepts_context=False)(_attempting(job))
        for schedule in schedules:
            manager.schedule(schedule.name, schedule.expression, clean_old=True, accepts_context=False)(
                _on_time(schedule)
            )
        stopping = asyncio.create_task(_pass_on(stop, manager.shutdown))
        try:
            # Its own check of the listener fails under load (it may ask before it listens); looking by itself
            # every few seconds costs less than starting over.
            await manager.run(dequeue_timeout=LOOK_EVERY, heartbeat_timeout=HEARTBEAT)
        finally:
            stopping.cancel()
            await asyncio.wait([stopping])


def wait_before(attempt: int) -> float:
    """Seconds before attempt number `attempt` + 1."""
    return float(min(FIRST_WAIT * 2**attempt, LONGEST_WAIT))


def _attempting(job: Job) -> Callable[[Any], Awaitable[None]]:
    from pgqueuer.errors import RetryRequested

    async def attempt(picked: Any) -> None:
        try:
            await job.handler(picked.payload or b"null")
        except GiveUp as error:
            telemetry.JOBS.labels(job.name, "given_up").inc()
            log.warning("job given up", job=job.name, reason=str(error))
        except Exception as error:
            if picked.attempts + 1 >= MAX_ATTEMPTS:
                telemetry.JOBS.labels(job.name, "failed").inc()
                log.exception("job failed for good", job=job.name, attempts=picked.attempts + 1)
                return
            telemetry.JOBS.labels(job.name, "retried").inc()
            wait = wait_before(picked.attempts)
            log.warning("job failed, will be tried again", job=job.name, reason=repr(error), wait=wait)
            raise RetryRequested(timedelta(seconds=wait), repr(error)) from error
        else:
            telemetry.JOBS.labels(job.name, "done").inc()

    return attempt


def _on_time(schedule: Schedule) -> Callable[[Any], Awaitable[None]]:
    async def run(_schedule: Any) -> None:
        try:
            await schedule.handler()
            telemetry.JOBS.labels(schedule.name, "done").inc()
        except Exception:
            telemetry.JOBS.labels(schedule.name, "failed").inc()
            log.exception("scheduled work failed", job=schedule.name)

    return run


async def _pass_on(stop: asyncio.Event, shutdown: asyncio.Event) -> None:
    await stop.wait()
    shutdown.set()


@functools.cache
def _enqueue_query() -> str:
    from pgqueuer.adapters.persistence.qb import QueryQueueBuilder

    return QueryQueueBuilder().build_enqueue_query("skip")
