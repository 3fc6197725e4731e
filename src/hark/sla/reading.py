"""Stored policies as the pure part knows them, and which plan they make for a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from hark.sla.clocks import Plan
from hark.sla.policies import Case, Condition, Policy, Selection, Targets, plan_of, select_policy
from hark.sla.rows import CaseRow, OpenRow, PolicyRow

ALWAYS = ""
"""The key of the calendar that is always open."""
VIP = "vip"
"""The tag that makes a conversation that of a VIP."""


class Ruled(msgspec.Struct, frozen=True):
    """A policy and the key of the calendar it counts by."""

    policy: Policy
    calendar: str


Book = dict[UUID, list[Ruled]]
"""The policies in force, in their order, by workspace."""


def calendar_key(calendar_id: UUID | None, version: int | None) -> str:
    """Names one unchanging content."""
    return ALWAYS if calendar_id is None else f"{calendar_id}:{version}"


def policy_of(row: PolicyRow) -> Ruled:
    values: dict[str, Any] = msgspec.structs.asdict(row)
    for name in ("workspace_id", "calendar_version", "created_at", "updated_at"):
        del values[name]
    policy = Policy(
        **values
        | {
            "targets": msgspec.convert(row.targets, tuple[Targets, ...]),
            "conditions": msgspec.convert(row.conditions, tuple[Condition, ...]),
            "pause_statuses": tuple(row.pause_statuses),
        }
    )
    return Ruled(policy, calendar_key(row.calendar_id, row.calendar_version))


def case_of(row: CaseRow | OpenRow) -> Case:
    """What policies look at."""
    return Case(
        account=str(row.account_id),
        platform=row.platform,
        source=row.source,
        priority=row.priority,
        tags=frozenset(row.tags),
        vip=any(tag.lower() == VIP for tag in row.tags),
        language=row.language,
        team=None if row.team_id is None else str(row.team_id),
        pinned=row.pinned_policy_id,
    )


def plan_for(book: Mapping[UUID, Sequence[Ruled]], row: CaseRow) -> Plan | None:
    return choose(book.get(row.workspace_id, ()), case_of(row))[1]


def choose(ruled: Sequence[Ruled], case: Case) -> tuple[Selection, Plan | None]:
    """The policy that applies, and the plan that it makes."""
    selection = select_policy([each.policy for each in ruled], case)
    if selection.policy is None:
        return selection, None
    calendar = next(each.calendar for each in ruled if each.policy.id == selection.policy.id)
    return selection, plan_of(selection, calendar)
