"""What the platforms still have: fetched now, imported after connecting, and gathered again after an outage.

Everything becomes raw events under the keys that webhooks would have had, so that what came both ways is there once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hark import journal
from hark.channels.accounts import repository as accounts
from hark.channels.accounts.history import repository
from hark.channels.accounts.history.repository import GapState, ImportState
from hark.channels.accounts.loading import load_open_account
from hark.channels.accounts.models import AccountRow, OpenAccount
from hark.channels.accounts.status import account_fact
from hark.channels.contract import Account, Adapter, FetchedPage, PlatformProblem, Reconnect, TryAgain
from hark.delivery import backoff
from hark.flows.context import Hark
from hark.flows.fetching import as_problem, ask_for_page, lose_account, oldest_of, open_fresh
from hark.flows.pace import Turn, take_turn
from hark.flows.tokens import with_fresh_token
from hark.infra.bus import FACTS, RAW
from hark.infra.db import Connection
from hark.infra.http import CallFailed, GuardedHttp
from hark.infra.telemetry import logger
from hark.intake import record_items
from hark.intake.models import Origin
from hark.kernel.errors import Conflict, NotFound, Unavailable
from hark.kernel.waiting import first_of
from hark.workspaces.rights import Actor

MOST_PAGES = 500
"""Pages of one fetch or repair: a platform whose pages never end must not hold a worker."""

TRIES = 6
"""Failed pages in a row after which an import stops; it can be asked for again and goes through the same
events."""

OVERLAP = timedelta(minutes=10)
"""A repair begins this much before the last one: platforms list events late."""

RECONCILE_EVERY = timedelta(minutes=10)
"""Withheld events are found within 15 minutes (reliability.md, W10)."""

REPAIR_CAP = 120.0
"""Seconds for all pages of one repair."""
REPAIR_LEASE = timedelta(minutes=3)
LOOK_AGAIN_AFTER = 60.0
"""Seconds until a failed repair is tried again where the platform does not name a time."""

SILENT = timedelta(minutes=2)
"""An import that saved nothing for so long has lost its worker."""
LONGEST_HOLD = 20.0
"""Seconds that a worker waits for the turn of a page; an import that must wait longer is put back."""

LOOK_EVERY = 5.0
"""Seconds between looks for imports that were asked for."""

log = logger(__name__)


class Fetched(msgspec.Struct, frozen=True):
    """How many events of an account were new to us."""

    account_id: UUID
    fetched: int


class FetchFailure(msgspec.Struct, frozen=True):
    """Why an account could not be fetched (completely), and in how many seconds it may be tried again, if
    known."""

    account_id: UUID
    code: str
    message: str
    retry_after: float | None = None


class FetchReport(msgspec.Struct, frozen=True):
    results: list[Fetched]
    failed: list[FetchFailure]


async def fetch_since(
    hark: Hark, workspace_id: UUID, since: datetime, account_ids: Sequence[UUID] | None = None
) -> FetchReport:
    """Asks the platforms of the accounts (all that can be asked, where none are named) at the same time,
    each within its own time. One that fails hides nothing of the others; what it gave before it failed is
    kept."""
    chosen = await _choose(hark, workspace_id, account_ids)
    told = await asyncio.gather(*(_fetch_one(hark, opened, since) for opened in chosen))
    hark.bus.publish(RAW)
    return FetchReport(
        results=[each for each in told if isinstance(each, Fetched)],
        failed=[each for each in told if isinstance(each, FetchFailure)],
    )


async def request_import(hark: Hark, actor: Actor, account_id: UUID) -> AccountRow:
    """Asks for the import of everything that the platform still has of an account."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        opened = await _load(hark, connection, actor.workspace_id, account_id)
        if hark.registry.load(opened.platform).fetch_page is None:
            raise Conflict("This platform does not give out earlier conversations.", code="no_history")
        row = await repository.REQUEST_IMPORT.find(connection, actor.workspace_id, account_id, now)
        if row is None:
            raise Conflict("An import is running already, or the account is not connected.", code="not_now")
        fact = account_fact(row, hark.registry, hark.settings.address, now, actor.reference)
        await journal.record(connection, actor.workspace_id, [fact])
    hark.bus.publish(FACTS, str(actor.workspace_id))
    return row


