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
from hark.channels.accounts.loading import changed, load_open_account
from hark.channels.accounts.models import AccountRow, OpenAccount
from hark.channels.accounts.status import account_fact, mark_reconnect
from hark.channels.contract import Account, Adapter, FetchedPage, PlatformProblem, Reconnect, TryAgain
from hark.delivery import backoff, throttle
from hark.delivery import repository as gates
from hark.flows.context import Hark
from hark.flows.tokens import with_fresh_token
from hark.infra.bus import FACTS, RAW
from hark.infra.db import Connection
from hark.infra.http import CallFailed
from hark.infra.telemetry import logger
from hark.intake import record_items
from hark.intake.models import Origin
from hark.kernel.errors import Conflict, NotFound, Unavailable
from hark.kernel.waiting import first_of
from hark.workspaces.rights import Actor

PAGE_CAP = 30.0
"""Seconds for one page of an import; a person who waits gets `settings.platform_timeout` for all pages
instead."""

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
    """Imports that were asked for, one after the other; and every few minutes a look for gaps."""
    while not stop.is_set():
        worked = False
        try:
            worked = await import_next(hark, stop)
            await reconcile_due(hark)
        except Unavailable as error:
            log.warning("history waits for the database", detail=error.detail)
        if not worked:
            await first_of(stop, timeout=LOOK_EVERY)


async def import_next(hark: Hark, stop: asyncio.Event | None = None) -> bool:
    """Takes one import that waits, or whose worker is gone, and brings it as far as it goes. False when
    there is none."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        found = await repository.CLAIM_IMPORT.find(connection, now, now - SILENT, _able(hark))
    if found is None:
        return False
    await import_history(hark, found, stop or asyncio.Event())
    return True


async def import_history(hark: Hark, state: ImportState, stop: asyncio.Event) -> None:
    """Page by page, each stored together with the place to go on from: a kill repeats at most one page."""
    cursor, failures = state.cursor, 0
    while not stop.is_set():
        await _pace(hark, state.workspace_id, state.id, stop)
        page = await _page(hark, state, cursor)
        if isinstance(page, PlatformProblem):
            failures += 1
            if failures >= TRIES or not isinstance(page, TryAgain):
                await _stop_import(hark, state, cursor, page)
                return
            await _wait_again(hark, failures, page, stop)
            continue
        if page.next == cursor:
            page = msgspec.structs.replace(page, next=None)  # a platform that would go round in circles
        cursor, failures = page.next, 0
        if not await _save_page(hark, state, page) or page.next is None:
            return


async def repair_gaps(hark: Hark, workspace_id: UUID, account_id: UUID) -> Fetched | FetchFailure:
    """Gathers what webhooks may have missed since the last look, with some overlap."""
    async with hark.db.connection() as connection:
        state = await repository.FIND_GAP.find(connection, workspace_id, account_id)
    if state is None:
        raise NotFound("There is no such account.")
    return await _repair(hark, state)


async def reconcile_due(hark: Hark) -> list[Fetched | FetchFailure]:
    """Repairs the accounts that were not looked at for a while. What fails stays due."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        due = await repository.CLAIM_GAPS.all(
            connection, now, now - RECONCILE_EVERY, now + REPAIR_LEASE, _able(hark)
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
        await _lose(hark, opened.account.workspace_id, account_id, problem.message)
        return _failure(account_id, problem)
    except (PlatformProblem, CallFailed) as problem:
        return _failure(account_id, _as_problem(problem))
    except Unavailable as error:
        return FetchFailure(account_id, error.code, error.detail)
    except Exception:
        log.exception("an adapter failed while fetching", account=str(account_id))
        return FetchFailure(account_id, "internal", "An error interrupted fetching.")
    return Fetched(account_id, count)


async def _pages(
    hark: Hark, adapter: Adapter, opened: OpenAccount, since: datetime
) -> AsyncIterator[FetchedPage]:
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await _fetch(hark, adapter, opened.account, cursor, since)
        yield page
        if page.next is None or page.next == cursor:
            return
        cursor = page.next


async def _fetch(
    hark: Hark, adapter: Adapter, account: Account, cursor: str | None, since: datetime | None
) -> FetchedPage:
    fetch_page = adapter.fetch_page
    assert fetch_page is not None
    return await with_fresh_token(
        hark, adapter, account, lambda account, http: fetch_page(cursor, since, account, http)
    )


async def _record(hark: Hark, opened: OpenAccount, page: FetchedPage, origin: Origin) -> int:
    async with hark.db.transaction() as connection:
        return await record_items(connection, opened.account, page.items, hark.clock(), origin)


