"""Every platform: what is written there is stored once, however its notifications come, or do not come."""

from __future__ import annotations

from pathlib import Path

from hark.infra.db import Database
from hark.standins.kit import WebhookFaults
from tests.platforms.ask import ALL, LISTED, MANIFESTS, PUSHED, ask_all, each_once
from tests.platforms.stage import Stage
from tests.support.waiting import until

MANY = 12


def test_every_platform_has_a_stand_in() -> None:
    assert set(MANIFESTS) == set(ALL)


async def test_repeated_and_mixed_notifications_are_stored_once(db: Database, tmp_path: Path) -> None:
    """W1 to W3."""

    async def ask(stage: Stage) -> None:
        stage.standin.faults.webhook = WebhookFaults(copies=3, shuffle=4)
        await stage.write(MANY)
        assert await stage.see(MANY) == each_once("in", MANY)

    await ask_all(db, tmp_path, PUSHED, ask)


async def test_what_was_never_pushed_is_found_by_asking_and_nothing_twice(
    db: Database, tmp_path: Path
) -> None:
    """W10; where the platform pushes too, half of it comes both ways."""

    async def ask(stage: Stage) -> None:
        await stage.write(MANY // 2)
        await stage.see(MANY // 2)
        stage.standin.faults.webhook = WebhookFaults(withhold=1.0)
        await stage.write(MANY // 2)

        async def all_there() -> bool:
            await stage.fetch()
            return len(await stage.arrived()) == MANY

        await until(all_there, within=30, every=0.2)
        stage.standin.release()
        await stage.fetch()
        assert await stage.arrived() == each_once("in", MANY)

    await ask_all(db, tmp_path, LISTED, ask)
