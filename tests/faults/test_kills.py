"""F1, F2: kill -9 of the serving process at each named stage and at random moments, under load in both directions."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.scene import Line, Scene, figures, open_scene
from tests.faults.verdict import check_ground_rule
from tests.support.processes import Program

pytestmark = pytest.mark.faults

LONG = os.environ.get("HARK_FAULTS") == "long"

STAGES = (
    "deliver.claimed",
    "deliver.attempt_written",
    "deliver.answered",
    "deliver.before_commit",
    "deliver.after_commit",
    "reply.before_commit",
    "reply.after_commit",
    "receive.body_read",
    "receive.before_insert",
    "receive.after_commit",
    "receive.before_answer",
    "receive.after_answer",
    "ingest.claimed",
    "ingest.messages_written",
    "ingest.before_commit",
    "ingest.after_commit",
)
KILLS, INBOUND, OUTBOUND = (200, 10_000, 1_000) if LONG else (len(STAGES) + 12, 600, 80)


def plan() -> list[str]:
    """Every stage, then random moments (""); the long form goes on with stages, each time at another passing."""
    chance = random.Random(11)
    kills = list(STAGES) + [""] * 12
    while len(kills) < KILLS:
        kills.append("" if chance.random() < 0.5 else f"{chance.choice(STAGES)}@{chance.randint(1, 4)}")
    return kills


async def feed(line: Line, killing: asyncio.Task[Any]) -> None:
    """Customers and the agent go on writing whatever happens: until all numbers are out, and for as long as there are kills."""
    while not killing.done() or line.written < INBOUND or line.asked < OUTBOUND:
        if killing.done():
            killing.result()
        if line.written < INBOUND or not killing.done():
            line.write()
        if line.written % 8 == 0 or line.written >= INBOUND:
            line.answer()
        await asyncio.sleep(0.06)


async def kill_all(program: Program, kills: list[str], chance: random.Random) -> list[float]:
    """Gives the seconds that each start took until the program served again."""
    starts = []
    program.kill()
    for point in kills:
        starts.append(await program.start(point))
        if point:
            await program.died(within=30)
        else:
            await asyncio.sleep(chance.random() * 2)
            program.kill()
    starts.append(await program.start())
    return starts


async def test_nothing_is_lost_doubled_or_overtaken_by_kills(
    database_url: str, tmp_path: Path, record_property: Callable[[str, Any], None]
) -> None:
    program = Program(tmp_path, database_url)
    try:
        async with open_scene(database_url, tmp_path, [program.port]) as scene:
            await program.start()
            await scene.open_conversations()
            began = time.monotonic()
            killing = asyncio.create_task(kill_all(program, plan(), random.Random(3)))
            await feed(scene.line, killing)
            starts = await killing
            settled = await scene.settled(within=200)
            await check_all(scene, starts, settled, time.monotonic() - began, record_property)
    except AssertionError as error:
        error.add_note(program.words())
        raise
    finally:
        program.kill()


async def check_all(
    scene: Scene, starts: list[float], settled: float, seconds: float, record: Callable[[str, Any], None]
) -> None:
    noted = scene.line.courier.noted
    assert set(noted.statuses) <= {200, 503}
    assert max(starts) <= (10 if not os.environ.get("PYTEST_XDIST_WORKER") else 20), (
        "back in service within 10 s"
    )
    found = await check_ground_rule(scene)
    shown = figures(scene, kills=len(starts) - 1, longest_start=round(max(starts), 1), seconds=round(seconds))
    record("figures", shown | {"settled_after": round(settled, 1)} | found)
