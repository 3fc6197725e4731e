"""Credentials that end: renewed ahead of time, once more when the platform refuses them, and a warning where only a
person can renew them.

`with_fresh_token` is the one place through which calls of an account go to its adapter; nobody else needs to know that
tokens end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from hark import journal
from hark.channels.accounts import keeping, loading
from hark.channels.accounts.grants import repository
from hark.channels.accounts.grants.repository import DueToken
from hark.channels.accounts.status import account_fact
from hark.channels.contract import Account, Adapter, PlatformProblem, Reconnect, TryAgain
from hark.flows.context import Hark
from hark.flows.renewing import finish_running, renew, same_secrets
from hark.infra.bus import FACTS
from hark.infra.http import GuardedHttp
from hark.infra.telemetry import logger
from hark.kernel.errors import Conflict, HarkError, Unavailable
from hark.kernel.secrets import Secret
from hark.kernel.waiting import first_of

T = TypeVar("T")
Call = Callable[[Account, GuardedHttp], Awaitable[T]]

BATCH = 50
IDLE = 300.0
"""Seconds without a hint after which due times are looked at all the same."""
AFTER_TROUBLE = 2.0
RENEWAL_CAP = 14.0
"""Seconds that a call waits for new tokens."""

AT_ONCE = 60.0
"""Seconds; new tokens that are refused within them were never good, later they have ended."""

log = logger(__name__)

_refused: dict[UUID, Mapping[str, Secret]] = {}
"""Tokens by account that were renewed and refused all the same: renewing them again would not help."""


async def with_fresh_token(hark: Hark, adapter: Adapter, account: Account, call: Call[T]) -> T:
    """`call` with the account; when its tokens are refused (Reconnect), once more with newer ones: those that are stored
    by now, or those that the platform gives for the refresh token.

    Raises what `call` raises. A Reconnect that comes out of here is final: somebody has to connect the account again.
    While renewing is not possible for the moment it raises TryAgain; nothing was accepted by the platform then. A call
    that lasts (a stream) outlives tokens, and gets new ones each time.
    """
    renewed = False
    while True:
        began = time.monotonic()
        try:
            return await call(account, hark.http_for(adapter, account))
        except Reconnect as problem:
            if renewed and time.monotonic() - began < AT_ONCE:
                _refused[account.id] = account.secrets
                raise
            account, renewed = await _renewed(hark, adapter, account, problem), True


async def _renewed(hark: Hark, adapter: Adapter, account: Account, problem: Reconnect) -> Account:
    """Newer tokens than the ones of `account`. Raises `problem` where there are none."""
    refused = _refused.get(account.id)
    if refused is not None and same_secrets(refused, account.secrets):
        raise problem
    if adapter.refresh is None:
        fresh = await _stored(hark, account, problem)
    else:
        fresh = await _waited(renew(hark, account.workspace_id, account.id, account.secrets))
    if same_secrets(fresh.secrets, account.secrets):
        raise problem
    return fresh


async def _waited(renewal: Awaitable[Account]) -> Account:
    """The caller has a cap of its own, past which it would not know whether its call was made: it was not."""
    try:
        async with asyncio.timeout(RENEWAL_CAP):
            return await renewal
    except TimeoutError as error:
        raise TryAgain("token_waits", "The account's access is being renewed.", scope="account") from error


async def _stored(hark: Hark, account: Account, problem: Reconnect) -> Account:
    """What another process may have been given meanwhile."""
    try:
        async with hark.db.connection() as connection:
            row = await keeping.load_row(connection, account.workspace_id, account.id)
    except HarkError:
        raise problem from None
    loading.forget(account.id)
    return loading.open_row(row, hark.secrets, hark.clock(), account.webhook_url).account


async def refresh_account(hark: Hark, workspace_id: UUID, account_id: UUID) -> Account:
    """Renews an account's tokens now, due or not. Raises Conflict where the platform has no renewal, Reconnect, TryAgain."""
    async with hark.db.connection() as connection:
        row = await keeping.load_row(connection, workspace_id, account_id)
    manifest, refresh = hark.registry.manifest(row.platform), hark.registry.load(row.platform).refresh
    if refresh is None:
        raise Conflict(f"{manifest.name} has no tokens that can be renewed.", code="not_renewable")
    return await renew(hark, workspace_id, account_id, None, force=True)


async def refresh_due(hark: Hark) -> int:
    """Renews every account whose tokens are due, or warns; gives how many were due."""
    async with hark.db.connection() as connection:
        due = await repository.DUE.all(connection, hark.clock(), BATCH)
    await asyncio.gather(*(_see_to(hark, each) for each in due))
    return len(due)


async def tokens_loop(hark: Hark, stop: asyncio.Event) -> None:
    """Sleeps until the next tokens are due; woken when an account is connected or changes."""
    wake = asyncio.Event()
    unsubscribe = hark.bus.subscribe(loading.TOPIC, lambda _: wake.set())
    try:
        while not stop.is_set():
            wake.clear()
            pause = await _work(hark)
            await first_of(wake, stop, timeout=pause)
    finally:
        unsubscribe()
        await finish_running(hark, hark.settings.stop_seconds)


async def _work(hark: Hark) -> float:
    """Seconds until there is something to do again."""
    try:
        await refresh_due(hark)
        async with hark.db.connection() as connection:
            next_at: datetime | None = await repository.NEXT_DUE.value(connection)
    except Unavailable:
        return AFTER_TROUBLE
    if next_at is None:
        return IDLE
    return min(IDLE, max(AFTER_TROUBLE, (next_at - hark.clock()).total_seconds()))


async def _see_to(hark: Hark, due: DueToken) -> None:
    adapter = hark.registry.find(due.platform)
    if adapter is None or adapter.refresh is None:
        await _warn(hark, due)
        return
    try:
        await renew(hark, due.workspace_id, due.id, None)
    except PlatformProblem as problem:
        # Postponed, or marked as lost: what is to be known of it is in the account.
        log.info("tokens were due and are not renewed", account=str(due.id), code=problem.code)


async def _warn(hark: Hark, due: DueToken) -> None:
    now = hark.clock()
    async with hark.db.transaction() as connection:
        row = await repository.WARN.find(connection, due.workspace_id, due.id, now)
        if row is None:
            return
        fact = account_fact(row, hark.registry, hark.settings.address, now)
        await journal.record(connection, due.workspace_id, [fact])
    hark.bus.publish(FACTS, str(due.workspace_id))
