"""hark serve, hark migrate."""

from __future__ import annotations

from typing import Literal

from hark.cli.terminal import Json, Where, put, put_json, run


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    role: Literal["all", "web", "worker"] | None = None,
    public_url: str | None = None,
    where: Where | None = None,
) -> None:
    """Run Hark until Ctrl-C.

    Starts Hark's own PostgreSQL in the data folder (or uses --database-url), migrates it, and serves the
    page, the API and the workers. The first start prints a link for the administrator.

    Parameters
    ----------
    host
        Address to listen on (HARK_HOST, otherwise 127.0.0.1).
    port
        Port to listen on (HARK_PORT, otherwise 8000).
    role
        What this process does: all, web or worker (HARK_ROLE, otherwise all).
    public_url
        Address at which browsers and platforms reach this Hark (HARK_PUBLIC_URL).
    """
    from hark.infra.telemetry import configure_logging

    settings = (where or Where()).settings(host=host, port=port, role=role, public_url=public_url)
    configure_logging(settings)
    from hark.bootstrap.serve import run_serve

    run_serve(settings)


def migrate(*, where: Where | None = None, json: Json = False) -> None:
    """Bring the database to the newest schema; does nothing when it is there already."""
    from hark.bootstrap.database import command_database
    from hark.infra.migrations import schema_version

    settings = (where or Where()).settings()

    async def work() -> str | None:
        async with command_database(settings) as url:
            return await schema_version(url)

    version = run(work())
    if json:
        put_json({"schema": version})
    else:
        put(f"The database has schema {version}.")
