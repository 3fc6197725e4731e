"""Brings facts and presence to everybody who is connected to this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from time import monotonic
from uuid import UUID

from hark.infra.bus import ACCESS, FACTS, Bus
from hark.infra.db import Database
from hark.infra.settings import Settings
from hark.infra.telemetry import LIVE_CLIENTS, logger
from hark.journal import first_seq, last_seq
from hark.kernel.clock import Clock
from hark.kernel.errors import Unavailable
from hark.realtime import access
from hark.realtime.attendance import Attendance
from hark.realtime.client import Client, Send
from hark.realtime.feed import Feed
from hark.realtime.frames import Active, Hello, Looking, Ping, ViewersChanged, encode
from hark.realtime.presence import REFRESH, Presence, Seen
from hark.workspaces.lifetime import lifetime_of
from hark.workspaces.rights import Actor

log = logger(__name__)

TICK = 1.0
SEND_SECONDS = 20.0
"""A client that takes no byte for so long is cut."""

PING_SECONDS = 20.0


class Hub:
    def __init__(self, db: Database, bus: Bus, clock: Clock, settings: Settings) -> None:
        self._db = db
        self._bus = bus
        self._clock = clock
        self._lifetime = lifetime_of(settings)
        self._feeds: dict[UUID, Feed] = {}
        self._opening = asyncio.Lock()
        self._clients: set[Client] = set()
        self._numbers = count(1)
        self._stops: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None
        self._recheck = asyncio.Event()
        self.presence = Presence(bus, self._viewers_changed)
        self.attendance = Attendance(db, bus, clock, self.presence.node)

    def start(self) -> None:
        self._stops = [
            self._bus.subscribe(FACTS, self._hint),
            self._bus.subscribe(ACCESS, lambda _: self._recheck.set()),
            self.presence.listen(),
            self.attendance.start(),
        ]
        self._task = asyncio.create_task(self._run(), name="hub")

    async def stop(self) -> None:
        for client in tuple(self._clients):
            client.end("server_stopping")
        for stop in self._stops:
            stop()
        self._stops = []
        await self.attendance.stopped()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for feed in tuple(self._feeds.values()):
            await feed.stop()
        self._feeds.clear()

    async def join(self, actor: Actor, proof: bytes, send: Send) -> Client:
        """A new client, greeted. Its task and its end are the caller's: run `write`, then call `leave`."""
        async with self._opening:
            feed = self._feeds.get(actor.workspace_id)
            if feed is None:
                feed = Feed(self._db, actor.workspace_id)
                await feed.start()
                self._feeds[actor.workspace_id] = feed
            client = Client(next(self._numbers), actor, proof, feed, send)
            self._clients.add(client)
        LIVE_CLIENTS.inc()
        async with self._db.connection() as connection:
            first = await first_seq(connection, actor.workspace_id)
        client.greet(Hello(client.position, first, self._clock(), actor.user_id))
        self.look(client, Looking())
        if actor.user_id is not None:
            self.attendance.come((actor.workspace_id, actor.user_id), client.number)
        for place in self.presence.places(actor.workspace_id):
            client.tell(self._viewers_frame(actor.workspace_id, place))
        return client

    async def leave(self, client: Client) -> None:
        client.leave()
        self._clients.discard(client)
        LIVE_CLIENTS.dec()
        if client.actor.user_id is not None:
            self.presence.tell(self._seen(client, client.actor.user_id, Looking(), gone=True))
            self.attendance.go((client.actor.workspace_id, client.actor.user_id), client.number)
        async with self._opening:
            feed = client.feed
            if not feed.followers and self._feeds.get(feed.workspace_id) is feed:
                del self._feeds[feed.workspace_id]
                await feed.stop()

    async def resume(self, client: Client, seq: int) -> None:
        """From `seq` on, or a reload where facts after it are not kept, or were never made."""
        async with self._db.connection() as connection:
            first = await first_seq(connection, client.actor.workspace_id)
            last = await last_seq(connection, client.actor.workspace_id)
        if first - 1 <= seq <= last:
            client.resume(seq)
        else:
            client.reload(client.feed.cursor)

    def look(self, client: Client, looking: Looking) -> None:
        """A program has no eyes: only people are present."""
        if client.actor.user_id is not None:
            self.presence.tell(self._seen(client, client.actor.user_id, looking))

    def act(self, client: Client, active: Active) -> None:
        if client.actor.user_id is not None:
            place = (client.actor.workspace_id, client.actor.user_id)
            self.attendance.act(place, client.number, active.idle)

    def _seen(self, client: Client, user_id: UUID, looking: Looking, *, gone: bool = False) -> Seen:
        actor, node = client.actor, self.presence.node
        typing = looking.typing and looking.conversation_id is not None
        place = looking.conversation_id
        return Seen(node, client.number, actor.workspace_id, user_id, actor.name, place, typing, gone)

    def _hint(self, payload: str) -> None:
        try:
            feed = self._feeds.get(UUID(payload))
        except ValueError:
            return
        if feed is not None:
            feed.hint()

    def _viewers_frame(self, workspace_id: UUID, conversation_id: UUID) -> str:
        return encode(ViewersChanged(conversation_id, self.presence.viewers(workspace_id, conversation_id)))

    def _viewers_changed(self, workspace_id: UUID, conversation_id: UUID) -> None:
        text = self._viewers_frame(workspace_id, conversation_id)
        for client in self._clients:
            if client.actor.workspace_id == workspace_id and "conversations:read" in client.actor.rights:
                client.tell(text)

    async def _run(self) -> None:
        checked = refreshed = pinged = monotonic()
        while True:
            try:
                async with asyncio.timeout(TICK):
                    await self._recheck.wait()
            except TimeoutError:
                pass
            now = monotonic()
            self._cut_stuck(now)
            if self._recheck.is_set() or now - checked >= access.EVERY:
                self._recheck.clear()
                checked = now
                await self._check_access()
            if now - refreshed >= REFRESH:
                refreshed = now
                self.presence.refresh()
            if now - pinged >= PING_SECONDS:
                pinged = now
                for client in self._clients:
                    client.tell(encode(Ping()))

    def _cut_stuck(self, now: float) -> None:
        for client in self._clients:
            stuck = client.sending_since is not None and now - client.sending_since > SEND_SECONDS
            if stuck or client.is_behind():
                client.end("slow_client")

    async def _check_access(self) -> None:
        clients = tuple(self._clients)
        if not clients:
            return
        try:
            async with self._db.connection() as connection:
                await access.recheck(connection, clients, self._clock(), self._lifetime)
        except Unavailable:
            log.warning("access could not be checked again", clients=len(clients))
        except Exception as error:
            log.error("access check failed", exc_info=error)
