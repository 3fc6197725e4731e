"""`hark account`: the accounts, from the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from hark.bootstrap import repository
from hark.bootstrap.adapters import build_registry
from hark.bootstrap.health_words import sentence_of
from hark.bootstrap.repository import ListedAccount
from hark.channels.accounts.keeping import load_row
from hark.channels.accounts.models import ChannelAccount
from hark.channels.accounts.views import webhook_address
from hark.channels.contract import Field, PlatformProblem
from hark.flows.connect import CheckLine, check_account, connect_account
from hark.flows.context import Hark
from hark.flows.doctor import account_health
from hark.flows.tokens import refresh_account
from hark.kernel.errors import NotFound, Refused
from hark.workspaces.founding import first_workspace
from hark.workspaces.rights import system_actor

ASKED = frozenset({"token", "scopes", "subscription", "webhook", "platform"})
"""What the platform itself has just been asked."""


class AccountLine(msgspec.Struct, frozen=True):
    """An account as the command line shows it."""

    id: UUID
    workspace_id: UUID
    platform: str
    name: str
    status: str
    status_reason: str | None
    webhook_url: str


class CheckedAccount(msgspec.Struct, frozen=True):
    id: UUID
    platform: str
    name: str
    ok: bool
    checks: list[CheckLine]


def fields_of(platform: str) -> tuple[Field, ...]:
    """What a platform asks for when an account is connected."""
    return build_registry().manifest(platform).fields


async def list_all(hark: Hark) -> list[AccountLine]:
    async with hark.db.connection() as connection:
        rows = await repository.ACCOUNTS.all(connection)
    return [
        AccountLine(
            id=row.id,
            workspace_id=row.workspace_id,
            platform=row.platform,
            name=row.name,
            status=row.status,
            status_reason=row.status_reason,
            webhook_url=webhook_address(hark.settings.address, row.platform, row.webhook_key),
        )
        for row in rows
    ]


async def connect_to(
    hark: Hark, workspace_id: UUID | None, platform: str, values: Mapping[str, str]
) -> ChannelAccount:
    if workspace_id is None:
        async with hark.db.connection() as connection:
            workspace = await first_workspace(connection)
        if workspace is None:
            raise NotFound("There is no workspace yet: start Hark once with `hark serve`.")
        workspace_id = workspace.id
    return await connect_account(hark, system_actor(workspace_id), platform, values)


async def check_all(hark: Hark, account_id: UUID | None) -> list[CheckedAccount]:
    """All accounts, or the one named, each asking its platform at the same time."""
    async with hark.db.connection() as connection:
        rows = await repository.ACCOUNTS.all(connection)
    chosen = [row for row in rows if account_id in {None, row.id}]
    if account_id is not None and not chosen:
        raise NotFound(f"There is no account {account_id}; `hark account list` shows them.")
    return list(await asyncio.gather(*(_check(hark, row) for row in chosen)))


async def refresh_one(hark: Hark, account_id: UUID) -> datetime | None:
    """Renews an account's tokens now; gives when the new ones end. Raises Refused with the platform's sentence."""
    async with hark.db.connection() as connection:
        rows = await repository.ACCOUNTS.all(connection)
    chosen = next((row for row in rows if row.id == account_id), None)
    if chosen is None:
        raise NotFound(f"There is no account {account_id}; `hark account list` shows them.")
    try:
        await refresh_account(hark, chosen.workspace_id, account_id)
    except PlatformProblem as problem:
        raise Refused(problem.message, code="not_renewed", platform_code=problem.code) from problem
    async with hark.db.connection() as connection:
        return (await load_row(connection, chosen.workspace_id, account_id)).token_expires_at


async def _check(hark: Hark, row: ListedAccount) -> CheckedAccount:
    """What the platform says now, and then what the doctor knows of the rest: quota, polls, streams, comparisons."""
    found = await check_account(hark, row.workspace_id, row.id)
    health = await account_health(hark, row.workspace_id, row.id)
    asked = {line.name for line in found.checks} | ASKED
    known = [
        line
        for line in health.lines
        if line.name not in asked or (line.name, line.level) == ("token", "warn")
    ]
    lines = [*found.checks, *(CheckLine(line.name, line.level != "bad", sentence_of(line)) for line in known)]
    return CheckedAccount(row.id, row.platform, row.name, all(line.ok for line in lines), lines)
