"""Who may take what (rules 1, 7, 10, 11 and 12): every reason that stands in the way, with its figures. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hark.routing.hours import next_opening, on_duty
from hark.routing.models import Agent, Block, RoutingPolicy, RoutingStep, Waiting


class Demand(msgspec.Struct, frozen=True):
    """What a conversation asks of an agent at this moment; hashable, so that equal demands are looked at together."""

    account_id: UUID
    platform: str
    source: str
    team_id: UUID | None
    language: str | None
    language_level: int
    skills: tuple[tuple[str, int], ...]
    step: int
    """How many relaxing steps apply."""


def waited(case: Waiting, now: datetime) -> float:
    """Seconds in the queue."""
    return max(0.0, (now - case.queued_at).total_seconds())


def demand_of(case: Waiting, policy: RoutingPolicy, now: datetime) -> Demand:
    skills, team, language = case.required_skills, case.team_id, case.language
    steps = _steps_due(case, policy, now)
    for step in steps:
        skills = skills if step.skills is None else step.skills
        team = None if step.any_team else step.team_id or team
        language = None if step.any_language else language
    asked = tuple(sorted(skills.items()))
    return Demand(
        case.account_id, case.platform, case.source, team, language, policy.language_level, asked, len(steps)
    )


def _steps_due(case: Waiting, policy: RoutingPolicy, now: datetime) -> list[RoutingStep]:
    if not policy.routing_steps:
        return []
    passed = waited(case, now)
    ordered = sorted(policy.routing_steps, key=lambda step: step.after_s)
    return [step for step in ordered if step.after_s <= passed]


def excluded(case: Waiting, now: datetime) -> Block | None:
    """Why a conversation is not handed out automatically at all."""
    policy = case.policy
    if case.status != "open":
        return Block("not_open", {"status": case.status})
    if policy is None or policy.strategy == "manual":
        return Block("manual")
    if case.bot_owned:
        return Block("bot_owned")
    tagged = {tag.lower() for tag in policy.excluded_tags} if policy.excluded_tags else set()
    for tag in case.tags if tagged else ():
        if tag.lower() in tagged:
            return Block("excluded_tag", {"tag": tag})
    limit = policy.exclude_older_than_s
    if limit is not None and (now - case.active_at).total_seconds() > limit:
        return Block("too_old", {"since": case.active_at, "limit_s": limit})
    return None


def unfit(agent: Agent, demand: Demand, now: datetime) -> Iterator[Block]:
    """What no other agent's taking or leaving work changes."""
    if agent.status != "online":
        yield Block(agent.status, {"since": agent.since})
    if agent.hours is not None and not on_duty(agent.hours, now):
        yield Block("off_hours", {"until": next_opening(agent.hours, now)})
    if demand.team_id is not None and demand.team_id not in agent.teams:
        yield Block("not_in_team", {"team_id": demand.team_id})
    if agent.accounts is not None and demand.account_id not in agent.accounts:
        yield Block("not_on_account", {"account_id": demand.account_id})
    if demand.language is not None and agent.languages is not None:
        has = agent.languages.get(demand.language, 0)
        if has < demand.language_level:
            values = {"language": demand.language, "level": demand.language_level, "has": has}
            yield Block("lacks_language", values)
    for skill, level in demand.skills:
        has = agent.skills.get(skill, 0)
        if has < level:
            yield Block("lacks_skill", {"skill": skill, "level": level, "has": has})


def busy(agent: Agent, demand: Demand, policy: RoutingPolicy, now: datetime) -> Iterator[Block]:
    """What work that is given or ended changes: capacity and fair distribution."""
    if agent.capacity is not None and agent.load >= agent.capacity:
        yield Block("full", {"load": agent.load, "capacity": agent.capacity})
    if agent.capacities:
        for place in (f"platform:{demand.platform}", f"source:{demand.source}"):
            limit = agent.capacities.get(place)
            load = agent.loads.get(place, 0)
            if limit is not None and load >= limit:
                yield Block("full_on", {"place": place, "load": load, "capacity": limit})
    until = fair_until(agent, policy, now)
    if until is not None:
        yield Block("fair_limit", {"limit": policy.fair_limit, "until": until})


def fair_until(agent: Agent, policy: RoutingPolicy, now: datetime) -> datetime | None:
    """When the agent is below the fair limit again; None when that is so now. At exactly the window's length an assignment
    has expired."""
    limit = policy.fair_limit
    if limit is None or len(agent.recent) < limit:
        return None
    until = agent.recent[-limit] + timedelta(seconds=policy.fair_window_s)
    return until if until > now else None


def blocks(agent: Agent, demand: Demand, policy: RoutingPolicy, now: datetime) -> list[Block]:
    """Every reason why the agent cannot take it; empty: eligible."""
    return [*unfit(agent, demand, now), *busy(agent, demand, policy, now)]
