"""P1 to P3: the network answers 429, 5xx, or not in time, before and after it has taken the message."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from hark.standins.kit.faults import Fault
from tests.faults.scene import Line, Scene, figures, open_scene
from tests.faults.verdict import check_ground_rule
from tests.support.processes import Program
from tests.support.waiting import until

pytestmark = pytest.mark.faults

LONG = os.environ.get("HARK_FAULTS") == "long"


class Calls:
    """Every call to send that reached a network, and when."""

    def __init__(self, line: Line) -> None:
        self.at: list[float] = []
        self.faults: list[Fault | None] = []
        meet = line.app.faults.meet

        def noted(method: str, path: str) -> Fault | None:
            fault = meet(method, path)
            if (method, path) == ("POST", "/messages"):
                self.at.append(time.monotonic())
                self.faults.append(fault)
            return fault

        line.app.faults.meet = noted  # type: ignore[method-assign]


@pytest.fixture
async def scene(database_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    """Two accounts, each on a network of its own, and the program at work."""
    program = Program(tmp_path, database_url)
    try:
        async with open_scene(
            database_url, tmp_path, [program.port], networks=2, customers=10, copies=1
        ) as opened:
            await program.start()
            await opened.open_conversations()
            yield opened
            await program.stop()
    finally:
        program.kill()


async def test_a_rate_limited_account_is_not_called_before_its_time_and_others_go_on(
    scene: Scene, record_property: Callable[[str, Any], None]
) -> None:
    limited, other = scene.lines
    calls = Calls(limited)
    limited.app.faults.rules.append(
        Fault("status", "POST /messages", 429, "too_many", retry_after="5", times=1)
    )
    limited.answer()
    await until(lambda: calls.at)
    limited.answer(20)
    other.answer(20)
    await until(lambda: len(other.accepted()) == 20, within=4)
    assert len(limited.accepted()) == 0
    await scene.settled(within=40)
    early = [at for at in calls.at if calls.at[0] < at < calls.at[0] + 5]
    assert early == []
    found = await check_ground_rule(scene, may_be_unknown=False)
    record_property(
        "figures", figures(scene, early_calls=0, first_after=round(calls.at[1] - calls.at[0], 2)) | found
    )


@pytest.mark.parametrize("given", ["-5", "soon", "", "Wed, 21 Oct 2015 07:28:00 GMT", None])
async def test_a_retry_after_that_makes_no_sense_stops_nobody(scene: Scene, given: str | None) -> None:
    line = scene.line
    line.app.faults.rules.append(
        Fault("status", "POST /messages", 429, "too_many", retry_after=given, times=2)
    )
    line.answer(3)
    await scene.settled(within=30)
    await check_ground_rule(scene, may_be_unknown=False)


async def test_a_network_that_fails_half_of_the_time_gets_everything_once(
    scene: Scene, record_property: Callable[[str, Any], None]
) -> None:
    """Answers of its own with 5xx promise that nothing was created, so they are tried again. In the long form chance opens
    the circuit now and then, which takes a minute each time."""
    line, count = scene.line, 200 if LONG else 24
    calls = Calls(line)
    line.app.faults.chance = random.Random(1) if LONG else EveryOther()
    line.app.faults.rules.append(Fault("status", "POST /messages", 503, share=0.5))
    line.answer(count)
    settled = await scene.settled(within=1800 if LONG else 90)
    assert len(calls.at) <= 3 * count
    found = await check_ground_rule(scene, may_be_unknown=False)
    shown = figures(scene, calls=len(calls.at), settled_after=round(settled, 1), faults=dict(_modes(calls)))
    record_property("figures", shown | found)


async def test_answers_that_do_not_come_are_looked_up_and_never_repeated(
    scene: Scene, record_property: Callable[[str, Any], None]
) -> None:
    """After acceptance: found on the network, so sent. Before: not there, so shown as unknown, and not sent again."""
    line, rounds = scene.line, 25 if LONG else 1
    calls, asked = Calls(line), 0
    for modes in _BY_TURNS * rounds:
        seconds = 25.0 if "hang" in modes else 0.0
        line.app.faults.rules += [
            Fault(mode, "POST /messages", times=1, seconds=seconds, body="html")  # type: ignore[arg-type]
            for mode in modes
        ]
        line.answer(2 * len(modes))
        asked += 2 * len(modes)
        await scene.settled(within=120)
    found = await check_ground_rule(scene)
    met = _modes(calls)
    assert found["unknown"] == met["cut"] + met["hang"]
    assert len(calls.at) == asked, "nothing was called twice"
    record_property("figures", figures(scene, calls=len(calls.at), faults=dict(met)) | found)


_BY_TURNS = [("cut_after", "status_after", "cut"), ("hang_after", "hang")]
"""Fewer failures in a row than open the circuit, which would then let one call a minute through."""


def _modes(calls: Calls) -> Counter[str]:
    return Counter(fault.mode for fault in calls.faults if fault is not None)


class EveryOther(random.Random):
    """Half of the calls, one after the other: five failures in a row do not come about by chance."""

    turn = False

    def random(self) -> float:
        self.turn = not self.turn
        return 0.25 if self.turn else 0.75
