"""Every platform: known limits are kept, and one that is dead holds up nobody."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from hark.bootstrap.standins import PORTS
from hark.flows.deliver import deliver_due
from hark.infra.db import Database
from hark.standins.kit import Fault
from tests.platforms.ask import (
    each_once,
)
from tests.platforms.stage import Hasty, stages

WANTED = 40
"""Answers asked for at once: more than X takes in half an hour, and than any other takes in a second."""
MOST_STEPS = 2000


@pytest.mark.parametrize("platform", sorted(PORTS))
async def test_known_limits_are_never_exceeded(platform: str, db: Database, tmp_path: Path) -> None:
    """P7: more answers at once than the platform takes, on a clock that the test moves; it never has to refuse one."""
    clock = Hasty()
    async with stages(db, tmp_path, platform, clock=clock) as (stage,):
        await stage.write(WANTED)
        await stage.see(WANTED)
        await stage.answer(WANTED)
        stage.standin.calls.clear()
        step = 1.0
        for _ in range(MOST_STEPS):
            step = 1.0 if await deliver_due(stage.hark) else min(30.0, step * 1.5)
            if sum(stage.taken().values()) == WANTED:
                break
            clock.advance(timedelta(seconds=step))
        assert stage.taken() == each_once("out", WANTED)
        assert [call for call in stage.standin.calls.all() if call.status == 429] == []


@pytest.mark.parametrize("platform", sorted(PORTS))
async def test_a_dead_platform_holds_up_nobody(platform: str, db: Database, tmp_path: Path) -> None:
    """P6: another account's answers leave while this platform does not answer at all."""
    other = "telegram" if platform != "telegram" else "sandbox"
    async with stages(db, tmp_path, platform, other) as (dead, alive):
        await dead.write(4)
        await dead.see(4)
        await alive.write(6)
        await alive.see(6)
        dead.standin.faults.rules.append(Fault("hang", seconds=20.0))
        await dead.answer(4)
        began = time.monotonic()
        await alive.answer(6)
        await alive.settled(within=20)
        assert time.monotonic() - began < 10
        assert alive.taken() == each_once("out", 6)
        dead.standin.faults.clear()
