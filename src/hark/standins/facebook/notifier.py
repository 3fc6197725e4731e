"""Notifications on their way to the callback: grouped, signed, retried, and lost or doubled on order."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from hark.standins.facebook import wire
from hark.standins.facebook.faults import Faults
from hark.standins.facebook.world import World

ANSWER_WITHIN = 5.0
"""Seconds in which the callback must answer with 200."""
MESSAGING_RETRIES = (0.0, 1.0, 5.0, 20.0, 60.0, 300.0, 600.0)
"""Seconds before each repetition of a message notification; then it is dropped, and after an hour of
failures the app is taken off the page."""
CHANGE_RETRIES = (0.0, 5.0, 30.0, 120.0, 600.0, 3600.0, 4 * 3600.0, 12 * 3600.0, 15 * 3600.0)
"""For comments, mentions and reviews: with decreasing frequency for 36 hours."""
UNSUBSCRIBE_AFTER = 3600.0


class Delivery(msgspec.Struct):
    """One body and what became of it: `statuses` are the answers in order, 0 for none."""

    body: bytes
    messaging: bool
    statuses: list[int] = []
    done: bool = False


class Settings(msgspec.Struct):
    """`time_scale` shortens every wait (0.001 makes an hour of retries 3.6 s). Items that come within
    `batch_seconds` share a body of at most `batch_items`."""

    time_scale: float = 1.0
    batch_seconds: float = 0.0
    batch_items: int = 1000


class Notifier:
    def __init__(self, world: World, faults: Faults, settings: Settings) -> None:
        self.world = world
        self.faults = faults
        self.settings = settings
        self.deliveries: list[Delivery] = []
        self.withheld: list[tuple[str, str, dict[str, Any]]] = []
        self._queue: list[tuple[str, str, dict[str, Any]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake: asyncio.Task[None] | None = None
        self._order = asyncio.Lock()
        self._client: httpx.AsyncClient | None = None

    def notify(self, page_id: str, field: str, channel: str, item: dict[str, Any]) -> None:
        """Queues an item when app and page are subscribed to its field."""
        page, app = self.world.pages[page_id], self.world.app
        if app.callback_url is None or page.subscribed is None or field not in page.subscribed:
            return
        if app.fields and field not in app.fields:
            return
        if self.faults.for_hook("withhold", field) or (
            field == "message_echoes" and self.faults.for_hook("lose_echo", field)
        ):
            self.withheld.append((page_id, channel, item))
            return
        self._put((page_id, channel, item))
        doubled = self.faults.for_hook("duplicate", field)
        for _ in range(doubled.copies if doubled else 0):
            self._put((page_id, channel, item))

    def release(self) -> int:
        """Sends what was withheld; how many."""
        found, self.withheld = self.withheld, []
        for item in found:
            self._put(item)
        return len(found)

    def inject(self, body: bytes, signature: str | None) -> None:
        """Any bytes with any signature."""
        self._start(self._deliver(Delivery(body, messaging=True), signature))

    def _put(self, item: tuple[str, str, dict[str, Any]]) -> None:
        self._queue.append(item)
        if self._wake is None or self._wake.done():
            self._wake = self._start(self._flush_soon())

    def _start(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _flush_soon(self) -> None:
        await asyncio.sleep(self.settings.batch_seconds)
        while self._queue:
            size = self.settings.batch_items if self.settings.batch_seconds else 1
            items, self._queue = self._queue[:size], self._queue[size:]
            if self.faults.for_hook("shuffle", ""):
                self._queue += items
                self.faults.random.shuffle(self._queue)
                items, self._queue = self._queue[:size], self._queue[size:]
            body = wire.encode(wire.group(items, self.world.now()))
            delivery = Delivery(body, messaging=all(channel != "changes" for _, channel, _ in items))
            self._start(self._deliver(delivery, wire.signature(body, self.world.app.secret)))

    async def _deliver(self, delivery: Delivery, signature: str | None) -> None:
        """First attempts go one after another, in order; repetitions come as they come."""
        self.deliveries.append(delivery)
        late = self.faults.for_hook("delay", "")
        if late:
            await self._wait(late.seconds)
        async with self._order:
            delivery.done = await self._attempt(delivery, signature)
        failing = 0.0
        for pause in MESSAGING_RETRIES if delivery.messaging else CHANGE_RETRIES:
            if delivery.done:
                return
            await self._wait(pause)
            failing += pause
            delivery.done = await self._attempt(delivery, signature)
        if not delivery.done and delivery.messaging:
            await self._unsubscribe_failing(UNSUBSCRIBE_AFTER - failing)

    async def _unsubscribe_failing(self, seconds: float) -> None:
        """An hour of failures takes the app off the page, unless anything got through meanwhile."""
        succeeded = sum(delivery.done for delivery in self.deliveries)
        await self._wait(max(0.0, seconds))
        if sum(delivery.done for delivery in self.deliveries) == succeeded:
            for page in self.world.pages.values():
                page.subscribed = None

    async def _attempt(self, delivery: Delivery, signature: str | None) -> bool:
        url = self.world.app.callback_url
        if url is None:
            return False
        headers = {"content-type": "application/json", "user-agent": "facebookexternalua"}
        if signature is not None:
            headers["x-hub-signature-256"] = signature
        try:
            answer = await self.client.post(url, content=delivery.body, headers=headers)
            delivery.statuses.append(answer.status_code)
        except httpx.HTTPError:
            delivery.statuses.append(0)
        return delivery.statuses[-1] == 200

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self.settings.time_scale)

    @property
    def client(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=ANSWER_WITHIN, trust_env=False)
        return self._client

    async def handshake(self, url: str, verify_token: str) -> bool:
        """Whether the callback gives our challenge back as it is."""
        challenge = self.world.number(10)
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
        try:
            answer = await self.client.get(url, params=query)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200 and answer.text == challenge

    async def idle(self, seconds: float = 10.0) -> bool:
        """Waits until nothing is on its way any more; False when that takes too long."""
        try:
            async with asyncio.timeout(seconds):
                while self._tasks:
                    await asyncio.wait(set(self._tasks))
        except TimeoutError:
            return False
        return True

    async def aclose(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
