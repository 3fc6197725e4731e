"""Step 11: queued messages leave: claimed with their attempt written, called, and their outcome written.

Many workers may run at once. One conversation's messages leave in order; one account's share its rate, its pause and its
circuit (`account_gate`); no account and no platform can take all places.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hark import journal
from hark.delivery import breaker, repository, throttle
from hark.delivery.models import Claimed, DueAccount
from hark.delivery.thread import repository as thread
from hark.flows.context import Hark
from hark.flows.conversations import message_facts
from hark.flows.dispatch import Answer, dispatch, resolve
from hark.flows.metering import load_allowance, take_quota
from hark.flows.outcome import write_outcome
from hark.infra.bus import DELIVERY, FACTS
from hark.infra.db import Connection
from hark.infra.faultpoints import reach
from hark.infra.telemetry import logger
from hark.kernel.errors import HarkError, Unavailable
from hark.kernel.waiting import first_of

PER_ACCOUNT = 8
PER_PLATFORM = 48
OVERALL = 200
"""Calls at the same time in one process. A platform that hangs fills its own places, not those of others."""

LEASE = timedelta(seconds=55)
"""Longer than the caps of preparing and calling together; a message of a dead worker is taken over within a
minute."""

SEND = "send"
"""The purpose of these calls in rates, quotas and budgets."""

IDLE = 15.0
"""Seconds without a hint after which the queue is looked at all the same."""

STALE_PACE = timedelta(hours=1)

log = logger(__name__)


class Shift(msgspec.Struct):
    """The calls that run in this process."""

    tasks: set[asyncio.Task[None]] = msgspec.field(default_factory=set)
    accounts: Counter[UUID] = msgspec.field(default_factory=Counter)
    platforms: Counter[str] = msgspec.field(default_factory=Counter)

    def room(self, account: DueAccount) -> int:
        return min(
            PER_ACCOUNT - self.accounts[account.account_id],
            PER_PLATFORM - self.platforms[account.platform],
            OVERALL - len(self.tasks),
        )


async def deliver_loop(hark: Hark, stop: asyncio.Event) -> None:
    """Sends what becomes due until `stop`: woken by hints, by calls that end, and by the next due time."""
    wake = asyncio.Event()
    unsubscribe = hark.bus.subscribe(DELIVERY, lambda _: wake.set())
    shift = Shift()
    try:
        while not stop.is_set():
            wake.clear()
            try:
                pause = await _start_due(hark, shift, wake)
            except Unavailable:
                pause = 1.0
            await first_of(wake, stop, timeout=pause)
    finally:
        unsubscribe()
        await _drain(shift, hark.settings.stop_seconds)


async def deliver_due(hark: Hark) -> int:
    """Sends everything that can leave at the clock's present moment; gives the number of calls. For tests
    and tools."""
    shift, wake, calls = Shift(), asyncio.Event(), 0
    while True:
        await _start_due(hark, shift, wake)
        if not shift.tasks:
            return calls
        calls += len(shift.tasks)
        await asyncio.gather(*shift.tasks)


async def _start_due(hark: Hark, shift: Shift, wake: asyncio.Event) -> float:
    """Starts what may start; gives the seconds until something more may."""
    await _take_over(hark, shift, wake)
    now = hark.clock()
    async with hark.db.connection() as connection:
        accounts = await repository.DUE_ACCOUNTS.all(connection, now)
    waits = [IDLE]
    for account in accounts:
        room = shift.room(account)
        if room > 0:
            waits.append(await _start_account(hark, shift, wake, account, room))
    async with hark.db.connection() as connection:
        due_at: datetime | None = await repository.NEXT_DUE.value(connection, now)
        await repository.FORGET_PACE.run(connection, now - STALE_PACE)
    if due_at is not None:
        waits.append((due_at - now).total_seconds())
    return max(0.01, min(waits))


async def _start_account(
    hark: Hark, shift: Shift, wake: asyncio.Event, account: DueAccount, room: int
) -> float:
    try:
        claimed, wait = await claim(hark, account, room)
    except HarkError as error:
        log.warning(
            "an account's queue could not be read", account=str(account.account_id), detail=error.detail
        )
        return IDLE
    for each in claimed:
        _start(hark, shift, wake, account.platform, each, silent=False)
    return wait


async def claim(hark: Hark, account: DueAccount, room: int) -> tuple[list[Claimed], float]:
    """Up to `room` deliveries of an account, each with its attempt written and committed; and in how many
    seconds to ask again where the rate limit held some back. The gate's row lock makes rate and circuit one
    for all workers."""
    adapter = hark.registry.find(account.platform)
    if adapter is None:
        return [], IDLE
    now = hark.clock()
    rates = adapter.manifest.rates
    buckets = throttle.buckets(rates)
    async with hark.db.transaction() as connection:
        gate = await repository.lock_gate(connection, account.workspace_id, account.account_id, now)
        if gate.blocked_until is not None and gate.blocked_until > now:
            return [], (gate.blocked_until - now).total_seconds()
        tokens = throttle.refilled(gate.tokens, gate.refilled_at, now, buckets)
        mine, counting = throttle.counting(tokens, buckets, SEND)
        allowed = await load_allowance(
            hark, connection, adapter.manifest, account.workspace_id, account.account_id, SEND
        )
        if allowed.calls is not None and allowed.until is not None:
            return [], (allowed.until - now).total_seconds()
        room = room if allowed.calls is None else min(room, allowed.calls)
        may = await _may_start(connection, account, gate.failures, throttle.affordable(mine), room)
        if may == 0:
            return [], throttle.wait(mine, counting).total_seconds() or IDLE
        claimed = await repository.CLAIM.all(
            connection,
            account.workspace_id,
            account.account_id,
            now,
            may,
            now + LEASE,
            now + throttle.spacing(rates),
        )
        if not claimed:
            return [], IDLE
        left = throttle.spent(tokens, len(claimed), buckets, SEND)
        if buckets:
            await repository.SPEND.run(connection, account.workspace_id, account.account_id, left, now)
        if allowed.calls is not None:
            await take_quota(hark, connection, account.workspace_id, account.account_id, SEND, len(claimed))
        reach("deliver.claimed")
        await _show_sending(connection, account.workspace_id, claimed, now)
    reach("deliver.attempt_written")
    hark.bus.publish(FACTS, str(account.workspace_id))
    mine, counting = throttle.counting(left, buckets, SEND)
    return claimed, throttle.wait(mine, counting).total_seconds() if len(claimed) == may else IDLE


async def _may_start(
    connection: Connection, account: DueAccount, failures: int, affordable: int | None, room: int
) -> int:
    may = room if affordable is None else min(room, affordable)
    if failures < breaker.THRESHOLD or may == 0:
        return may
    in_flight: int = await repository.IN_FLIGHT.value(connection, account.workspace_id, account.account_id)
    return breaker.allowed(failures, in_flight, may)


async def _show_sending(
    connection: Connection, workspace_id: UUID, claimed: list[Claimed], now: datetime
) -> None:
    ids = [each.message_id for each in claimed]
    shown = await thread.set_status(connection, workspace_id, ids, "sending", now, expected=("queued",))
    await journal.record(connection, workspace_id, await message_facts(connection, workspace_id, shown, now))


async def _take_over(hark: Hark, shift: Shift, wake: asyncio.Event) -> None:
    """Deliveries of workers that went silent: looked up where the platform can, else shown as unconfirmed."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        silent = await repository.TAKE_OVER.all(connection, now, PER_PLATFORM, now + LEASE)
        platforms = dict(await repository.PLATFORMS.all(connection, [each.account_id for each in silent]))
    for each in silent:
        _start(hark, shift, wake, platforms.get(each.account_id, ""), each, silent=True)


def _start(
    hark: Hark, shift: Shift, wake: asyncio.Event, platform: str, claimed: Claimed, *, silent: bool
) -> None:
    task = asyncio.create_task(_deliver(hark, platform, claimed, silent=silent))
    shift.tasks.add(task)
    shift.accounts[claimed.account_id] += 1
    shift.platforms[platform] += 1

    def ended(_: asyncio.Task[None]) -> None:
        shift.tasks.discard(task)
        shift.accounts[claimed.account_id] -= 1
        shift.platforms[platform] -= 1
        wake.set()

    task.add_done_callback(ended)


async def _deliver(hark: Hark, platform: str, claimed: Claimed, *, silent: bool) -> None:
    """One attempt from call to outcome. A failure of our own leaves the lease to run out."""
    try:
        answer: Answer = await (resolve if silent else dispatch)(hark, claimed)
        reach("deliver.answered")
        await write_outcome(hark, platform, claimed, answer)
    except Exception:
        log.exception("a delivery was left to be taken over", delivery=str(claimed.id))


async def _drain(shift: Shift, patience: float) -> None:
    """Running calls get to end; one that is cut off is looked up by the next worker."""
    if not shift.tasks:
        return
    _, late = await asyncio.wait(shift.tasks, timeout=patience)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
