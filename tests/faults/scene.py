"""One workspace on a sandbox network that runs in the test, and the program beside it: who writes, who answers, who watches."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec

from hark.flows.context import Hark
from hark.infra.db import Database
from hark.standins.sandbox import SandboxApp, create_network, people
from hark.standins.sandbox import models as network_models
from hark.workspaces.founding import found_workspace
from tests.faults.courier import Courier
from tests.faults.watcher import Watcher
from tests.support.live import serving
from tests.support.people import Person, employ
from tests.support.program import Connected, compose, connect
from tests.support.waiting import until

SECRET = "webhook-secret-of-the-network"
TOKEN = "token-of-the-network"


class Ticking:
    """Real time, and never the same millisecond twice: the order of what was written is known."""

    def __init__(self) -> None:
        self._last = datetime.now(UTC)

    def __call__(self) -> datetime:
        self._last = max(datetime.now(UTC), self._last + timedelta(milliseconds=1))
        return self._last


class Line(msgspec.Struct):
    """A network with an account on it: numbers written by its customers, numbers answered by the agent."""

    app: SandboxApp
    account: Connected
    courier: Courier
    agent: Person
    customers: list[str]
    conversations: dict[str, UUID] = {}
    written: int = 0
    asked: int = 0
    refused: Counter[int] = msgspec.field(default_factory=Counter)
    answers: list[asyncio.Task[None]] = []
    places: dict[str, asyncio.Lock] = {}

    def write(self, count: int = 1, text: str = "") -> None:
        """The next customers write the next numbers."""
        for _ in range(count):
            self.written += 1
            customer = self.customers[self.written % len(self.customers)]
            people.write(self.app.network, customer, f"in {self.written:05}{text}")

    def answer(self, count: int = 1) -> None:
        """The agent answers the next conversations with the next numbers, and asks again until it is told that they are
        queued."""
        for _ in range(count):
            self.asked += 1
            customer = self.customers[self.asked % len(self.customers)]
            self.answers.append(asyncio.create_task(self._ask(customer, self.asked)))

    def key(self, number: int) -> str:
        """Under which the agent asks for a reply, however often."""
        return f"{self.app.network.account.id}-{number}"

    async def _ask(self, customer: str, number: int) -> None:
        """One conversation's replies one after the other, as one agent writes them."""
        path = f"/conversations/{self.conversations[customer]}/messages"
        async with self.places.setdefault(customer, asyncio.Lock()):
            while True:
                try:
                    key = {"idempotency-key": self.key(number)}
                    answer = await self.agent.call("POST", path, {"content": f"out {number:05}"}, headers=key)
                except httpx.HTTPError:
                    self.refused[0] += 1
                else:
                    if answer.status_code == 201:
                        return
                    self.refused[answer.status_code] += 1
                    assert answer.status_code in {429, 503}, (answer.status_code, answer.text)
                await asyncio.sleep(0.1)

    def accepted(self) -> list[network_models.Item]:
        """What the network took of us, in its order."""
        ours = self.app.network.account.id
        return [item for item in self.app.network.state.items.values() if item.author == ours]


class Scene(msgspec.Struct):
    hark: Hark
    db: Database
    lines: list[Line]
    watcher: Watcher

    @property
    def line(self) -> Line:
        return self.lines[0]

    async def open_conversations(self, within: float = 30.0) -> None:
        """Every customer writes once, and has a conversation."""
        for line in self.lines:
            line.write(len(line.customers))

        async def known() -> bool:
            rows = await self.db.pool.fetch("SELECT account_id, thread_key, id FROM conversation")
            for line in self.lines:
                line.conversations = {
                    row["thread_key"]: row["id"]
                    for row in rows
                    if row["account_id"] == line.account.account_id
                }
            return all(len(line.conversations) == len(line.customers) for line in self.lines)

        await until(known, within=within, every=0.1)

    async def settled(self, within: float) -> float:
        """Waits until nothing is on its way any more, in either direction; gives the seconds that it took."""
        began = time.monotonic()
        await until(
            lambda: all(task.done() for line in self.lines for task in line.answers), within=within, every=0.1
        )
        for line in self.lines:
            await asyncio.gather(*line.answers)

        async def quiet() -> bool:
            if not all(line.courier.done for line in self.lines):
                return False
            return await self.waiting() == 0

        await until(quiet, within=within - (time.monotonic() - began), every=0.2)
        await self.watcher.until_level(self.db, 10.0)
        return time.monotonic() - began

    async def waiting(self) -> int:
        """Raw events not ingested and messages not sent."""
        count: int = await self.db.pool.fetchval(
            """
            SELECT (SELECT count(*) FROM raw_event WHERE state = 'pending')
                 + (SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending'))
            """
        )
        return count


