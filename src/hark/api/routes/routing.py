"""Routing: policies, the live queue, and why a conversation went where it did."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from hark.api.writing import write
from hark.flows.context import Hark
from hark.flows.queue import LONGEST, QueueView, look_at_queue
from hark.flows.routing import wake_routing
from hark.inbox.assigned import Assignment
from hark.inbox.listing.conversations import load_conversation
from hark.infra.db import Connection
from hark.journal import Fact
from hark.kernel.pages import Page
from hark.routing.models import RoutingPolicy
from hark.routing.policies import (
    RoutingPolicyDraft,
    Warned,
    create_policy,
    list_policies,
    remove_policy,
    replace_policy,
)
from hark.routing.repository import HISTORY
from hark.workspaces.rights import Actor


@get("/api/v1/routing/policies", right="members:read", tags=["routing"], operation_id="listRoutingPolicies")
async def list_all(hark: NamedDependency[Hark], actor: NamedDependency[Actor]) -> Page[RoutingPolicy]:
    """Routing policies, the workspace's own first. All of them on one page."""
    async with hark.db.connection() as connection:
        return Page(await list_policies(connection, actor.workspace_id), None)


@post(
    "/api/v1/routing/policies", right="policies:write", tags=["routing"], operation_id="createRoutingPolicy"
)
async def create(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], data: JSONBody[RoutingPolicyDraft]
) -> Warned:
    """A policy for the workspace, a channel account or a team. It holds at once for everything that waits."""

    async def work(connection: Connection) -> tuple[Warned, list[Fact]]:
        return await create_policy(connection, actor, data, hark.clock()), []

    saved = await write(hark, actor, work)
    wake_routing(hark, actor.workspace_id)
    return saved


@put(
    "/api/v1/routing/policies/{policy_id:uuid}",
    right="policies:write",
    tags=["routing"],
    operation_id="replaceRoutingPolicy",
)
async def replace(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    policy_id: FromPath[UUID],
    data: JSONBody[RoutingPolicyDraft],
) -> Warned:
    """Saves a policy anew. What is given away already stays where it is."""

    async def work(connection: Connection) -> tuple[Warned, list[Fact]]:
        return await replace_policy(connection, actor, policy_id, data, hark.clock()), []

    saved = await write(hark, actor, work)
    wake_routing(hark, actor.workspace_id)
    return saved


@delete(
    "/api/v1/routing/policies/{policy_id:uuid}",
    right="policies:write",
    tags=["routing"],
    operation_id="removeRoutingPolicy",
)
async def remove(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], policy_id: FromPath[UUID]
) -> None:
    """Removes a policy; the next wider one holds, at last the workspace's setting."""

    async def work(connection: Connection) -> tuple[None, list[Fact]]:
        await remove_policy(connection, actor, policy_id, hark.clock())
        return None, []

    await write(hark, actor, work)
    wake_routing(hark, actor.workspace_id)


@get("/api/v1/queue", right="conversations:read", tags=["routing"], operation_id="getQueue")
async def get_queue(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    limit: Annotated[int, QueryParameter(ge=1, le=LONGEST)] = LONGEST,
) -> QueueView:
    """What waits in the order in which it is given away, who could take each and why it waits; and the agents with their load."""
    async with hark.db.connection() as connection:
        return await look_at_queue(connection, actor.workspace_id, limit, hark.clock())


@get(
    "/api/v1/conversations/{conversation_id:uuid}/assignments",
    right="conversations:read",
    tags=["routing"],
    operation_id="listAssignments",
)
async def assignments(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], conversation_id: FromPath[UUID]
) -> Page[Assignment]:
    """Who got a conversation, when and why, oldest first."""
    async with hark.db.connection() as connection:
        await load_conversation(connection, actor.workspace_id, conversation_id)
        return Page(await HISTORY.all(connection, actor.workspace_id, conversation_id), None)


HANDLERS: list[Any] = [list_all, create, replace, remove, get_queue, assignments]
