"""What status an agent has: choice and presence, at the instant and on either side of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hark.workspaces.agents import decide_status
from hark.workspaces.agents.models import STATUSES, StandingRow, Status

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SOMEBODY = UUID(int=1)


def row(
    chosen: Status | None = None,
    *,
    idle: int | None = 0,
    lease: int | None = 60,
    away_after: int = 600,
) -> StandingRow:
    """`idle` seconds since the last touch, `lease` seconds until the connection's lease ends; None: no connection."""
    return StandingRow(
        SOMEBODY,
        SOMEBODY,
        "offline",
        True,
        chosen,
        None if lease is None or idle is None else NOW - timedelta(seconds=idle),
        None if lease is None else NOW + timedelta(seconds=lease),
        away_after,
    )


@pytest.mark.parametrize(
    ("given_row", "status", "automatic"),
    [
        (row(), "online", True),
        (row("online"), "online", False),
        (row(idle=599), "online", True),
        (row(idle=600), "away", True),
        (row("online", idle=600), "away", True),
        (row(idle=100_000, away_after=0), "online", True),
        (row(lease=None), "offline", True),
        (row(lease=0), "offline", True),
        (row(lease=1), "online", True),
        (row("online", lease=0), "offline", True),
        (row("away"), "away", False),
        (row("away", lease=0), "offline", True),
        (row("offline"), "offline", False),
        (row("offline", lease=None), "offline", False),
    ],
)
def test_presence_and_choice_make_the_status(given_row: StandingRow, status: Status, automatic: bool) -> None:
    standing = decide_status(given_row, NOW)
    assert (standing.status, standing.automatic) == (status, automatic)


@given(
    st.sampled_from([None, *STATUSES]),
    st.integers(0, 2000),
    st.one_of(st.none(), st.integers(-100, 300)),
    st.sampled_from([0, 60, 600]),
)
def test_a_status_holds_until_it_says_that_it_changes(
    chosen: Status | None, idle: int, lease: int | None, away_after: int
) -> None:
    """Nothing changes before `next_at`, something does at it, and without one nothing ever does."""
    case = row(chosen, idle=idle, lease=lease, away_after=away_after)
    standing = decide_status(case, NOW)
    if standing.next_at is None:
        assert decide_status(case, NOW + timedelta(days=2)).status == standing.status
        return
    before = decide_status(case, max(NOW, standing.next_at - timedelta(microseconds=1)))
    after = decide_status(case, standing.next_at)
    assert (before.status, before.automatic) == (standing.status, standing.automatic)
    assert after.status != standing.status
    assert STATUSES.index(after.status) > STATUSES.index(standing.status)
