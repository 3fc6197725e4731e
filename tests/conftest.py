"""Fixtures for all tests: a database of one's own (`db`, `database_url`) on the PostgreSQL of the run
(`postgres`).
"""

import pytest

from tests.support.database import database_url, db, postgres
from tests.support.figures import pytest_terminal_summary
from tests.support.program import hark
from tests.support.temporary import make_root, remove_root

__all__ = ["database_url", "db", "hark", "postgres", "pytest_terminal_summary"]


LONGEST_FIRST = (
    "tests/faults/test_kills.py",
    "tests/faults/test_clients.py",
    "tests/e2e/test_sla.py",
    "tests/faults/test_network.py",
    "tests/platforms/test_ways_out.py",
    "tests/faults/test_database.py",
    "tests/platforms/test_lost_answers.py",
    "tests/faults/test_several.py",
    "tests/platforms/",
    "tests/faults/",
    "tests/api/test_fuzz.py",
)
"""Files that mostly wait, longest first: others run beside them, and none of them is alone at the end. Those that measure how
long an answer takes under harm are kept apart, so that they do not measure one another."""


def pytest_configure() -> None:
    make_root()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    found = (place for place, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start))
    return next(found, len(LONGEST_FIRST))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.hark_failed = exitstatus not in {0, 5}  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    remove_root(config)
