"""Dumping and restoring a database with PostgreSQL's own programs, which come with Hark."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from hark.infra.postgres import installed_programs
from hark.infra.problems import DatabaseProblem


async def dump(url: str, file: Path) -> None:
    """Everything in the database, from one consistent look, in PostgreSQL's own format."""
    await _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={file}")


async def restore(url: str, file: Path) -> None:
    """Into an empty database; all of it or nothing."""
    await _run(
        "pg_restore",
        url,
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        str(file),
    )


async def _run(program: str, url: str, *arguments: str) -> None:
    address, password = _without_password(url)
    environment = {**os.environ, "LC_ALL": "C"} | ({"PGPASSWORD": password} if password else {})
    process = await asyncio.create_subprocess_exec(
        str(installed_programs() / program),
        f"--dbname={address}",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    _, said = await process.communicate()
    if process.returncode != 0:
        words = " ".join(said.decode("utf-8", "replace").split())[-600:]
        raise DatabaseProblem(f"{program} failed: {words}")


def _without_password(url: str) -> tuple[str, str]:
    """The address for a command line, which others can see, and the password for the environment."""
    parts = urlsplit(url)
    if parts.password is None:
        return url, ""
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.split(':')[0]}@{host}")), unquote(parts.password)
