"""Teams and skills."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from hark.api.parameters import After, Limit
from hark.api.writing import Once, write, write_once
from hark.flows.context import Hark
from hark.flows.routing import wake_routing
from hark.infra.db import Connection
from hark.journal import Fact
from hark.kernel.pages import Page, bounded, decode_cursor, encode_cursor
from hark.workspaces.agents import Skill, Team, repository
from hark.workspaces.agents.changing import (
    change_team,
    create_skill,
    create_team,
    remove_skill,
    remove_team,
    rename_skill,
)
from hark.workspaces.rights import Actor

Name = Annotated[str, Meta(min_length=1, max_length=80)]
About = Annotated[str, Meta(max_length=500)]
People = Annotated[list[UUID], Meta(max_length=1000)]


class NewTeam(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    description: About = ""
    member_ids: People = []


class TeamPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`member_ids` replace the whole."""

    name: Name | UnsetType = UNSET
    description: About | UnsetType = UNSET
    member_ids: People | UnsetType = UNSET


class SkillName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name


def _start(after: str | None) -> tuple[str, UUID]:
    return decode_cursor(after, tuple[str, UUID]) if after else ("", UUID(int=0))


@get("/api/v1/teams", right="members:read", tags=["teams"], operation_id="listTeams")
async def list_teams(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    limit: Limit = None,
    after: After = None,
) -> Page[Team]:
    """Teams by name, each with its members."""
    size = bounded(limit)
    async with hark.db.connection() as connection:
        rows = await repository.LIST_TEAMS.all(connection, actor.workspace_id, *_start(after), size + 1)
    cursor = encode_cursor(rows[size - 1].name.lower(), rows[size - 1].id) if len(rows) > size else None
    return Page(rows[:size], cursor)


@post("/api/v1/teams", right="policies:write", tags=["teams"], operation_id="createTeam")
async def create(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    once: NamedDependency[Once],
    data: JSONBody[NewTeam],
) -> Team:
    """A new team with a queue of its own."""

    async def work(connection: Connection) -> tuple[Team, list[Fact]]:
        return await create_team(
            connection, actor, data.name, data.description, data.member_ids, hark.clock()
        )

    return await write_once(hark, actor, once, Team, work)


@patch("/api/v1/teams/{team_id:uuid}", right="policies:write", tags=["teams"], operation_id="updateTeam")
async def update(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    team_id: FromPath[UUID],
    data: JSONBody[TeamPatch],
) -> Team:
    """Renames a team or sets who is in it."""

    async def work(connection: Connection) -> tuple[Team, list[Fact]]:
        return await change_team(
            connection,
            actor,
            team_id,
            None if data.name is UNSET else data.name,
            None if data.description is UNSET else data.description,
            None if data.member_ids is UNSET else data.member_ids,
            hark.clock(),
        )

    team = await write(hark, actor, work)
    wake_routing(hark, actor.workspace_id)
    return team


@delete("/api/v1/teams/{team_id:uuid}", right="policies:write", tags=["teams"], operation_id="removeTeam")
async def remove(hark: NamedDependency[Hark], actor: NamedDependency[Actor], team_id: FromPath[UUID]) -> None:
    """Removes a team; what waits for it waits for everybody."""

    async def work(connection: Connection) -> tuple[None, list[Fact]]:
        return await remove_team(connection, actor, team_id, hark.clock())

    await write(hark, actor, work)
    wake_routing(hark, actor.workspace_id)


@get("/api/v1/skills", right="members:read", tags=["teams"], operation_id="listSkills")
async def list_skills(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    limit: Limit = None,
    after: After = None,
) -> Page[Skill]:
    """Skills by name."""
    size = bounded(limit)
    async with hark.db.connection() as connection:
        rows = await repository.LIST_SKILLS.all(connection, actor.workspace_id, *_start(after), size + 1)
    cursor = encode_cursor(rows[size - 1].name.lower(), rows[size - 1].id) if len(rows) > size else None
    return Page(rows[:size], cursor)


@post("/api/v1/skills", right="policies:write", tags=["teams"], operation_id="createSkill")
async def new_skill(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    once: NamedDependency[Once],
    data: JSONBody[SkillName],
) -> Skill:
    """Something that agents can be good at."""

    async def work(connection: Connection) -> tuple[Skill, list[Fact]]:
        return await create_skill(connection, actor, data.name, hark.clock())

    return await write_once(hark, actor, once, Skill, work)


@patch("/api/v1/skills/{skill_id:uuid}", right="policies:write", tags=["teams"], operation_id="updateSkill")
async def update_skill(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    skill_id: FromPath[UUID],
    data: JSONBody[SkillName],
) -> Skill:
    """Renames a skill."""

    async def work(connection: Connection) -> tuple[Skill, list[Fact]]:
        return await rename_skill(connection, actor, skill_id, data.name)

    return await write(hark, actor, work)


@delete("/api/v1/skills/{skill_id:uuid}", right="policies:write", tags=["teams"], operation_id="removeSkill")
async def delete_skill(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], skill_id: FromPath[UUID]
) -> None:
    """Removes a skill from agents and from conversations that asked for it."""

    async def work(connection: Connection) -> tuple[None, list[Fact]]:
        return await remove_skill(connection, actor, skill_id, hark.clock())

    await write(hark, actor, work)
    wake_routing(hark, actor.workspace_id)


HANDLERS: list[Any] = [
    list_teams,
    create,
    update,
    remove,
    list_skills,
    new_skill,
    update_skill,
    delete_skill,
]
