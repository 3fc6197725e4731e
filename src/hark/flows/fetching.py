"""Asking a platform for a page of what it lists, and storing it: shared by imports, repairs, polls and streams."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

from hark import journal
from hark.channels.accounts import keeping, loading
from hark.channels.accounts.models import OpenAccount
from hark.channels.accounts.status import account_fact, mark_reconnect, merge_state
from hark.channels.accounts.usage import AccountMeter
from hark.channels.accounts.views import webhook_address
from hark.channels.contract import (
    Account,
    Adapter,
    FetchedPage,
    PlatformProblem,
    RawItem,
    TryAgain,
    Unrecognized,
)
from hark.flows.context import Hark
from hark.flows.tokens import with_fresh_token
from hark.infra.bus import FACTS
from hark.infra.db import Connection
from hark.infra.http import CallFailed, GuardedHttp
from hark.infra.telemetry import logger
from hark.intake import record_items
from hark.intake.models import Origin

PAGE_CAP = 30.0
"""Seconds for one page."""

log = logger(__name__)


async def open_fresh(hark: Hark, workspace_id: UUID, account_id: UUID) -> OpenAccount:
    """The account as it is now: where a poll goes on stands in its state, which may have moved a moment ago."""
    async with hark.db.connection() as connection:
        row = await keeping.load_row(connection, workspace_id, account_id)
    address = webhook_address(hark.settings.address, row.platform, row.webhook_key)
    return loading.open_row(row, hark.secrets, hark.clock(), address)


async def ask_for_page(
    hark: Hark,
    adapter: Adapter,
    account: Account,
    cursor: str | None,
    since: datetime | None,
    spent: dict[str, float] | None = None,
) -> FetchedPage | PlatformProblem:
    """A page, or what went wrong; never raises. What the call used up is added to `spent`."""
    fetch_page = adapter.fetch_page
    assert fetch_page is not None

    async def fetch(current: Account, http: GuardedHttp) -> FetchedPage:
        try:
            return await fetch_page(cursor, since, current, http)
        finally:
            if spent is not None and isinstance(http.meter, AccountMeter):
                for kind, units in http.meter.spent.items():
                    spent[kind] = spent.get(kind, 0.0) + units

    try:
        async with asyncio.timeout(PAGE_CAP):
            page = await with_fresh_token(hark, adapter, account, fetch)
    except (PlatformProblem, CallFailed) as problem:
        return as_problem(problem)
    except TimeoutError:
        return TryAgain("timeout", f"The platform did not answer within {PAGE_CAP:g} seconds.")
    except Exception as error:
        log.exception("an adapter failed while fetching", account=str(account.id))
        return PlatformProblem("internal", f"An error interrupted fetching ({type(error).__name__}).")
    return page


def as_problem(problem: PlatformProblem | CallFailed) -> PlatformProblem:
    if isinstance(problem, PlatformProblem):
        return problem
    return TryAgain("not_reached", f"The platform could not be reached: {problem}.")


async def store_page(
    connection: Connection, account: Account, page: FetchedPage, now: datetime, origin: Origin
) -> int:
    """Items and state in the caller's transaction; gives how many items were new."""
    count = await record_items(connection, account, page.items, now, origin)
    if page.state:
        await merge_state(connection, account.workspace_id, account.id, dict(page.state), now)
    return count


def oldest_of(adapter: Adapter, items: tuple[RawItem, ...], now: datetime) -> datetime | None:
    """Back to when some items reach, as far as they can be read."""
    found: list[datetime] = []
    for item in items:
        try:
            events = adapter.normalize(item.payload, now)
        except Unrecognized:
            continue
        except Exception:  # ingest will say so, and keep the item
            log.debug("an item cannot be read yet", key=item.dedup_key)
            continue
        found += [event.at for event in events if event.at is not None]
    return min(found, default=None)


async def lose_account(hark: Hark, workspace_id: UUID, account_id: UUID, reason: str) -> None:
    """The token or right is gone: everybody sees that the account has to be connected again."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        row = await mark_reconnect(connection, workspace_id, account_id, reason, now)
        if row is not None:
            fact = account_fact(row, hark.registry, hark.settings.address, now)
            await journal.record(connection, workspace_id, [fact])
    loading.changed(hark.bus, account_id)
    hark.bus.publish(FACTS, str(workspace_id))
