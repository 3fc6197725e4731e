"""A platform that is asked: a list of numbered messages, newest first, in pages, with a limit that it enforces."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hark.channels.contract import Account, Adapter, Budget, FetchedPage, RateLimit, TryAgain
from hark.channels.registry import Registry
from hark.infra.http import GuardedHttp
from tests.support.desk import Desk
from tests.support.sandbox_events import BASE, body, dm

Fault = Callable[[str | None], "Awaitable[None] | None"]


class Asked(msgspec.Struct, frozen=True):
    """One question that reached the platform."""

    at: datetime
    account: Any
    cursor: str | None
    since: datetime | None


class Listing:
    """What the platform lists. `quota` (calls, span) is enforced with 429 and told in every answer; `cost` is what a
    question uses up of the budget "units"."""

    def __init__(self, desk: Desk, size: int = 5) -> None:
        self.desk = desk
        self.size = size
        self.written: list[tuple[int, datetime]] = []
        self.asked: list[Asked] = []
        self.before: Fault | None = None
        self.quota: tuple[int, timedelta] | None = None
        self.refused = 0
        self.cost = 0.0
        self._window: tuple[datetime, int] | None = None

    def write(self, *numbers: int) -> None:
        """Customers write now; nobody is told."""
        self.written += [(number, self.desk.clock()) for number in numbers]

    async def fetch_page(
        self, cursor: str | None, since: datetime | None, account: Account, http: GuardedHttp
    ) -> FetchedPage:
        self.asked.append(Asked(self.desk.clock(), account.id, cursor, since))
        waiting = self.before(cursor) if self.before is not None else None
        if waiting is not None:
            await waiting
        self._count(http)
        if self.cost:
            http.meter.spend("units", self.cost)
        return self._page(cursor, since, account)

    def _count(self, http: GuardedHttp) -> None:
        if self.quota is None:
            return
        calls, span = self.quota
        now = self.desk.clock()
        start, used = self._window or (now, 0)
        if now >= start + span:
            start, used = now, 0
        self._window = (start, used + 1)
        http.meter.quota("read", limit=calls, remaining=max(0, calls - used - 1), resets_at=start + span)
        if used >= calls:
            self.refused += 1
            raise TryAgain("429", "Slow down.", http_status=429)

    def _page(self, cursor: str | None, since: datetime | None, account: Account) -> FetchedPage:
        wanted = [each for each in reversed(self.written) if since is None or each[1] > since]
        first = int(cursor or 0)
        shown = wanted[first : first + self.size]
        events = [dm(number, f"Text {number}", at=self._ms(at) + number) for number, at in shown]
        items = self.desk.fake.adapter.split(body(*events, account=account.platform_account_id))
        more = first + self.size < len(wanted)
        state = {} if more else {"newest": max((number for number, _ in self.written), default=0)}
        return FetchedPage(tuple(items), str(first + self.size) if more else None, state)

    def _ms(self, at: datetime) -> int:
        return int(at.timestamp() * 1000) - BASE


def polled(
    desk: Desk,
    listing: Listing,
    *,
    every: float | None = 60.0,
    rates: tuple[RateLimit, ...] = (),
    budgets: tuple[Budget, ...] = (),
    **functions: Any,
) -> Adapter:
    """Makes the desk's platform one that is asked every so many seconds."""
    manifest = msgspec.structs.replace(
        desk.fake.adapter.manifest, poll_seconds=every, rates=rates, budgets=budgets
    )
    adapter = msgspec.structs.replace(
        desk.fake.adapter, manifest=manifest, fetch_page=listing.fetch_page, **functions
    )
    desk.hark = msgspec.structs.replace(desk.hark, registry=Registry((adapter,)))
    return adapter
