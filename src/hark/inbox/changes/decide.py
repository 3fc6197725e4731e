"""What a change makes of a conversation, and the lines that it leaves in the thread. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from hark.inbox.changes.rows import Locked
from hark.inbox.models import PRIORITIES, Priority, Status


class Change(msgspec.Struct, frozen=True):
    """What is asked for; UNSET leaves as it is. `tags` is the complete new set of names."""

    status: Status | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    assigned_to: UUID | UnsetType | None = UNSET
    snoozed_until: datetime | UnsetType | None = UNSET
    tags: list[str] | UnsetType = UNSET


class Activity(msgspec.Struct, frozen=True):
    """A line in the thread: `code` says what happened, `values` with what."""

    code: str
    values: dict[str, Any]


class Decided(msgspec.Struct, frozen=True):
    """The conversation as it will be, and what the thread says about it. No activity: nothing changed."""

    after: Locked
    activities: list[Activity]


def decide_change(
    before: Locked, change: Change, now: datetime, after_resolve: str, reason: dict[str, Any]
) -> Decided:
    """`after_resolve` "new": a resolved case is over, and the customer's next message begins another."""
    after, activities = before, []
    for step in (_snooze, _status, _priority, _tags):
        after, activity = step(after, change, now)
        activities += [activity] if activity else []
    after, activity = _assign(after, change, now, reason)
    activities += [activity] if activity else []
    if after.status != before.status:
        after = _with_times(before, after, now, after_resolve)
    return Decided(after, activities)


Step = tuple[Locked, Activity | None]


def _status(before: Locked, change: Change, now: datetime) -> Step:
    if change.status is UNSET or change.status == before.status:
        return before, None
    keep = before.snoozed_until if change.status == "pending" else None
    after = msgspec.structs.replace(before, status=change.status, snoozed_until=keep)
    return after, Activity("status_changed", {"from": before.status, "to": change.status})


def _snooze(before: Locked, change: Change, now: datetime) -> Step:
    """Snoozed is pending until a time; waking up opens again."""
    if change.snoozed_until is UNSET or change.snoozed_until == before.snoozed_until:
        return before, None
    if change.snoozed_until is None:
        return msgspec.structs.replace(before, snoozed_until=None, status="open"), Activity("unsnoozed", {})
    after = msgspec.structs.replace(before, snoozed_until=change.snoozed_until, status="pending")
    return after, Activity("snoozed", {"from": before.status, "until": change.snoozed_until})


def _priority(before: Locked, change: Change, now: datetime) -> Step:
    if change.priority is UNSET or change.priority == PRIORITIES[before.priority]:
        return before, None
    after = msgspec.structs.replace(before, priority=PRIORITIES.index(change.priority))
    return after, Activity("priority_changed", {"from": PRIORITIES[before.priority], "to": change.priority})


def _tags(before: Locked, change: Change, now: datetime) -> Step:
    if change.tags is UNSET or set(change.tags) == set(before.tags):
        return before, None
    added = [tag for tag in change.tags if tag not in before.tags]
    removed = [tag for tag in before.tags if tag not in change.tags]
    after = msgspec.structs.replace(before, tags=list(change.tags))
    return after, Activity("tags_changed", {"added": added, "removed": removed})


def _assign(before: Locked, change: Change, now: datetime, reason: dict[str, Any]) -> Step:
    if change.assigned_to is UNSET or change.assigned_to == before.assigned_to:
        return before, None
    nobody = change.assigned_to is None
    after = msgspec.structs.replace(
        before,
        assigned_to=change.assigned_to,
        assigned_at=None if nobody else now,
        assigned_reason=None if nobody else reason,
    )
    code = "unassigned" if nobody else "assigned"
    return after, Activity(code, {"from": before.assigned_to, "to": change.assigned_to})


def _with_times(before: Locked, after: Locked, now: datetime, after_resolve: str) -> Locked:
    """A closed case is over for good, a resolved one as the workspace wants it."""
    over = after.status == "closed" or (after.status == "resolved" and after_resolve == "new")
    done = after.status in {"resolved", "closed"}
    return msgspec.structs.replace(
        after, status_at=now, live=not over, resolved_at=(before.resolved_at or now) if done else None
    )
