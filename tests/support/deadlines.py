"""Policies and clocks as tests set them and look at them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from hark.flows import sla
from hark.flows.context import Hark
from hark.flows.rollout import apply_saved
from hark.flows.ticking import tick_due
from hark.infra.db import Database
from hark.journal import read_facts, record
from hark.sla.drafts import CalendarDraft, PolicyDraft, SlaPolicy
from hark.sla.policies import Condition, Targets
from hark.sla.spec import CalendarSpec, Opening
from hark.workspaces.rights import system_actor

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE = CalendarSpec("UTC", tuple(Opening(day, "09:00", "17:00") for day in DAYS[:5]))  # type: ignore[arg-type]


def policy(
    name: str = "All",
    *,
    first: int | None = 60,
    following: int | None = 30,
    resolution: int | None = 600,
    **given: Any,
) -> PolicyDraft:
    targets = given.pop(
        "targets", (Targets(first_response=first, next_response=following, resolution=resolution),)
    )
    return PolicyDraft(name, targets, **given)


def urgent() -> Condition:
    return Condition("priority", "is", ("urgent",))


async def save(
    hark: Hark, workspace_id: UUID, draft: PolicyDraft, policy_id: UUID | None = None
) -> SlaPolicy:
    """Saves a policy as the API would; nothing is applied yet to what is open."""
    actor = system_actor(workspace_id)
    async with hark.db.transaction() as connection:
        if policy_id is None:
            saved, facts = await sla.create_policy(connection, actor, draft, hark.clock())
        else:
            saved, facts = await sla.change_policy(connection, actor, policy_id, draft, hark.clock())
        await record(connection, workspace_id, facts)
    return saved


async def save_calendar(
    hark: Hark, workspace_id: UUID, spec: CalendarSpec, calendar_id: UUID | None = None
) -> UUID:
    actor = system_actor(workspace_id)
    draft = CalendarDraft("Office", spec)
    async with hark.db.transaction() as connection:
        if calendar_id is None:
            saved, facts = await sla.create_calendar(connection, actor, draft, hark.clock())
        else:
            saved, facts = await sla.change_calendar(connection, actor, calendar_id, draft, hark.clock())
        await record(connection, workspace_id, facts)
    return saved.id


async def apply_all(hark: Hark, limit: int = 250) -> None:
    while await apply_saved(hark, limit) >= 0:
        pass


async def tick_all(hark: Hark) -> None:
    while await tick_due(hark):
        pass


async def clocks(db: Database, conversation: UUID) -> list[tuple[str, int, str]]:
    """Kind, cycle and state of each, oldest first."""
    async with db.connection() as connection:
        rows = await connection.fetch(
            """
            SELECT kind, cycle, state FROM sla_clock WHERE conversation_id = $1
            ORDER BY array_position(ARRAY['first_response', 'next_response', 'resolution'], kind), cycle
            """,
            conversation,
        )
    return [tuple(row) for row in rows]


async def times(db: Database, conversation: UUID, kind: str, cycle: int = 1) -> dict[str, Any]:
    async with db.connection() as connection:
        row = await connection.fetchrow(
            "SELECT * FROM sla_clock WHERE conversation_id = $1 AND kind = $2 AND cycle = $3",
            conversation,
            kind,
            cycle,
        )
    assert row is not None
    return dict(row)


async def happenings(hark: Hark, workspace_id: UUID, *kinds: str) -> list[tuple[str, str, int]]:
    """What the journal tells of clocks: happening, kind and cycle, in order."""
    async with hark.db.connection() as connection:
        facts = await read_facts(connection, workspace_id, 0, 1_000_000)
    bodies = [msgspec.json.decode(fact.body) for fact in facts if fact.kind == "clock.changed"]
    told = [(each["happening"], each["kind"], each["cycle"]) for each in bodies]
    return [each for each in told if not kinds or each[0] in kinds]


async def lines(db: Database, conversation: UUID) -> list[tuple[str, datetime, str]]:
    """The clocks' lines in the thread: code, time, clock."""
    async with db.connection() as connection:
        rows = await connection.fetch(
            """
            SELECT content_type, "timestamp", metadata ->> 'clock' FROM message
            WHERE conversation_id = $1 AND kind = 'activity' AND content_type LIKE 'sla\\_%' ORDER BY "timestamp", content_type
            """,
            conversation,
        )
    return [tuple(row) for row in rows]


async def everything(db: Database) -> list[Any]:
    """All clocks, and by when which thread is to be answered, without ids that differ between runs."""
    async with db.connection() as connection:
        rows = await connection.fetch(
            """
            SELECT c.thread_key, c.answer_by, c.answer_by_reason - 'policy_id', k.kind, k.cycle, k.state, k.target_minutes,
                   k.started_at, k.due_at, k.warn_at, k.warned_at, k.breached_at, k.paused_at, k.ended_at
            FROM conversation c LEFT JOIN sla_clock k ON k.conversation_id = c.id
            ORDER BY c.thread_key, k.kind, k.cycle
            """
        )
    return [tuple(row) for row in rows]


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
