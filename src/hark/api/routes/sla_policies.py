"""SLA policies, what changing them would do, and the clocks of a conversation."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from hark.api.writing import Once, write, write_once
from hark.flows import sla
from hark.flows.clocks import load_book
from hark.flows.context import Hark
from hark.flows.sla_preview import PreviewRequest, preview_change
from hark.infra.db import Connection
from hark.journal import Fact
from hark.kernel.errors import NotFound
from hark.kernel.pages import Page
from hark.sla import repository
from hark.sla.drafts import PolicyDraft, SlaPolicy
from hark.sla.policies import Targets, Tried
from hark.sla.preview import Preview
from hark.sla.reading import case_of, choose
from hark.sla.rows import ClockRow, Progress
from hark.workspaces.rights import Actor


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All policies of the workspace, the first to be tried first."""

    ids: Annotated[list[UUID], Meta(max_length=200)]


class ConversationClocks(msgspec.Struct, frozen=True):
    """The clocks of a conversation, oldest first; the policy that applies to it now with its row of targets; and the policies
    that were tried before it, each with the conditions (by their place in it) that did not hold. `pinned`: a rule gave it the
    policy, so that no conditions were asked."""

    clocks: list[ClockRow]
    policy: SlaPolicy | None
    targets: Targets | None
    tried: list[Tried]
    pinned: bool = False


@get("/api/v1/sla-policies", right="workspace:read", tags=["sla"], operation_id="listSlaPolicies")
async def list_policies(hark: NamedDependency[Hark], actor: NamedDependency[Actor]) -> Page[SlaPolicy]:
    """The policies in the order in which they are tried, all on one page."""
    async with hark.db.connection() as connection:
        return Page(await sla.list_policies(connection, actor.workspace_id), None)


@post("/api/v1/sla-policies", right="policies:write", tags=["sla"], operation_id="createSlaPolicy")
async def create_policy(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    once: NamedDependency[Once],
    data: JSONBody[PolicyDraft],
) -> SlaPolicy:
    """A new policy, tried after all others, with warnings about what may not be meant."""

    async def work(connection: Connection) -> tuple[SlaPolicy, list[Fact]]:
        return await sla.create_policy(connection, actor, data, hark.clock())

    return await write_once(hark, actor, once, SlaPolicy, work)


@get(
    "/api/v1/sla-policies/{policy_id:uuid}", right="workspace:read", tags=["sla"], operation_id="getSlaPolicy"
)
async def get_policy(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], policy_id: FromPath[UUID]
) -> SlaPolicy:
    """One policy."""
    async with hark.db.connection() as connection:
        return await sla.load_policy(connection, actor.workspace_id, policy_id)


@put(
    "/api/v1/sla-policies/{policy_id:uuid}",
    right="policies:write",
    tags=["sla"],
    operation_id="updateSlaPolicy",
)
async def update_policy(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    policy_id: FromPath[UUID],
    data: JSONBody[PolicyDraft],
) -> SlaPolicy:
    """The policy anew. Open clocks follow at once, in the background; see `getSlaProgress`."""

    async def work(connection: Connection) -> tuple[SlaPolicy, list[Fact]]:
        return await sla.change_policy(connection, actor, policy_id, data, hark.clock())

    return await write(hark, actor, work)


@delete(
    "/api/v1/sla-policies/{policy_id:uuid}",
    right="policies:write",
    tags=["sla"],
    operation_id="removeSlaPolicy",
)
async def remove_policy(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], policy_id: FromPath[UUID]
) -> None:
    """Removes a policy. Its open clocks are cancelled or taken over by another policy; breaches stay."""

    async def work(connection: Connection) -> tuple[None, list[Fact]]:
        return await sla.remove_policy(connection, actor, policy_id, hark.clock())

    await write(hark, actor, work)


@put("/api/v1/sla-policies/order", right="policies:write", tags=["sla"], operation_id="orderSlaPolicies")
async def order_policies(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], data: JSONBody[Order]
) -> Page[SlaPolicy]:
    """Another order in which the policies are tried."""

    async def work(connection: Connection) -> tuple[list[SlaPolicy], list[Fact]]:
        return await sla.order_policies(connection, actor, data.ids, hark.clock())

    return Page(await write(hark, actor, work), None)


@post(
    "/api/v1/sla-policies/preview",
    right="policies:write",
    tags=["sla"],
    operation_id="previewSlaChange",
    status_code=200,
)
async def preview_policies(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], data: JSONBody[PreviewRequest]
) -> Preview:
    """What saving a policy or calendar would do to the open conversations: how many change, how many are late at once."""
    return await preview_change(hark, actor.workspace_id, data)


@get("/api/v1/sla-policies/progress", right="workspace:read", tags=["sla"], operation_id="getSlaProgress")
async def progress(hark: NamedDependency[Hark], actor: NamedDependency[Actor]) -> Progress | None:
    """How far what was saved last is applied to the conversations that were open then; null when nothing ever was."""
    async with hark.db.connection() as connection:
        return await repository.PROGRESS.find(connection, actor.workspace_id)


@get(
    "/api/v1/conversations/{conversation_id:uuid}/clocks",
    right="conversations:read",
    tags=["sla"],
    operation_id="getClocks",
)
async def clocks(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], conversation_id: FromPath[UUID]
) -> ConversationClocks:
    """A conversation's clocks, and why this policy."""
    workspace = actor.workspace_id
    async with hark.db.connection() as connection:
        cases = await repository.CASES.all(connection, [workspace], [conversation_id])
        if not cases:
            raise NotFound("There is no such conversation.")
        found = await repository.CLOCKS_OF.all(connection, workspace, conversation_id)
        selection, _ = choose((await load_book(connection, [workspace]))[workspace], case_of(cases[0]))
        chosen = selection.policy
        policy = None if chosen is None else await sla.load_policy(connection, workspace, chosen.id)
    return ConversationClocks(found, policy, selection.targets, list(selection.tried), selection.pinned)


HANDLERS: list[Any] = [
    list_policies,
    create_policy,
    order_policies,
    preview_policies,
    progress,
    get_policy,
    update_policy,
    remove_policy,
    clocks,
]
