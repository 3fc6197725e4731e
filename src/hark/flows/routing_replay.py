"""The dry run of a policy: the last days once more under it, beside what happened. Nothing is changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

import msgspec

from hark.flows.context import Hark
from hark.kernel.ids import new_id
from hark.routing import repository
from hark.routing.gather import Policies, load_agents, load_policies
from hark.routing.models import RoutingPolicy, Waiting
from hark.routing.policies.keeping import RoutingPolicyDraft, check_draft
from hark.routing.simulate import Past, Played, Span, as_it_was, simulate

MOST = 20_000
"""Conversations at most, the newest: what is looked at stays bounded."""
SECONDS = 20.0
"""How long a run may take; what was played until then is told."""

Heard = Callable[[float], None]


class Replay(msgspec.Struct, frozen=True):
    """`happened` and `would` over the same conversations. `whole`: not cut off by a bound. `names` are the agents'."""

    since: datetime
    until: datetime
    happened: Played
    would: Played
    whole: bool
    names: dict[UUID, str]


async def replay_routing(
    hark: Hark, workspace_id: UUID, edited: RoutingPolicy, days: int = 7, heard: Heard | None = None
) -> Replay:
    """Plays the last `days` with `edited` in the place of the policy that it would be saved as. `heard` is told the
    progress, 0 to 1, on the event loop."""
    until = hark.clock()
    since = until - timedelta(days=days)
    async with hark.db.connection(timeout=30) as connection:
        found = (await load_policies(connection, [workspace_id]))[workspace_id]
        policies = _with(found, edited)
        rows = await repository.PAST.all(
            connection, workspace_id, since, until, MOST + 1, policies.asks_previous
        )
        rows_of_spans = await repository.SPANS.all(connection, workspace_id, since, until)
        agents = await load_agents(connection, workspace_id, policies, until)
    spans = [Span(*row) for row in rows_of_spans]
    past = [_past(row, policies) for row in reversed(rows[:MOST])]
    loop = asyncio.get_running_loop()
    ends = monotonic() + SECONDS
    last = [0.0]

    def progress(share: float) -> bool:
        if heard is not None and (share - last[0] >= 0.02 or share == 1.0):
            last[0] = share
            loop.call_soon_threadsafe(heard, share)
        return monotonic() < ends

    would, whole = await asyncio.to_thread(simulate, past, agents, spans, since, until, progress)
    return Replay(
        since=past[0].case.queued_at if len(rows) > MOST else since,
        until=until,
        happened=as_it_was(past, agents, until),
        would=would,
        whole=whole and len(rows) <= MOST,
        names={agent.id: agent.name for agent in agents},
    )


async def dry_run(
    hark: Hark, workspace_id: UUID, draft: RoutingPolicyDraft, policy_id: UUID | None, days: int
) -> Replay:
    """The same for a policy as it is written in a form; `policy_id` names the saved one that it would replace. Without it the
    draft takes the place of the policy that there is for the same team, account or workspace."""
    now = hark.clock()
    async with hark.db.connection() as connection:
        await check_draft(connection, workspace_id, draft)
        found = (await load_policies(connection, [workspace_id])).get(workspace_id)
    place = _in_place(found, draft) if found is not None else None
    values = msgspec.to_builtins(draft) | {"created_at": now, "updated_at": now}
    edited = msgspec.convert(values | {"id": policy_id or place or new_id(now)}, RoutingPolicy)
    return await replay_routing(hark, workspace_id, edited, days)


def _in_place(found: Policies, draft: RoutingPolicyDraft) -> UUID | None:
    if draft.team_id is not None:
        there = found.by_team.get(draft.team_id)
    elif draft.account_id is not None:
        there = found.by_account.get(draft.account_id)
    else:
        there = found.general
    return None if there is None else there.id


def _with(found: Policies, edited: RoutingPolicy) -> Policies:
    """The workspace's policies with one of them as it is being edited; switched off it is not there."""
    by_team = {key: each for key, each in found.by_team.items() if each.id != edited.id}
    by_account = {key: each for key, each in found.by_account.items() if each.id != edited.id}
    general = found.by_setting if found.general.id == edited.id else found.general
    if not edited.enabled:
        return Policies(by_team, by_account, general, found.by_setting)
    if edited.team_id is not None:
        by_team[edited.team_id] = edited
    elif edited.account_id is not None:
        by_account[edited.account_id] = edited
    else:
        general = edited
    return Policies(by_team, by_account, general, found.by_setting)


def _past(row: repository.PastRow, policies: Policies) -> Past:
    case = Waiting(
        id=row.id,
        account_id=row.account_id,
        platform=row.platform,
        source=row.source,
        priority=row.priority,
        queued_at=row.came_at,
        active_at=row.came_at,
        language=row.language,
        required_skills=row.required_skills,
        team_id=row.team_id,
        tags=row.tags,
        previous_agent=row.previous_agent,
        policy=policies.of(row.account_id, row.team_id),
    )
    return Past(case, row.agent_id, row.given_at, row.ended_at)
