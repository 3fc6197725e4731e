"""`hark doctor`: what works, what does not, and what to do about it, one sentence each."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from importlib import resources
from uuid import UUID

import msgspec

from hark.bootstrap import repository
from hark.bootstrap.adapters import describe_platforms
from hark.bootstrap.compose import open_hark
from hark.bootstrap.database import command_database
from hark.flows.connect import check_account
from hark.flows.context import Hark
from hark.infra.external import check_server, place
from hark.infra.migrations import schema_version
from hark.infra.problems import CannotStart
from hark.infra.settings import Settings, unknown_variables
from hark.kernel.errors import HarkError

TIGHT_DISK = 1024**3
"""Bytes of free space below which the disk is called full: PostgreSQL's log alone may take this much."""
CLOCK_TOLERANCE = timedelta(seconds=5)
OLD_BACKLOG = timedelta(minutes=1)


class Check(msgspec.Struct, frozen=True):
    """`detail` says what was found and, where it is not well, what to do."""

    name: str
    ok: bool
    detail: str


async def examine(settings: Settings) -> AsyncIterator[Check]:
    """All checks, each as soon as it is made. Those that need the database are left out when it is not there."""
    yield _settings()
    yield _disk(settings)
    yield _page()
    yield _platforms()
    try:
        async with command_database(settings, migrating=False) as url:
            yield await _database(url)
            async with open_hark(settings, url) as hark:
                yield await _clock(hark)
                yield await _key(hark)
                yield await _files(hark)
                yield await _backlog(hark)
                async for check in _accounts(hark):
                    yield check
    except CannotStart as error:
        yield Check("database", False, str(error))


def _settings() -> Check:
    strange = unknown_variables(os.environ)
    if strange:
        return Check("settings", False, "; ".join(strange) + ".")
    return Check("settings", True, "All HARK_ variables are known.")


def _disk(settings: Settings) -> Check:
    folder = settings.data if settings.data.exists() else settings.data.absolute().parent
    usage = shutil.disk_usage(folder)
    free = f"{usage.free / 1024**3:.1f} GiB free of {usage.total / 1024**3:.0f} in {settings.data}"
    if usage.free < TIGHT_DISK:
        return Check(
            "disk", False, f"Only {free}: make room, webhooks are refused when nothing can be stored."
        )
    return Check("disk", True, f"{free}.")


def _page() -> Check:
    built = resources.files("hark").joinpath("ui", "static", "index.html").is_file()
    if built:
        return Check("page", True, "The page is built.")
    return Check("page", False, "The page is not built: run `hark ui build`; the API works without it.")


def _platforms() -> Check:
    found, broken = describe_platforms()
    if broken:
        lost = "; ".join(f"{each.platform} of {each.package}: {each.reason}" for each in broken)
        return Check("platforms", False, f"Left out: {lost}. Mend or uninstall what brings it.")
    further = [each.platform for each in found if each.package != "hark"]
    beside = f", {', '.join(further)} by packages beside it" if further else ""
    return Check("platforms", True, f"{len(found)} platforms{beside}.")


async def _database(url: str) -> Check:
    version = await check_server(url)
    schema = await schema_version(url)
    return Check("database", True, f"PostgreSQL {version} at {place(url)}, schema {schema}.")


async def _clock(hark: Hark) -> Check:
    async with hark.db.connection() as connection:
        theirs = await repository.DATABASE_CLOCK.value(connection)
    apart = abs(theirs - hark.clock())
    if apart > CLOCK_TOLERANCE:
        return Check(
            "clock",
            False,
            f"This machine and the database are {apart.total_seconds():.0f} s apart: set both by a time "
            "server.",
        )
    return Check("clock", True, f"This machine and the database agree within {apart.total_seconds():.2f} s.")


async def _key(hark: Hark) -> Check:
    async with hark.db.transaction() as connection:
        sealed = await repository.SEALED.all(connection)
    closed = []
    for account in sealed:
        try:
            hark.secrets.open(account.secrets)
        except CannotStart:
            closed.append(account.name)
    if closed:
        return Check(
            "key",
            False,
            f"The key does not open the credentials of {', '.join(closed)}: restore secret.key, or connect "
            "them again.",
        )
    return Check("key", True, f"The key opens the credentials of all {len(sealed)} accounts.")


async def _files(hark: Hark) -> Check:
    key = "doctor/probe"
    try:
        await hark.blobs.put(key, b"probe", "text/plain")
        same = await hark.blobs.get(key) == b"probe"
        await hark.blobs.delete(key)
    except HarkError as error:
        return Check("files", False, f"The file store does not work: {error.detail}")
    return Check("files", same, "Files can be written, read and deleted.")


async def _backlog(hark: Hark) -> Check:
    async with hark.db.connection() as connection:
        backlog = await repository.BACKLOG.one(connection, hark.clock() - OLD_BACKLOG)
    if backlog.late:
        return Check(
            "backlog",
            False,
            f"{backlog.late} raw events wait for more than a minute: is a worker running (`hark serve "
            "--role worker`)?",
        )
    quarantined = f", {backlog.quarantined} in quarantine" if backlog.quarantined else ""
    return Check("backlog", True, f"Nothing waits for more than a minute{quarantined}.")


async def _accounts(hark: Hark) -> AsyncIterator[Check]:
    """Each account asks its platform, all at the same time."""
    async with hark.db.connection() as connection:
        accounts = await repository.ACCOUNTS.all(connection)
    if not accounts:
        yield Check("accounts", True, "No account is connected yet.")
    checking = [
        _account(hark, each.workspace_id, each.id, f"{each.platform}: {each.name}") for each in accounts
    ]
    for done in asyncio.as_completed(checking):
        yield await done


async def _account(hark: Hark, workspace_id: UUID, account_id: UUID, name: str) -> Check:
    try:
        found = await check_account(hark, workspace_id, account_id)
    except (HarkError, CannotStart) as error:
        return Check(name, False, str(error))
    bad = [line.detail for line in found.checks if not line.ok]
    good = [line.detail for line in found.checks if line.ok]
    return Check(name, found.ok, " ".join(bad or good) or "The platform answers.")
