"""Agents, teams and skills as rows, as API answers and as the bodies of facts. All ids are UUIDs, all times aware UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from hark.workspaces.models import Role

Status = Literal["online", "away", "offline"]
STATUSES: tuple[Status, ...] = ("online", "away", "offline")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class WorkingHours(msgspec.Struct, frozen=True):
    """Local spans per weekday ("mon" to "sun"), each [from, to] as "HH:MM"; "24:00" ends a day, and a span that ends before
    it begins runs into the next day. `zone` is an IANA name."""

    zone: str
    week: dict[str, list[tuple[str, str]]]


class AgentSkill(msgspec.Struct, frozen=True):
    """`level` 1 (knows a little) to 5 (knows best)."""

    skill_id: UUID
    level: int


class AgentLanguage(msgspec.Struct, frozen=True):
    """`language` is a two-letter code, `level` 1 to 5."""

    language: str
    level: int


class Agent(msgspec.Struct, frozen=True):
    """A member as routing sees them; the body of the fact `agent.changed`.

    `automatic`: the status follows from presence, not from what the person chose (`chosen`). `capacity` null: no limit;
    `capacities` limits "platform:<key>" and "source:<dm|comment|mention|review>" besides. No `languages`, or no
    `accounts`: not limited by them. `hours` null: always on duty.
    """

    user_id: UUID
    name: str
    role: Role
    status: Status
    since: datetime | None
    automatic: bool
    chosen: Status | None
    capacity: int | None
    capacities: dict[str, int]
    skills: list[AgentSkill]
    languages: list[AgentLanguage]
    team_ids: list[UUID]
    account_ids: list[UUID]
    hours: WorkingHours | None


class ListedAgent(Agent, frozen=True):
    """An agent as lists show them. `load` counts open conversations that they have; it moves without facts of the agent."""

    load: int


class Team(msgspec.Struct, frozen=True):
    """`member_ids` in the order of names."""

    id: UUID
    name: str
    description: str
    member_ids: list[UUID]
    created_at: datetime
    updated_at: datetime


class Skill(msgspec.Struct, frozen=True):
    id: UUID
    name: str


class StandingRow(msgspec.Struct, frozen=True):
    """An agent's status as stored, and what decides about it. `connected_until` null: no connection."""

    workspace_id: UUID
    user_id: UUID
    status: Status
    automatic: bool
    chosen: Status | None
    active_at: datetime | None
    connected_until: datetime | None
    away_after_s: int
