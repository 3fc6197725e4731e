"""Connections looked after: each account is asked on schedule; a lost subscription is renewed, a lost token is shown.

Meta unsubscribes an app after an hour of failing answers, so the look comes well before that (reliability row W9).
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hark.channels.accounts import keeping, loading, status
from hark.channels.accounts.outages import repository as outages
from hark.channels.accounts.outages.models import Failing
from hark.channels.accounts.polls.repository import POLL_NOW
from hark.channels.accounts.routes import CONNECTED, AccountRoute
from hark.channels.accounts.views import webhook_address
from hark.channels.contract import Adapter, Health, PlatformProblem, Reconnect
from hark.channels.contract.adapter import Account
from hark.flows.context import Hark
from hark.flows.outages import note_gap
from hark.flows.tokens import with_fresh_token
from hark.infra.bus import FACTS, POLL
from hark.infra.http import CallFailed, GuardedHttp
from hark.infra.telemetry import logger
from hark.journal import record
from hark.kernel.errors import HarkError

AT_ONCE = 8

EVERY = 300.0
"""Seconds between two looks at all accounts; those of platforms that want it more seldom are passed over."""

SUBSCRIPTION = frozenset({"subscription", "webhook"})
"""Checks that say whether the platform reports events to us."""

log = logger(__name__)


class Looked(msgspec.Struct, frozen=True):
    """How one account was found. `renewed` says that its webhook had to be set again."""

    account_id: UUID
    ok: bool
    renewed: bool
    reason: str | None
    unreachable: bool = False


async def look_after_accounts(hark: Hark) -> list[Looked]:
    """All connected accounts, a few of each platform at a time. A platform that answers none of several in a row is left
    alone until the next look, so that the round ends in time."""
    async with hark.db.connection() as connection:
        routes = await CONNECTED.all(connection)
    places: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
    silent: Counter[str] = Counter()

    async def look(route: AccountRoute) -> Looked | None:
        async with places[route.platform]:
            if silent[route.platform] >= AT_ONCE:
                return Looked(route.id, False, False, "The platform does not answer.")
            looked = await _look(hark, route) if await _is_due(hark, route) else None
        if looked is not None:
            silent[route.platform] = silent[route.platform] + 1 if looked.unreachable else 0
        return looked

    looked = await asyncio.gather(*(look(route) for route in routes))
    return [each for each in looked if each is not None]


async def _is_due(hark: Hark, route: AccountRoute) -> bool:
    adapter = hark.registry.find(route.platform)
    if adapter is None or adapter.manifest.check_seconds <= EVERY:
        return True
    async with hark.db.connection() as connection:
        known: dict[str, Any] = await outages.HEALTH.value(connection, route.workspace_id, route.id) or {}
    if "at" not in known or "unreachable_at" in known:
        return True
    # The schedule is not exact: half a period of it decides which of two looks comes nearer.
    past = (hark.clock() - datetime.fromisoformat(known["at"])).total_seconds()
    return past >= adapter.manifest.check_seconds - EVERY / 2


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
        reason = getattr(problem, "message", None) or str(problem) or "The platform did not answer in time."
        await _keep(hark, route, lambda before, now: unreachable(before, reason, now))
        return Looked(route.id, False, False, reason, unreachable=True)
    await _keep(hark, route, lambda before, now: reached(before, found, now), renewed=renewed)
    failing = [f"{name}: {detail}" for name, (ok, detail) in found.checks.items() if not ok]
    await _note(hark, route, found, hark.clock())
    return Looked(route.id, found.ok, renewed, "; ".join(failing) or None)


def unreachable(before: dict[str, Any], reason: str, now: datetime) -> dict[str, Any]:
    """What is known of a connection after a look that got no answer. Pure."""
    return before | {"at": now, "error": reason, "unreachable_at": before.get("unreachable_at") or now}


def reached(before: dict[str, Any], found: Health, now: datetime) -> dict[str, Any]:
    """What is known of a connection after a look. That events are not subscribed to counts as lost only where they were
    before. Pure."""
    checks = {name: {"ok": ok, "detail": detail} for name, (ok, detail) in found.checks.items()}
    known: dict[str, Any] = {"at": now, "ok": found.ok, "checks": checks}
    missing = [detail for name, (ok, detail) in found.checks.items() if name in SUBSCRIPTION and not ok]
    if not missing:
        return known | {"subscribed_at": now}
    subscribed_at = before.get("subscribed_at")
    if subscribed_at is None:
        return known
    since = before.get("unsubscribed_at") or subscribed_at
    return known | {"subscribed_at": subscribed_at, "unsubscribed_at": since, "unsubscribed": missing[0]}


async def _keep(
    hark: Hark,
    route: AccountRoute,
    known: Callable[[dict[str, Any], datetime], dict[str, Any]],
    *,
    renewed: bool = False,
) -> None:
    """Keeps what a look found. A subscription that was lost and is there again left a gap: it is noted, and filled."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        before: dict[str, Any] = await outages.HEALTH.value(connection, route.workspace_id, route.id) or {}
        after = known(before, now)
        await outages.SET_HEALTH.run(connection, route.workspace_id, route.id, after)
        gap = renewed and "unsubscribed_at" not in after and before.get("subscribed_at")
        if gap:
            since = before.get("unsubscribed_at") or before["subscribed_at"]
            lost = Failing(route.workspace_id, route.id, "subscription", "", datetime.fromisoformat(since))
            await note_gap(connection, lost, now)
        if renewed:
            await POLL_NOW.run(connection, [route.id], now)
    if renewed:
        hark.bus.publish(POLL, str(route.id))


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
