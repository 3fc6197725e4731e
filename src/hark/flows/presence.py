"""Who is there: leases of live connections become agents' statuses, and every change of one is kept as a span.

A process renews the leases of those who are connected to it. A connection that is lost, and a process that is killed, simply
stop renewing: their leases run out after the grace time, and nobody has to notice them go.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hark.flows.context import Hark
from hark.infra.bus import FACTS, ROUTING, Bus
from hark.infra.db import Connection, Database, columns
from hark.journal import Fact, record
from hark.kernel.clock import Clock
from hark.kernel.errors import NotFound
from hark.kernel.waiting import first_of
from hark.workspaces.agents import Agent, decide_status, repository
from hark.workspaces.agents.changing import agent_facts, load_agent
from hark.workspaces.agents.models import StandingRow, Status
from hark.workspaces.rights import Actor

LONGEST_SLEEP = 5.0
"""Seconds; a status that presence changes is at most this late when every hint was lost."""

KEEP_ENDED = timedelta(hours=1)

Place = tuple[UUID, UUID]
"""Workspace and user."""


class Held(msgspec.Struct, frozen=True):
    """Somebody's connections to one process; `devices` 0 is the last word about somebody who left."""

    workspace_id: UUID
    user_id: UUID
    devices: int
    active_at: datetime


async def hold(db: Database, bus: Bus, clock: Clock, node: str, held: Sequence[Held]) -> None:
    """Renews the leases of a process and gives everybody concerned the status that follows."""
    if not held:
        return
    now = clock()
    rows = sorted((each.workspace_id, each.user_id, each.devices, each.active_at) for each in held)
    async with db.transaction() as connection:
        await repository.HOLD.run(connection, node, now, *columns(rows, 4))
        changed = await _settle(connection, [row[:2] for row in rows], now)
    _tell(bus, changed)


async def settle_present(hark: Hark) -> datetime | None:
    """Gives everybody the status that presence says now; gives when the next one changes on its own."""
    now = hark.clock()
    async with hark.db.connection() as connection:
        rows = await repository.PRESENT.all(connection, now)
    late = [(row.workspace_id, row.user_id) for row in rows if _differs(row, now)]
    if late:
        async with hark.db.transaction() as connection:
            changed = await _settle(connection, late, now)
        _tell(hark.bus, changed)
    return min((at for row in rows if (at := decide_status(row, now).next_at) is not None), default=None)


async def presence_loop(hark: Hark, stop: asyncio.Event) -> None:
    """Sleeps until the next lease ends or the next person becomes idle."""
    while not stop.is_set():
        due = await settle_present(hark)
        wait = LONGEST_SLEEP if due is None else (due - hark.clock()).total_seconds()
        await first_of(stop, timeout=min(LONGEST_SLEEP, max(0.05, wait)))


async def choose_status(
    connection: Connection, actor: Actor, user_id: UUID, status: Status, now: datetime
) -> tuple[Agent, list[Fact]]:
    """What a person chose for themselves, or a supervisor for them. "online" leaves it to presence again."""
    place = (actor.workspace_id, user_id)
    await load_agent(connection, *place)
    await repository.ENSURE_STATUS.run(connection, *columns([place], 2), now)
    rows = await repository.LOCK_STANDING.all(connection, now, *columns([place], 2))
    if not rows:
        raise NotFound("There is no such agent.")
    await repository.CHOOSE.run(connection, *place, status)
    chosen = msgspec.structs.replace(rows[0], chosen=status)
    await _write(connection, [chosen], now)
    facts = await agent_facts(connection, actor.workspace_id, [user_id], now, actor.reference)
    return await load_agent(connection, *place), facts


def _differs(row: StandingRow, now: datetime) -> bool:
    standing = decide_status(row, now)
    return (standing.status, standing.automatic) != (row.status, row.automatic)


async def _settle(connection: Connection, places: Iterable[Place], now: datetime) -> set[UUID]:
    """Statuses of these people, with facts as the last write; gives the workspaces in which one changed."""
    keys = columns(sorted(places), 2)
    await repository.ENSURE_STATUS.run(connection, *keys, now)
    rows = await repository.LOCK_STANDING.all(connection, now, *keys)
    different = [row for row in rows if _differs(row, now)]
    if not different:
        return set()
    await _write(connection, different, now)
    by_workspace: dict[UUID, list[UUID]] = defaultdict(list)
    for row in different:
        by_workspace[row.workspace_id].append(row.user_id)
    for workspace in sorted(by_workspace, key=lambda each: each.int):
        facts = await agent_facts(connection, workspace, by_workspace[workspace], now, "system")
        await record(connection, workspace, facts)
    return set(by_workspace)


async def _write(connection: Connection, rows: Sequence[StandingRow], now: datetime) -> None:
    standings = [(row, decide_status(row, now)) for row in rows]
    written = [(row.workspace_id, row.user_id, to.status, to.automatic) for row, to in standings]
    await repository.SET_STATUS.run(connection, *columns(written, 4), now)
    moved = [(row.workspace_id, row.user_id, to.status) for row, to in standings if to.status != row.status]
    if moved:
        await repository.ADD_SPANS.run(connection, *columns(moved, 3), now)


def _tell(bus: Bus, workspaces: set[UUID]) -> None:
    for workspace in workspaces:
        bus.publish(FACTS, str(workspace))
        bus.publish(ROUTING, str(workspace))
