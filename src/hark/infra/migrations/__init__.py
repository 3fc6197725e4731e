"""The schema: numbered SQL files, applied in order by Alembic under a lock; forward only.

A new step is `versions/<number>_<what>.sql` with a small `.py` of the same name beside it. Steps expand first
and enforce in a later release, so that the old code can run while the new one is being rolled out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import asyncpg

from hark.infra.problems import SchemaTooNew

HERE = Path(__file__).parent
VERSION_TABLE = "schema_version"
_LOCK = 0x4841524B  # "HARK": one migration at a time on one database

Progress = Callable[[str], None]


def known_versions() -> list[str]:
    """The numbers of all steps that this Hark has, ascending."""
    return sorted(path.name.split("_", 1)[0] for path in (HERE / "versions").glob("*.sql"))


async def schema_version(url: str) -> str | None:
    """The number of the last step applied to the database, None for an empty one."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await _version(connection)
    finally:
        await connection.close()


async def check_schema(url: str) -> str | None:
    """The schema's version; raises SchemaTooNew when a newer Hark has migrated it."""
    version = await schema_version(url)
    if version is not None and version not in known_versions():
        raise SchemaTooNew(
            f"The data was written by a newer Hark (schema {version}, this one knows up to "
            f"{known_versions()[-1]}): "
            "install the newer version again, or restore a backup made before the upgrade."
        )
    return version


async def migrate(url: str, progress: Progress | None = None) -> str:
    """Brings the database to the newest schema and gives its version. Does nothing, quickly, when it is there
    already.
    """
    newest = known_versions()[-1]
    if await check_schema(url) == newest:
        return newest
    holder = await asyncpg.connect(url, timeout=10)
    try:
        await holder.execute("SELECT pg_advisory_lock($1)", _LOCK)
        before = await check_schema(url)
        if before != newest:
            started = time.monotonic()
            await _upgrade(url)
            if progress is not None:
                progress(f"schema {before or 'empty'} -> {newest} in {time.monotonic() - started:.1f} s")
    finally:
        await holder.close()
    return newest


async def _version(connection: asyncpg.Connection) -> str | None:
    if await connection.fetchval("SELECT to_regclass($1)", VERSION_TABLE) is None:
        return None
    version: str | None = await connection.fetchval(f"SELECT version_num FROM {VERSION_TABLE}")
    return version


async def _upgrade(url: str) -> None:
    # Imported here: Alembic and SQLAlchemy are only needed when there is something to migrate.
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(url, timeout=10)

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(upgrade)
            await connection.commit()
    finally:
        await engine.dispose()
