"""Webhooks as platforms send them: in order, tried again, and with the faults that were asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import httpx
import msgspec

from hark.standins.kit.faults import Faults

Sign = Callable[[bytes], Mapping[str, str]]
Batch = Callable[[Sequence[bytes]], bytes]


class Delivery(msgspec.Struct):
    """One request that is due: `body` is signed anew at each try."""

    url: str
    body: bytes
    tries: int = 0


class Notifier:
    """Posts bodies to a webhook, `faults.webhook` permitting. `sign` gives the headers that prove the sender.

    A refused or lost request is tried again after `again` seconds, at most `tries` times, as its platform would.
    """

    def __init__(self, faults: Faults, sign: Sign, *, again: float = 0.2, tries: int = 50) -> None:
        self._faults, self._sign, self._again, self._tries = faults, sign, again, tries
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._withheld: list[Delivery] = []
        self._task: asyncio.Task[None] | None = None
        self._client: httpx.AsyncClient | None = None
        self._busy = False
        self.given_up: list[Delivery] = []

    def push(self, url: str, *bodies: bytes) -> None:
        """Queues requests, in order; some are kept back, repeated or mixed when faults say so."""
        for body in self._faults.arranged(list(bodies)):
            delivery = Delivery(url, body)
            if self._faults.withholds():
                self._withheld.append(delivery)
            else:
                self._queue.put_nowait(delivery)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def release(self) -> int:
        """Sends what was kept back."""
        held, self._withheld = self._withheld, []
        for delivery in held:
            self._queue.put_nowait(delivery)
        return len(held)

    @property
    def idle(self) -> bool:
        return self._queue.empty() and not self._busy

    async def _run(self) -> None:
        self._client = httpx.AsyncClient(trust_env=False, timeout=30)
        while True:
            delivery = await self._queue.get()
            self._busy = True
            try:
                await self._deliver(delivery)
            finally:
                self._busy = False

    async def _deliver(self, delivery: Delivery) -> None:
        assert self._client is not None
        await asyncio.sleep(self._faults.webhook.delay)
        headers = {"content-type": "application/json", **self._sign(delivery.body)}
        while delivery.tries < self._tries:
            delivery.tries += 1
            try:
                answer = await self._client.post(delivery.url, content=delivery.body, headers=headers)
                if answer.is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(self._again)
        self.given_up.append(delivery)

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._client is not None:
            await self._client.aclose()
            self._client = None
