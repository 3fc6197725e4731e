"""Checks that a PostgreSQL which somebody else runs is one that Hark can use."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import asyncpg

from hark.infra.problems import DatabaseProblem

OLDEST = 16


async def check_server(url: str, timeout: float = 8.0) -> str:
    """The server's version. Raises DatabaseProblem with a sentence that never shows the password."""
    try:
        connection = await asyncpg.connect(url, timeout=timeout)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise DatabaseProblem(f"The database {place(url)} cannot be used: {_reason(error)}.") from error
    try:
        number = int(await connection.fetchval("SHOW server_version_num"))
        encoding = await connection.fetchval("SHOW server_encoding")
        may_create = await connection.fetchval("SELECT has_schema_privilege(current_schema(), 'CREATE')")
    finally:
        await connection.close()
    if number // 10000 < OLDEST:
        raise DatabaseProblem(
            f"The database {place(url)} is PostgreSQL {number // 10000}; Hark needs {OLDEST} or newer."
        )
    if encoding != "UTF8":
        raise DatabaseProblem(f"The database {place(url)} has the encoding {encoding}; Hark needs UTF8.")
    if not may_create:
        raise DatabaseProblem(f"The user of the database {place(url)} may not create tables in its schema.")
    return f"{number // 10000}.{number % 10000}"


def place(url: str) -> str:
    """Host, port and name of a database address, without user and password."""
    try:
        parts = urlsplit(url)
        where = f"{parts.hostname or 'local socket'}{f':{parts.port}' if parts.port else ''}"
        return f"{where}{parts.path}"
    except ValueError:
        return "(address that cannot be read)"


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return "it does not answer in time"
    if isinstance(error, asyncpg.InvalidPasswordError | asyncpg.InvalidAuthorizationSpecificationError):
        return "it refuses user or password"
    text = str(error).strip().rstrip(".").replace("\n", " ")
    return text or type(error).__name__
