"""Hints between parts and processes: "there is work", "there are facts".

Not truth: losing every hint only costs latency.

Topics: `raw` (raw events recorded), `facts` (payload: workspace id), `delivery` (queued), `media` (files to
fetch), `access` (payload: user id whose rights changed), `presence` (ephemeral, JSON), `poll` (an account is to be asked
now; payload: its id), `routing` (somebody may take something now; payload: workspace id).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Protocol

import asyncpg

from hark.infra.telemetry import logger
from hark.kernel.clock import utc_now
from hark.kernel.ids import new_id

Listener = Callable[[str], None]

RAW = "raw"
FACTS = "facts"
DELIVERY = "delivery"
MEDIA = "media"
ACCESS = "access"
PRESENCE = "presence"
POLL = "poll"
ROUTING = "routing"

MAX_PAYLOAD = 7900
"""Bytes of a hint with its envelope: NOTIFY takes less than 8000."""
MAX_WAITING = 10_000
"""Hints that wait for a connection; older ones are dropped."""

_CHANNEL = "hark"
_SEPARATOR = "\x1f"

log = logger(__name__)


class Bus(Protocol):
    def publish(self, topic: str, payload: str = "") -> None:
        """Never raises and never waits."""

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        """Calls `listener(payload)` on the event loop for every hint; returns the way to stop."""

    async def close(self) -> None: ...


class MemoryBus:
    """The bus of a single process."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = defaultdict(list)

    def publish(self, topic: str, payload: str = "") -> None:
        self._deliver(topic, payload)

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        self._listeners[topic].append(listener)

        def stop() -> None:
            with contextlib.suppress(ValueError):
                self._listeners[topic].remove(listener)

        return stop

    async def close(self) -> None:
        self._listeners.clear()

    def _deliver(self, topic: str, payload: str) -> None:
        for listener in list(self._listeners[topic]):
            try:
                listener(payload)
            except Exception:
                log.exception("bus listener failed", topic=topic)


class _SharedBus(MemoryBus, ABC):
    """Listeners of this process hear a hint at once; other processes hear it by one connection that heals
    itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self._origin = new_id(utc_now()).hex
        self._waiting: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def publish(self, topic: str, payload: str = "") -> None:
        self._deliver(topic, payload)
        packed = _SEPARATOR.join((self._origin, topic, payload))
        if len(packed.encode("utf-8", "replace")) > MAX_PAYLOAD:
            log.warning("hint too long for the bus", topic=topic)
            return
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.pop(next(iter(self._waiting)))
        self._waiting[packed] = None  # the same hint twice says no more than once
        self._wake.set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._keep_connected(), name=f"bus {_CHANNEL}")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await super().close()

    def _receive(self, packed: str) -> None:
        origin, topic, payload = packed.split(_SEPARATOR, 2)
        if origin != self._origin:
            self._deliver(topic, payload)

    def _take(self) -> list[str]:
        taken, self._waiting = list(self._waiting), {}
        self._wake.clear()
        return taken

    async def _keep_connected(self) -> None:
        pause = 0.1
        while True:
            try:
                await self._run_connected()
                pause = 0.1
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.warning(
                    "bus disconnected", reason=f"{type(error).__name__}: {error}", retry_in=round(pause, 1)
                )
            await asyncio.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311
            pause = min(pause * 2, 5.0)

    @abstractmethod
    async def _run_connected(self) -> None:
        """Connects, then sends and receives until the connection is lost; returns or raises then."""


class PostgresBus(_SharedBus):
    """LISTEN/NOTIFY on one connection of its own: for a few processes on one database."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    async def _run_connected(self) -> None:
        settings = {"application_name": "hark bus"}
        connection = await asyncpg.connect(self._url, timeout=8, command_timeout=8, server_settings=settings)
        try:
            connection.add_termination_listener(lambda *_: self._wake.set())
            await connection.add_listener(
                _CHANNEL, lambda _c, _pid, _channel, payload: self._receive(str(payload))
            )
            while not connection.is_closed():
                await self._wake.wait()
                if packed := self._take():
                    await connection.execute(
                        "SELECT pg_notify($1, hint) FROM unnest($2::text[]) AS hint", _CHANNEL, packed
                    )
        finally:
            connection.terminate()


class RedisBus(_SharedBus):
    """Publish/subscribe of Redis or Valkey: for many processes. Needs the package's `redis` extra."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    async def _run_connected(self) -> None:
        import redis.asyncio

        client: Any = redis.asyncio.from_url(self._url, health_check_interval=15)
        try:
            async with client.pubsub() as channel:
                await channel.subscribe(_CHANNEL)
                reading = asyncio.create_task(self._read(channel))
                try:
                    await self._write(client, reading)
                finally:
                    reading.cancel()
        finally:
            await client.aclose()

    async def _read(self, channel: Any) -> None:
        try:
            async for message in channel.listen():
                if message["type"] == "message":
                    self._receive(message["data"].decode())
        finally:
            self._wake.set()

    async def _write(self, client: Any, reading: asyncio.Task[None]) -> None:
        while not reading.done():
            await self._wake.wait()
            for packed in self._take():
                await client.publish(_CHANNEL, packed)
        reading.result()
