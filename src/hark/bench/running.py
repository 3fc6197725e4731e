"""Runs the benchmarks one after the other on a PostgreSQL of their own."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import msgspec
import uvloop

from hark.bench import (
    clocks,
    dead,
    deadlines,
    idle,
    ingest,
    lists,
    live,
    normalize,
    report,
    routing,
    webhooks,
)
from hark.bench.made import MadeAccount, make_account
from hark.bench.seed import seed
from hark.bootstrap.compose import open_hark
from hark.flows.context import Hark
from hark.infra.migrations import migrate
from hark.infra.postgres import EmbeddedPostgres
from hark.infra.settings import Settings
from hark.kernel.errors import Invalid
from hark.workspaces.api_keys import create_key
from hark.workspaces.founding import found_member
from hark.workspaces.rights import SCOPES, Actor

NAMES = (
    "normalize",
    "webhooks",
    "live",
    "lists",
    "ingest",
    "dead",
    "million",
    "idle",
    "deadlines",
    "routing",
    "clocks",
)


Show = Callable[[str, list[report.Figure]], None]


class Sizes(msgspec.Struct, frozen=True):
    """How much is stored and sent. The goals are stated for the full sizes; `quick` is for trying the benchmarks."""

    requests: int = 8000
    conversations: int = 100_000
    messages_each: int = 10
    events: int = 40_000
    million: int = 1_000_000
    seconds: int = 20
    calls: int = 400
    answers: int = 400
    normalizing: float = 2.0
    clocks: int = 100_000
    queued: int = 10_000


QUICK = Sizes(
    requests=1500,
    conversations=5000,
    messages_each=4,
    events=6000,
    million=20_000,
    seconds=5,
    calls=60,
    answers=60,
    normalizing=0.3,
    clocks=5_000,
    queued=1000,
)


def run_bench(names: list[str], *, quick: bool = False, as_json: bool = False) -> int:
    """Prints every figure (all benchmarks when none is named); 1 when a goal was missed."""
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        raise Invalid(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}.")
    figures = uvloop.run(_run(tuple(names) or NAMES, QUICK if quick else Sizes(), quiet=as_json))
    if as_json:
        report.show_json(figures)
    return 1 if any(figure.met is False for figure in figures) else 0


async def _run(names: tuple[str, ...], sizes: Sizes, *, quiet: bool) -> list[report.Figure]:
    found: list[report.Figure] = []

    def show(title: str, figures: list[report.Figure]) -> None:
        if not quiet:
            report.show(title, figures)
        found.extend(figures)

    show("Machine", report.machine())
    if "idle" in names:
        show("Start and idle memory", await idle.bench())
    if "normalize" in names:
        show("Normalizing, per platform", await normalize.bench(sizes.normalizing))
    if "deadlines" in names:
        show("Deadlines", await asyncio.to_thread(deadlines.bench, sizes.normalizing))
    if set(names) - {"idle", "normalize", "deadlines"}:
        with tempfile.TemporaryDirectory(prefix="hark-bench-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            folder.chmod(0o755)
            async with _program(folder) as (hark, url):
                await _on_database(hark, url, folder, names, sizes, show)
    return found


async def _on_database(
    hark: Hark, url: str, folder: Path, names: tuple[str, ...], sizes: Sizes, show: Show
) -> None:
    if "webhooks" in names:
        account = await make_account(hark, "Webhooks")
        show("Receiving", await webhooks.bench(hark, account, sizes.requests))
        await hark.db.pool.execute("TRUNCATE raw_event")
    if "live" in names:
        account = await make_account(hark, "Live")
        key = await _key(hark, account)
        show("Live", await live.bench(folder, url, account, key, 200, sizes.seconds))
    if "dead" in names:
        show("One platform dead", await dead.bench(hark, sizes.answers))
    if "clocks" in names:
        account = await make_account(hark, "Clocks")
        show("SLA clocks", await clocks.bench(hark, account, sizes.clocks))
    if "routing" in names:
        show("Routing", await routing.bench(hark, sizes.queued, sizes.events // 2, sizes.conversations // 5))
    if {"lists", "ingest"} & set(names):
        account = await _seeded(hark, sizes.conversations, sizes.messages_each)
        if "lists" in names:
            key = await _key(hark, account)
            show("Lists", await lists.bench_api(folder, url, account, key, sizes.calls))
        if "ingest" in names:
            show("Ingest", await ingest.bench(hark, account, sizes.events, sizes.conversations))
    if "million" in names:
        account = await _seeded(hark, sizes.million, 0)
        show("Lists at a million", await lists.bench_sql(hark, account.workspace_id, sizes.calls))


@asynccontextmanager
async def _program(folder: Path) -> AsyncIterator[tuple[Hark, str]]:
    """The parts in this process, on a durable server of their own with the product's own settings."""
    server = EmbeddedPostgres(folder / "postgres")
    url = server.start()
    try:
        await migrate(url)
        async with open_hark(Settings(data=folder, allow_private_addresses=True), url) as hark:
            yield hark, url
    finally:
        server.stop()


async def _seeded(hark: Hark, conversations: int, messages_each: int) -> MadeAccount:
    account = await make_account(hark, f"{conversations:,} conversations")
    agents: list[UUID] = []
    async with hark.db.transaction() as connection:
        for number in range(10):
            email = f"agent{number}@{account.workspace_id.hex}.example"
            agent, _ = await found_member(
                connection, account.workspace_id, email, f"Agent {number}", "agent", hark.clock()
            )
            agents.append(agent)
    async with hark.db.pool.acquire() as connection:
        await seed(
            connection,
            account.workspace_id,
            account.account_id,
            agents,
            hark.clock(),
            conversations=conversations,
            messages_each=messages_each,
        )
    return account


async def _key(hark: Hark, account: MadeAccount) -> str:
    """The token of a key that may read and listen."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        email = f"administrator@{account.workspace_id.hex}.example"
        user, _ = await found_member(connection, account.workspace_id, email, "Admin", "administrator", now)
        actor = Actor("user", user, account.workspace_id, "Admin", frozenset())
        _, token = await create_key(connection, actor, "bench", list(SCOPES), None, now)
    return token
