"""What a decision is made from, and policies as rows and API answers. All ids are UUIDs, all times aware UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

AgentStatus = Literal["online", "away", "offline"]
Strategy = Literal["manual", "previous_agent", "round_robin", "load_balanced", "skill_based"]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Hours(msgspec.Struct, frozen=True):
    """An agent's working hours: local spans per weekday ("mon" ... "sun"), each [from, to] as "HH:MM", "24:00" at the end
    of a day; a span that ends before it begins runs into the next day."""

    zone: str
    week: dict[str, list[tuple[str, str]]]


class RoutingStep(msgspec.Struct, frozen=True):
    """After `after_s` seconds of waiting (inclusive) other demands apply. `skills` None and `team_id` None leave these as they
    are; `any_team` and `any_language` drop the demand."""

    after_s: int
    skills: dict[str, int] | None = None
    team_id: UUID | None = None
    any_team: bool = False
    any_language: bool = False


class RoutingPolicy(msgspec.Struct, frozen=True):
    """A policy as its row: the team's comes before the account's, that before the workspace's (both None).

    `sticky_wait_s`: so long does a conversation wait for its previous agent who is online but full. `fair_limit`: at most so
    many automatic assignments per agent in `fair_window_s` seconds. Skills are named by their ids."""

    id: UUID
    name: str
    account_id: UUID | None
    team_id: UUID | None
    enabled: bool
    strategy: Strategy
    on_offline: Literal["stay", "reassign"]
    sticky: bool
    sticky_wait_s: int | None
    fair_limit: int | None
    fair_window_s: int
    language_level: int
    excluded_tags: list[str]
    exclude_older_than_s: int | None
    routing_steps: list[RoutingStep]
    created_at: datetime
    updated_at: datetime


class PolicyRow(msgspec.Struct, frozen=True):
    """The same with its JSON as it comes, and with the workspace."""

    workspace_id: UUID
    id: UUID
    name: str
    account_id: UUID | None
    team_id: UUID | None
    enabled: bool
    strategy: Strategy
    on_offline: Literal["stay", "reassign"]
    sticky: bool
    sticky_wait_s: int | None
    fair_limit: int | None
    fair_window_s: int
    language_level: int
    excluded_tags: list[str]
    exclude_older_than_s: int | None
    routing_steps: list[dict[str, Any]]
    created_at: datetime
    updated_at: datetime


class Agent(msgspec.Struct):
    """An agent at the moment of a decision. `capacity` None: no limit. `capacities` and `loads` are by "platform:<key>" and
    "source:<key>"; `load` is how many open conversations the agent has. `languages` and `accounts` None: not limited.
    `recent`: when the last automatic assignments were, oldest first, as far back as any policy's window."""

    id: UUID
    name: str = ""
    status: AgentStatus = "offline"
    since: datetime | None = None
    capacity: int | None = None
    capacities: dict[str, int] = {}
    load: int = 0
    loads: dict[str, int] = {}
    skills: dict[str, int] = {}
    languages: dict[str, int] | None = None
    teams: frozenset[UUID] = frozenset()
    accounts: frozenset[UUID] | None = None
    hours: Hours | None = None
    last_assigned_at: datetime | None = None
    recent: list[datetime] = []


class Waiting(msgspec.Struct, frozen=True):
    """A conversation that waits for an agent. `priority` 0 (low) to 3 (urgent); `queued_at` is its age in the queue;
    `policy` the one that applies to it."""

    id: UUID
    account_id: UUID
    platform: str
    source: str
    priority: int
    queued_at: datetime
    active_at: datetime
    status: str = "open"
    bot_owned: bool = False
    language: str | None = None
    required_skills: dict[str, int] = {}
    team_id: UUID | None = None
    tags: list[str] = []
    previous_agent: UUID | None = None
    policy: RoutingPolicy | None = None


class Block(msgspec.Struct, frozen=True):
    """Why an agent cannot take a conversation, or why a conversation is not handed out: `code` and its values.

    Agents: away, offline, off_hours {until}, not_in_team {team_id}, not_on_account {account_id},
    lacks_language {language, level, has}, lacks_skill {skill, level, has}, full {load, capacity},
    full_on {place, load, capacity}, fair_limit {limit, until}.
    Conversations: not_open {status}, bot_owned, manual, excluded_tag {tag}, too_old {since, limit_s}, nobody {passed},
    waits_for_previous {agent_id, until}, no_previous."""

    code: str
    values: dict[str, Any] = {}


class Given(msgspec.Struct, frozen=True):
    """The intention to give a conversation to an agent. `stamp` is the agent's new place in the rotation."""

    conversation_id: UUID
    agent_id: UUID
    stamp: datetime
    waited_s: int
    reason: dict[str, Any]


class Left(msgspec.Struct, frozen=True):
    """A conversation that stays in the queue, and why."""

    conversation_id: UUID
    because: Block


class Decisions(msgspec.Struct, frozen=True):
    """What one look at the queue decided, in the order of the queue."""

    given: list[Given]
    left: list[Left]
