"""A loop that fails is started again, later each time, until the program stops."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from hark.infra.telemetry import LOOP_RESTARTS, logger
from hark.kernel.errors import Unavailable
from hark.kernel.waiting import first_of

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
"""Seconds between restarts. After a database outage everything runs again within the longest pause."""
STEADY = 30.0
"""Seconds after which a loop counts as healthy again, and its next failure as its first."""

log = logger(__name__)


async def supervise(name: str, loop: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Runs `loop` until `stop` is set; `loop` itself returns when `stop` is set."""
    pause = FIRST_PAUSE
    while not stop.is_set():
        began = time.monotonic()
        try:
            await loop()
        except Exception as error:
            pause = FIRST_PAUSE if time.monotonic() - began > STEADY else min(pause * 2, LONGEST_PAUSE)
            _note(name, error, pause)
            await first_of(stop, timeout=pause * random.uniform(0.7, 1.3))  # noqa: S311


def _note(name: str, error: Exception, pause: float) -> None:
    LOOP_RESTARTS.labels(name).inc()
    outage = outage_of(error)
    if outage is not None:  # no defect: one line, no trace
        log.warning("loop waits for the database", loop=name, reason=outage.detail, retry_in=round(pause, 1))
    else:
        log.error("loop failed, starting it again", loop=name, retry_in=round(pause, 1), exc_info=error)


def outage_of(error: BaseException) -> Unavailable | None:
    """The outage that an error is, also where all tasks of a group failed of it."""
    if isinstance(error, BaseExceptionGroup):
        found = [outage_of(each) for each in error.exceptions]
        return found[0] if all(found) else None
    return error if isinstance(error, Unavailable) else None
