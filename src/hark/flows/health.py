"""Connections looked after: each account is asked on schedule; a lost subscription is renewed, a lost token is shown.

Meta unsubscribes an app after an hour of failing answers, so the look comes well before that (reliability row W9).
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

import msgspec

from hark.channels.accounts import keeping, loading, status
from hark.channels.accounts.routes import CONNECTED, AccountRoute
from hark.channels.accounts.views import webhook_address
from hark.channels.contract import Adapter, Health, PlatformProblem, Reconnect
from hark.channels.contract.adapter import Account
from hark.flows.context import Hark
from hark.flows.tokens import with_fresh_token
from hark.infra.bus import FACTS
from hark.infra.http import CallFailed, GuardedHttp
from hark.infra.telemetry import logger
from hark.journal import record
from hark.kernel.errors import HarkError

AT_ONCE = 8

log = logger(__name__)


class Looked(msgspec.Struct, frozen=True):
    """How one account was found. `renewed` says that its webhook had to be set again."""

    account_id: UUID
    ok: bool
    renewed: bool
    reason: str | None


async def look_after_accounts(hark: Hark) -> list[Looked]:
    """All connected accounts, a few at a time; one that does not answer holds up nobody."""
    async with hark.db.connection() as connection:
        routes = await CONNECTED.all(connection)
    places = asyncio.Semaphore(AT_ONCE)

    async def look(route: AccountRoute) -> Looked:
        async with places:
            return await _look(hark, route)

    return list(await asyncio.gather(*(look(route) for route in routes)))


async def _look(hark: Hark, route: AccountRoute) -> Looked:
    try:
        async with hark.db.connection() as connection:
            row = await keeping.load_row(connection, route.workspace_id, route.id)
        address = webhook_address(hark.settings.address, row.platform, row.webhook_key)
        account = loading.open_row(row, hark.secrets, hark.clock(), address).account
        adapter = hark.registry.load(route.platform)
        async with asyncio.timeout(3 * hark.settings.platform_timeout):
            found, renewed = await with_fresh_token(
                hark, adapter, account, lambda account, http: _check_and_renew(adapter, account, http)
            )
    except Reconnect as problem:
        await _lost(hark, route, problem.message)
        return Looked(route.id, False, False, problem.message)
    except (PlatformProblem, CallFailed, HarkError, TimeoutError) as problem:
        # The platform may be down; the account is not to blame, and the next look comes soon.
        return Looked(route.id, False, False, str(problem) or "no answer in time")
    failing = [f"{name}: {detail}" for name, (ok, detail) in found.checks.items() if not ok]
    await _note(hark, route, found, hark.clock())
    return Looked(route.id, found.ok, renewed, "; ".join(failing) or None)


async def _check_and_renew(adapter: Adapter, account: Account, http: GuardedHttp) -> tuple[Health, bool]:
    found = await adapter.check(account, http)
    if found.ok or adapter.subscribe is None:
        return found, False
    await adapter.subscribe(account, http)
    return await adapter.check(account, http), True


async def _note(hark: Hark, route: AccountRoute, found: Health, now: datetime) -> None:
    """The account's state changes only with the outcome, not with every look."""
    checks = {name: {"ok": ok, "detail": detail} for name, (ok, detail) in found.checks.items() if not ok}
    async with hark.db.transaction() as connection:
        row = await status.merge_state(connection, route.workspace_id, route.id, {"failing": checks}, now)
        if row is None:
            return
        fact = status.account_fact(row, hark.registry, hark.settings.address, now)
        await record(connection, route.workspace_id, [fact])
    loading.changed(hark.bus, route.id)
    hark.bus.publish(FACTS, str(route.workspace_id))


async def _lost(hark: Hark, route: AccountRoute, reason: str) -> None:
    now = hark.clock()
    log.warning("account has to be connected again", account=str(route.id), reason=reason)
    async with hark.db.transaction() as connection:
        row = await status.mark_reconnect(connection, route.workspace_id, route.id, reason, now)
        if row is None:
            return
        fact = status.account_fact(row, hark.registry, hark.settings.address, now)
        await record(connection, route.workspace_id, [fact])
    loading.changed(hark.bus, route.id)
    hark.bus.publish(FACTS, str(route.workspace_id))