def _as_problem(problem: PlatformProblem | CallFailed) -> PlatformProblem:
    if isinstance(problem, PlatformProblem):
        return problem
    return TryAgain("not_reached", f"The platform could not be reached: {problem}.")


def _failure(account_id: UUID, problem: PlatformProblem) -> FetchFailure:
    retry_after = backoff.usable(problem.retry_after) if isinstance(problem, TryAgain) else None
    return FetchFailure(account_id, problem.code, problem.message, retry_after)


async def _page(hark: Hark, state: ImportState, cursor: str | None) -> FetchedPage | PlatformProblem:
    adapter = hark.registry.load(state.platform)
    async with hark.db.connection() as connection:
        account = (await load_open_account(connection, hark.secrets, state.id)).account
    try:
        async with asyncio.timeout(PAGE_CAP):
            return await _fetch(hark, adapter, account, cursor, None)
    except (PlatformProblem, CallFailed) as problem:
        return _as_problem(problem)
    except TimeoutError:
        return TryAgain("timeout", f"The platform did not answer within {PAGE_CAP:g} seconds.")
    except Exception as error:
        log.exception("an adapter failed while importing", account=str(state.id))
        return PlatformProblem("internal", f"An error interrupted the import ({type(error).__name__}).")


async def _save_page(hark: Hark, state: ImportState, page: FetchedPage) -> bool:
    """Whether the import may go on."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        opened = await load_open_account(connection, hark.secrets, state.id)
        count = await record_items(connection, opened.account, page.items, now, "history")
        row = await repository.SAVE_IMPORT.find(
            connection,
            state.workspace_id,
            state.id,
            "running" if page.next is not None else "done",
            count,
            page.next,
            now,
        )
        if row is not None:
            fact = account_fact(row, hark.registry, hark.settings.address, now)
            await journal.record(connection, state.workspace_id, [fact])
    hark.bus.publish(RAW)
    hark.bus.publish(FACTS, str(state.workspace_id))
    return row is not None and opened.status == "connected"


async def _stop_import(hark: Hark, state: ImportState, cursor: str | None, problem: PlatformProblem) -> None:
    log.warning("an import stopped", account=str(state.id), code=problem.code, detail=problem.message)
    if isinstance(problem, Reconnect):
        await _lose(hark, state.workspace_id, state.id, problem.message)
    now = hark.clock()
    async with hark.db.transaction() as connection:
        row = await repository.SAVE_IMPORT.find(
            connection, state.workspace_id, state.id, "failed", 0, cursor, now
        )
        if row is not None:
            fact = account_fact(row, hark.registry, hark.settings.address, now)
            await journal.record(connection, state.workspace_id, [fact])
    hark.bus.publish(FACTS, str(state.workspace_id))


async def _lose(hark: Hark, workspace_id: UUID, account_id: UUID, reason: str) -> None:
    now = hark.clock()
    async with hark.db.transaction() as connection:
        row = await mark_reconnect(connection, workspace_id, account_id, reason, now)
        if row is not None:
            fact = account_fact(row, hark.registry, hark.settings.address, now)
            await journal.record(connection, workspace_id, [fact])
    changed(hark.bus, account_id)
    hark.bus.publish(FACTS, str(workspace_id))


async def _wait_again(hark: Hark, failures: int, problem: TryAgain, stop: asyncio.Event) -> None:
    now = hark.clock()
    again_at = backoff.again_at(now, failures, problem.retry_after, 1.0)
    await first_of(stop, timeout=(again_at - now).total_seconds())


async def _pace(hark: Hark, workspace_id: UUID, account_id: UUID, stop: asyncio.Event) -> None:
    """Takes a page's share of the account's rate; replies come first, so the last token is left to them."""
    while not stop.is_set():
        wait = await _try_pace(hark, workspace_id, account_id)
        if wait is None:
            return
        await first_of(stop, timeout=min(wait, 30.0))


async def _try_pace(hark: Hark, workspace_id: UUID, account_id: UUID) -> float | None:
    """None where a page may be asked for now; else the seconds to wait."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        opened = await load_open_account(connection, hark.secrets, account_id)
        buckets = throttle.buckets(hark.registry.manifest(opened.platform).rates)
        gate = await gates.lock_gate(connection, workspace_id, account_id, now)
        if gate.blocked_until is not None and gate.blocked_until > now:
            return (gate.blocked_until - now).total_seconds()
        tokens = throttle.refilled(gate.tokens, gate.refilled_at, now, buckets)
        spare = all(held >= min(2.0, bucket.size) for held, bucket in zip(tokens, buckets, strict=True))
        if not spare:
            return max(throttle.wait(tokens, buckets).total_seconds(), 0.05)
        if buckets:
            await gates.SPEND.run(connection, workspace_id, account_id, throttle.spent(tokens, 1), now)
    return None
