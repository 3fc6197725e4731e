"""One renewal of an account's tokens, by one process at a time: refresh tokens rotate, and each works once.

An advisory lock of the database holds off other processes while the platform is asked, and the new pair is stored in the
transaction that holds it. Calls of this process that need the same tokens wait for the one renewal under way; it runs in
a task of its own, so that nobody who stops waiting cuts it off.

What cannot be closed: a process that is killed after the platform's answer and before the commit takes a rotated refresh
token with it. Between the two lies one UPDATE and nothing else; the fact is recorded in a transaction after it. When the
database fails in between, the pair is kept in memory and tried again for `PATIENCE` seconds. If it is lost all the same,
the next renewal hears from the platform whether the token before still works (some take it for a while, or do not rotate);
if not, the account waits for somebody to connect it again, and its messages wait with it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec

from hark import journal
from hark.channels.accounts import keeping, loading
from hark.channels.accounts.grants import repository
from hark.channels.accounts.grants.lifetime import due_at, retry_at
from hark.channels.accounts.models import AccountRow
from hark.channels.accounts.secrets import PREVIOUS, replace_secrets
from hark.channels.accounts.status import account_fact, mark_reconnect
from hark.channels.accounts.views import webhook_address
from hark.channels.contract import Account, PlatformProblem, Reconnect, Refreshed, TryAgain
from hark.delivery.backoff import usable
from hark.flows.context import Hark
from hark.infra.bus import DELIVERY, FACTS
from hark.infra.db import Connection, Database
from hark.infra.faultpoints import reach
from hark.infra.http import CallFailed
from hark.infra.telemetry import logger
from hark.kernel.errors import HarkError, NotFound, Unavailable
from hark.kernel.secrets import Secret

CALL_CAP = 12.0
"""Seconds for the platform's answer; well within the caps of the calls that wait for it."""
AT_ONCE = 2
"""Renewals at the same time in one process: each holds a connection to the database while the platform thinks."""
OTHERS_CAP = 15.0
"""Seconds to wait for the renewal of another process."""
LOOK_EVERY = 0.2
PATIENCE = 60
"""Tries, a second apart, to store new tokens while the database does not answer."""

log = logger(__name__)

_running: WeakKeyDictionary[Database, dict[UUID, asyncio.Task[Account]]] = WeakKeyDictionary()
_places: WeakKeyDictionary[Database, asyncio.Semaphore] = WeakKeyDictionary()


class _Fresh(msgspec.Struct, frozen=True):
    """New tokens, and the row that they are for."""

    row: AccountRow
    refreshed: Refreshed


async def renew(
    hark: Hark,
    workspace_id: UUID,
    account_id: UUID,
    used: Mapping[str, Secret] | None,
    *,
    force: bool = False,
) -> Account:
    """The account with good tokens. `used`: the secrets that the platform refused; when others are stored by now, those
    are given without asking. None: only when it is due, or `force`.

    Raises Reconnect where a person is needed (the account is marked by then) and TryAgain where it is not known yet.
    """
    tasks = _running.setdefault(hark.db, {})
    task = tasks.get(account_id)
    if task is None:
        task = asyncio.create_task(_renew(hark, workspace_id, account_id, used, force))
        tasks[account_id] = task
        task.add_done_callback(lambda _: tasks.pop(account_id, None))
    return await asyncio.shield(task)


async def finish_running(hark: Hark, patience: float) -> None:
    """For the end of the program: a renewal whose answer is on the way gets to store it."""
    tasks = list(_running.get(hark.db, {}).values())
    if tasks:
        await asyncio.wait(tasks, timeout=patience)


async def _renew(
    hark: Hark, workspace_id: UUID, account_id: UUID, used: Mapping[str, Secret] | None, force: bool
) -> Account:
    try:
        row = await _in_turn(hark, workspace_id, account_id, used, force)
    except NotFound as error:
        raise Reconnect("disconnected", "The account was disconnected.") from error
    except Unavailable as error:
        raise TryAgain("not_ready", error.detail, scope="account") from error
    except Reconnect as problem:
        await lose(hark, workspace_id, account_id, problem.message)
        raise
    except TryAgain as problem:
        await _postpone(hark, workspace_id, account_id, problem)
        raise
    return loading.open_row(row, hark.secrets, hark.clock(), _address(hark, row)).account


async def _in_turn(
    hark: Hark, workspace_id: UUID, account_id: UUID, used: Mapping[str, Secret] | None, force: bool
) -> AccountRow:
    places = _places.setdefault(hark.db, asyncio.Semaphore(AT_ONCE))
    until = time.monotonic() + OTHERS_CAP
    while True:
        async with places:
            row = await _alone(hark, workspace_id, account_id, used, force)
        if row is not None:
            return row
        if time.monotonic() > until:
            raise TryAgain("token_waits", "The account's access is being renewed.", scope="account")
        await asyncio.sleep(LOOK_EVERY)


async def _alone(
    hark: Hark, workspace_id: UUID, account_id: UUID, used: Mapping[str, Secret] | None, force: bool
) -> AccountRow | None:
    """The row with good tokens; None where another process is at it."""
    fresh: _Fresh | None = None
    try:
        async with hark.db.transaction() as connection:
            if not await repository.ALONE.value(connection, account_id):
                return None
            row = await keeping.load_row(connection, workspace_id, account_id)
            if not _needed(hark, row, used, force):
                return row
            fresh = _Fresh(row, await _ask(hark, row))
            reach("token.answered")
            kept = await _store(hark, connection, fresh)
    except Unavailable:
        if fresh is None:
            raise
        kept = await _store_patiently(hark, fresh)
    reach("token.stored")
    loading.changed(hark.bus, account_id)
    await _tell(hark, fresh.row, kept)
    return kept


