"""Checks, keeps and removes routing policies. What contradicts itself is refused; what nobody can satisfy is kept, with a
warning."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Meta

from hark.infra.db import Connection
from hark.kernel.errors import Conflict, Invalid, NotFound
from hark.kernel.ids import new_id
from hark.routing.gather import as_policy
from hark.routing.models import RoutingPolicy, RoutingStep, Strategy
from hark.routing.policies import repository
from hark.workspaces import audit
from hark.workspaces.rights import Actor

Seconds = Annotated[int, Meta(ge=1, le=30 * 86_400)]
MOST_STEPS = 10


class RoutingPolicyDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A policy as it is to be. With neither team nor account it holds for the whole workspace."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    strategy: Strategy
    account_id: UUID | None = None
    team_id: UUID | None = None
    enabled: bool = True
    on_offline: Literal["stay", "reassign"] = "stay"
    sticky: bool = True
    sticky_wait_s: Seconds | None = None
    fair_limit: Annotated[int, Meta(ge=1, le=1000)] | None = None
    fair_window_s: Seconds = 3600
    language_level: Annotated[int, Meta(ge=1, le=5)] = 1
    excluded_tags: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=60)]], Meta(max_length=50)
    ] = []
    exclude_older_than_s: Seconds | None = None
    routing_steps: Annotated[list[RoutingStep], Meta(max_length=MOST_STEPS)] = []


class Warned(msgspec.Struct, frozen=True):
    """A saved policy, and what about it looks like a mistake: `code` nobody_in_team, nobody_has_capacity,
    nobody_has_skill {skill, level}."""

    policy: RoutingPolicy
    warnings: list[dict[str, Any]]


async def list_policies(connection: Connection, workspace_id: UUID) -> list[RoutingPolicy]:
    """The workspace's own first, then by name."""
    return [as_policy(row) for row in await repository.LIST.all(connection, workspace_id)]


async def load_policy(connection: Connection, workspace_id: UUID, policy_id: UUID) -> RoutingPolicy:
    row = await repository.FIND.find(connection, workspace_id, policy_id)
    if row is None:
        raise NotFound("There is no such routing policy.")
    return as_policy(row)


async def create_policy(
    connection: Connection, actor: Actor, draft: RoutingPolicyDraft, now: datetime
) -> Warned:
    policy_id = new_id(now)
    await check_draft(connection, actor.workspace_id, draft)
    await _write(connection, actor, repository.INSERT, policy_id, draft, now)
    return await _kept(connection, actor, policy_id, "routing_policy.created", now)


async def replace_policy(
    connection: Connection, actor: Actor, policy_id: UUID, draft: RoutingPolicyDraft, now: datetime
) -> Warned:
    await load_policy(connection, actor.workspace_id, policy_id)
    await check_draft(connection, actor.workspace_id, draft)
    await _write(connection, actor, repository.REPLACE, policy_id, draft, now)
    return await _kept(connection, actor, policy_id, "routing_policy.changed", now)


async def remove_policy(connection: Connection, actor: Actor, policy_id: UUID, now: datetime) -> None:
    name = await repository.DELETE.value(connection, actor.workspace_id, policy_id)
    if name is None:
        raise NotFound("There is no such routing policy.")
    await audit.note(connection, actor, "routing_policy.removed", now, subject=str(policy_id), name=name)


async def check_draft(connection: Connection, workspace_id: UUID, draft: RoutingPolicyDraft) -> None:
    """Refuses what contradicts itself or names what does not exist."""
    if draft.account_id is not None and draft.team_id is not None:
        raise Invalid(
            "A policy is for a team, for a channel or for everything.",
            fields={"team_id": "not with account_id"},
        )
    if draft.sticky_wait_s is not None and not draft.sticky:
        raise Invalid(
            "Waiting for the previous agent needs that they come first.",
            fields={"sticky_wait_s": "needs sticky"},
        )
    after = [step.after_s for step in draft.routing_steps]
    if any(seconds < 1 for seconds in after) or sorted(set(after)) != after:
        raise Invalid(
            "Each step comes later than the one before.",
            fields={"routing_steps": "after_s must grow, from 1 on"},
        )
    row = await repository.KNOWN.one(connection, workspace_id)
    teams, skills = set(row[0]), set(row[1])
    for step in draft.routing_steps:
        _check_step(step, teams, skills)


def _check_step(step: RoutingStep, teams: set[UUID], skills: set[str]) -> None:
    if step.skills is None and step.team_id is None and not step.any_team and not step.any_language:
        raise Invalid("A step changes something.", fields={"routing_steps": "a step changes nothing"})
    if step.any_team and step.team_id is not None:
        raise Invalid("Any team, or this one.", fields={"routing_steps": "any_team contradicts team_id"})
    if step.team_id is not None and step.team_id not in teams:
        raise Invalid("A step names a team that does not exist.", fields={"routing_steps": "no such team"})
    for skill, level in (step.skills or {}).items():
        if skill not in skills or not 1 <= level <= 5:
            raise Invalid(
                "A step names a skill that does not exist, or a level beyond 1 to 5.",
                fields={"routing_steps": "no such skill or level"},
            )


async def _write(
    connection: Connection,
    actor: Actor,
    statement: Any,
    policy_id: UUID,
    draft: RoutingPolicyDraft,
    now: datetime,
) -> None:
    try:
        await statement.run(
            connection, actor.workspace_id, policy_id, draft.name.strip(), draft.account_id, draft.team_id, draft.enabled,
            draft.strategy, draft.on_offline, draft.sticky, draft.sticky_wait_s, draft.fair_limit, draft.fair_window_s,
            draft.language_level, draft.excluded_tags, draft.exclude_older_than_s,
            msgspec.to_builtins(draft.routing_steps), now,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Conflict("There is a policy for this place already.", code="policy_exists") from error
    except asyncpg.ForeignKeyViolationError as error:
        raise Invalid(
            "This team or channel does not exist.", fields={"team_id": "or account_id does not exist"}
        ) from error


async def _kept(connection: Connection, actor: Actor, policy_id: UUID, action: str, now: datetime) -> Warned:
    policy = await load_policy(connection, actor.workspace_id, policy_id)
    await audit.note(connection, actor, action, now, subject=str(policy_id), name=policy.name)
    return Warned(policy, await warnings_of(connection, actor.workspace_id, policy))


async def warnings_of(
    connection: Connection, workspace_id: UUID, policy: RoutingPolicy
) -> list[dict[str, Any]]:
    """What nobody in the workspace can satisfy as things are."""
    people, able = await repository.STAFF.one(connection, workspace_id, policy.team_id)
    found: list[dict[str, Any]] = []
    if people == 0:
        found.append({"code": "nobody_in_team"})
    elif able == 0:
        found.append({"code": "nobody_has_capacity"})
    best = dict(await repository.BEST_LEVELS.all(connection, workspace_id))
    for step in policy.routing_steps:
        for skill, level in (step.skills or {}).items():
            if best.get(skill, 0) < level:
                found.append({"code": "nobody_has_skill", "skill": skill, "level": level})
    return found
