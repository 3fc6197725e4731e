"""The dry run of a routing policy, before it is saved."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from hark.flows.context import Hark
from hark.flows.routing_replay import Replay, dry_run
from hark.routing.policies import RoutingPolicyDraft
from hark.workspaces.rights import Actor


class RoutingDryRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A policy as it would be saved; `policy_id` when it replaces one."""

    policy: RoutingPolicyDraft
    policy_id: UUID | None = None
    days: Annotated[int, Meta(ge=1, le=30)] = 7


@post(
    "/api/v1/routing/policies/dry-run",
    right="policies:write",
    tags=["routing"],
    operation_id="dryRunRoutingPolicy",
    status_code=200,
)
async def try_out(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], data: JSONBody[RoutingDryRun]
) -> Replay:
    """Plays the last days once more under the policy: who would have got how many, how long they would have waited, and how
    often somebody would have had too many; beside what happened. Nothing is changed."""
    return await dry_run(hark, actor.workspace_id, data.policy, data.policy_id, data.days)


HANDLERS: list[Any] = [try_out]
