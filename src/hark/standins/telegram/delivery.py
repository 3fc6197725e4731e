"""Webhook deliveries as the official server makes them: one update per request, several connections, order kept per queue.

Any 2xx is delivered. Everything else is repeated: at once, then after 2, 4, 8 … seconds, at most a random 60 to 120; a
`Retry-After` of the answer is used instead (at most an hour). An update is dropped when the next try would come after it has
expired. An address that answers 410 for 23 hours loses its webhook.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import msgspec

from hark.infra.http import Answer, CallFailed, GuardedHttp
from hark.standins.telegram.outbox import Outbox, Pending, Webhook
from hark.standins.telegram.subscriptions import LOOPBACK
from hark.standins.telegram.world import MAX_LOG, Bot, World

GONE = 23 * 3600
MAX_RETRY_AFTER = 3600


class Attempt(msgspec.Struct):
    """`outcome` is the HTTP status, or what went wrong."""

    bot: int
    update_id: int
    queue: str
    number: int
    outcome: int | str
    at: float


class Delivery:
    """One task per queue that has something to deliver. `open` is cleared to hold deliveries back; `duplicates` repeats every
    delivered update that many times."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tasks: dict[tuple[int, str], asyncio.Task[None]] = {}
        self._slots: dict[int, asyncio.Semaphore] = {}
        self.open = asyncio.Event()
        self.open.set()
        self.duplicates = 0
        self.attempts: deque[Attempt] = deque(maxlen=MAX_LOG)
        self._http = GuardedHttp(allow_private=True).allowing(tuple(LOOPBACK))
        world.on_update = self.wake

    def wake(self, bot: Bot, queue: str | None = None) -> None:
        """Starts what is not running: one queue when an update arrives, all when a webhook is set."""
        outbox = self._world.outboxes[bot.id]
        if outbox.webhook is None:
            return
        for name in [queue] if queue is not None else list(outbox.queues):
            key = (bot.id, name)
            if key not in self._tasks:
                self._tasks[key] = asyncio.ensure_future(self._drain(bot, name))

    async def close(self) -> None:
        await self.stop()
        await self._http.aclose()

    async def stop(self) -> None:
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _drain(self, bot: Bot, queue: str) -> None:
        try:
            while (update := self._first(bot, queue)) is not None:
                await self._deliver(bot, update)
        finally:
            if self._tasks.get((bot.id, queue)) is asyncio.current_task():
                del self._tasks[(bot.id, queue)]

    def _first(self, bot: Bot, queue: str) -> Pending | None:
        outbox = self._world.outboxes.get(bot.id)
        return None if outbox is None or outbox.webhook is None else outbox.first(queue)

    async def _deliver(self, bot: Bot, update: Pending) -> None:
        """Tries until the update is delivered, expired, or nobody listens any more."""
        outbox = self._world.outboxes[bot.id]
        number = 0
        while outbox.webhook is not None and update.id in outbox.pending:
            await self.open.wait()
            number += 1
            wait = await self._attempt(bot, outbox.webhook, update, number)
            if wait is None:
                await self._repeat(bot, outbox.webhook, update)
                outbox.remove(update.id)
                return
            _drop_gone(outbox, self._world.now())
            if self._world.now() + wait > update.expires:
                outbox.remove(update.id)
                return
            await asyncio.sleep(wait * self._world.settings.delay_scale)

    async def _repeat(self, bot: Bot, webhook: Webhook, update: Pending) -> None:
        for _ in range(self.duplicates):
            await self._attempt(bot, webhook, update, 0)

    async def _attempt(self, bot: Bot, webhook: Webhook, update: Pending, number: int) -> float | None:
        """Seconds until the next try, or None when delivered."""
        async with self._slot(bot, webhook):
            try:
                answer = await self._post(webhook, update.body)
            except CallFailed as failure:
                return self._failed(
                    bot, webhook, update, number, f"{type(failure).__name__}: {failure}", None
                )
        if 200 <= answer.status < 300:
            webhook.gone_since = None
            self._note(bot, update, number, answer.status)
            return None
        if answer.status == 410 and webhook.gone_since is None:
            webhook.gone_since = self._world.now()
        return self._failed(bot, webhook, update, number, answer.status, answer)

    def _failed(
        self,
        bot: Bot,
        webhook: Webhook,
        update: Pending,
        number: int,
        outcome: int | str,
        answer: Answer | None,
    ) -> float:
        self._note(bot, update, number, outcome)
        webhook.last_error_at = self._world.date()
        told = (
            f"Wrong response from the webhook: {outcome}"
            if answer is not None
            else f"Connection failed: {outcome}"
        )
        webhook.last_error = told
        named = answer.headers.get("retry-after", "") if answer is not None else ""
        if named.isdecimal():
            return float(min(int(named), MAX_RETRY_AFTER))
        return 0.0 if number <= 1 else min(2.0 ** (number - 1), self._world.random.uniform(60, 120))

    def _note(self, bot: Bot, update: Pending, number: int, outcome: int | str) -> None:
        self.attempts.append(Attempt(bot.id, update.id, update.queue, number, outcome, self._world.now()))

    def _slot(self, bot: Bot, webhook: Webhook) -> asyncio.Semaphore:
        return self._slots.setdefault(bot.id, asyncio.Semaphore(webhook.max_connections))

    async def _post(self, webhook: Webhook, update: dict[str, Any]) -> Answer:
        headers = {"x-telegram-bot-api-secret-token": webhook.secret} if webhook.secret else {}
        timeout = self._world.settings.webhook_timeout
        return await self._http.call("POST", webhook.url, headers=headers, json=update, timeout=timeout)

    async def release(self, *, copies: int, shuffle: int | None) -> int:
        """Delivers everything that is held back at once, each update `copies` times, in random order when `shuffle` (a seed) is
        given; then deliveries go on as usual. What fails stays and is repeated in the usual way."""
        await self.stop()
        jobs = [
            (bot, outbox, update)
            for bot in self._world.bots.values()
            if (outbox := self._world.outboxes[bot.id]).webhook is not None
            for update in list(outbox.pending.values())
            for _ in range(copies)
        ]
        if shuffle is not None:
            self._world.random.seed(shuffle)
            self._world.random.shuffle(jobs)
        await asyncio.gather(*(self._release_one(*job) for job in jobs))
        self.open.set()
        for bot in self._world.bots.values():
            self.wake(bot)
        return len(jobs)

    async def _release_one(self, bot: Bot, outbox: Outbox, update: Pending) -> None:
        if outbox.webhook is None:
            return
        if await self._attempt(bot, outbox.webhook, update, 1) is None:
            outbox.remove(update.id)


def _drop_gone(outbox: Outbox, now: float) -> None:
    webhook = outbox.webhook
    if webhook is not None and webhook.gone_since is not None and now - webhook.gone_since > GONE:
        outbox.webhook = None
