"""Calendars and policies are saved: checked, with a word on what looks wrong, and applied from that moment on.

What is open already is brought up to them in the background (`flows/rollout.py`), from the time of saving on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from hark.flows.calendars import load_calendars
from hark.infra.db import Connection
from hark.journal import Fact, fact_of
from hark.kernel.errors import Conflict, Invalid, NotFound
from hark.kernel.ids import new_id
from hark.sla import repository
from hark.sla.calendar import build_calendar
from hark.sla.drafts import BusinessCalendar, CalendarDraft, Caution, PolicyDraft, SlaPolicy
from hark.sla.feasible import calendar_warnings, target_warnings
from hark.sla.policies import Policy, check_policy
from hark.sla.policies import warnings as policy_warnings
from hark.sla.reading import calendar_key, policy_of
from hark.sla.rows import CalendarRow, PolicyRow
from hark.sla.spec import CalendarSpec
from hark.workspaces import audit
from hark.workspaces.rights import Actor

MOST_POLICIES = 200
MOST_CALENDARS = 200

# Calendars ----------------------------------------------------------------------------------------------------------------------


async def list_calendars(connection: Connection, workspace_id: UUID) -> list[BusinessCalendar]:
    return [calendar_view(row) for row in await repository.CALENDARS.all(connection, workspace_id)]


async def load_calendar(connection: Connection, workspace_id: UUID, calendar_id: UUID) -> BusinessCalendar:
    row = await repository.FIND_CALENDAR.find(connection, workspace_id, calendar_id)
    if row is None:
        raise NotFound("There is no such calendar.")
    return calendar_view(row)


async def create_calendar(
    connection: Connection, actor: Actor, draft: CalendarDraft, now: datetime
) -> tuple[BusinessCalendar, list[Fact]]:
    """Nothing counts by it yet, so nothing is to be applied."""
    warnings = check_spec(draft.spec, now)
    if len(await repository.CALENDARS.all(connection, actor.workspace_id)) >= MOST_CALENDARS:
        raise Invalid(f"A workspace has up to {MOST_CALENDARS} calendars.")
    calendar_id = new_id(now)
    try:
        await repository.INSERT_CALENDAR.run(
            connection, actor.workspace_id, calendar_id, _name(draft.name), now
        )
    except asyncpg.UniqueViolationError as error:
        raise _taken("calendar") from error
    await repository.ADD_VERSION.run(
        connection, actor.workspace_id, calendar_id, 1, msgspec.to_builtins(draft.spec)
    )
    await audit.note(
        connection, actor, "calendar.created", now, subject=str(calendar_id), name=draft.name.strip()
    )
    return _warned(await load_calendar(connection, actor.workspace_id, calendar_id), warnings), []


async def change_calendar(
    connection: Connection, actor: Actor, calendar_id: UUID, draft: CalendarDraft, now: datetime
) -> tuple[BusinessCalendar, list[Fact]]:
    """Other hours are another version; policies that count by it follow."""
    warnings = check_spec(draft.spec, now)
    workspace = actor.workspace_id
    if await repository.LOCK_CALENDAR.find(connection, workspace, calendar_id) is None:
        raise NotFound("There is no such calendar.")
    before = await load_calendar(connection, workspace, calendar_id)
    try:
        await repository.RENAME_CALENDAR.run(connection, workspace, calendar_id, _name(draft.name), now)
    except asyncpg.UniqueViolationError as error:
        raise _taken("calendar") from error
    facts: list[Fact] = []
    if before.spec != draft.spec:
        version = await repository.RAISE_CALENDAR.value(connection, workspace, calendar_id, now)
        spec = msgspec.to_builtins(draft.spec)
        await repository.ADD_VERSION.run(connection, workspace, calendar_id, version, spec)
        if before.policies:
            facts = [await begin_rollout(connection, actor, now)]
    after = await load_calendar(connection, workspace, calendar_id)
    await audit.note(
        connection, actor, "calendar.changed", now, subject=str(calendar_id), name=after.name,
        version=after.version,
    )  # fmt: skip
    return _warned(after, warnings), facts


async def remove_calendar(
    connection: Connection, actor: Actor, calendar_id: UUID, now: datetime
) -> tuple[None, list[Fact]]:
    before = await load_calendar(connection, actor.workspace_id, calendar_id)
    if before.policies:
        raise Conflict(
            f"Policies count by this calendar: {', '.join(before.policies)}. Give them another one first.",
            code="calendar_in_use",
        )
    await repository.REMOVE_CALENDAR.run(connection, actor.workspace_id, calendar_id, now)
    await audit.note(connection, actor, "calendar.removed", now, subject=str(calendar_id), name=before.name)
    return None, []


def check_spec(spec: CalendarSpec, now: datetime, where: str = "spec") -> list[Caution]:
    """Raises Invalid with a sentence per field ("spec.openings[2].close"; `where` is the name before it); gives what looks wrong
    and may be meant."""
    try:
        calendar = build_calendar(spec)
    except Invalid as error:
        fields = {f"{where}.{name}": sentence for name, sentence in error.fields.items()}
        raise Invalid(error.detail, code=error.code, fields=fields) from error
    return list(calendar_warnings(calendar, now))


def calendar_view(row: CalendarRow) -> BusinessCalendar:
    values: dict[str, Any] = msgspec.structs.asdict(row)
    return BusinessCalendar(**values | {"spec": msgspec.convert(row.spec, CalendarSpec)})


# Policies -----------------------------------------------------------------------------------------------------------------------


async def list_policies(connection: Connection, workspace_id: UUID) -> list[SlaPolicy]:
    return [policy_view(row) for row in await repository.POLICIES.all(connection, [workspace_id])]


async def load_policy(connection: Connection, workspace_id: UUID, policy_id: UUID) -> SlaPolicy:
    row = await repository.FIND_POLICY.find(connection, workspace_id, policy_id)
    if row is None:
        raise NotFound("There is no such policy.")
    return policy_view(row)


async def create_policy(
    connection: Connection, actor: Actor, draft: PolicyDraft, now: datetime
) -> tuple[SlaPolicy, list[Fact]]:
    """The new one comes last."""
    workspace = actor.workspace_id
    existing = await repository.POLICIES.all(connection, [workspace])
    if len(existing) >= MOST_POLICIES:
        raise Invalid(f"A workspace has up to {MOST_POLICIES} policies.")
    policy_id = new_id(now)
    position = max((each.position for each in existing), default=-1) + 1
    warnings = await check_draft(connection, workspace, draft, policy_id, position, existing, now)
    try:
        await repository.INSERT_POLICY.run(connection, workspace, policy_id, *_values(draft), now)
    except asyncpg.UniqueViolationError as error:
        raise _taken("policy") from error
    facts = [await begin_rollout(connection, actor, now)]
    await audit.note(connection, actor, "sla_policy.created", now, subject=str(policy_id), **_shown(draft))
    return _warned(await load_policy(connection, workspace, policy_id), warnings), facts


async def change_policy(
    connection: Connection, actor: Actor, policy_id: UUID, draft: PolicyDraft, now: datetime
) -> tuple[SlaPolicy, list[Fact]]:
    workspace = actor.workspace_id
    before = await load_policy(connection, workspace, policy_id)
    existing = await repository.POLICIES.all(connection, [workspace])
    warnings = await check_draft(connection, workspace, draft, policy_id, before.position, existing, now)
    try:
        await repository.UPDATE_POLICY.run(connection, workspace, policy_id, *_values(draft), now)
    except asyncpg.UniqueViolationError as error:
        raise _taken("policy") from error
    facts = [await begin_rollout(connection, actor, now)]
    await audit.note(
        connection, actor, "sla_policy.changed", now, subject=str(policy_id), before=_view_values(before),
        **_shown(draft),
    )  # fmt: skip
    return _warned(await load_policy(connection, workspace, policy_id), warnings), facts


async def remove_policy(
    connection: Connection, actor: Actor, policy_id: UUID, now: datetime
) -> tuple[None, list[Fact]]:
    """Its open clocks are cancelled, or another policy takes over; breaches stay."""
    before = await load_policy(connection, actor.workspace_id, policy_id)
    await repository.REMOVE_POLICY.run(connection, actor.workspace_id, policy_id, now)
    fact = await begin_rollout(connection, actor, now)
    await audit.note(connection, actor, "sla_policy.removed", now, subject=str(policy_id), name=before.name)
    return None, [fact]


async def order_policies(
    connection: Connection, actor: Actor, ids: Sequence[UUID], now: datetime
) -> tuple[list[SlaPolicy], list[Fact]]:
    """`ids` are all policies in their new order."""
    workspace = actor.workspace_id
    check_order([each.id for each in await repository.POLICIES.all(connection, [workspace])], ids)
    await repository.ORDER_POLICIES.run(connection, workspace, list(ids), now)
    fact = await begin_rollout(connection, actor, now)
    await audit.note(connection, actor, "sla_policy.ordered", now, order=[str(each) for each in ids])
    return await list_policies(connection, workspace), [fact]


def check_order(existing: Sequence[UUID], ids: Sequence[UUID]) -> None:
    if sorted(existing) != sorted(ids):
        raise Invalid(
            "The order names every policy of the workspace once.",
            fields={"ids": "every policy of the workspace once"},
        )


async def begin_rollout(connection: Connection, actor: Actor, now: datetime) -> Fact:
    progress = await repository.BEGIN_ROLLOUT.one(connection, actor.workspace_id, now)
    return fact_of("sla.changed", now, progress, actor=actor.reference)


async def check_draft(
    connection: Connection,
    workspace_id: UUID,
    draft: PolicyDraft,
    policy_id: UUID,
    position: int,
    existing: Sequence[PolicyRow],
    now: datetime,
) -> list[Caution]:
    """Raises Invalid with a sentence per field; gives what looks wrong and may be meant."""
    policy = drafted(draft, policy_id, position)
    check_policy(policy)
    key = calendar_key(None, None)
    if draft.calendar_id is not None:
        row = await repository.FIND_CALENDAR.find(connection, workspace_id, draft.calendar_id)
        if row is None:
            raise Invalid(
                "There is no such calendar.", code="unknown_calendar", fields={"calendar_id": "is unknown"}
            )
        key = calendar_key(row.id, row.version)
    calendars = await load_calendars(connection, [workspace_id], [key])
    earlier = [
        policy_of(each).policy for each in existing if each.position < position and each.id != policy_id
    ]
    found = [msgspec.convert(each, Caution) for each in policy_warnings(policy, earlier)]
    return [*found, *target_warnings(policy, calendars(key), now)]


def drafted(draft: PolicyDraft, policy_id: UUID, position: int) -> Policy:
    values = msgspec.structs.asdict(draft)
    return Policy(id=policy_id, version=0, position=position, **values | {"name": draft.name.strip()})


def policy_view(row: PolicyRow) -> SlaPolicy:
    policy = policy_of(row).policy
    values = msgspec.structs.asdict(policy)
    return SlaPolicy(**values, created_at=row.created_at, updated_at=row.updated_at)


def _values(draft: PolicyDraft) -> tuple[Any, ...]:
    return (
        _name(draft.name),
        msgspec.to_builtins(draft.targets),
        msgspec.to_builtins(draft.conditions),
        draft.match,
        draft.calendar_id,
        list(dict.fromkeys(draft.pause_statuses)),
        draft.warn_at_percent,
        draft.enabled,
    )


def _shown(draft: PolicyDraft) -> dict[str, Any]:
    return msgspec.to_builtins(draft)  # type: ignore[no-any-return]


def _view_values(view: SlaPolicy) -> dict[str, Any]:
    return msgspec.to_builtins(view)  # type: ignore[no-any-return]


def _warned(view: Any, warnings: list[Caution]) -> Any:
    return msgspec.structs.replace(view, warnings=warnings)


def _name(given: str) -> str:
    name = given.strip()
    if not name:
        raise Invalid("A name is needed.", fields={"name": "is empty"})
    return name


def _taken(what: str) -> Conflict:
    return Conflict(
        f"There is a {what} with this name already.", code="name_exists", fields={"name": "exists already"}
    )
