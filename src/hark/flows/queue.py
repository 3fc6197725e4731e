"""The queue as supervisors look at it: what waits, in order, who could take each and why it waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from hark.inbox.handing.repository import COUNT_QUEUED
from hark.inbox.models import Conversation
from hark.inbox.snapshots import load_conversations
from hark.infra.db import Connection
from hark.routing import repository
from hark.routing.decide import explain
from hark.routing.eligible import demand_of, excluded
from hark.routing.gather import as_waiting, load_agents, load_policies
from hark.routing.models import Agent, Block, Waiting
from hark.workspaces.agents import ListedAgent
from hark.workspaces.agents import repository as agents
from hark.workspaces.agents.rows import listed_agent_of

_BEGINNING = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))
LONGEST = 200
MOST_AGENTS = 500


class Hindrance(msgspec.Struct, frozen=True):
    """Why somebody cannot take a conversation, or why it is not handed out: a code of `routing.models.Block` and its values."""

    code: str
    values: dict[str, Any]


class QueuedConversation(msgspec.Struct, frozen=True):
    """`can_take`: who could have it now. `because`: why it waits; `next` where somebody could take it and routing is about to
    give it. `hindrances`: per agent the first thing in the way. `step`: how many relaxing steps apply already."""

    position: int
    conversation: Conversation
    queued_at: datetime
    policy: str
    strategy: str
    step: int
    can_take: list[UUID]
    because: Hindrance
    hindrances: dict[str, Hindrance]


class QueueView(msgspec.Struct, frozen=True):
    """`waiting` in the order of the queue, the first 200 of `total` (which stops counting at 1,000)."""

    waiting: list[QueuedConversation]
    total: int
    agents: list[ListedAgent]


async def look_at_queue(connection: Connection, workspace_id: UUID, limit: int, now: datetime) -> QueueView:
    policies = (await load_policies(connection, [workspace_id]))[workspace_id]
    rows: list[Any] = []
    for priority in (3, 2, 1, 0):
        room = limit - len(rows)
        if room:
            rows += await repository.QUEUE.all(connection, workspace_id, priority, *_BEGINNING, room, True)
    cases = [as_waiting(row, policies) for row in rows]
    fleet = await load_agents(connection, workspace_id, policies, now)
    shown = {
        each.id: each for each in await load_conversations(connection, workspace_id, [c.id for c in cases])
    }
    total: int = await COUNT_QUEUED.value(connection, workspace_id, 1000)
    staff = await agents.LIST_AGENTS.all(connection, workspace_id, "", UUID(int=0), MOST_AGENTS)
    waiting = [
        _queued(position, case, shown[case.id], fleet, now)
        for position, case in enumerate((case for case in cases if case.id in shown), 1)
    ]
    return QueueView(waiting, max(total, len(waiting)), [listed_agent_of(row) for row in staff])


def _queued(
    position: int, case: Waiting, conversation: Conversation, fleet: Iterable[Agent], now: datetime
) -> QueuedConversation:
    assert case.policy is not None
    found = explain(case, fleet, now)
    able = [agent for agent, blocks in found.items() if not blocks]
    first = {str(agent): _shown(blocks[0]) for agent, blocks in found.items() if blocks}
    return QueuedConversation(
        position=position,
        conversation=conversation,
        queued_at=case.queued_at,
        policy=case.policy.name,
        strategy=case.policy.strategy,
        step=demand_of(case, case.policy, now).step,
        can_take=able,
        because=_because(case, able, first.values(), now),
        hindrances=first,
    )


def _because(case: Waiting, able: list[UUID], first: Iterable[Hindrance], now: datetime) -> Hindrance:
    out = excluded(case, now)
    if out is not None:
        return _shown(out)
    if not able:
        return Hindrance("nobody", {"passed": dict(Counter(each.code for each in first))})
    return Hindrance("next", {})


def _shown(block: Block) -> Hindrance:
    return Hindrance(block.code, msgspec.to_builtins(block.values))
