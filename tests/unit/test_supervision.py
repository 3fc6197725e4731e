from __future__ import annotations

import asyncio

from hark.infra.telemetry import LOOP_RESTARTS
from hark.kernel.errors import Unavailable
from hark.worker.supervision import outage_of, supervise


async def test_a_failing_loop_is_started_again_until_it_works() -> None:
    stop, runs = asyncio.Event(), []

    async def loop() -> None:
        runs.append(len(runs))
        if len(runs) == 1:
            raise Unavailable("the database is away")
        if len(runs) == 2:
            raise ValueError("a defect")
        stop.set()

    before = LOOP_RESTARTS.labels("tested")._value.get()
    await asyncio.wait_for(supervise("tested", loop, stop), 10)
    assert runs == [0, 1, 2]
    assert LOOP_RESTARTS.labels("tested")._value.get() - before == 2


async def test_stopping_does_not_wait_for_the_pause_before_a_restart() -> None:
    stop = asyncio.Event()

    async def loop() -> None:
        asyncio.get_running_loop().call_later(0.01, stop.set)
        raise ValueError("a defect")

    await asyncio.wait_for(supervise("tested", loop, stop), 0.3)


def test_a_group_that_failed_of_nothing_but_an_outage_is_an_outage() -> None:
    away = Unavailable("the database is away")
    assert outage_of(away) is away
    assert outage_of(ExceptionGroup("", [away, ExceptionGroup("", [away])])) is away
    assert outage_of(ExceptionGroup("", [away, ValueError("a defect")])) is None
    assert outage_of(ValueError("a defect")) is None
