"""The fault catalogue over every platform: nothing lost, nothing doubled, whatever goes wrong on the way in or out.

The same questions for all, asked with each platform's real adapter against its stand-in over HTTP.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hark.bootstrap.adapters import ADAPTERS
from hark.bootstrap.standins import PORTS
from hark.channels.contract import Adapter
from hark.flows.deliver import deliver_due
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from hark.standins.kit import Fault, WebhookFaults
from tests.platforms.stage import Stage, stages
from tests.support.waiting import until

MANIFESTS = {adapter.manifest.platform: adapter.manifest for adapter in ADAPTERS}
BY_KEY: dict[str, Adapter] = {adapter.manifest.platform: adapter for adapter in ADAPTERS}
PUSHED = [key for key, manifest in MANIFESTS.items() if manifest.needs_public_url and key in PORTS]
LISTED = [key for key, adapter in BY_KEY.items() if adapter.fetch_page is not None and key in PORTS]

MANY = 12
WANTED = 40
"""Answers asked for at once: more than X takes in half an hour, and than any other takes in a second."""
MOST_STEPS = 2000


@pytest.fixture
async def stage(request: pytest.FixtureRequest, db: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stages(db, tmp_path, request.param) as (opened,):
        yield opened


every_platform = pytest.mark.parametrize("stage", sorted(PORTS), indirect=True)
every_pushing = pytest.mark.parametrize("stage", sorted(PUSHED), indirect=True)
every_listing = pytest.mark.parametrize("stage", sorted(LISTED), indirect=True)


def each_once(prefix: str, count: int) -> Counter[str]:
    return Counter(f"{prefix} {number:05}" for number in range(1, count + 1))


class EveryOther(random.Random):
    """Half of the calls, one after the other, so that no five failures in a row open the circuit by chance."""

    turn = False

    def random(self) -> float:
        self.turn = not self.turn
        return 0.25 if self.turn else 0.75


def test_every_platform_has_a_stand_in() -> None:
    assert set(MANIFESTS) == set(PORTS)


@every_pushing
async def test_repeated_and_mixed_notifications_are_stored_once(stage: Stage) -> None:
    """W1 to W3."""
    stage.standin.faults.webhook = WebhookFaults(copies=3, shuffle=4)
    await stage.write(MANY)
    assert await stage.see(MANY) == each_once("in", MANY)


@every_listing
async def test_what_was_never_pushed_is_found_by_asking_and_nothing_twice(stage: Stage) -> None:
    """W10; where the platform pushes too, half of it comes both ways."""
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


@every_platform
async def test_a_flood_answer_is_waited_out_and_others_go_on(stage: Stage) -> None:
    """P1."""
    await stage.write(3)
    await stage.see(3)
    stage.standin.calls.clear()
    flood = Fault("status", on="P", status=429, code="too_many", retry_after="2", times=1)
    stage.standin.faults.rules.append(flood)
    await stage.answer(most=1)
    refused = (await until(lambda: [c for c in stage.standin.calls.all() if c.status == 429], within=10))[0]
    await stage.answer()
    found = await stage.settled()
    assert set(found.values()) <= {"sent", "delivered", "read"}, found
    assert stage.taken() == each_once("out", 3)
    waited = [(call.at - refused.at).total_seconds() for call in stage.standin.calls.all("P")]
    assert [early for early in waited if 0 < early < 1.95] == []


@every_platform
async def test_errors_half_of_the_time_end_in_every_message_once(stage: Stage) -> None:
    """P2. What the platform's own 503 leaves open, a look-up or a person decides; never a second sending."""
    await stage.write(6)
    await stage.see(6)
    stage.standin.faults.chance = EveryOther()
    stage.standin.faults.rules.append(Fault("status", on="P", status=503, share=0.5))
    await stage.answer()
    found = await stage.settled(within=90)
    taken = stage.taken()
    assert max(taken.values(), default=0) <= 1, taken
    sent = {text for text, status in found.items() if status in {"sent", "delivered", "read"}}
    assert sent <= set(taken), "said to be sent, and never taken"
    assert set(found.values()) <= {"sent", "delivered", "read", "unknown"}, found


@every_platform
@pytest.mark.parametrize("mode", ["cut_after", "cut", "hang_after"])
async def test_a_lost_answer_is_looked_up_and_never_sent_twice(stage: Stage, mode: str) -> None:
    """P3, and P4's broken connections."""
    await stage.write(3)
    await stage.see(3)
    stage.standin.faults.rules.append(Fault(mode, on="P", times=1, seconds=0.5))  # type: ignore[arg-type]
    await stage.answer()
    found = await stage.settled(within=60)
    taken = stage.taken()
    assert max(taken.values(), default=0) <= 1, taken
    doubtful = {text for text, status in found.items() if status == "unknown"}
    assert len(doubtful) <= 1
    assert set(each_once("out", 3)) - set(taken) <= doubtful
    assert set(found.values()) <= {"sent", "delivered", "read", "unknown"}, found


@every_platform
@pytest.mark.parametrize(("status", "body"), [(502, "html"), (200, "html"), (200, "empty")])
async def test_a_gateways_page_is_no_answer(stage: Stage, status: int, body: str) -> None:
    """P4: whatever the page says about itself, the message is sent once or shown as unconfirmed."""
    await stage.write(2)
    await stage.see(2)
    stage.standin.faults.rules.append(
        Fault("status", on="P", status=status, body=body, times=1)  # type: ignore[arg-type]
    )
    await stage.answer()
    found = await stage.settled(within=60)
    taken = stage.taken()
    assert max(taken.values(), default=0) <= 1, taken
    missing = set(each_once("out", 2)) - set(taken)
    assert missing <= {text for text, how in found.items() if how in {"unknown", "failed"}}


@every_platform
async def test_a_withdrawn_token_is_said_and_nothing_is_sent_until_it_is_back(stage: Stage) -> None:
    """P5."""
    await stage.write(2)
    await stage.see(2)
    stage.standin.faults.rules.append(Fault("status", status=401, code="unauthorized"))
    await stage.answer()

    async def lost() -> bool:
        query = "SELECT status FROM channel_account WHERE id = $1"
        return bool(await stage.db.pool.fetchval(query, stage.account_id) == "reconnect")

    await until(lost, within=10, every=0.05)
    assert stage.taken() == Counter()
    assert set((await stage.statuses()).values()) <= {"queued", "failed"}


@pytest.mark.parametrize("platform", sorted(PORTS))
async def test_known_limits_are_never_exceeded(platform: str, db: Database, tmp_path: Path) -> None:
    """P7: more answers at once than the platform takes, on a clock that the test moves; it never has to refuse one."""
    clock = FixedClock(datetime(2026, 11, 24, 9, tzinfo=UTC))
    async with stages(db, tmp_path, platform, clock=clock) as (stage,):
        await stage.write(WANTED)
        await stage.see(WANTED)
        await stage.answer()
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
        await dead.answer()
        began = time.monotonic()
        await alive.answer()
        await alive.settled(within=20)
        assert time.monotonic() - began < 10
        assert alive.taken() == each_once("out", 6)
        dead.standin.faults.clear()
