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


class Assignment(msgspec.Struct, frozen=True):
    """An entry of the log of assignments: the body of the fact `assignment.changed`. `agent_id` None: back to the queue."""

    id: UUID
    conversation_id: UUID
    agent_id: UUID | None
    before_id: UUID | None
    team_id: UUID | None
    policy_id: UUID | None
    automatic: bool
    by: str
    reasons: dict[str, Any]
    waited_s: int | None
    at: datetime
