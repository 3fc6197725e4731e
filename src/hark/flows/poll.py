"""Events of platforms that do not post them: each account is asked when it is due, by one worker at a time.

A poll walks through what the platform lists until it meets what is known. Each page is stored together with the place to go
on from, so that a kill repeats at most one page; a poll that fails keeps its `since`, so nothing falls between two.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import random

import msgspec

from hark.channels.accounts.polls import repository
from hark.channels.accounts.polls.repository import PollState
from hark.channels.accounts.usage import Allowance
from hark.channels.contract import Account, Adapter, FetchedPage, PlatformProblem, Reconnect, TryAgain
from hark.delivery import backoff, breaker
from hark.flows.context import Hark
from hark.flows.fetching import ask_for_page, lose_account, open_fresh, store_page
from hark.flows.metering import load_allowance
from hark.flows.pace import Turn, take_turn
from hark.infra.bus import POLL, RAW
from hark.infra.faultpoints import reach
from hark.infra.telemetry import logger
from hark.kernel.errors import HarkError, NotFound, Unavailable
from hark.kernel.waiting import first_of

PER_PLATFORM = 8
"""Polls of one platform at the same time in one process: one that hangs fills its own places."""
LEASE = timedelta(seconds=90)
"""How long a worker may be silent; longer than a page and the wait before it."""
OVERLAP = timedelta(minutes=2)
"""A poll begins this much before the last one: platforms list events late."""
LONGEST_HOLD = 20.0
"""Seconds that a worker waits for the turn of a page; for longer waits the poll is put off."""
BESIDE_OTHERS = timedelta(minutes=10)
"""How often is asked while a stream or a webhook brings the events: as often as gaps of webhooks are looked for. Some
platforms want money, or a share of a small daily quota, for everything that is read twice."""
MOST_PAGES = 500
LOOK_EVERY = 5.0
"""Seconds between looks without a hint: accounts that were connected meanwhile."""

log = logger(__name__)


class Polled(msgspec.Struct, frozen=True):
    """How one poll went: `fetched` events were new. `problem` is None where it was walked to its end."""

    state: PollState
    fetched: int = 0
    problem: PlatformProblem | None = None


class Walk(msgspec.Struct):
    """A poll under way. `lease` is the one that this worker holds; without it nothing is written any more."""

    state: PollState
    adapter: Adapter
    lease: datetime
    cursor: str | None
    fetched: int = 0
    pages: int = 0
    spent: dict[str, float] = msgspec.field(default_factory=dict)


async def poll_loop(hark: Hark, stop: asyncio.Event) -> None:
    """Polls what is due until `stop`: woken by hints, by polls that end, and by the next due time."""
    wake, tasks = asyncio.Event(), dict[asyncio.Task[Polled | None], str]()
    unsubscribe = hark.bus.subscribe(POLL, lambda _: wake.set())

    def ended(task: asyncio.Task[Polled | None]) -> None:
        del tasks[task]
        wake.set()

    try:
        while not stop.is_set():
            wake.clear()
            busy = Counter(tasks.values())
            room = {platform: PER_PLATFORM - busy[platform] for platform in _askable(hark)}
            for state, lease in await claim(hark, room):
                task = asyncio.create_task(_guarded(hark, state, lease, stop))
                tasks[task] = state.platform
                task.add_done_callback(ended)
            busy = Counter(tasks.values())
            free = [platform for platform in room if busy[platform] < PER_PLATFORM]
            await first_of(wake, stop, timeout=await _pause(hark, free))
    finally:
        unsubscribe()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def poll_due(hark: Hark) -> list[Polled]:
    """Polls everything that is due at the clock's present moment. For tests and tools."""
    claimed = await claim(hark, dict.fromkeys(_askable(hark), 1000))
    stop = asyncio.Event()
    return list(await asyncio.gather(*(poll(hark, state, lease, stop) for state, lease in claimed)))


