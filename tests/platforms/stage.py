"""One account on a stand-in, connected by the real steps, and the program's flows at work in this process."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from hark.api.hooks import create_hooks
from hark.bootstrap.adapters import ADAPTERS
from hark.bootstrap.standins import create_standin
from hark.channels.accounts.usage import Collector
from hark.channels.contract import pushes
from hark.channels.registry import Registry
from hark.flows.connect import connect_account
from hark.flows.context import Hark
from hark.flows.deliver import deliver_loop
from hark.flows.history import repair_gaps
from hark.flows.inbound import ingest_pending
from hark.flows.reply import ReplyDraft, queue_reply
from hark.infra.blobs import open_blobs
from hark.infra.bus import DELIVERY, MemoryBus
from hark.infra.db import Database
from hark.infra.http import GuardedHttp
from hark.infra.secrets import load_secret_box
from hark.infra.settings import Settings
from hark.kernel.clock import Clock, utc_now
from hark.standins.kit import Controlled, StandIn
from hark.workspaces.founding import found_workspace
from hark.workspaces.rights import Actor, system_actor
from tests.support.live import serving
from tests.support.waiting import until

ORDER = ("dm", "comment", "mention", "review")

PUSHED_WITHIN = 1.5
"""Seconds in which a stand-in has pushed what it pushes."""

DONE = ("sent", "delivered", "read", "failed", "unknown")


class Stage(msgspec.Struct):
    """`source` is where the stand-in's people write: the first of dm, comment, mention, review that the platform has."""

    hark: Hark
    db: Database
    actor: Actor
    platform: str
    account_id: UUID
    standin: StandIn
    source: str
    written: int = 0

    async def write(self, count: int = 1) -> list[str]:
        """The next people write the next numbers; the platform's ids."""
        ids = []
        for _ in range(count):
            self.written += 1
            text, person = f"in {self.written:05}", str(self.written)
            ids.append(await self.standin.say(text, person=person, source=self.source))
        return ids

    async def take_in(self) -> None:
        """What has arrived is ingested."""
        while (await ingest_pending(self.hark)).claimed:
            pass

    async def fetch(self) -> Any:
        """What the platform lists is fetched, and ingested."""
        told = await repair_gaps(self.hark, self.actor.workspace_id, self.account_id)
        await self.take_in()
        return told

    async def arrived(self) -> Counter[str]:
        """Numbers that are stored, and how often."""
        await self.take_in()
        rows = await self.db.pool.fetch(
            "SELECT content FROM message WHERE account_id = $1 AND direction = 'inbound' AND content LIKE '%in 0%'",
            self.account_id,
        )
        return Counter(row["content"][row["content"].index("in 0") :][:8] for row in rows)

    async def see(self, count: int, within: float = 30.0) -> Counter[str]:
        """Waits until as many numbers are stored. Asks the platform where nothing is pushed, or what is pushed only says
        that there is something."""
        patience = time.monotonic() + (PUSHED_WITHIN if self.pushes else 0.0)

        async def all_there() -> Counter[str] | None:
            if self.lists and time.monotonic() > patience:
                await self.fetch()
            found = await self.arrived()
            return found if len(found) >= count else None

        found: Counter[str] = await until(all_there, within=within, every=0.1)
        return found

    @property
    def lists(self) -> bool:
        return self.hark.registry.load(self.platform).fetch_page is not None

    @property
    def pushes(self) -> bool:
        return pushes(self.hark.registry.load(self.platform))

    async def answer(self, count: int) -> list[UUID]:
        """The first `count` answers, by turns over the conversations; asking again adds only what is more. The messages."""
        rows = await self.db.pool.fetch(
            "SELECT id FROM conversation WHERE account_id = $1 ORDER BY created_at, id", self.account_id
        )
        made = []
        for number in range(1, count + 1):
            conversation = rows[(number - 1) % len(rows)]["id"]
            async with self.hark.db.transaction() as connection:
                draft = ReplyDraft(content=f"out {number:05}")
                messages = await queue_reply(
                    self.hark, connection, self.actor, conversation, draft, f"{self.platform}-{number}"
                )
            self.hark.bus.publish(DELIVERY)
            made += [message.id for message in messages]
        return made

    async def statuses(self) -> dict[str, str]:
        """By number, how each answer stands."""
        rows = await self.db.pool.fetch(
            "SELECT content, delivery_status FROM message WHERE account_id = $1 AND direction = 'outbound'",
            self.account_id,
        )
        return {row["content"]: row["delivery_status"] for row in rows if row["content"].startswith("out ")}

    async def settled(self, within: float = 60.0, *, done: tuple[str, ...] = DONE) -> dict[str, str]:
        """Waits until no answer is on its way."""

        async def still() -> dict[str, str] | None:
            found = await self.statuses()
            return found if found and set(found.values()) <= set(done) else None

        found: dict[str, str] = await until(still, within=within, every=0.05)
        return found

    def taken(self) -> Counter[str]:
        """Numbers that the platform accepted from us, and how often."""
        return Counter(
            item.text[item.text.index("out ") :][:9]
            for item in self.standin.accepted()
            if "out " in item.text
        )


class Hasty:
    """Real time, and whatever the test puts on top of it."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self._ahead

    def advance(self, by: timedelta) -> None:
        self._ahead += by


@asynccontextmanager
async def stages(
    db: Database, folder: Path, *platforms: str, clock: Clock | None = None
) -> AsyncIterator[list[Stage]]:
    """Each platform's stand-in on a port of its own; webhooks come to the real receiver; deliveries leave by themselves,
    unless the test has the `clock` in its hand."""
    settings = Settings(data=folder, allow_private_addresses=True, stop_seconds=0.2)
    hark = Hark(
        settings=settings,
        db=db,
        bus=MemoryBus(),
        clock=clock or utc_now,
        usage=Collector(clock or utc_now),
        blobs=open_blobs(settings),
        secrets=load_secret_box(settings),
        http=GuardedHttp(allow_private=True),
        registry=Registry(ADAPTERS),
    )
    stop = asyncio.Event()
    async with serving(create_hooks(hark)) as address:
        hark = msgspec.structs.replace(hark, settings=_at(settings, address))
        actor = await _found(hark)
        delivering = None if clock else asyncio.create_task(deliver_loop(hark, stop))
        async with _all(hark, actor, platforms) as opened:
            yield opened
            stop.set()
            if delivering is not None:
                await delivering
    await hark.http.aclose()


def _at(settings: Settings, address: str) -> Settings:
    return msgspec.structs.replace(settings, public_url=f"http://{address}")


async def _found(hark: Hark) -> Actor:
    async with hark.db.transaction() as connection:
        workspace = await found_workspace(connection, "Lantern Bikes", hark.clock())
    return system_actor(workspace.id)


@asynccontextmanager
async def _all(hark: Hark, actor: Actor, platforms: tuple[str, ...]) -> AsyncIterator[list[Stage]]:
    async with AsyncExitStack() as standing:
        opened = []
        for platform in platforms:
            standin = create_standin(platform, hark.clock)
            standing.push_async_callback(standin.aclose)
            address = await standing.enter_async_context(serving(Controlled(standin)))
            values = standin.values(f"http://{address}")
            account = await connect_account(hark, actor, platform, values)
            sources = hark.registry.manifest(platform).sources
            source = next(each for each in ORDER if each in sources)
            opened.append(Stage(hark, hark.db, actor, platform, account.id, standin, source))
        yield opened
