"""What a change makes of a conversation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hark.inbox.changes.decide import Change, Decided, decide_change
from hark.inbox.changes.rows import Locked

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=1)
KIM, NOOR = UUID(int=1), UUID(int=2)
REASON = {"code": "manual"}

CASE = Locked(
    id=UUID(int=9),
    account_id=UUID(int=8),
    live=True,
    status="open",
    status_at=BEFORE,
    priority=1,
    assigned_to=None,
    assigned_at=None,
    assigned_reason=None,
    resolved_at=None,
    snoozed_until=None,
    tags=["a", "b"],
    unread_count=0,
    read_arrival=0,
)


def decide(change: Change, after_resolve: str = "reopen", **before: Any) -> Decided:
    return decide_change(msgspec.structs.replace(CASE, **before), change, NOW, after_resolve, REASON)


@pytest.mark.parametrize(
    ("status", "after_resolve", "live", "resolved"),
    [
        ("pending", "reopen", True, False),
        ("resolved", "reopen", True, True),
        ("resolved", "new", False, True),
        ("closed", "reopen", False, True),
        ("closed", "new", False, True),
    ],
)
def test_a_case_that_is_over_stops_taking_messages(
    status: Any, after_resolve: str, live: bool, resolved: bool
) -> None:
    decided = decide(Change(status=status), after_resolve)
    assert decided.after.status == status
    assert decided.after.live is live
    assert decided.after.status_at == NOW
    assert (decided.after.resolved_at == NOW) is resolved
    assert [(each.code, each.values) for each in decided.activities] == [
        ("status_changed", {"from": "open", "to": status})
    ]


def test_opening_again_forgets_when_it_was_resolved() -> None:
    decided = decide(Change(status="open"), status="resolved", resolved_at=BEFORE, live=False)
    assert decided.after.resolved_at is None
    assert decided.after.live


def test_closing_what_is_resolved_keeps_when_it_was() -> None:
    assert decide(Change(status="closed"), status="resolved", resolved_at=BEFORE).after.resolved_at == BEFORE


def test_snoozing_is_pending_until_a_time_and_waking_is_open() -> None:
    until = NOW + timedelta(hours=3)
    decided = decide(Change(snoozed_until=until))
    assert (decided.after.status, decided.after.snoozed_until) == ("pending", until)
    assert [each.code for each in decided.activities] == ["snoozed"]
    woken = decide(Change(snoozed_until=None), status="pending", snoozed_until=until)
    assert (woken.after.status, woken.after.snoozed_until) == ("open", None)


def test_a_status_given_along_with_snoozing_wins() -> None:
    decided = decide(Change(status="resolved", snoozed_until=NOW + timedelta(hours=3)))
    assert (decided.after.status, decided.after.snoozed_until) == ("resolved", None)


def test_resolving_ends_the_snooze() -> None:
    decided = decide(Change(status="resolved"), status="pending", snoozed_until=NOW + timedelta(hours=3))
    assert decided.after.snoozed_until is None


def test_assigning_stores_since_when_and_why() -> None:
    decided = decide(Change(assigned_to=KIM), assigned_to=NOOR, assigned_at=BEFORE)
    assert (decided.after.assigned_to, decided.after.assigned_at) == (KIM, NOW)
    assert decided.after.assigned_reason == REASON
    assert decided.activities[0].values == {"from": NOOR, "to": KIM}


def test_taking_a_case_from_somebody_leaves_no_reason() -> None:
    decided = decide(Change(assigned_to=None), assigned_to=NOOR, assigned_at=BEFORE, assigned_reason=REASON)
    assert (decided.after.assigned_to, decided.after.assigned_at, decided.after.assigned_reason) == (
        None,
        None,
        None,
    )
    assert decided.activities[0].code == "unassigned"


def test_tags_tell_what_came_and_what_went() -> None:
    decided = decide(Change(tags=["b", "c"]))
    assert decided.after.tags == ["b", "c"]
    assert decided.activities[0].values == {"added": ["c"], "removed": ["a"]}


@pytest.mark.parametrize(
    "change",
    [
        Change(),
        Change(status="open"),
        Change(priority="medium"),
        Change(assigned_to=None),
        Change(snoozed_until=None),
        Change(tags=["b", "a"]),
    ],
)
def test_what_is_so_already_changes_nothing(change: Change) -> None:
    decided = decide(change)
    assert decided.activities == []
    assert decided.after == CASE
