"""A root of its own for the temporary folders of a run.

pytest's usual one is shared by all runs of a user, and each run closes it to others when it begins. As root the tests' PostgreSQL
runs as another user, so a second run would shut the first one's servers out of their folders.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

_VARIABLE = "PYTEST_DEBUG_TEMPROOT"
_made: list[Path] = []


def make_root() -> None:
    """In the process that begins the run; workers inherit the variable."""
    if _VARIABLE not in os.environ:
        _made.append(Path(tempfile.mkdtemp(prefix="hark-tests-")))
        os.environ[_VARIABLE] = str(_made[0])


def remove_root(config: pytest.Config) -> None:
    """Folders of failed tests stay where they are, so that they can be looked at."""
    failed = getattr(config, "hark_failed", False)
    for root in _made:
        os.environ.pop(_VARIABLE, None)
        if not failed:
            shutil.rmtree(root, ignore_errors=True)
    _made.clear()
