"""Agents as PostgreSQL gives them, their JSON still plain."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hark.workspaces.agents.models import Agent, ListedAgent


class AgentRow(msgspec.Struct, frozen=True):
    user_id: UUID
    name: str
    role: str
    status: str
    since: datetime | None
    automatic: bool
    chosen: str | None
    capacity: int | None
    capacities: dict[str, int]
    skills: list[dict[str, Any]]
    languages: list[dict[str, Any]]
    team_ids: list[UUID]
    account_ids: list[UUID]
    hours: dict[str, Any] | None


class ListedAgentRow(AgentRow, frozen=True):
    load: int


def agent_of(row: AgentRow) -> Agent:
    return msgspec.convert(msgspec.structs.asdict(row), Agent)


def listed_agent_of(row: ListedAgentRow) -> ListedAgent:
    return msgspec.convert(msgspec.structs.asdict(row), ListedAgent)
