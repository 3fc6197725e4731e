"""Connecting accounts: try the credentials, store them sealed, set the webhook, tell everybody.

The account is stored before the webhook is set, because some platforms ask the address at once whether it is
ours.
"""

from __future__ import annotations

import secrets as randomness
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from hark import journal
from hark.channels.accounts import keeping, loading, repository
from hark.channels.accounts.models import AccountRow, ChannelAccount
from hark.channels.accounts.status import account_fact
from hark.channels.accounts.views import STEPS, account_view, webhook_address
from hark.channels.contract import Adapter, Choice, Connected, PlatformProblem
from hark.flows.context import Hark
from hark.flows.tokens import with_fresh_token
from hark.infra.bus import DELIVERY, FACTS
from hark.infra.db import Connection
from hark.infra.http import CallFailed
from hark.kernel.errors import Conflict, Refused
from hark.workspaces import audit
from hark.workspaces.rights import Actor

T = TypeVar("T")


class CheckLine(msgspec.Struct, frozen=True):
    name: str
    ok: bool
    detail: str


class AccountCheck(msgspec.Struct, frozen=True):
    """Whether a connection works, and which of its parts do not."""

    ok: bool
    checks: list[CheckLine]


async def connect_account(
    hark: Hark, actor: Actor, platform: str, values: Mapping[str, str]
) -> ChannelAccount:
    adapter = hark.registry.load(platform)
    given = keeping.check_values(adapter.manifest, values)
    key = randomness.token_urlsafe(24)
    connected = await _try(hark, adapter, given, webhook_address(hark.settings.address, platform, key))

    async def store(connection: Connection) -> AccountRow:
        return await _keep_new(hark, connection, actor, adapter, given, connected, key)

    row = await _write(hark, actor, "account.connected", store)
    return account_view(await _subscribe(hark, actor, adapter, row), hark.registry, hark.settings.address)


async def connect_authorized(
    hark: Hark, actor: Actor, platform: str, choice: Choice, account_id: UUID | None
) -> ChannelAccount:
    """What a person authorized: a new account, or new credentials for the one that it is here already, whose settings,
    conversations and waiting messages go on. `account_id`: it must be this one."""
    adapter = hark.registry.load(platform)
    async with hark.db.connection() as connection:
        before = await _find_live(connection, actor.workspace_id, platform, choice.id)
    settings = {} if before is None else before.fields
    given = keeping.sort_values(adapter.manifest, settings | dict(choice.values))
    key = randomness.token_urlsafe(24) if before is None else before.webhook_key
    connected = await _try(hark, adapter, given, webhook_address(hark.settings.address, platform, key))

    async def store(connection: Connection) -> AccountRow:
        found = await _find_live(connection, actor.workspace_id, platform, connected.platform_account_id)
        if account_id is not None and (found is None or found.id != account_id):
            raise Conflict("The person who authorized chose another account.", code="other_account")
        if found is None:
            return await _keep_new(hark, connection, actor, adapter, given, connected, key)
        locked = await keeping.lock_row(connection, actor.workspace_id, found.id)
        now = hark.clock()
        row = await keeping.keep_authorized(connection, hark.secrets, locked, given, connected, now)
        return await _keep_expiry(connection, adapter, row, connected, now)

    row = await _write(hark, actor, "account.authorized", store)
    hark.bus.publish(DELIVERY)
    return account_view(await _subscribe(hark, actor, adapter, row), hark.registry, hark.settings.address)


async def rotate_account(
    hark: Hark, actor: Actor, account_id: UUID, values: Mapping[str, str]
) -> ChannelAccount:
    """New credentials for an account; those from before stay valid for 24 hours."""
    async with hark.db.connection() as connection:
        row = await keeping.load_row(connection, actor.workspace_id, account_id)
    adapter = hark.registry.load(row.platform)
    given = keeping.check_values(adapter.manifest, values, partly=True)
    stored = {key: value.reveal() for key, value in hark.secrets.open(row.secrets).items()}
    known = {field.key for field in adapter.manifest.fields}
    merged = {key: value for key, value in (row.fields | stored | dict(values)).items() if key in known}
    url = webhook_address(hark.settings.address, row.platform, row.webhook_key)
    connected = await _try(hark, adapter, keeping.check_values(adapter.manifest, merged), url)

    async def store(connection: Connection) -> AccountRow:
        locked, now = await keeping.lock_row(connection, actor.workspace_id, account_id), hark.clock()
        row = await keeping.keep_rotated(connection, hark.secrets, locked, given, connected, now)
        return await _keep_expiry(connection, adapter, row, connected, now)

    row = await _write(hark, actor, "account.rotated", store)
    hark.bus.publish(DELIVERY)
    return account_view(await _subscribe(hark, actor, adapter, row), hark.registry, hark.settings.address)


