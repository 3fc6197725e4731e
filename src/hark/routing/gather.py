"""What decisions are made from, read in a few statements for a whole workspace."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hark.infra.db import Connection
from hark.routing import repository
from hark.routing.models import Agent, Hours, PolicyRow, RoutingPolicy, Waiting

ALL = "all"
AUTOMATIC = frozenset({"previous_agent", "round_robin", "load_balanced", "skill_based"})


class Policies(msgspec.Struct, frozen=True):
    """The policies of a workspace that are switched on; `by_setting` is what it keeps to without a policy for everything."""

    by_team: dict[UUID, RoutingPolicy]
    by_account: dict[UUID, RoutingPolicy]
    general: RoutingPolicy
    by_setting: RoutingPolicy

    def of(self, account_id: UUID, team_id: UUID | None) -> RoutingPolicy:
        """The team's, else the account's, else the workspace's."""
        found = self.by_team.get(team_id) if team_id is not None else None
        return found or self.by_account.get(account_id) or self.general

    def all(self) -> list[RoutingPolicy]:
        return [*self.by_team.values(), *self.by_account.values(), self.general]

    @property
    def automatic(self) -> bool:
        return any(each.strategy in AUTOMATIC for each in self.all())

    @property
    def needs_online(self) -> bool:
        """Nothing is handed out while nobody is online; only `previous_agent` gives work to the absent."""
        return all(each.strategy != "previous_agent" for each in self.all())

    @property
    def reassigns(self) -> bool:
        return any(each.on_offline == "reassign" and each.strategy in AUTOMATIC for each in self.all())

    @property
    def asks_previous(self) -> bool:
        return any(
            each.sticky or each.strategy == "previous_agent"
            for each in self.all()
            if each.strategy in AUTOMATIC
        )

    @property
    def window_s(self) -> int:
        return max((each.fair_window_s for each in self.all() if each.fair_limit is not None), default=0)


async def load_policies(connection: Connection, workspace_ids: Iterable[UUID]) -> dict[UUID, Policies]:
    asked = list(workspace_ids)
    rows: dict[UUID, list[RoutingPolicy]] = defaultdict(list)
    for row in await repository.POLICIES.all(connection, asked):
        rows[row.workspace_id].append(as_policy(row))
    settings = await repository.SETTINGS.all(connection, asked)
    return {each: _policies(rows[each], _by_setting(each, routing, at)) for each, routing, at in settings}


def as_policy(row: PolicyRow) -> RoutingPolicy:
    values = msgspec.structs.asdict(row)
    del values["workspace_id"]
    return msgspec.convert(values, RoutingPolicy)


def _policies(rows: Sequence[RoutingPolicy], by_setting: RoutingPolicy) -> Policies:
    return Policies(
        {each.team_id: each for each in rows if each.team_id is not None},
        {each.account_id: each for each in rows if each.account_id is not None},
        next((each for each in rows if each.team_id is None and each.account_id is None), by_setting),
        by_setting,
    )


def _by_setting(workspace_id: UUID, routing: str, at: datetime) -> RoutingPolicy:
    """A workspace that has no policy keeps to its setting."""
    strategy = "previous_agent" if routing == "previous_agent" else "manual"
    values = {
        "id": workspace_id, "name": routing, "account_id": None, "team_id": None, "enabled": True, "strategy": strategy,
        "on_offline": "stay", "sticky": True, "sticky_wait_s": None, "fair_limit": None, "fair_window_s": 3600,
        "language_level": 1, "excluded_tags": [], "exclude_older_than_s": None, "routing_steps": [], "created_at": at,
        "updated_at": at,
    }  # fmt: skip
    return msgspec.convert(values, RoutingPolicy)


async def load_agents(
    connection: Connection, workspace_id: UUID, policies: Policies, now: datetime
) -> list[Agent]:
    rows = await repository.AGENTS.all(connection, workspace_id)
    abilities: dict[tuple[str, UUID], dict[str, int]] = defaultdict(dict)
    for kind, agent_id, which, level in await repository.ABILITIES.all(connection, workspace_id):
        abilities[kind, agent_id][which] = level
    loads: dict[UUID, Counter[str]] = defaultdict(Counter)
    for agent_id, platform, source, count in await repository.LOADS.all(connection, workspace_id):
        loads[agent_id].update({ALL: count, f"platform:{platform}": count, f"source:{source}": count})
    recent: Mapping[UUID, list[datetime]] = {}
    if policies.window_s:
        recent = await _recent(connection, workspace_id, now - timedelta(seconds=policies.window_s))
    return [_agent(row, abilities, loads[row.user_id], recent.get(row.user_id, [])) for row in rows]


async def _recent(connection: Connection, workspace_id: UUID, since: datetime) -> dict[UUID, list[datetime]]:
    found: dict[UUID, list[datetime]] = defaultdict(list)
    for agent_id, at in await repository.RECENT.all(connection, workspace_id, since):
        found[agent_id].append(at)
    return found


def _agent(
    row: repository.AgentRow,
    abilities: Mapping[tuple[str, UUID], dict[str, int]],
    loads: Counter[str],
    recent: list[datetime],
) -> Agent:
    accounts = abilities.get(("account", row.user_id))
    return Agent(
        id=row.user_id,
        name=row.name,
        status=row.status,
        since=row.since,
        capacity=row.capacity,
        capacities=row.capacities,
        load=loads.pop(ALL, 0),
        loads=dict(loads),
        skills=abilities.get(("skill", row.user_id), {}),
        languages=abilities.get(("language", row.user_id)),
        teams=frozenset(UUID(each) for each in abilities.get(("team", row.user_id), ())),
        accounts=None if accounts is None else frozenset(UUID(each) for each in accounts),
        hours=None if row.hours is None else msgspec.convert(row.hours, Hours),
        last_assigned_at=row.last_assigned_at,
        recent=recent,
    )


def as_waiting(row: repository.WaitingRow, policies: Policies) -> Waiting:
    return Waiting(
        id=row.id,
        account_id=row.account_id,
        platform=row.platform,
        source=row.source,
        priority=row.priority,
        queued_at=row.queued_at,
        active_at=row.active_at,
        status=row.status,
        bot_owned=row.bot_owned,
        language=row.language,
        required_skills=row.required_skills,
        team_id=row.team_id,
        tags=row.tags,
        previous_agent=row.previous_agent,
        policy=policies.of(row.account_id, row.team_id),
    )
