"""Databases for tests: one PostgreSQL for the run, one migrated template, a copy of it for each test that
asks.

`HARK_TEST_DATABASE_URL` names a server of your own instead (a superuser's address; databases hark_test_* are
made in it).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from hark.infra.db import Database
from hark.infra.migrations import migrate
from hark.infra.postgres import EmbeddedPostgres


class Server:
    """The PostgreSQL of the test run."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.template = f"hark_test_template_{uuid4().hex[:8]}"

    def address(self, database: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{database}"))

    async def execute(self, sql: str) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    async def create(self, template: str | None = None) -> str:
        """A database: a copy of the migrated template, or of `template`; gives its address."""
        name = f"hark_test_{uuid4().hex[:12]}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {template or self.template} STRATEGY FILE_COPY")
        return self.address(name)

    async def drop(self, url: str) -> None:
        await self.execute(f"DROP DATABASE IF EXISTS {urlsplit(url).path[1:]} WITH (FORCE)")

    async def make_template(self) -> None:
        await self.execute(f"CREATE DATABASE {self.template}")
        await migrate(self.address(self.template))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server, with its template migrated. Each xdist worker has its own."""
    given = os.environ.get("HARK_TEST_DATABASE_URL")
    if given:
        server = Server(given)
        asyncio.run(server.make_template())
        yield server
        asyncio.run(server.drop(server.address(server.template)))
        return
    folder = Path(tempfile.mkdtemp(prefix="hark-test-"))
    embedded = EmbeddedPostgres(folder / "postgres", durable=False, max_connections=100)
    try:
        server = Server(embedded.start())
        asyncio.run(server.make_template())
        yield server
    finally:
        embedded.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def database_url(postgres: Server) -> AsyncIterator[str]:
    """The address of a migrated database that this test has for itself."""
    url = await postgres.create()
    yield url
    await postgres.drop(url)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = await Database.connect(database_url, min_size=1, max_size=8)
    yield database
    await database.close(patience=1.0)
