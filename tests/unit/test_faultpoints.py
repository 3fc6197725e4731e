"""Fault points: nothing without the variable, and a kill at the moment that it names."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from hark.infra import faultpoints
from tests.faults.test_desk_kills import STAGES as DESK_STAGES
from tests.faults.test_kills import STAGES
from tests.faults.test_token_kills import STAGES as TOKEN_STAGES

TESTS = Path(__file__).parents[1]
SOURCES = TESTS.parent / "src"
STEPS = "receive|ingest|reply|deliver|poll|listen|token|clocks|rollout|routing|rules"
REACH = """
from hark.infra.faultpoints import reach
for turn in range(5):
    print(turn, flush=True)
    reach('a.b')
    reach('c.d')
"""


def reached_points() -> set[str]:
    found: set[str] = set()
    for path in (SOURCES / "hark").rglob("*.py"):
        found |= set(re.findall(r'\breach\("([a-z_.]+)"\)', path.read_text("utf-8")))
    return found


def run(points: str | None) -> tuple[int, list[str]]:
    env = {name: value for name, value in os.environ.items() if name != faultpoints.VARIABLE}
    env |= {"PYTHONPATH": str(SOURCES)} | ({} if points is None else {faultpoints.VARIABLE: points})
    done = subprocess.run([sys.executable, "-c", REACH], env=env, capture_output=True, text=True, check=False)
    return done.returncode, re.findall(r"^\d$", done.stdout, re.MULTILINE)


def test_without_the_variable_nothing_happens() -> None:
    assert run(None) == (0, list("01234"))
    assert run("") == (0, list("01234"))


def test_the_process_is_killed_at_the_named_passing() -> None:
    assert run("a.b@3") == (-signal.SIGKILL, list("012"))
    assert run("c.d") == (-signal.SIGKILL, list("0"))
    assert run("never, c.d@2") == (-signal.SIGKILL, list("01"))
    assert run("c.d@9") == (0, list("01234"))


def test_the_docstring_names_exactly_the_points_that_there_are() -> None:
    named = set(re.findall(rf"\b(?:{STEPS})\.[a-z_]+", faultpoints.__doc__ or ""))
    assert reached_points() == named


def test_the_kill_tests_go_through_every_point() -> None:
    asked = "".join(
        (TESTS / name).read_text("utf-8") for name in ("flows/test_poll.py", "flows/test_listen.py")
    )
    listening = {point for point in reached_points() if f'"{point}"' in asked}
    assert reached_points() == {*STAGES, *TOKEN_STAGES, *DESK_STAGES, *listening}