@asynccontextmanager
async def open_scene(
    url: str,
    folder: Path,
    ports: list[int],
    *,
    networks: int = 1,
    customers: int = 40,
    copies: int = 5,
    watching: bool = True,
) -> AsyncIterator[Scene]:
    """On a migrated database. `ports` are where the program's web processes listen, or will listen."""
    db = await Database.connect(url, min_size=1, max_size=4, timeout=60.0)
    hark = compose(db, folder)
    http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports[0]}", timeout=15.0, trust_env=False)
    async with hark.db.transaction() as connection:
        workspace = await found_workspace(connection, "Lantern Bikes", hark.clock())
        await connection.execute(
            "UPDATE workspace SET settings = $1 WHERE id = $2", {"undo_seconds": 0}, workspace.id
        )
    agent = await employ(hark, http, workspace.id, "agent")
    watcher = Watcher(f"127.0.0.1:{ports[-1]}", agent, workspace.id)
    lines: list[Line] = []
    apps = [_network(number, customers) for number in range(networks)]
    try:
        async with _served(apps) as addresses:
            for app, address in zip(apps, addresses, strict=True):
                lines.append(await _line(hark, app, address, agent, workspace.id, ports, copies))
            if watching:
                watcher.start()
            yield Scene(hark, db, lines, watcher)
    finally:
        await watcher.stop()
        for line in lines:
            for task in line.answers:
                task.cancel()
            await line.courier.stop()
        await http.aclose()
        await hark.http.aclose()
        await db.close(patience=2.0)


def _network(number: int, customers: int) -> SandboxApp:
    app = create_network(access_token=TOKEN, clock=Ticking(), seed=7)
    app.network.account.id = f"shop{number}"
    app.network.state.people = {
        f"c{each:02}": network_models.Person(id=f"c{each:02}", name=f"Customer {each}", handle=f"c{each}")
        for each in range(customers)
    }
    return app


@asynccontextmanager
async def _served(apps: list[SandboxApp]) -> AsyncIterator[list[str]]:
    if not apps:
        yield []
        return
    async with serving(apps[0]) as address, _served(apps[1:]) as others:
        yield [address, *others]


async def _line(
    hark: Hark,
    app: SandboxApp,
    address: str,
    agent: Person,
    workspace_id: UUID,
    ports: list[int],
    copies: int,
) -> Line:
    account = await connect(
        hark,
        platform_account_id=app.network.account.id,
        secrets={"webhook_secret": SECRET, "access_token": TOKEN},
        fields={"base_url": f"http://{address}"},
        workspace_id=workspace_id,
    )
    urls = [f"http://127.0.0.1:{port}/webhooks/sandbox/{account.webhook_key}" for port in ports]
    courier = Courier(app.network, urls, SECRET, copies=copies)
    courier.start()
    return Line(app, account, courier, agent, list(app.network.state.people))


def figures(scene: Scene, **more: Any) -> dict[str, Any]:
    """What a run did, to be quoted."""
    return {
        **more,
        "inbound": sum(line.written for line in scene.lines),
        "events": sum(line.courier.events for line in scene.lines),
        "requests": sum(line.courier.sent for line in scene.lines),
        "not_taken": sum(line.courier.sent - line.courier.noted.statuses[200] for line in scene.lines),
        "outbound": sum(line.asked for line in scene.lines),
        "accepted": sum(len(line.accepted()) for line in scene.lines),
        "live_connections": scene.watcher.connections,
    }
