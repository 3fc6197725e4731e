"""What supervisors set about agents, teams and skills."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg
import msgspec
from msgspec import UNSET, UnsetType

from hark.infra.db import Connection
from hark.journal import Fact, fact_of
from hark.kernel.errors import Conflict, Invalid, NotFound
from hark.kernel.ids import new_id
from hark.workspaces import audit
from hark.workspaces.agents import repository
from hark.workspaces.agents.models import (
    WEEKDAYS,
    Agent,
    AgentLanguage,
    AgentSkill,
    Skill,
    Team,
    WorkingHours,
)
from hark.workspaces.agents.rows import agent_of
from hark.workspaces.rights import Actor

_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")
_CAPACITY = re.compile(r"platform:[a-z0-9_]{1,40}|source:(?:dm|comment|mention|review)")
MOST_CAPACITY = 1000
LONGEST_NAME = 80


class AgentChange(msgspec.Struct, frozen=True):
    """What is absent stays; lists replace the whole."""

    capacity: int | UnsetType | None = UNSET
    capacities: dict[str, int] | UnsetType = UNSET
    skills: list[AgentSkill] | UnsetType = UNSET
    languages: list[AgentLanguage] | UnsetType = UNSET
    team_ids: list[UUID] | UnsetType = UNSET
    account_ids: list[UUID] | UnsetType = UNSET
    hours: WorkingHours | UnsetType | None = UNSET


async def load_agent(connection: Connection, workspace_id: UUID, user_id: UUID) -> Agent:
    rows = await repository.LOAD_AGENTS.all(connection, workspace_id, [user_id])
    if not rows:
        raise NotFound("There is no such agent.")
    return agent_of(rows[0])


async def agent_facts(
    connection: Connection, workspace_id: UUID, users: list[UUID], now: datetime, actor: str
) -> list[Fact]:
    rows = await repository.LOAD_AGENTS.all(connection, workspace_id, users)
    return [fact_of("agent.changed", now, agent_of(row), actor=actor) for row in rows]


async def change_agent(
    connection: Connection, actor: Actor, user_id: UUID, change: AgentChange, now: datetime
) -> tuple[Agent, list[Fact]]:
    """The agent after the change. Skills, teams and accounts must be the workspace's own."""
    if await repository.LOCK_MEMBER.find(connection, actor.workspace_id, user_id) is None:
        raise NotFound("There is no such agent.")
    before = await load_agent(connection, actor.workspace_id, user_id)
    check_change(change)
    await _put_settings(connection, actor.workspace_id, before, change, now)
    try:
        await _put_lists(connection, actor.workspace_id, user_id, change)
    except asyncpg.ForeignKeyViolationError as error:
        raise Invalid(
            "A skill, a team or a channel in this list does not exist.", code="unknown_reference"
        ) from error
    detail = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not UNSET}
    await audit.note(
        connection, actor, "agent.changed", now, subject=str(user_id), **msgspec.to_builtins(detail)
    )
    after = await load_agent(connection, actor.workspace_id, user_id)
    return after, [fact_of("agent.changed", now, after, actor=actor.reference)]


def check_change(change: AgentChange) -> None:
    """Refuses what makes no sense, naming the field."""
    if isinstance(change.capacity, int) and not 0 <= change.capacity <= MOST_CAPACITY:
        raise Invalid(f"A capacity is 0 to {MOST_CAPACITY}.", fields={"capacity": f"0 to {MOST_CAPACITY}"})
    if change.capacities is not UNSET:
        for key, value in change.capacities.items():
            if not _CAPACITY.fullmatch(key) or not 0 <= value <= MOST_CAPACITY:
                raise Invalid(
                    f"A capacity is for platform:<name> or source:<kind>, 0 to {MOST_CAPACITY}.",
                    fields={"capacities": f"{key!r} is not one"},
                )
    if change.skills is not UNSET:
        _check_levels(
            "skills", [each.level for each in change.skills], [each.skill_id for each in change.skills]
        )
    if change.languages is not UNSET:
        codes = [each.language for each in change.languages]
        if any(not re.fullmatch("[a-z]{2,3}", code) for code in codes):
            raise Invalid("A language is a code such as de or en.", fields={"languages": "two letters each"})
        _check_levels("languages", [each.level for each in change.languages], codes)
    if isinstance(change.hours, WorkingHours):
        _check_hours(change.hours)


