"""When the queue must be looked at again although nothing happens: a relaxing step, the end of a wait for the previous agent, an
expiring fair window, the beginning of somebody's working hours. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from hark.routing.eligible import excluded, fair_until
from hark.routing.hours import next_opening, on_duty
from hark.routing.models import Agent, RoutingPolicy, Waiting


def next_due(waiting: Iterable[Waiting], agents: Sequence[Agent], now: datetime) -> datetime | None:
    """The first instant after `now` at which a decision about what waits may be another; None while there is none."""
    online = {agent.id for agent in agents if agent.status == "online"}
    policies: dict[object, RoutingPolicy] = {}
    first: datetime | None = None
    for case in waiting:
        if excluded(case, now) is not None or case.policy is None:
            continue
        policies[case.policy.id] = case.policy
        for due in _of_case(case, case.policy, case.previous_agent in online):
            if due > now and (first is None or due < first):
                first = due
    if policies:
        ahead = (due for agent in agents for due in _of_agent(agent, policies.values(), now))
        first = min([*([first] if first else []), *ahead], default=None)
    return first


def _of_case(case: Waiting, policy: RoutingPolicy, previous_online: bool) -> Iterator[datetime]:
    for step in policy.routing_steps:
        yield case.queued_at + timedelta(seconds=step.after_s)
    if policy.sticky and policy.sticky_wait_s is not None and previous_online:
        yield case.queued_at + timedelta(seconds=policy.sticky_wait_s)


def _of_agent(agent: Agent, policies: Iterable[RoutingPolicy], now: datetime) -> Iterator[datetime]:
    if agent.status != "online":
        return
    if agent.hours is not None and not on_duty(agent.hours, now):
        opening = next_opening(agent.hours, now)
        if opening is not None:
            yield opening
    for policy in policies:
        until = fair_until(agent, policy, now)
        if until is not None:
            yield until
