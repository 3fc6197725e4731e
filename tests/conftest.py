"""Fixtures for all tests: a database of one's own (`db`, `database_url`) on the PostgreSQL of the run
(`postgres`).
"""

from tests.support.database import database_url, db, postgres
from tests.support.program import hark

__all__ = ["database_url", "db", "hark", "postgres"]
