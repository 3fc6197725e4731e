"""Durable receiving against the same server that stores nothing, and against a commit per request."""

from __future__ import annotations

import asyncio
import socket
import statistics
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from hark.api.hooks import Hooks
from hark.bench.load import Took, post, run
from hark.bench.made import MadeAccount, message, signed
from hark.bench.report import Figure, at_least, noted
from hark.flows.context import Hark
from hark.intake import NewRaw, Recorder
from hark.intake import repository as intake

ROUNDS = 3


class Forgetful(Recorder):
    """Answers without storing."""

    async def record(self, rows: Sequence[NewRaw]) -> None:
        return


class OneByOne(Recorder):
    """A transaction for every request."""

    async def record(self, rows: Sequence[NewRaw]) -> None:
        async with self._database.transaction() as connection:
            await intake.insert(connection, rows)


async def bench(hark: Hark, account: MadeAccount, requests: int) -> list[Figure]:
    """The kinds take turns, so that a noisy neighbour disturbs all of them."""
    kinds = {"stored": Recorder, "unstored": Forgetful, "one_by_one": OneByOne}
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    number = 0
    for _ in range(ROUNDS):
        for kind, recorder in kinds.items():
            count = requests // 4 if kind == "one_by_one" else requests
            bodies = [
                message(f"w{number + n}", f"customer {n % 500}", "Where is my order?") for n in range(count)
            ]
            number += count
            rates[kind].append(await _rate(hark, account, recorder(hark.db, hark.bus), bodies))
    middle = {kind: statistics.median(values) for kind, values in rates.items()}
    stored = await hark.db.pool.fetchval("SELECT count(*) FROM raw_event WHERE dedup_key LIKE 'event:w%'")
    expected = ROUNDS * (requests + requests // 4)
    return [
        noted(
            "signed requests/s: durable, unstored, a commit each",
            " ".join(f"{v:,.0f}" for v in middle.values()),
        ),
        at_least("durable / unstored", middle["stored"] / middle["unstored"], 0.75),
        at_least("durable / one commit per request", middle["stored"] / middle["one_by_one"], 3),
        at_least("stored share of what was answered 200", stored / expected, 1),
    ]


async def _rate(hark: Hark, account: MadeAccount, recorder: Recorder, bodies: list[bytes]) -> float:
    hooks = Hooks(hark, recorder)
    requests = [post(account.path, body, signed(body)) for body in bodies]
    async with serving(hooks) as port:
        await asyncio.to_thread(run, port, requests[:200])
        took: Took = await asyncio.to_thread(run, port, requests)
    assert took.answers == {"200": len(bodies)}, took.answers
    return len(bodies) / took.seconds


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[int]:
    """The application behind the same HTTP server as the product's, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    config = uvicorn.Config(
        app, port=port, http="httptools", lifespan="off", log_level="error", access_log=False
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        await task
