"""Who gets what: one look at the queue decides about many conversations and many agents. Pure.

The queue goes by priority, age, id (rule 2); what nobody can take stays and the next is tried (rule 3). Conversations with equal
demands share one heap of the agents that fit. Within one look an agent's place in it only gets worse, so an entry that is
out of date goes back with its present place, and whoever is full is dropped: 10,000 conversations against 200 agents in
well under a second.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from hark.routing.eligible import Demand, blocks, busy, demand_of, excluded, unfit, waited
from hark.routing.models import Agent, Block, Decisions, Given, Left, RoutingPolicy, Waiting

NEVER = datetime.min.replace(tzinfo=UTC)
_TICK = timedelta(microseconds=1)

Rank = tuple[Any, ...]


def decide(waiting: Iterable[Waiting], agents: Sequence[Agent], now: datetime) -> Decisions:
    """Every conversation of the queue given to somebody or left. The agents themselves are not changed."""
    fleet = _Fleet(agents, now)
    done = Decisions([], [])
    for case in sorted(waiting, key=queue_order):
        because = excluded(case, now) or fleet.place(case, done.given)
        if because is not None:
            done.left.append(Left(case.id, because))
    return done


def queue_order(case: Waiting) -> tuple[int, datetime, UUID]:
    return (-case.priority, case.queued_at, case.id)


def explain(case: Waiting, agents: Iterable[Agent], now: datetime) -> dict[UUID, list[Block]]:
    """Per agent everything that stands in the way; an empty list: could take it."""
    policy = case.policy
    if policy is None:
        return {agent.id: [] for agent in agents}
    demand = demand_of(case, policy, now)
    return {agent.id: blocks(agent, demand, policy, now) for agent in agents}


def rank(agent: Agent, demand: Demand, policy: RoutingPolicy) -> Rank:
    """The lower goes first: rules 4 to 6, each ending in the longest time since the last automatic assignment, then the id."""
    turn = (agent.last_assigned_at or NEVER, agent.id)
    if policy.strategy == "round_robin":
        return turn
    spare = (0, agent.load) if agent.capacity is None else (1, agent.load - agent.capacity)
    if policy.strategy == "load_balanced":
        return (*spare, *turn)
    return (-_levels(agent, demand), *spare, *turn)


def _levels(agent: Agent, demand: Demand) -> int:
    return sum(agent.skills.get(skill, 0) for skill, _ in demand.skills)


class _Group(msgspec.Struct):
    """The agents that fit one demand under one policy. `passed`: how many were passed over, by their first reason."""

    demand: Demand
    policy: RoutingPolicy
    fit: list[Agent]
    heap: list[tuple[Rank, Agent]]
    passed: Counter[str]
    counted: int = -1
    standing: Counter[str] = Counter()


class _Fleet:
    """The agents while one look goes on: copies, so that loads and turns can move."""

    def __init__(self, agents: Sequence[Agent], now: datetime) -> None:
        self.now = now
        self.agents = {agent.id: _copy(agent) for agent in agents}
        self.groups: dict[tuple[UUID, Demand], _Group] = {}
        self.filled = 0
        """Grows whenever somebody may have become full."""
        self.stamp = max(
            [now, *(agent.last_assigned_at + _TICK for agent in agents if agent.last_assigned_at)]
        )

    def place(self, case: Waiting, given: list[Given]) -> Block | None:
        """Gives the conversation to the right agent, or says why it waits."""
        policy = case.policy
        assert policy is not None
        demand = demand_of(case, policy, self.now)
        previous = self.agents.get(case.previous_agent) if case.previous_agent else None
        if policy.strategy == "previous_agent":
            if previous is None:
                return Block("no_previous")
            given.append(self._give(case, previous, demand, policy, {"code": "previous_agent"}))
            return None
        if policy.sticky and previous is not None:
            in_the_way = blocks(previous, demand, policy, self.now)
            if not in_the_way:
                given.append(self._give(case, previous, demand, policy, {"code": "previous_agent"}))
                return None
            until = _keeps_for(case, policy, in_the_way)
            if until is not None and self.now < until:
                return Block("waits_for_previous", {"agent_id": previous.id, "until": until})
        group = self._group(demand, policy)
        agent = self._next(group)
        if agent is None:
            return Block("nobody", {"passed": dict(self._passed(group))})
        reason = {"code": policy.strategy, "eligible": self._free(group), "passed": dict(self._passed(group))}
        given.append(self._give(case, agent, demand, policy, reason))
        heapq.heappush(group.heap, (rank(agent, demand, policy), agent))
        return None

    def _group(self, demand: Demand, policy: RoutingPolicy) -> _Group:
        key = (policy.id, demand)
        group = self.groups.get(key)
        if group is None:
            passed: Counter[str] = Counter()
            fit: list[Agent] = []
            for agent in self.agents.values():
                first = next(unfit(agent, demand, self.now), None)
                if first is None:
                    fit.append(agent)
                else:
                    passed[first.code] += 1
            heap = [(rank(agent, demand, policy), agent) for agent in fit]
            heapq.heapify(heap)
            group = self.groups[key] = _Group(demand, policy, fit, heap, passed)
        return group

    def _next(self, group: _Group) -> Agent | None:
        """Takes the first who is free off the heap; ranks end in the id, so agents themselves are never compared."""
        while group.heap:
            stood, agent = heapq.heappop(group.heap)
            if next(busy(agent, group.demand, group.policy, self.now), None) is not None:
                continue
            stands = rank(agent, group.demand, group.policy)
            if stands == stood:
                return agent
            heapq.heappush(group.heap, (stands, agent))
        return None

    def _passed(self, group: _Group) -> Counter[str]:
        if group.counted != self.filled:
            group.counted = self.filled
            found = (next(busy(agent, group.demand, group.policy, self.now), None) for agent in group.fit)
            group.standing = group.passed + Counter(block.code for block in found if block is not None)
        return group.standing

    def _free(self, group: _Group) -> int:
        return len(self.agents) - sum(self._passed(group).values())

    def _give(
        self, case: Waiting, agent: Agent, demand: Demand, policy: RoutingPolicy, reason: dict[str, Any]
    ) -> Given:
        seconds = int(waited(case, self.now))
        reason = reason | _shown(agent, demand, policy, seconds)
        agent.load += 1
        for place in (f"platform:{demand.platform}", f"source:{demand.source}"):
            agent.loads[place] = agent.loads.get(place, 0) + 1
        agent.recent.append(self.now)
        agent.last_assigned_at = self.stamp
        self.stamp += _TICK
        if (
            next(busy(agent, demand, policy, self.now), None) is not None
            or agent.capacities
            or policy.fair_limit
        ):
            self.filled += 1
        return Given(case.id, agent.id, agent.last_assigned_at, seconds, reason)


def _copy(agent: Agent) -> Agent:
    return msgspec.structs.replace(agent, loads=dict(agent.loads), recent=list(agent.recent))


def _keeps_for(case: Waiting, policy: RoutingPolicy, in_the_way: Sequence[Block]) -> datetime | None:
    """Until when it waits for the previous agent: only one who is online and has no other hindrance than being full."""
    if policy.sticky_wait_s is None or any(block.code not in {"full", "full_on"} for block in in_the_way):
        return None
    return case.queued_at + timedelta(seconds=policy.sticky_wait_s)


def _shown(agent: Agent, demand: Demand, policy: RoutingPolicy, seconds: int) -> dict[str, Any]:
    """The figures behind a choice, as they were before it."""
    shown: dict[str, Any] = {
        "policy": policy.name,
        "policy_id": policy.id,
        "waited_s": seconds,
        "load": agent.load,
        "capacity": agent.capacity,
        "idle_since": agent.last_assigned_at,
    }
    if demand.team_id is not None:
        shown["team_id"] = demand.team_id
    if demand.language is not None and agent.languages is not None:
        shown["language"] = {"code": demand.language, "level": demand.language_level}
    if demand.skills:
        shown["skills"] = [
            {"skill": skill, "level": level, "has": agent.skills.get(skill, 0)}
            for skill, level in demand.skills
        ]
    if demand.step:
        shown["step"] = demand.step
    return shown
