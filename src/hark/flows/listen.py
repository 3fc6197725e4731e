"""Open streams: exactly one process listens for an account, and another takes over when it goes silent.

Streams tell nothing twice, so what was missed is fetched as soon as one stands again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from random import random
from typing import Any
from uuid import UUID

import msgspec

from hark.channels.accounts import loading
from hark.channels.accounts.listeners import repository
from hark.channels.accounts.listeners.repository import ListenState
from hark.channels.accounts.polls.repository import POLL_NOW
from hark.channels.contract import (
    Account,
    Adapter,
    FetchedPage,
    PlatformProblem,
    RawItem,
    Reconnect,
    TryAgain,
)
from hark.delivery import backoff
from hark.flows.context import Hark
from hark.flows.fetching import as_problem, lose_account, open_fresh, store_page
from hark.flows.tokens import with_fresh_token
from hark.infra.bus import POLL, RAW
from hark.infra.faultpoints import reach
from hark.infra.http import CallFailed, GuardedHttp
from hark.infra.telemetry import logger
from hark.kernel.errors import NotFound, Unavailable
from hark.kernel.ids import new_id
from hark.kernel.waiting import first_of

LEASE = timedelta(seconds=30)
LOOK_EVERY = 8.0
"""Seconds between renewals: a killed listener is replaced after its lease and one look, 38 s (60 are allowed)."""
FORGET_UNWANTED = 300.0
"""Seconds until accounts that had nothing to listen to are looked at again without a hint."""
MOST = 500
"""Streams of one process."""
STANDS_AFTER = 5.0
"""Seconds after which a stream that has not broken counts as standing where its adapter does not say so."""
STEADY = 60.0
"""Seconds after which the end of a stream counts as a first failure again."""

log = logger(__name__)


class Lost(Exception):
    """Another process listens for the account now."""


class Running(msgspec.Struct):
    """A stream of this process; `account` is what it was opened with."""

    state: ListenState
    task: asyncio.Task[None] | None = None
    account: Account | None = None


async def listen_loop(hark: Hark, stop: asyncio.Event) -> None:
    """Keeps the streams of this process until `stop`; woken when an account changes."""
    listening, wake = Listening(hark), asyncio.Event()

    def hinted(payload: str) -> None:
        listening.hinted.add(UUID(payload))
        wake.set()

    unsubscribe = hark.bus.subscribe(loading.TOPIC, hinted)
    try:
        while not stop.is_set():
            wake.clear()
            try:
                await listening.look()
            except Unavailable as error:
                log.warning("streams wait for the database", detail=error.detail)
            await first_of(wake, stop, timeout=LOOK_EVERY)
    finally:
        unsubscribe()
        await listening.close()


class Listening:
    """The streams of one process."""

    def __init__(self, hark: Hark) -> None:
        self.hark = hark
        self.owner = new_id(hark.clock())
        self.running: dict[UUID, Running] = {}
        self.hinted: set[UUID] = set()
        self._unwanted: set[UUID] = set()
        self._forget_at = time.monotonic() + FORGET_UNWANTED
        self._renewed_at = hark.clock()

    async def look(self) -> None:
        """Renews what is ours, lets go what is not any more, and takes what is free."""
        hinted, self.hinted = self.hinted, set()
        if time.monotonic() > self._forget_at:
            self._unwanted.clear()
            self._forget_at = time.monotonic() + FORGET_UNWANTED
        self._unwanted -= hinted
        await self._renew()
        await self._reopen(hinted & self.running.keys())
        for state in await self._free():
            await self._take(state)

    async def close(self) -> None:
        """Others may take over at once."""
        await self._let_go(list(self.running))

    async def _renew(self) -> None:
        if not self.running:
            self._renewed_at = self.hark.clock()
            return
        now = self.hark.clock()
        try:
            async with self.hark.db.transaction() as connection:
                rows = await repository.RENEW.all(connection, self.owner, list(self.running), now + LEASE)
        except Unavailable:
            if now - self._renewed_at >= LEASE:  # by now another process may listen
                await self._end(list(self.running))
            raise
        self._renewed_at = now
        kept = {row[0] for row in rows}
        await self._let_go([each for each in self.running if each not in kept])

    async def _reopen(self, accounts: Iterable[UUID]) -> None:
        """New credentials take effect at once."""
        for account_id in accounts:
            each = self.running[account_id]
            try:
                fresh = await open_fresh(self.hark, each.state.workspace_id, account_id)
            except NotFound:
                continue
            if each.account is not None and _values(fresh.account) != _values(each.account):
                await self._let_go([account_id])

    async def _free(self) -> list[ListenState]:
        platforms = [each.manifest.platform for each in self.hark.registry if each.listen is not None]
        room = MOST - len(self.running)
        if not platforms or room <= 0:
            return []
        known = [*self.running, *self._unwanted]
        async with self.hark.db.connection() as connection:
            return await repository.FREE.all(connection, platforms, known, self.hark.clock(), room)

    async def _take(self, state: ListenState) -> None:
        adapter = self.hark.registry.load(state.platform)
        try:
            opened = await open_fresh(self.hark, state.workspace_id, state.id)
        except NotFound:
            return
        if adapter.listens is not None and not adapter.listens(opened.account):
            self._unwanted.add(state.id)
            return
        now = self.hark.clock()
        async with self.hark.db.transaction() as connection:
            taken = await repository.TAKE.find(
                connection, state.workspace_id, state.id, self.owner, now + LEASE, now
            )
        if taken is not None:
            each = self.running[state.id] = Running(state)
            each.task = asyncio.create_task(self._keep(adapter, each), name=f"stream {state.id}")
            each.task.add_done_callback(lambda task: self._ended(state.id, task))

    def _ended(self, account_id: UUID, task: asyncio.Task[None]) -> None:
        each = self.running.get(account_id)
        if each is not None and each.task is task:
            del self.running[account_id]
        if not task.cancelled() and task.exception() is not None:
            log.error("a stream ended", account=str(account_id), exc_info=task.exception())

    async def _let_go(self, accounts: Sequence[UUID]) -> None:
        if not accounts:
            return
        await self._end(accounts)
        try:
            async with self.hark.db.transaction() as connection:
                await repository.RELEASE.run(connection, self.owner, list(accounts), self.hark.clock())
        except Unavailable:
            log.debug("leases run out by themselves", count=len(accounts))

    async def _end(self, accounts: Sequence[UUID]) -> None:
        tasks = [each.task for account in accounts if (each := self.running.pop(account, None)) and each.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, adapter: Adapter, each: Running) -> None:
        """One account's stream, opened again whenever it ends, until there is nothing to listen to."""
        failures = each.state.failures
        while True:
            opened = await open_fresh(self.hark, each.state.workspace_id, each.state.id)
            if opened.status != "connected":
                return
            each.account, began = opened.account, time.monotonic()
            try:
                problem = await self._listen(adapter, each.state, opened.account)
            except Lost:
                return
            failures = 1 if time.monotonic() - began > STEADY else failures + 1
            if isinstance(problem, Reconnect):
                await lose_account(self.hark, each.state.workspace_id, each.state.id, problem.message)
                return
            await self._note(each.state, failures, problem)
            named = problem.retry_after if isinstance(problem, TryAgain) else None
            now = self.hark.clock()
            again_at = backoff.again_at(now, failures, named, random())  # noqa: S311 - jitter, no secret
            await asyncio.sleep((again_at - now).total_seconds())

    async def _listen(self, adapter: Adapter, state: ListenState, account: Account) -> PlatformProblem:
        """Until the stream ends; why it did."""
        stands = asyncio.Event()

        async def emit(items: Sequence[RawItem], changes: Mapping[str, Any]) -> None:
            await self._store(state, account, FetchedPage(tuple(items), None, changes))
            stands.set()

        async def open_stream(current: Account, http: GuardedHttp) -> None:
            assert adapter.listen is not None
            await adapter.listen(current, http, emit)

        standing = asyncio.create_task(self._stand(adapter, state, stands))
        try:
            await with_fresh_token(self.hark, adapter, account, open_stream)
        except (PlatformProblem, CallFailed) as problem:
            return as_problem(problem)
        except Unavailable as error:
            return TryAgain("not_stored", error.detail)
        except Lost:
            raise
        except Exception as error:
            log.exception("an adapter failed while listening", account=str(state.id))
            return PlatformProblem("internal", f"An error interrupted the stream ({type(error).__name__}).")
        finally:
            standing.cancel()
            await asyncio.gather(standing, return_exceptions=True)
        return TryAgain("ended", "The platform ended the stream.")

    async def _store(self, state: ListenState, account: Account, page: FetchedPage) -> None:
        """Items and state in one transaction, and only while the account is ours."""
        if not page.items and not page.state:
            return
        async with self.hark.db.transaction() as connection:
            owner: UUID | None = await repository.HOLD.value(connection, state.workspace_id, state.id)
            if owner != self.owner:
                raise Lost
            count = await store_page(connection, account, page, self.hark.clock(), "stream")
            reach("listen.before_commit")
        reach("listen.stored")
        if count:
            self.hark.bus.publish(RAW)

    async def _stand(self, adapter: Adapter, state: ListenState, stands: asyncio.Event) -> None:
        """Once the stream stands, what it missed is asked for."""
        await first_of(stands, timeout=STANDS_AFTER)
        now = self.hark.clock()
        async with self.hark.db.transaction() as connection:
            await repository.STANDS.run(connection, state.workspace_id, state.id, self.owner, now)
            if adapter.fetch_page is not None:
                await POLL_NOW.run(connection, [state.id], now)
        self.hark.bus.publish(POLL, str(state.id))

    async def _note(self, state: ListenState, failures: int, problem: PlatformProblem) -> None:
        now = self.hark.clock()
        log.warning("a stream broke", account=str(state.id), code=problem.code, failures=failures)
        told = {"code": problem.code, "message": problem.message, "at": now}
        async with self.hark.db.transaction() as connection:
            await repository.BROKE.run(
                connection, state.workspace_id, state.id, self.owner, failures, now, told
            )


def _values(account: Account) -> tuple[dict[str, str], dict[str, str]]:
    return {key: value.reveal() for key, value in account.secrets.items()}, dict(account.fields)