async def history_loop(hark: Hark, stop: asyncio.Event) -> None:
    """Imports that were asked for, one after the other."""
    while not stop.is_set():
        worked = False
        try:
            worked = await import_next(hark, stop)
        except Unavailable as error:
            log.warning("history waits for the database", detail=error.detail)
        if not worked:
            await first_of(stop, timeout=LOOK_EVERY)


async def reconcile_loop(hark: Hark, stop: asyncio.Event) -> None:
    """Looks for gaps; beside the imports, which may take hours, and each platform for itself: one that hangs holds up nobody
    else's."""
    async with asyncio.TaskGroup() as group:
        for platform in _repairable(hark):
            group.create_task(_reconcile_platform(hark, platform, stop))


async def _reconcile_platform(hark: Hark, platform: str, stop: asyncio.Event) -> None:
    while not stop.is_set():
        found: list[Fetched | FetchFailure] = []
        try:
            found = await reconcile_due(hark, [platform])
        except Unavailable as error:
            log.warning("reconciliation waits for the database", detail=error.detail)
        if not found:
            await first_of(stop, timeout=LOOK_EVERY)


async def import_next(hark: Hark, stop: asyncio.Event | None = None) -> bool:
    """Takes one import that waits, or whose worker is gone, and brings it as far as it goes. False when
    there is none."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        found = await repository.CLAIM_IMPORT.find(connection, now, now + SILENT, _able(hark))
    if found is None:
        return False
    await import_history(hark, found, stop or asyncio.Event())
    return True


async def import_history(hark: Hark, state: ImportState, stop: asyncio.Event) -> None:
    """Page by page, each stored together with the place to go on from: a kill repeats at most one page."""
    adapter = hark.registry.load(state.platform)
    cursor, failures = state.cursor, 0
    while not stop.is_set():
        wait = await take_turn(hark, adapter.manifest, state.workspace_id, state.id, Turn.IMPORT)
        if wait is not None:
            if not await _hold(hark, state, wait, stop):
                return
            continue
        account = (await open_fresh(hark, state.workspace_id, state.id)).account
        page = await ask_for_page(hark, adapter, account, cursor, None)
        if isinstance(page, PlatformProblem):
            failures += 1
            if failures >= TRIES or not isinstance(page, TryAgain):
                await _stop_import(hark, state, cursor, page)
                return
            now = hark.clock()
            again_at = backoff.again_at(now, failures, page.retry_after, 1.0)
            if not await _hold(hark, state, (again_at - now).total_seconds(), stop):
                return
            continue
        if page.next == cursor:
            page = msgspec.structs.replace(page, next=None)  # a platform that would go round in circles
        cursor, failures = page.next, 0
        if not await _save_page(hark, adapter, state, page) or page.next is None:
            return


async def _hold(hark: Hark, state: ImportState, wait: float, stop: asyncio.Event) -> bool:
    """Waits for the turn of the next page. False where the wait is long: the import was put back, for whichever worker is
    free then."""
    now = hark.clock()
    if wait <= LONGEST_HOLD:
        async with hark.db.transaction() as connection:
            await repository.HOLD_IMPORT.run(connection, state.workspace_id, state.id, now + SILENT)
        await first_of(stop, timeout=wait)
        return True
    until = now + timedelta(seconds=wait)
    async with hark.db.transaction() as connection:
        row = await repository.PAUSE_IMPORT.find(connection, state.workspace_id, state.id, until, now)
        await _tell(hark, connection, row, now)
    hark.bus.publish(FACTS, str(state.workspace_id))
    return False


async def repair_gaps(hark: Hark, workspace_id: UUID, account_id: UUID) -> Fetched | FetchFailure:
    """Gathers what webhooks may have missed since the last look, with some overlap."""
    async with hark.db.connection() as connection:
        state = await repository.FIND_GAP.find(connection, workspace_id, account_id)
    if state is None:
        raise NotFound("There is no such account.")
    return await _repair(hark, state)


async def reconcile_due(hark: Hark, platforms: Sequence[str] | None = None) -> list[Fetched | FetchFailure]:
    """Repairs the accounts (of these platforms) that were not looked at for a while. What fails stays due."""
    asked = _repairable(hark) if platforms is None else list(platforms)
    now = hark.clock()
    async with hark.db.transaction() as connection:
        due = await repository.CLAIM_GAPS.all(
            connection, now, now - RECONCILE_EVERY, now + REPAIR_LEASE, asked
        )
    return list(await asyncio.gather(*(_repair(hark, state) for state in due)))


async def _repair(hark: Hark, state: GapState) -> Fetched | FetchFailure:
    now = hark.clock()
    since = (state.reconciled_at or state.created_at) - OVERLAP
    async with hark.db.connection() as connection:
        opened = await load_open_account(connection, hark.secrets, state.id)
    told = await _fetch_one(hark, opened, since, cap=REPAIR_CAP)
    async with hark.db.transaction() as connection:
        if isinstance(told, Fetched):
            await repository.SET_RECONCILED.run(connection, state.workspace_id, state.id, now)
        else:
            wait = timedelta(seconds=told.retry_after or LOOK_AGAIN_AFTER)
            await repository.LOOK_AGAIN.run(connection, state.workspace_id, state.id, now + wait)
    if isinstance(told, FetchFailure):
        log.warning("an account's gaps could not be looked for", account=str(state.id), code=told.code)
    elif told.fetched:
        hark.bus.publish(RAW)
    return told


async def _choose(hark: Hark, workspace_id: UUID, account_ids: Sequence[UUID] | None) -> list[OpenAccount]:
    async with hark.db.connection() as connection:
        if account_ids is not None:
            return [await _load(hark, connection, workspace_id, each) for each in dict.fromkeys(account_ids)]
        rows = await accounts.LIST_CONNECTED.all(connection)
        able = set(_able(hark))
        chosen = [row.id for row in rows if row.workspace_id == workspace_id and row.platform in able]
        return [await load_open_account(connection, hark.secrets, each) for each in chosen]


async def _load(hark: Hark, connection: Connection, workspace_id: UUID, account_id: UUID) -> OpenAccount:
    opened = await load_open_account(connection, hark.secrets, account_id)
    if opened.account.workspace_id != workspace_id or opened.status == "disconnected":
        raise NotFound("There is no such account.")
    return opened


def _repairable(hark: Hark) -> list[str]:
    """Where a poll brings the events, it finds the gaps too."""
    return [each for each in _able(hark) if hark.registry.manifest(each).poll_seconds is None]


def _able(hark: Hark) -> list[str]:
    return [adapter.manifest.platform for adapter in hark.registry if adapter.fetch_page is not None]


async def _fetch_one(
    hark: Hark, opened: OpenAccount, since: datetime, cap: float | None = None
) -> Fetched | FetchFailure:
    """Never raises for what can go wrong with one account."""
    account_id = opened.account.id
    adapter = hark.registry.find(opened.platform)
    if adapter is None or adapter.fetch_page is None:
        return FetchFailure(account_id, "unsupported", "This platform does not give out earlier events.")
    if opened.status != "connected":
        return FetchFailure(account_id, "account_not_connected", f"The account is {opened.status}.")
    count, limit = 0, cap or hark.settings.platform_timeout
    try:
        async with asyncio.timeout(limit):
            async for page in _pages(hark, adapter, opened, since):
                count += await _record(hark, opened, page, "repair")
    except TimeoutError:
        return FetchFailure(account_id, "timeout", f"The platform did not answer within {limit:g} seconds.")
    except Reconnect as problem:
        await lose_account(hark, opened.account.workspace_id, account_id, problem.message)
        return _failure(account_id, problem)
    except (PlatformProblem, CallFailed) as problem:
        return _failure(account_id, as_problem(problem))
    except Unavailable as error:
        return FetchFailure(account_id, error.code, error.detail)
    except Exception:
        log.exception("an adapter failed while fetching", account=str(account_id))
        return FetchFailure(account_id, "internal", "An error interrupted fetching.")
    return Fetched(account_id, count)


async def _pages(
    hark: Hark, adapter: Adapter, opened: OpenAccount, since: datetime
) -> AsyncIterator[FetchedPage]:
    assert adapter.fetch_page is not None
    fetch_page, cursor = adapter.fetch_page, None
    for _ in range(MOST_PAGES):
        await _await_turn(hark, adapter, opened)

        async def fetch(account: Account, http: GuardedHttp, at: str | None = cursor) -> FetchedPage:
            return await fetch_page(at, since, account, http)

        page = await with_fresh_token(hark, adapter, opened.account, fetch)
        yield page
        if page.next is None or page.next == cursor:
            return
        cursor = page.next


async def _await_turn(hark: Hark, adapter: Adapter, opened: OpenAccount) -> None:
    """Short waits are waited; for a long one TryAgain says when."""
    account = opened.account
    while True:
        wait = await take_turn(hark, adapter.manifest, account.workspace_id, account.id, Turn.POLL)
        if wait is None:
            return
        if wait > LONGEST_HOLD:
            raise TryAgain("rate_limited", "The limit of this platform is used up.", retry_after=wait)
        await asyncio.sleep(wait)


async def _record(hark: Hark, opened: OpenAccount, page: FetchedPage, origin: Origin) -> int:
    async with hark.db.transaction() as connection:
        return await record_items(connection, opened.account, page.items, hark.clock(), origin)


def _failure(account_id: UUID, problem: PlatformProblem) -> FetchFailure:
    retry_after = backoff.usable(problem.retry_after) if isinstance(problem, TryAgain) else None
    return FetchFailure(account_id, problem.code, problem.message, retry_after)


async def _save_page(hark: Hark, adapter: Adapter, state: ImportState, page: FetchedPage) -> bool:
    """Whether the import may go on."""
    now = hark.clock()
    oldest = oldest_of(adapter, page.items, now)
    more = page.next is not None
    async with hark.db.transaction() as connection:
        opened = await load_open_account(connection, hark.secrets, state.id)
        count = await record_items(connection, opened.account, page.items, now, "history")
        row = await repository.SAVE_IMPORT.find(
            connection,
            state.workspace_id,
            state.id,
            "running" if more else "done",
            count,
            page.next,
            now,
            page.total,
            oldest,
            now + SILENT if more else None,
        )
        await _tell(hark, connection, row, now)
    hark.bus.publish(RAW)
    hark.bus.publish(FACTS, str(state.workspace_id))
    return row is not None and opened.status == "connected"


async def _stop_import(hark: Hark, state: ImportState, cursor: str | None, problem: PlatformProblem) -> None:
    log.warning("an import stopped", account=str(state.id), code=problem.code, detail=problem.message)
    if isinstance(problem, Reconnect):
        await lose_account(hark, state.workspace_id, state.id, problem.message)
    now = hark.clock()
    async with hark.db.transaction() as connection:
        row = await repository.SAVE_IMPORT.find(
            connection, state.workspace_id, state.id, "failed", 0, cursor, now, None, None, None
        )
        await _tell(hark, connection, row, now)
    hark.bus.publish(FACTS, str(state.workspace_id))


async def _tell(hark: Hark, connection: Connection, row: AccountRow | None, now: datetime) -> None:
    if row is not None:
        fact = account_fact(row, hark.registry, hark.settings.address, now)
        await journal.record(connection, row.workspace_id, [fact])
