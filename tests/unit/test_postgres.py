from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from hark.infra.external import check_server
from hark.infra.migrations import check_schema, known_versions, migrate, schema_version
from hark.infra.postgres import EmbeddedPostgres
from hark.infra.problems import DatabaseProblem, SchemaTooNew
from tests.support.database import Server


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "postgres", shared_buffers=16)
    yield server
    server.stop()


async def value(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_it_starts_is_taken_over_recovers_from_a_kill_and_stops(embedded: EmbeddedPostgres) -> None:
    url = embedded.start()
    await value(url, "CREATE TABLE kept AS SELECT 1 AS n")
    pid = embedded.pid()
    assert pid is not None
    assert EmbeddedPostgres(embedded.folder).start() == url
    assert embedded.pid() == pid
    os.kill(pid, signal.SIGKILL)
    embedded.start()
    assert embedded.pid() not in {None, pid}
    assert await value(url, "SELECT n FROM kept") == 1
    embedded.stop()
    assert embedded.pid() is None


async def test_it_listens_on_no_network_address_and_is_tuned_small(embedded: EmbeddedPostgres) -> None:
    url = embedded.start()
    assert await value(url, "SHOW listen_addresses") == ""
    assert await value(url, "SHOW shared_buffers") == "16MB"
    assert await value(url, "SHOW jit") == "off"
    assert (embedded.folder.stat().st_mode & 0o077) == 0


async def test_an_operators_own_lines_are_read_after_ours(embedded: EmbeddedPostgres) -> None:
    (embedded.folder.parent / "postgres.conf").write_text("work_mem = '9MB'\n")
    (embedded.folder.parent / "postgres.conf").chmod(0o644)
    assert await value(embedded.start(), "SHOW work_mem") == "9MB"


async def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("deep" * 20) / "postgres", shared_buffers=16, durable=False)
    try:
        assert await value(server.start(), "SELECT 1") == 1
    finally:
        server.stop()


def test_a_folder_of_another_postgresql_is_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "PG_VERSION").write_text("19\n")
    with pytest.raises(
        DatabaseProblem, match="written by PostgreSQL 19, this Hark brings 18: use the newer Hark"
    ):
        EmbeddedPostgres(folder).start()


def test_an_interrupted_first_start_leaves_nothing_in_the_way(embedded: EmbeddedPostgres) -> None:
    half = embedded.folder.with_name("postgres.new")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert embedded.start()


async def test_a_database_of_a_newer_hark_is_refused(postgres: Server, database_url: str) -> None:
    assert await schema_version(database_url) == known_versions()[-1]
    await value(database_url, "UPDATE schema_version SET version_num = '9999' RETURNING 1")
    with pytest.raises(SchemaTooNew, match="written by a newer Hark"):
        await check_schema(database_url)
    with pytest.raises(SchemaTooNew):
        await migrate(database_url)


async def test_migrating_twice_changes_nothing(database_url: str) -> None:
    said: list[str] = []
    assert await migrate(database_url, said.append) == known_versions()[-1]
    assert said == []


async def test_a_usable_server_tells_its_version(database_url: str) -> None:
    assert int((await check_server(database_url)).split(".")[0]) >= 16


async def test_an_unreachable_server_is_one_sentence_without_the_password() -> None:
    with pytest.raises(DatabaseProblem) as refused:
        await check_server("postgresql://hark:hunter2@127.0.0.1:9/hark", timeout=2)
    assert "127.0.0.1:9/hark" in str(refused.value)
    assert "hunter2" not in str(refused.value)


async def test_a_server_without_utf8_is_refused(postgres: Server) -> None:
    await postgres.execute(
        "CREATE DATABASE hark_test_latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' "
        "LOCALE_PROVIDER libc"
    )
    try:
        with pytest.raises(DatabaseProblem, match="encoding LATIN1; Hark needs UTF8"):
            await check_server(postgres.address("hark_test_latin"))
    finally:
        await postgres.drop(postgres.address("hark_test_latin"))