async def claim(hark: Hark, room: Mapping[str, int]) -> list[tuple[PollState, datetime]]:
    """Due polls that nobody makes at present, so many of each platform, each with the lease that makes it ours."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        states = await repository.CLAIM_POLLS.all(
            connection, now, now + LEASE, list(room), _polled(hark), list(room.values())
        )
    if states:
        reach("poll.claimed")
    return [(state, now + LEASE) for state in states]


async def poll(hark: Hark, state: PollState, lease: datetime, stop: asyncio.Event) -> Polled:
    """One poll, from where it stands to its end, or to what is in its way."""
    adapter = hark.registry.load(state.platform)
    walk = Walk(state, adapter, lease, state.cursor)
    while not stop.is_set() and walk.pages < MOST_PAGES:
        wait = await take_turn(hark, adapter.manifest, state.workspace_id, state.id, Turn.POLL)
        if wait is not None and wait > LONGEST_HOLD:
            await _postpone(hark, walk, wait)
            return Polled(state, walk.fetched)
        if wait is not None:
            await first_of(stop, timeout=wait)
            continue
        account = await _open(hark, state)
        if account is None:
            return Polled(state, walk.fetched)
        page = await ask_for_page(hark, adapter, account, walk.cursor, state.since - OVERLAP, walk.spent)
        if isinstance(page, PlatformProblem):
            await _fail(hark, walk, page)
            return Polled(state, walk.fetched, page)
        reach("poll.fetched")
        if not await _store(hark, walk, account, page):
            return Polled(state, walk.fetched)
    await _postpone(hark, walk, 0.0)
    return Polled(state, walk.fetched)


async def _guarded(hark: Hark, state: PollState, lease: datetime, stop: asyncio.Event) -> Polled | None:
    """One account's trouble is nobody else's; its lease runs out and it comes again."""
    try:
        return await poll(hark, state, lease, stop)
    except Unavailable as error:
        log.warning("a poll waits for the database", account=str(state.id), detail=error.detail)
    except HarkError as error:
        log.warning("a poll could not be made", account=str(state.id), detail=error.detail)
    except Exception:
        log.exception("a poll failed", account=str(state.id))
    return None


async def _open(hark: Hark, state: PollState) -> Account | None:
    """None where the account was paused or disconnected meanwhile."""
    try:
        opened = await open_fresh(hark, state.workspace_id, state.id)
    except NotFound:
        return None
    return opened.account if opened.status == "connected" else None


async def _store(hark: Hark, walk: Walk, account: Account, page: FetchedPage) -> bool:
    """Items, state and place in one transaction; whether to go on. Where another worker has the poll now, nothing is
    stored."""
    walk.pages += 1
    last = page.next is None or page.next == walk.cursor  # or a platform that would go round in circles
    now = hark.clock()
    due = await _next_due(hark, walk) if last else None
    keys = (walk.state.workspace_id, walk.state.id, walk.lease)
    async with hark.db.transaction() as connection:
        if due is not None:
            held = await repository.FINISH.run(connection, *keys, due.at, walk.spent)
        else:
            held = await repository.GO_ON.run(connection, *keys, page.next, now + LEASE)
        if not held:
            return False
        count = await store_page(connection, account, page, now, "poll")
        reach("poll.before_commit")
    reach("poll.stored")
    walk.fetched += count
    walk.cursor, walk.lease = page.next, now + LEASE
    if count:
        hark.bus.publish(RAW)
    return not last


class Due(msgspec.Struct, frozen=True):
    """When the next poll is due; None: when somebody asks for it."""

    at: datetime | None


async def _next_due(hark: Hark, walk: Walk) -> Due:
    seconds = walk.adapter.manifest.poll_seconds
    if seconds is None:
        return Due(None)
    now, state = hark.clock(), walk.state
    async with hark.db.connection() as connection:
        standing: bool = await repository.STANDING.value(connection, state.workspace_id, state.id, now)
        allowed = await load_allowance(
            hark,
            connection,
            walk.adapter.manifest,
            state.workspace_id,
            state.id,
            "read",
            walk.spent,
            walk.pages,
        )
    every = timedelta(seconds=seconds)
    if standing:
        every = max(every, BESIDE_OTHERS)
    return Due(max(state.began_at + stretched(every, allowed, now), now + timedelta(seconds=1)))


def stretched(every: timedelta, allowed: Allowance, now: datetime) -> timedelta:
    """The time between two polls that makes what is left last until there is more. Pure."""
    if allowed.rest is None or allowed.ends is None:
        return every
    left = allowed.ends - now
    return max(every, left / allowed.rest if allowed.rest >= 1 else left)


async def _postpone(hark: Hark, walk: Walk, wait: float) -> None:
    until = hark.clock() + timedelta(seconds=wait)
    async with hark.db.transaction() as connection:
        await repository.POSTPONE.run(connection, walk.state.workspace_id, walk.state.id, walk.lease, until)


async def _fail(hark: Hark, walk: Walk, problem: PlatformProblem) -> None:
    """Asked again later, further and further apart; a platform that is down gets at most one question a minute."""
    now, state = hark.clock(), walk.state
    log.warning("a poll failed", account=str(state.id), code=problem.code, failures=state.failures + 1)
    named = problem.retry_after if isinstance(problem, TryAgain) else None
    again = backoff.again_at(now, state.failures + 1, named, random())  # noqa: S311 - jitter, no secret
    if state.failures + 1 >= breaker.THRESHOLD:
        again = max(again, now + breaker.PROBE_EVERY)
    told = {"code": problem.code, "message": problem.message, "at": now}
    anew = walk.cursor is not None and not isinstance(problem, TryAgain | Reconnect)
    async with hark.db.transaction() as connection:
        await repository.FAIL.run(
            connection, state.workspace_id, state.id, walk.lease, again, now, told, anew
        )
    if isinstance(problem, Reconnect):
        await lose_account(hark, state.workspace_id, state.id, problem.message)


async def _pause(hark: Hark, platforms: list[str]) -> float:
    """Seconds until the next poll of one of these platforms is due; the end of a running one wakes the loop anyway."""
    async with hark.db.connection() as connection:
        due: datetime | None = await repository.NEXT_POLL.value(connection, platforms)
    if due is None:
        return LOOK_EVERY
    return min(LOOK_EVERY, max(0.05, (due - hark.clock()).total_seconds()))


def _askable(hark: Hark) -> list[str]:
    return [adapter.manifest.platform for adapter in hark.registry if adapter.fetch_page is not None]


def _polled(hark: Hark) -> list[str]:
    return [
        adapter.manifest.platform
        for adapter in hark.registry
        if adapter.fetch_page is not None and adapter.manifest.poll_seconds is not None
    ]
