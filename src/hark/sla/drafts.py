"""Calendars and policies as they come in and go out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from hark.sla.clocks import Status
from hark.sla.policies import Condition, Targets
from hark.sla.spec import CalendarSpec

Name = Annotated[str, Meta(min_length=1, max_length=120)]


class Caution(msgspec.Struct, frozen=True):
    """What looks wrong and may be meant. `code` says what, `field` where, `values` with what."""

    code: str
    field: str = ""
    values: list[Any] = []


class CalendarDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    spec: CalendarSpec


class PolicyDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`calendar_id` null: around the clock. `targets` in minutes of the calendar's open time. `warn_at_percent` null: no
    warning."""

    name: Name
    targets: Annotated[tuple[Targets, ...], Meta(max_length=100)]
    conditions: Annotated[tuple[Condition, ...], Meta(max_length=50)] = ()
    match: Literal["all", "any"] = "all"
    calendar_id: UUID | None = None
    pause_statuses: Annotated[tuple[Status, ...], Meta(max_length=4)] = ("pending",)
    warn_at_percent: int | None = 80
    enabled: bool = True


class BusinessCalendar(msgspec.Struct, frozen=True):
    """A calendar. `version` rises with every change of its hours; `policies` are the names of those that count by it."""

    id: UUID
    name: str
    version: int
    spec: CalendarSpec
    policies: list[str]
    created_at: datetime
    updated_at: datetime
    warnings: list[Caution] = []


class SlaPolicy(msgspec.Struct, frozen=True):
    """A policy. The first that matches a conversation, by `position`, applies to it."""

    id: UUID
    version: int
    name: str
    position: int
    targets: tuple[Targets, ...]
    conditions: tuple[Condition, ...]
    match: Literal["all", "any"]
    calendar_id: UUID | None
    pause_statuses: tuple[Status, ...]
    warn_at_percent: int | None
    enabled: bool
    created_at: datetime
    updated_at: datetime
    warnings: list[Caution] = []
