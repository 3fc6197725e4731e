"""The inbox's lists and an opened conversation: through the API with its clients on the same machine, and the SQL alone."""

from __future__ import annotations

import random
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

import httpx

from hark.bench.made import MadeAccount
from hark.bench.program import running
from hark.bench.report import Figure, at_most, noted, percentile
from hark.flows.context import Hark
from hark.inbox.listing.conversations import list_conversations
from hark.inbox.listing.filters import Filters

WARM = 60
"""Calls before those that count: an inbox in use is in memory."""

LISTS: dict[str, dict[str, str]] = {
    "all open": {"status": "open"},
    "unassigned": {"status": "open", "assignee": "none"},
    "comments": {"status": "open", "source": "comment"},
    "urgent": {"status": "open", "priority": "urgent"},
    "unread": {"status": "open", "unread": "true"},
    "longest waiting": {"status": "open", "sort": "waiting"},
    "resolved": {"status": "resolved"},
}


async def bench_api(folder: Path, url: str, account: MadeAccount, key: str, calls: int) -> list[Figure]:
    chance = random.Random(3)
    listed: list[float] = []
    opened: list[float] = []
    headers = {"authorization": f"Bearer {key}", "x-workspace": str(account.workspace_id)}
    async with (
        running(folder, url) as program,
        httpx.AsyncClient(base_url=program.address, headers=headers) as http,
    ):
        cases = (await _timed(http, "/api/v1/conversations", {}, []))["items"]
        for number in range(calls + 40):
            query = dict(chance.choice(list(LISTS.values())))
            page = await _timed(http, "/api/v1/conversations", query, listed if number >= 40 else [])
            if page["next"] and number % 3 == 0:
                await _timed(http, "/api/v1/conversations", query | {"after": page["next"]}, listed)
            case = chance.choice(page["items"] or cases)["id"]
            cases = page["items"] or cases
            spent: list[float] = []
            await _timed(http, f"/api/v1/conversations/{case}", {}, spent)
            await _timed(http, f"/api/v1/conversations/{case}/messages", {}, spent)
            if number >= 40:
                opened.append(max(spent))
    return [
        noted("inbox list through the API p50", f"{percentile(listed, 0.5):.2f} ms"),
        at_most("inbox list through the API p99", percentile(listed, 0.99), 10, " ms"),
        noted(
            "open conversation through the API p50 (slower of its calls)", f"{percentile(opened, 0.5):.2f} ms"
        ),
        at_most("open conversation through the API p99", percentile(opened, 0.99), 10, " ms"),
    ]


async def _timed(http: httpx.AsyncClient, path: str, query: dict[str, str], into: list[float]) -> Any:
    start = perf_counter()
    answer = await http.get(path, params=query)
    into.append((perf_counter() - start) * 1000)
    answer.raise_for_status()
    return answer.json()


async def bench_sql(hark: Hark, workspace_id: UUID, calls: int) -> list[Figure]:
    """Every list by its statement alone, first pages and pages further down."""
    shapes = {
        "newest": Filters(statuses=("open",)),
        "unassigned": Filters(statuses=("open",), unassigned=True),
        "source": Filters(statuses=("open",), source="review"),
        "priority": Filters(statuses=("open",), priority="urgent"),
        "unread": Filters(statuses=("open",), unread=True),
        "waiting": Filters(statuses=("open",), sort="waiting"),
        "several statuses": Filters(statuses=("open", "pending")),
    }
    took: dict[str, list[float]] = {name: [] for name in shapes}
    async with hark.db.connection() as connection:
        for name, filters in shapes.items():
            after = None
            for number in range(calls + WARM):
                start = perf_counter()
                page = await list_conversations(connection, workspace_id, filters, 50, after)
                if number >= WARM:
                    took[name].append((perf_counter() - start) * 1000)
                after = page.next
    count = await hark.db.pool.fetchval(
        "SELECT count(*) FROM conversation WHERE workspace_id = $1", workspace_id
    )
    every = [value for values in took.values() for value in values]
    worst = max(took, key=lambda name: percentile(took[name], 0.99))
    return [
        noted("conversations stored", f"{count:,}"),
        noted("list SQL p50, rows made into structs", f"{percentile(every, 0.5):.2f} ms"),
        at_most(f"list SQL p99 of the slowest list ({worst})", percentile(took[worst], 0.99), 5, " ms"),
    ]
