"""Agents: who they are to routing, and their status."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET, Meta, UnsetType

from hark.api.parameters import After, Limit
from hark.api.writing import write
from hark.flows.context import Hark
from hark.flows.presence import choose_status
from hark.flows.routing import wake_routing
from hark.infra.db import Connection
from hark.journal import Fact
from hark.kernel.errors import Forbidden
from hark.kernel.pages import Page, bounded, decode_cursor, encode_cursor
from hark.workspaces.agents import Agent, AgentLanguage, AgentSkill, ListedAgent, WorkingHours, repository
from hark.workspaces.agents.changing import AgentChange, change_agent
from hark.workspaces.agents.rows import listed_agent_of
from hark.workspaces.rights import Actor

Capacity = Annotated[int, Meta(ge=0, le=1000)]
Level = Annotated[int, Meta(ge=1, le=5)]


class AgentPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is absent stays; lists replace the whole. `capacity` null: no limit. `hours` null: always on duty."""

    capacity: Capacity | UnsetType | None = UNSET
    capacities: dict[str, Capacity] | UnsetType = UNSET
    skills: Annotated[list[AgentSkill], Meta(max_length=200)] | UnsetType = UNSET
    languages: Annotated[list[AgentLanguage], Meta(max_length=100)] | UnsetType = UNSET
    team_ids: Annotated[list[UUID], Meta(max_length=200)] | UnsetType = UNSET
    account_ids: Annotated[list[UUID], Meta(max_length=500)] | UnsetType = UNSET
    hours: WorkingHours | UnsetType | None = UNSET


class StatusChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`online` leaves it to presence: away without a touch for long, offline without a live connection."""

    status: Literal["online", "away", "offline"]


@get("/api/v1/agents", right="members:read", tags=["agents"], operation_id="listAgents")
async def list_agents(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    status: FromQuery[Literal["online", "away", "offline"] | None] = None,
    limit: Limit = None,
    after: After = None,
) -> Page[ListedAgent]:
    """The people of the workspace as routing sees them, by name, with status and load."""
    size = bounded(limit)
    name, last = decode_cursor(after, tuple[str, UUID]) if after else ("", UUID(int=0))
    async with hark.db.connection() as connection:
        rows = await repository.LIST_AGENTS.all(connection, actor.workspace_id, name, last, size + 1)
    cursor = encode_cursor(rows[size - 1].name.lower(), rows[size - 1].user_id) if len(rows) > size else None
    found = [listed_agent_of(row) for row in rows[:size]]
    return Page([each for each in found if status in {None, each.status}], cursor)


@patch("/api/v1/agents/{user_id:uuid}", right="policies:write", tags=["agents"], operation_id="updateAgent")
async def update_agent(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    user_id: FromPath[UUID],
    data: JSONBody[AgentPatch],
) -> Agent:
    """Sets capacity, skills, languages, teams, channels and hours. Routing keeps to it at once."""
    change = AgentChange(**msgspec.structs.asdict(data))

    async def work(connection: Connection) -> tuple[Agent, list[Fact]]:
        return await change_agent(connection, actor, user_id, change, hark.clock())

    agent = await write(hark, actor, work)
    wake_routing(hark, actor.workspace_id)
    return agent


@post("/api/v1/me/status", right="live", tags=["agents"], operation_id="setMyStatus", status_code=200)
async def set_my_status(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], data: JSONBody[StatusChoice]
) -> Agent:
    """One's own status. Whoever is away or offline is given nothing new."""
    if actor.user_id is None:
        raise Forbidden("A key has no status; only people do.")
    return await _choose(hark, actor, actor.user_id, data)


@post(
    "/api/v1/agents/{user_id:uuid}/status",
    right="policies:write",
    tags=["agents"],
    operation_id="setAgentStatus",
    status_code=200,
)
async def set_agent_status(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    user_id: FromPath[UUID],
    data: JSONBody[StatusChoice],
) -> Agent:
    """The status of somebody who forgot to set it."""
    return await _choose(hark, actor, user_id, data)


async def _choose(hark: Hark, actor: Actor, user_id: UUID, choice: StatusChoice) -> Agent:
    async def work(connection: Connection) -> tuple[Agent, list[Fact]]:
        return await choose_status(connection, actor, user_id, choice.status, hark.clock())

    agent = await write(hark, actor, work)
    wake_routing(hark, actor.workspace_id)
    return agent


HANDLERS: list[Any] = [list_agents, update_agent, set_my_status, set_agent_status]
