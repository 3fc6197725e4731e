"""How often a connection is looked after: platforms that allow few calls in a day want it seldom."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from hark.channels.contract import Health, TryAgain
from hark.channels.registry import Registry
from hark.flows.health import look_after_accounts
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from tests.support.desk import START, open_desk
from tests.support.fake_platform import FakePlatform


async def test_a_connection_is_looked_after_as_seldom_as_its_platform_wants(
    db: Database, tmp_path: Path
) -> None:
    clock = FixedClock(START)
    desk = await open_desk(db, tmp_path, FakePlatform(clock), clock)
    away, looks = [False], []

    async def check(account: Any, http: Any) -> Health:
        looks.append(clock())
        if away[0]:
            raise TryAgain("away", "The platform is away.")
        return Health(True, {})

    manifest = msgspec.structs.replace(desk.fake.adapter.manifest, check_seconds=3600.0)
    adapter = msgspec.structs.replace(desk.fake.adapter, manifest=manifest, check=check)
    hark = msgspec.structs.replace(desk.hark, registry=Registry((adapter,)))

    async def half_a_day() -> int:
        """Every five minutes; how many looks came of it."""
        before = len(looks)
        for _ in range(144):
            await look_after_accounts(hark)
            clock.advance(timedelta(minutes=5))
        return len(looks) - before

    assert await half_a_day() == 12
    away[0] = True
    assert await half_a_day() == 144, "one that does not answer is tried again soon"