def _needed(hark: Hark, row: AccountRow, used: Mapping[str, Secret] | None, force: bool) -> bool:
    if force:
        return True
    if used is None:
        return row.token_due_at is not None and row.token_due_at <= hark.clock()
    if row.status == "reconnect":
        raise Reconnect("reconnect", row.status_reason or "The account has to be connected again.")
    return same_secrets(used, loading.open_row(row, hark.secrets, hark.clock()).account.secrets)


def same_secrets(one: Mapping[str, Secret], other: Mapping[str, Secret]) -> bool:
    """Apart from values from before, which stay for a time only."""
    return _present(one) == _present(other)


def _present(secrets: Mapping[str, Secret]) -> dict[str, Secret]:
    return {key: value for key, value in secrets.items() if not key.endswith(PREVIOUS)}


async def _ask(hark: Hark, row: AccountRow) -> Refreshed:
    """Asks the platform for new tokens. Raises Reconnect or TryAgain, and nothing else."""
    adapter = hark.registry.load(row.platform)
    assert adapter.refresh is not None
    account = loading.open_row(row, hark.secrets, hark.clock(), _address(hark, row)).account
    try:
        async with asyncio.timeout(CALL_CAP):
            return await adapter.refresh(account, hark.http_for(adapter, account))
    except (Reconnect, TryAgain):
        raise
    except PlatformProblem as problem:
        raise TryAgain(problem.code, problem.message, scope="account") from problem
    except (CallFailed, TimeoutError, HarkError) as error:
        words = "The account's access could not be renewed yet: the platform does not answer."
        raise TryAgain("token_not_renewed", words, scope="account") from error
    except Exception as error:
        log.exception("an adapter failed while renewing tokens", account=str(row.id))
        words = "The account's access could not be renewed: an error interrupted it."
        raise TryAgain("internal", words, scope="account") from error


async def _store(hark: Hark, connection: Connection, fresh: _Fresh) -> AccountRow:
    """Credentials that somebody stored meanwhile are newer, and stay."""
    row, now = fresh.row, hark.clock()
    secrets = {key: value.reveal() for key, value in fresh.refreshed.secrets.items()}
    sealed = replace_secrets(hark.secrets, row.secrets, secrets) if secrets else row.secrets
    given_at = now if secrets else row.token_given_at or now
    expires_at = fresh.refreshed.expires_at
    due, warned = due_at(given_at, expires_at, renews=bool(secrets)), None
    if not secrets and due is not None and due <= now:  # good for a while, but nothing renews it
        due, warned = None, row.token_warned_at or now
    kept = await repository.KEEP_RENEWED.find(
        connection, row.workspace_id, row.id, row.secrets, sealed, dict(fresh.refreshed.fields), now, expires_at, due,
        warned, given_at,
    )  # fmt: skip
    return kept or await keeping.load_row(connection, row.workspace_id, row.id)


async def _store_patiently(hark: Hark, fresh: _Fresh) -> AccountRow:
    left = PATIENCE
    while True:
        try:
            async with hark.db.transaction() as connection:
                return await _store(hark, connection, fresh)
        except Unavailable:
            left -= 1
            if left == 0:
                log.error("renewed tokens could not be stored and are lost", account=str(fresh.row.id))
                raise
            await asyncio.sleep(1.0)


async def _tell(hark: Hark, before: AccountRow, kept: AccountRow) -> None:
    """Every screen gets the new end; a fact that cannot be recorded now does not make the tokens worse."""
    log.info("tokens renewed", account=str(kept.id), expires_at=str(kept.token_expires_at))
    try:
        async with hark.db.transaction() as connection:
            row = await keeping.load_row(connection, before.workspace_id, before.id)
            fact = account_fact(row, hark.registry, hark.settings.address, hark.clock())
            await journal.record(connection, row.workspace_id, [fact])
    except HarkError as error:
        log.warning("renewed tokens were not told", account=str(kept.id), detail=error.detail)
    hark.bus.publish(FACTS, str(before.workspace_id))
    if before.status == "reconnect":
        hark.bus.publish(DELIVERY)


async def _postpone(hark: Hark, workspace_id: UUID, account_id: UUID, problem: TryAgain) -> None:
    now = hark.clock()
    log.warning("tokens not renewed", account=str(account_id), code=problem.code, detail=problem.message)
    async with hark.db.transaction() as connection:
        row = await keeping.load_row(connection, workspace_id, account_id)
        if row.token_due_at is not None:
            again = retry_at(now, row.token_expires_at, row.token_failures, usable(problem.retry_after))
            await repository.POSTPONE.run(connection, workspace_id, account_id, again)


async def lose(hark: Hark, workspace_id: UUID, account_id: UUID, reason: str) -> None:
    """Marks an account as one that somebody has to connect again, and tells."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        row = await mark_reconnect(connection, workspace_id, account_id, reason, now)
        if row is not None:
            fact = account_fact(row, hark.registry, hark.settings.address, now)
            await journal.record(connection, workspace_id, [fact])
    loading.changed(hark.bus, account_id)
    hark.bus.publish(FACTS, str(workspace_id))


def _address(hark: Hark, row: AccountRow) -> str:
    return webhook_address(hark.settings.address, row.platform, row.webhook_key)