async def change_account(
    hark: Hark, actor: Actor, account_id: UUID, name: str | None, status: str | None
) -> ChannelAccount:
    """Renames, pauses, or takes up again."""

    async def store(connection: Connection) -> AccountRow:
        row = await keeping.lock_row(connection, actor.workspace_id, account_id)
        return await keeping.keep_changed(
            connection, row, name=name or row.name, status=status or row.status, now=hark.clock()
        )

    row = await _write(hark, actor, f"account.{status or 'renamed'}", store)
    return account_view(row, hark.registry, hark.settings.address)


async def disconnect_account(hark: Hark, actor: Actor, account_id: UUID) -> None:
    async def store(connection: Connection) -> AccountRow:
        row = await keeping.lock_row(connection, actor.workspace_id, account_id)
        return await keeping.keep_disconnected(connection, row, hark.clock())

    await _write(hark, actor, "account.disconnected", store)


async def check_account(hark: Hark, workspace_id: UUID, account_id: UUID) -> AccountCheck:
    """Asks the platform; an unreachable platform is a failed check, not an error."""
    async with hark.db.connection() as connection:
        row = await keeping.load_row(connection, workspace_id, account_id)
    adapter = hark.registry.load(row.platform)
    url = webhook_address(hark.settings.address, row.platform, row.webhook_key)
    account = loading.open_row(row, hark.secrets, hark.clock(), url).account
    try:
        health = await with_fresh_token(hark, adapter, account, adapter.check)
    except PlatformProblem as problem:
        return AccountCheck(False, [CheckLine("platform", False, problem.message)])
    except CallFailed as failure:
        return AccountCheck(False, [CheckLine("platform", False, f"No answer: {failure}.")])
    lines = [CheckLine(name, ok, detail) for name, (ok, detail) in health.checks.items()]
    return AccountCheck(health.ok, lines)


async def _try(hark: Hark, adapter: Adapter, given: keeping.Given, webhook_url: str) -> Connected:
    manifest = adapter.manifest
    http = hark.http.allowing(manifest.hosts, given.fields.get("base_url") or manifest.base_url)
    try:
        return await adapter.connect(given.fields | given.secrets, webhook_url, http)
    except PlatformProblem as problem:
        raise Refused(problem.message, code="credentials_refused", platform_code=problem.code) from problem
    except CallFailed as failure:
        raise Refused(f"{manifest.name} could not be reached: {failure}.", code="unreachable") from failure


async def _find_live(
    connection: Connection, workspace_id: UUID, platform: str, platform_account_id: str
) -> AccountRow | None:
    found = await repository.FIND_BY_PLATFORM_ID.find(connection, workspace_id, platform, platform_account_id)
    return None if found is None or found.status == "disconnected" else found


async def _keep_new(
    hark: Hark,
    connection: Connection,
    actor: Actor,
    adapter: Adapter,
    given: keeping.Given,
    connected: Connected,
    key: str,
) -> AccountRow:
    now = hark.clock()
    row = await keeping.keep_connected(
        connection, hark.secrets, actor.workspace_id, adapter.manifest, given, connected, key, now
    )
    return await _keep_expiry(connection, adapter, row, connected, now)


async def _keep_expiry(
    connection: Connection, adapter: Adapter, row: AccountRow, connected: Connected, now: datetime
) -> AccountRow:
    renews = adapter.refresh is not None
    return await keeping.keep_expiry(connection, row, connected.expires_at, now, renews=renews)


async def _subscribe(hark: Hark, actor: Actor, adapter: Adapter, row: AccountRow) -> AccountRow:
    """Sets the webhook where the platform lets us; what is left to do, and what failed, become steps."""
    if adapter.subscribe is None:
        return row
    url = webhook_address(hark.settings.address, row.platform, row.webhook_key)
    account = loading.open_row(row, hark.secrets, hark.clock(), url).account
    try:
        left = await adapter.subscribe(account, hark.http_for(adapter, account))
    except PlatformProblem as problem:
        left = (f"The webhook could not be set: {problem.message}",)
    except CallFailed as failure:
        left = (f"The webhook could not be set: {failure}.",)
    if list(left) == row.state.get(STEPS, []):
        return row

    async def store(connection: Connection) -> AccountRow:
        values = (row.workspace_id, row.id, {STEPS: list(left)}, hark.clock())
        return await repository.MERGE_STATE.find(connection, *values) or row

    return await _write(hark, actor, None, store)


async def _write(
    hark: Hark, actor: Actor, action: str | None, store: Callable[[Connection], Awaitable[AccountRow]]
) -> AccountRow:
    """One change of an account: stored, audited, recorded as a fact, and told to every process."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        row = await store(connection)
        if action is not None:
            await audit.note(connection, actor, action, now, subject=str(row.id), platform=row.platform)
        fact = account_fact(row, hark.registry, hark.settings.address, now, actor.reference)
        await journal.record(connection, row.workspace_id, [fact])
    loading.changed(hark.bus, row.id)
    hark.bus.publish(FACTS, str(row.workspace_id))
    return row
