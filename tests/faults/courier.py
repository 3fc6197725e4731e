"""How platforms bring their webhooks: again and again until they are answered 2xx, some of them several times, in any order."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter

import httpx
import msgspec

from hark.adapters.sandbox.webhook import signature
from hark.standins.sandbox.models import Event
from hark.standins.sandbox.network import Network

PATIENCE = 15.0
"""Seconds that a platform waits for an answer."""


class Noted(msgspec.Struct):
    """What was answered. `waits` are the seconds of every answered request."""

    statuses: Counter[int] = msgspec.field(default_factory=Counter)
    unanswered: int = 0
    timed_out: int = 0
    waits: list[float] = msgspec.field(default_factory=list)
    taken_at: list[float] = msgspec.field(default_factory=list)


class Courier:
    """Takes the network's events (in place of its own sender). Each goes out 1 to `copies` times, mixed with all that wait."""

    def __init__(
        self,
        network: Network,
        urls: list[str],
        secret: str,
        *,
        copies: int = 5,
        seed: int = 1,
        workers: int = 6,
    ) -> None:
        self.noted = Noted()
        self.events = 0
        self.taken: set[str] = set()
        self._urls = urls
        self._secret = secret
        self._account = network.account.id
        self._copies = copies
        self._chance = random.Random(seed)
        self._pool: list[Event] = []
        self._some = asyncio.Event()
        self._workers = workers
        self._tasks: list[asyncio.Task[None]] = []
        network.emitted = self.take

    @property
    def sent(self) -> int:
        return sum(self.noted.statuses.values()) + self.noted.unanswered + self.noted.timed_out

    @property
    def done(self) -> bool:
        """Everything was taken, all copies included."""
        return not self._pool and len(self.taken) == self.events

    def take(self, event: Event) -> None:
        self.events += 1
        self._pool += [event] * self._chance.randint(1, self._copies)
        self._some.set()

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._work()) for _ in range(self._workers)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self) -> None:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http:
            while True:
                await self._some.wait()
                batch = self._picked()
                if not batch:
                    self._some.clear()
                    continue
                if not await self._post(http, batch):
                    self._pool += batch
                    await asyncio.sleep(0.05 + self._chance.random() / 5)
                    self._some.set()

    def _picked(self) -> list[Event]:
        """1 to 4 of those that wait, from anywhere."""
        count = min(len(self._pool), self._chance.randint(1, 4))
        return [self._pool.pop(self._chance.randrange(len(self._pool))) for _ in range(count)]

    async def _post(self, http: httpx.AsyncClient, batch: list[Event]) -> bool:
        body = msgspec.json.encode({"account": self._account, "events": [event.body for event in batch]})
        headers = {"content-type": "application/json", "x-sandbox-signature": signature(body, self._secret)}
        began = time.monotonic()
        try:
            answer = await http.post(self._chance.choice(self._urls), content=body, headers=headers)
        except httpx.TimeoutException:
            self.noted.timed_out += 1
            return False
        except httpx.HTTPError:
            self.noted.unanswered += 1
            return False
        self.noted.waits.append(time.monotonic() - began)
        self.noted.statuses[answer.status_code] += 1
        if answer.status_code == 200:
            self.noted.taken_at.append(time.monotonic())
            self.taken.update(event.id for event in batch)
        return answer.status_code == 200