def _check_levels(field: str, levels: list[int], keys: list[Any]) -> None:
    if any(not 1 <= level <= 5 for level in levels):
        raise Invalid("A level is 1 to 5.", fields={field: "levels are 1 to 5"})
    if len(set(keys)) < len(keys):
        raise Invalid("Something is in the list twice.", fields={field: "is there twice"})


def _check_hours(hours: WorkingHours) -> None:
    try:
        ZoneInfo(hours.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid(
            f"There is no time zone {hours.zone!r}.", fields={"hours.zone": "is no time zone"}
        ) from error
    spans = [span for spans in hours.week.values() for span in spans]
    if not set(hours.week) <= set(WEEKDAYS) or any(
        not _TIME.fullmatch(time) for span in spans for time in span
    ):
        raise Invalid("Hours are from HH:MM to HH:MM on mon to sun.", fields={"hours.week": "is malformed"})
    if any(start == end or start == "24:00" for start, end in spans):
        raise Invalid("Hours end at another time than they begin.", fields={"hours.week": "a span is empty"})
    if not spans:
        raise Invalid(
            "These hours never begin. Leave them out for somebody who is always on duty.",
            fields={"hours.week": "is empty"},
        )
    _check_overlap(hours)


def _check_overlap(hours: WorkingHours) -> None:
    """A week of minutes; a span over midnight runs into the next day, Sunday's into Monday."""
    taken = sorted(
        (day * 1440 + _minutes(start), day * 1440 + _minutes(end) + (1440 if end <= start else 0))
        for day, name in enumerate(WEEKDAYS)
        for start, end in hours.week.get(name, [])
    )
    wrapped = [*taken, (taken[0][0] + 7 * 1440, 0)]
    if any(before[1] > after[0] for before, after in pairwise(wrapped)):
        raise Invalid("Two spans overlap.", fields={"hours.week": "two spans overlap"})


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


async def _put_settings(
    connection: Connection, workspace_id: UUID, before: Agent, change: AgentChange, now: datetime
) -> None:
    capacity = before.capacity if change.capacity is UNSET else change.capacity
    capacities = before.capacities if change.capacities is UNSET else change.capacities
    hours = before.hours if change.hours is UNSET else change.hours
    kept = None if hours is None else msgspec.to_builtins(hours)
    await repository.PUT_AGENT.run(connection, workspace_id, before.user_id, capacity, capacities, kept, now)


async def _put_lists(connection: Connection, workspace_id: UUID, user_id: UUID, change: AgentChange) -> None:
    place = (connection, workspace_id, user_id)
    if change.skills is not UNSET:
        await repository.DROP_SKILLS.run(*place)
        await repository.ADD_SKILLS.run(
            *place, [each.skill_id for each in change.skills], [each.level for each in change.skills]
        )
    if change.languages is not UNSET:
        await repository.DROP_LANGUAGES.run(*place)
        await repository.ADD_LANGUAGES.run(
            *place, [each.language for each in change.languages], [each.level for each in change.languages]
        )
    if change.account_ids is not UNSET:
        await repository.DROP_ACCOUNTS.run(*place)
        await repository.ADD_ACCOUNTS.run(*place, sorted(set(change.account_ids)))
    if change.team_ids is not UNSET:
        await repository.LEAVE_TEAMS.run(*place)
        await repository.JOIN_TEAMS.run(*place, sorted(set(change.team_ids)))


# Teams ------------------------------------------------------------------------------------------------------


async def load_team(connection: Connection, workspace_id: UUID, team_id: UUID) -> Team:
    team = await repository.FIND_TEAM.find(connection, workspace_id, team_id)
    if team is None:
        raise NotFound("There is no such team.")
    return team


async def create_team(
    connection: Connection, actor: Actor, name: str, description: str, members: list[UUID], now: datetime
) -> tuple[Team, list[Fact]]:
    team_id = new_id(now)
    try:
        await repository.INSERT_TEAM.run(
            connection, actor.workspace_id, team_id, _name(name), description.strip(), now
        )
    except asyncpg.UniqueViolationError as error:
        raise _taken("team") from error
    await repository.FILL_TEAM.run(connection, actor.workspace_id, team_id, members)
    return await _told(connection, actor, team_id, "team.created", set(members), now)


async def change_team(
    connection: Connection,
    actor: Actor,
    team_id: UUID,
    name: str | None,
    description: str | None,
    members: list[UUID] | None,
    now: datetime,
) -> tuple[Team, list[Fact]]:
    locked = await repository.LOCK_TEAM.find(connection, actor.workspace_id, team_id)
    if locked is None:
        raise NotFound("There is no such team.")
    before = await load_team(connection, actor.workspace_id, team_id)
    said = before.description if description is None else description.strip()
    try:
        await repository.UPDATE_TEAM.run(
            connection, actor.workspace_id, team_id, _name(name or before.name), said, now
        )
    except asyncpg.UniqueViolationError as error:
        raise _taken("team") from error
    touched: set[UUID] = set()
    if members is not None:
        await repository.EMPTY_TEAM.run(connection, actor.workspace_id, team_id)
        await repository.FILL_TEAM.run(connection, actor.workspace_id, team_id, members)
        touched = set(members) ^ set(before.member_ids)
    return await _told(connection, actor, team_id, "team.changed", touched, now)


async def remove_team(
    connection: Connection, actor: Actor, team_id: UUID, now: datetime
) -> tuple[None, list[Fact]]:
    """Its conversations wait for everybody again; who has one keeps it."""
    team = await load_team(connection, actor.workspace_id, team_id)
    await repository.FREE_OF_TEAM.run(connection, actor.workspace_id, team_id, now)
    await repository.DELETE_TEAM.run(connection, actor.workspace_id, team_id)
    await audit.note(connection, actor, "team.removed", now, subject=str(team_id), name=team.name)
    return None, await agent_facts(connection, actor.workspace_id, team.member_ids, now, actor.reference)


async def _told(
    connection: Connection, actor: Actor, team_id: UUID, action: str, users: set[UUID], now: datetime
) -> tuple[Team, list[Fact]]:
    team = await load_team(connection, actor.workspace_id, team_id)
    await audit.note(connection, actor, action, now, subject=str(team_id), name=team.name)
    facts = await agent_facts(connection, actor.workspace_id, sorted(users), now, actor.reference)
    return team, facts


# Skills -----------------------------------------------------------------------------------------------------


async def create_skill(
    connection: Connection, actor: Actor, name: str, now: datetime
) -> tuple[Skill, list[Fact]]:
    skill = await repository.INSERT_SKILL.find(connection, actor.workspace_id, new_id(now), _name(name), now)
    if skill is None:
        raise _taken("skill")
    return skill, []


async def rename_skill(
    connection: Connection, actor: Actor, skill_id: UUID, name: str
) -> tuple[Skill, list[Fact]]:
    try:
        skill = await repository.UPDATE_SKILL.find(connection, actor.workspace_id, skill_id, _name(name))
    except asyncpg.UniqueViolationError as error:
        raise _taken("skill") from error
    if skill is None:
        raise NotFound("There is no such skill.")
    return skill, []


async def remove_skill(
    connection: Connection, actor: Actor, skill_id: UUID, now: datetime
) -> tuple[None, list[Fact]]:
    """Conversations and policies that asked for it no longer do."""
    skill = await repository.DELETE_SKILL.find(connection, actor.workspace_id, skill_id)
    if skill is None:
        raise NotFound("There is no such skill.")
    await repository.FORGET_SKILL.run(connection, actor.workspace_id, str(skill_id))
    await audit.note(connection, actor, "skill.removed", now, subject=str(skill_id), name=skill.name)
    return None, []


def _name(given: str) -> str:
    name = given.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(f"A name has 1 to {LONGEST_NAME} characters.", fields={"name": "is empty or too long"})
    return name


def _taken(what: str) -> Conflict:
    return Conflict(
        f"There is a {what} with this name already.", code=f"{what}_exists", fields={"name": "exists already"}
    )
