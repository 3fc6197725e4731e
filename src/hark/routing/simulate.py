"""The last days once more under other policies: who would have got what, and how long it would have waited. Pure.

Taken as it was: when conversations came, what they asked for, who was there, and how long each kept its agent. Taken as it is
now: what agents can do, and their capacity. A conversation that is still open keeps its agent to the end.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from hark.routing.decide import decide
from hark.routing.due import next_due
from hark.routing.eligible import excluded
from hark.routing.models import Agent, AgentStatus, Waiting

Progress = Callable[[float], bool]
"""Hears how much is done (0 to 1); False ends the run."""


class Past(msgspec.Struct, frozen=True):
    """A conversation of the days looked at; `case.queued_at` is when it came. `agent_id` and `given_at`: who had it first and
    since when; `ended_at`: when it was resolved."""

    case: Waiting
    agent_id: UUID | None
    given_at: datetime | None
    ended_at: datetime | None

    @property
    def busy_for(self) -> timedelta | None:
        if self.ended_at is None:
            return None
        return max(
            timedelta(0), self.ended_at - max(self.given_at or self.case.queued_at, self.case.queued_at)
        )


class Span(msgspec.Struct, frozen=True):
    """From `since` on an agent had this status."""

    user_id: UUID
    since: datetime
    status: AgentStatus


class Played(msgspec.Struct, frozen=True):
    """How it went. Seconds waited are those of what was given; `overruns`: given to somebody who was full; `left`: never given;
    `apart`: not for automatic routing at all."""

    conversations: int
    given: int
    left: int
    apart: int
    overruns: int
    waited_median_s: int
    waited_p90_s: int
    waited_longest_s: int
    by_agent: dict[UUID, int]


Kind = Literal["status", "end", "come", "due"]


def as_it_was(past: Sequence[Past], agents: Iterable[Agent], until: datetime) -> Played:
    """What happened, counted in the same way."""
    limits = {agent.id: agent.capacity for agent in agents}
    changes: list[tuple[datetime, int, UUID]] = []
    waits: list[int] = []
    counts: Counter[UUID] = Counter()
    for each in past:
        if each.agent_id is None or each.given_at is None:
            continue
        counts[each.agent_id] += 1
        waits.append(int(max(0.0, (each.given_at - each.case.queued_at).total_seconds())))
        changes += [(each.given_at, 1, each.agent_id), (each.ended_at or until, -1, each.agent_id)]
    load: Counter[UUID] = Counter()
    overruns = 0
    for _, step, agent_id in sorted(changes, key=lambda change: (change[0], change[1])):
        limit = limits.get(agent_id)
        overruns += step > 0 and limit is not None and load[agent_id] >= limit
        load[agent_id] += step
    return _played(len(past), waits, 0, overruns, counts)


def simulate(
    past: Sequence[Past],
    agents: Sequence[Agent],
    spans: Iterable[Span],
    since: datetime,
    until: datetime,
    progress: Progress,
) -> tuple[Played, bool]:
    """How it would have gone under the policies that the cases carry; and whether it came to the end."""
    run = _Run(past, agents, spans, since, until)
    whole = run.play(progress)
    apart = sum(1 for each in past if excluded(each.case, each.case.queued_at) is not None)
    return _played(len(past), run.waits, apart, run.overruns, run.counts), whole


def _played(all_of_them: int, waits: list[int], apart: int, overruns: int, counts: Counter[UUID]) -> Played:
    ordered = sorted(waits) or [0]
    return Played(
        conversations=all_of_them,
        given=len(waits),
        left=all_of_them - len(waits) - apart,
        apart=apart,
        overruns=overruns,
        waited_median_s=ordered[len(ordered) // 2],
        waited_p90_s=ordered[int(len(ordered) * 0.9)],
        waited_longest_s=ordered[-1],
        by_agent=dict(counts),
    )


class _Run:
    """The clock of a replay: what comes, ends and changes, in order."""

    def __init__(
        self,
        past: Sequence[Past],
        agents: Sequence[Agent],
        spans: Iterable[Span],
        since: datetime,
        until: datetime,
    ) -> None:
        self.until = until
        self.past = {each.case.id: each for each in past}
        self.agents = [_empty(agent) for agent in agents]
        self.by_id = {agent.id: agent for agent in self.agents}
        self.waiting: dict[UUID, Waiting] = {}
        self.waits: list[int] = []
        self.counts: Counter[UUID] = Counter()
        self.overruns = 0
        self.queue: list[tuple[datetime, int, Kind, object]] = []
        self.number = 0
        for span in sorted(spans, key=lambda each: each.since):
            self._add(max(span.since, since), "status", span)
        for each in past:
            if excluded(each.case, each.case.queued_at) is None:
                self._add(each.case.queued_at, "come", each.case)

    def play(self, progress: Progress) -> bool:
        steps = max(1, len(self.queue))
        done = 0
        while self.queue and self.queue[0][0] <= self.until:
            now = self.queue[0][0]
            while self.queue and self.queue[0][0] <= now:
                _, _, kind, what = heapq.heappop(self.queue)
                self._happen(kind, what)
                done += kind in {"come", "status"}
            self._hand_out(now)
            if not progress(min(1.0, done / steps)):
                return False
        progress(1.0)
        return True

    def _add(self, at: datetime, kind: Kind, what: object) -> None:
        self.number += 1
        heapq.heappush(self.queue, (at, self.number, kind, what))

    def _happen(self, kind: Kind, what: object) -> None:
        if kind == "come":
            assert isinstance(what, Waiting)
            self.waiting[what.id] = what
        elif kind == "status":
            assert isinstance(what, Span)
            agent = self.by_id.get(what.user_id)
            if agent is not None:
                agent.status, agent.since = what.status, what.since
        elif kind == "end":
            assert isinstance(what, tuple)
            self._count(what[0], what[1], -1)

    def _hand_out(self, now: datetime) -> None:
        free = any(
            agent.status == "online" and (agent.capacity is None or agent.load < agent.capacity)
            for agent in self.agents
        )
        if not (self.waiting and free):
            return
        for given in decide(self.waiting.values(), self.agents, now).given:
            case = self.waiting.pop(given.conversation_id)
            agent = self.by_id[given.agent_id]
            self.overruns += agent.capacity is not None and agent.load >= agent.capacity
            self._count(agent.id, case, 1)
            agent.last_assigned_at = given.stamp
            agent.recent.append(now)
            self.counts[agent.id] += 1
            self.waits.append(given.waited_s)
            busy = self.past[case.id].busy_for
            if busy is not None:
                self._add(now + busy, "end", (agent.id, case))
        due = next_due(self.waiting.values(), self.agents, now)
        if due is not None:
            self._add(due, "due", None)

    def _count(self, agent_id: UUID, case: Waiting, step: int) -> None:
        agent = self.by_id[agent_id]
        agent.load += step
        for place in (f"platform:{case.platform}", f"source:{case.source}"):
            agent.loads[place] = agent.loads.get(place, 0) + step


def _empty(agent: Agent) -> Agent:
    """As they began: nobody there, nothing open."""
    return msgspec.structs.replace(
        agent, status="offline", load=0, loads={}, recent=[], last_assigned_at=None, since=None
    )


def spread(by_agent: Mapping[UUID, int]) -> dict[UUID, float]:
    """Each agent's share of what was given, 0 to 1."""
    total = sum(by_agent.values())
    return {} if not total else {each: count / total for each, count in by_agent.items()}
