"""What saving a calendar or a policy would do to the conversations that are open, told before it is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from hark.flows.calendars import load_calendars
from hark.flows.context import Hark
from hark.flows.sla import check_draft, check_order, check_spec, drafted, load_calendar, load_policy
from hark.infra.db import Connection
from hark.kernel.errors import Invalid
from hark.kernel.ids import new_id
from hark.sla import repository
from hark.sla.calendar import Calendar, build_calendar
from hark.sla.drafts import PolicyDraft
from hark.sla.preview import Calendars, Preview, preview
from hark.sla.reading import Ruled, calendar_key, policy_of
from hark.sla.rows import PolicyRow
from hark.sla.spec import CalendarSpec

EDITED = "edited"
"""The key of a calendar as it would be."""


class PreviewRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One change that may be saved: `policy` (a new one, or that of `policy_id` as it would be), `remove` of `policy_id`, a new
    `order`, or `calendar` in place of that of `calendar_id`."""

    policy: PolicyDraft | None = None
    policy_id: UUID | None = None
    remove: bool = False
    order: Annotated[tuple[UUID, ...], Meta(max_length=200)] | None = None
    calendar: CalendarSpec | None = None
    calendar_id: UUID | None = None


async def preview_change(hark: Hark, workspace_id: UUID, asked: PreviewRequest) -> Preview:
    """Refuses what saving would refuse."""
    now = hark.clock()
    async with hark.db.transaction(timeout=30) as connection:
        rows = await repository.POLICIES.all(connection, [workspace_id])
        before = [policy_of(row) for row in rows]
        after = await _changed(connection, workspace_id, asked, rows, now)
        edited = await _edited(connection, workspace_id, asked, now)
        after = [_with_calendar(each, asked.calendar_id) for each in after] if edited else after
        cases = await repository.OPEN_CASES.all(connection, workspace_id)
        keys = {each.calendar for each in (*before, *after)}
        stored = await load_calendars(connection, [workspace_id], keys - {EDITED})
    return await asyncio.to_thread(preview, cases, before, after, _with_edited(stored, edited), now)


async def _changed(
    connection: Connection,
    workspace_id: UUID,
    asked: PreviewRequest,
    rows: Sequence[PolicyRow],
    now: datetime,
) -> list[Ruled]:
    before = [policy_of(row) for row in rows]
    if asked.order is not None:
        check_order([row.id for row in rows], asked.order)
        places = {policy: place for place, policy in enumerate(asked.order)}
        return [_placed(each, places[each.policy.id]) for each in before]
    if asked.policy_id is not None:
        await load_policy(connection, workspace_id, asked.policy_id)
    rest = [each for each in before if each.policy.id != asked.policy_id]
    if asked.remove:
        if asked.policy_id is None:
            raise Invalid("Which policy is to be removed?", fields={"policy_id": "is missing"})
        return rest
    if asked.policy is not None:
        return [*rest, await _drafted(connection, workspace_id, asked.policy, asked.policy_id, rows, now)]
    return before


def _placed(each: Ruled, place: int) -> Ruled:
    return Ruled(msgspec.structs.replace(each.policy, position=place), each.calendar)


async def _drafted(
    connection: Connection,
    workspace_id: UUID,
    draft: PolicyDraft,
    policy_id: UUID | None,
    rows: Sequence[PolicyRow],
    now: datetime,
) -> Ruled:
    last = max((row.position for row in rows), default=-1) + 1
    place = next((row.position for row in rows if row.id == policy_id), last)
    named = policy_id or new_id(now)
    await check_draft(connection, workspace_id, draft, named, place, rows, now)
    key = calendar_key(None, None)
    if draft.calendar_id is not None:
        calendar = await load_calendar(connection, workspace_id, draft.calendar_id)
        key = calendar_key(calendar.id, calendar.version)
    return Ruled(drafted(draft, named, place), key)


async def _edited(
    connection: Connection, workspace_id: UUID, asked: PreviewRequest, now: datetime
) -> Calendar | None:
    if asked.calendar is None:
        return None
    if asked.calendar_id is None:
        raise Invalid("Which calendar is to be changed?", fields={"calendar_id": "is missing"})
    await load_calendar(connection, workspace_id, asked.calendar_id)
    check_spec(asked.calendar, now, "calendar")
    return build_calendar(asked.calendar)


def _with_calendar(each: Ruled, calendar_id: UUID | None) -> Ruled:
    return Ruled(each.policy, EDITED) if each.policy.calendar_id == calendar_id else each


def _with_edited(stored: Calendars, edited: Calendar | None) -> Calendars:
    def find(key: str) -> Calendar:
        return edited if key == EDITED and edited is not None else stored(key)

    return find
