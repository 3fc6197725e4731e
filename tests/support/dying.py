"""A worker in a process of its own that does one piece of work and is killed in the midst of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hark.infra.faultpoints import VARIABLE

ROOT = Path(__file__).parents[2]


def work_and_die(code: str, point: str, *words: str) -> int:
    """Runs `code` with `words` as its arguments, to die at `point`; gives how it ended."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("HARK_")}
    env |= {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", VARIABLE: point}
    command = [sys.executable, "-c", code, *words]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, check=False, timeout=60)
    if done.returncode > 0:
        raise AssertionError(done.stderr.decode())
    return done.returncode
