"""Every platform: known limits are kept, and one that is dead holds up nobody."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from hark.flows.deliver import deliver_due
from hark.infra.db import Database
from hark.standins.kit import Fault
from tests.platforms.ask import ALL, each_once
from tests.platforms.stage import Hasty, stages

WANTED = 40
"""Answers asked for at once: more than X takes in half an hour, and than any other takes in a second."""
MOST_STEPS = 2000


async def test_known_limits_are_never_exceeded(db: Database, tmp_path: Path) -> None:
    """P7: more answers at once than the platforms take, on a clock that the test moves; none ever has to refuse one."""
    clock = Hasty()
    async with stages(db, tmp_path, *ALL, clock=clock) as opened:
        for stage in opened:
            await stage.write(WANTED)
            await stage.see(WANTED)
            await stage.answer(WANTED)
            stage.standin.calls.clear()
        step = 1.0
        for _ in range(MOST_STEPS):
            step = 1.0 if await deliver_due(opened[0].hark) else min(30.0, step * 1.5)
            if all(sum(stage.taken().values()) == WANTED for stage in opened):
                break
            clock.advance(timedelta(seconds=step))
        short = {
            stage.platform: stage.taken() for stage in opened if stage.taken() != each_once("out", WANTED)
        }
        assert short == {}
        refused = [
            stage.platform for stage in opened if any(c.status == 429 for c in stage.standin.calls.all())
        ]
        assert refused == []


@pytest.mark.parametrize("living", ["sandbox", "telegram"])
async def test_dead_platforms_hold_up_nobody(living: str, db: Database, tmp_path: Path) -> None:
    """P6: one platform's answers leave while all others do not answer at all."""
    async with stages(db, tmp_path, *ALL) as opened:
        alive = next(stage for stage in opened if stage.platform == living)
        for stage in opened:
            await stage.write(4)
            await stage.see(4)
        for stage in opened:
            if stage is not alive:
                stage.standin.faults.rules.append(Fault("hang", seconds=20.0))
                await stage.answer(4)
        began = time.monotonic()
        await alive.answer(4)
        await alive.settled(within=20)
        assert time.monotonic() - began < 10
        assert alive.taken() == each_once("out", 4)
        for stage in opened:
            stage.standin.faults.clear()
