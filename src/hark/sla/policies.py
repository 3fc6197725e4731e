"""Which policy applies to a conversation, which targets, and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec

from hark.sla.clocks import Plan, Status

Field = Literal["account", "platform", "source", "priority", "tag", "vip", "language", "team"]
Operator = Literal["is", "is_not", "any_of", "none_of"]


class Condition(msgspec.Struct, frozen=True):
    """One question to the conversation. `values`: ids, words or "true"/"false" (vip). `tag` holds when one of the conversation's
    tags does."""

    field: Field
    operator: Operator
    values: tuple[str, ...]


class Targets(msgspec.Struct, frozen=True):
    """Minutes of business time for a priority and a source (None: any). The row that fits best applies whole: source and
    priority, else source, else priority, else neither."""

    priority: str | None = None
    source: str | None = None
    first_response: int | None = None
    next_response: int | None = None
    resolution: int | None = None


class Policy(msgspec.Struct, frozen=True):
    """One policy as saved. `calendar_id` None: around the clock. `match`: all or any of the conditions; none at all: every
    conversation."""

    id: UUID
    version: int
    name: str
    position: int
    targets: tuple[Targets, ...]
    conditions: tuple[Condition, ...] = ()
    match: Literal["all", "any"] = "all"
    calendar_id: UUID | None = None
    pause_statuses: tuple[Status, ...] = ("pending",)
    warn_at_percent: int | None = 80
    enabled: bool = True


class Case(msgspec.Struct, frozen=True):
    """What is known of the conversation."""

    account: str
    platform: str
    source: str
    priority: str
    tags: frozenset[str] = frozenset()
    vip: bool = False
    language: str | None = None
    team: str | None = None


class Tried(msgspec.Struct, frozen=True):
    """One policy that was looked at. `failed`: indexes of the conditions that did not hold."""

    policy_id: UUID
    name: str
    matched: bool
    failed: tuple[int, ...] = ()


class Selection(msgspec.Struct, frozen=True):
    """The policy that applies (the first match by position), its row of targets, and what was tried before it."""

    policy: Policy | None
    targets: Targets | None
    tried: tuple[Tried, ...]


def select_policy(policies: Sequence[Policy], case: Case) -> Selection:
    raise NotImplementedError


def plan_of(selection: Selection, calendar: str) -> Plan | None:
    """The plan for the clocks; `calendar` is the key by which they find it. None when no policy or no target applies."""
    raise NotImplementedError


def check_policy(policy: Policy) -> None:
    """Raises Invalid with a sentence per field."""
    raise NotImplementedError


def warnings(policy: Policy, earlier: Sequence[Policy]) -> list[dict[str, Any]]:
    """What looks wrong but may be meant: {code, fields, values}."""
    raise NotImplementedError
