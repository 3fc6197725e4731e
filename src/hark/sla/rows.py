"""Rows of the SLA's tables as statements give them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class CaseRow(msgspec.Struct, frozen=True):
    """A conversation with what policies look at and what its clocks were remembered by. `policies`: any are in force."""

    workspace_id: UUID
    id: UUID
    account_id: UUID
    platform: str
    source: str
    priority: str
    tags: list[str]
    language: str | None
    team_id: UUID | None
    status: str
    status_at: datetime
    bot_owned: bool
    queued_at: datetime | None
    waiting_since: datetime | None
    window_opened_at: datetime | None
    answer_by: datetime | None
    answer_by_reason: dict[str, Any] | None
    sla_policy_id: UUID | None
    pinned_policy_id: UUID | None
    record: bytes | None


class SaidRow(msgspec.Struct, frozen=True):
    workspace_id: UUID
    conversation_id: UUID
    id: UUID
    at: datetime
    by_customer: bool


class DueRow(msgspec.Struct, frozen=True):
    workspace_id: UUID
    id: UUID


class PolicyRow(msgspec.Struct, frozen=True):
    """A policy as stored. `deleted`: only its name is still of use."""

    workspace_id: UUID
    id: UUID
    version: int
    name: str
    position: int
    targets: list[dict[str, Any]]
    conditions: list[dict[str, Any]]
    match: str
    calendar_id: UUID | None
    calendar_version: int | None
    pause_statuses: list[str]
    warn_at_percent: int | None
    enabled: bool
    created_at: datetime
    updated_at: datetime


class CalendarRow(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    version: int
    spec: dict[str, Any]
    policies: list[str]
    created_at: datetime
    updated_at: datetime


class VersionRow(msgspec.Struct, frozen=True):
    calendar_id: UUID
    version: int
    spec: dict[str, Any]


class RulesRow(msgspec.Struct, frozen=True):
    """Which policies and calendars are in force (`version`), and since when."""

    workspace_id: UUID
    version: int
    changed_at: datetime


class Progress(msgspec.Struct, frozen=True):
    """How far the policies as saved last are applied to the conversations that were open then. `finished_at` null: going on."""

    version: int
    changed_at: datetime
    total: int
    done: int
    changed: int
    finished_at: datetime | None


class ClockRow(msgspec.Struct, frozen=True):
    """A clock of a conversation. (`conversation_id`, `kind`, `cycle`) name it. `policy_id` and `policy_name`: by which it was
    counted last."""

    conversation_id: UUID
    kind: str
    cycle: int
    state: str
    policy_id: UUID | None
    policy_name: str | None
    target_minutes: int
    started_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    warned_at: datetime | None
    breached_at: datetime | None
    paused_at: datetime | None
    ended_at: datetime | None


class OpenRow(msgspec.Struct, frozen=True):
    """An open conversation as the preview looks at it; its open clocks in arrays of one length. `held`: they stood still once."""

    id: UUID
    number: int
    account_id: UUID
    platform: str
    source: str
    priority: str
    tags: list[str]
    language: str | None
    team_id: UUID | None
    pinned_policy_id: UUID | None
    answered: bool
    waiting_since: datetime | None
    created_at: datetime
    followed: bool
    held: bool
    kinds: list[str] | None
    states: list[str] | None
    targets: list[int] | None
    starts: list[datetime] | None
    dues: list[datetime | None] | None
