"""A full queue when a shift begins, and what deciding in the ingest transaction costs.

The second figure is of the same run: batches of the same mix into a workspace with agents, who are given what is new, and into one
without a policy. Everybody who wrote before has a case of direct messages, and an agent who is there and gets it back when it is
reopened; one message in ten comes from somebody new.
"""

from __future__ import annotations

import random
from time import perf_counter

from hark.bench.fleet import add_agents, add_policy, add_queue, set_status
from hark.bench.ingest import body_of, drain_raw, record_raw
from hark.bench.made import MadeAccount, make_account
from hark.bench.report import Figure, at_least, at_most, noted
from hark.bench.seed import seed
from hark.flows.context import Hark
from hark.flows.inbound import BATCH, IN_FLIGHT
from hark.flows.routing import drain

AGENTS = 200
ROUNDS = 8

_VERDICT = """
    SELECT (SELECT count(*) FROM conversation WHERE workspace_id = $1 AND assigned_to IS NOT NULL) AS given,
           (SELECT coalesce(sum(greatest(0, n - capacity)), 0) FROM (
                SELECT count(*) AS n, a.capacity FROM conversation c
                JOIN agent a ON a.workspace_id = c.workspace_id AND a.user_id = c.assigned_to
                WHERE c.workspace_id = $1 AND c.status = 'open' GROUP BY a.user_id, a.capacity) loads) AS over,
           (SELECT count(*) FROM (SELECT conversation_id FROM assignment WHERE workspace_id = $1 AND agent_id IS NOT NULL
                                  GROUP BY 1 HAVING count(*) > 1) twice) AS doubled
"""
_ALL_HAD = """
    UPDATE conversation SET source = 'dm', assigned_to = ($2::uuid[])[1 + number % array_length($2::uuid[], 1)], assigned_at = created_at
    WHERE workspace_id = $1
"""


async def bench(hark: Hark, queued: int, events: int, customers: int) -> list[Figure]:
    return [*await _shift(hark, queued), *await _in_ingest(hark, events, customers)]


async def _shift(hark: Hark, queued: int) -> list[Figure]:
    """Everybody comes online at once, with just enough places for everything that waits."""
    account = await make_account(hark, "Routing")
    place, now = account.workspace_id, hark.clock()
    async with hark.db.transaction(timeout=60) as connection:
        agents = await add_agents(
            connection, place, AGENTS, now, capacity=-(-queued // AGENTS), status="offline"
        )
        await add_policy(connection, place, "load_balanced", now)
        await add_queue(connection, place, account.account_id, queued, now)
    async with hark.db.connection() as connection:
        await connection.execute("ANALYZE conversation")
    begun = perf_counter()
    async with hark.db.transaction() as connection:
        await set_status(connection, place, agents, "online", now)
    await drain(hark, place)
    took = perf_counter() - begun
    async with hark.db.connection() as connection:
        [(given, over, doubled)] = await connection.fetch(_VERDICT, place)
    return [
        at_most(f"{queued:,} queued, {AGENTS} agents come online: assigned in", took, 10, " s"),
        at_least("of them assigned", given, queued),
        at_most("capacity overruns", float(over), 1),
        at_most("assigned twice", doubled, 1),
    ]


async def _in_ingest(hark: Hark, events: int, customers: int) -> list[Figure]:
    """Rounds with and without take turns, so that both see the same growing tables and the same machine; the best of each count,
    for whatever else the machine does only slows a round down."""
    plain, routed = await _seeded(hark, "Plain", customers), await _seeded(hark, "Routed", customers)
    now = hark.clock()
    async with hark.db.transaction() as connection:
        await add_policy(connection, routed.workspace_id, "load_balanced", now)
    chance = random.Random(7)
    at = int(now.timestamp() * 1000)
    rates: dict[str, list[float]] = {"plain": [], "routed": []}
    for number in range(ROUNDS):
        bodies = [body_of(number * events + each, chance, customers, at) for each in range(events // ROUNDS)]
        for name, account in (("plain", plain), ("routed", routed)):
            await record_raw(hark, account, bodies)
            rates[name].append(len(bodies) / await drain_raw(hark, BATCH, IN_FLIGHT))
    best = {name: max(found) for name, found in rates.items()}
    return [
        at_least("ingest with routing / without, best rounds", best["routed"] / best["plain"], 0.9),
        noted("ingest with routing, without", f"{best['routed']:,.0f}/s, {best['plain']:,.0f}/s"),
    ]


async def _seeded(hark: Hark, name: str, customers: int) -> MadeAccount:
    account = await make_account(hark, name)
    async with hark.db.transaction() as connection:
        agents = await add_agents(connection, account.workspace_id, AGENTS, hark.clock(), capacity=customers)
    async with hark.db.pool.acquire() as connection:
        await seed(
            connection,
            account.workspace_id,
            account.account_id,
            agents,
            hark.clock(),
            conversations=customers,
            messages_each=1,
        )
        await connection.execute(_ALL_HAD, account.workspace_id, agents, timeout=120)
        await connection.execute("VACUUM ANALYZE conversation", timeout=120)
    return account
