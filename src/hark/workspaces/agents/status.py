"""What status an agent has: the person's choice, or what presence says where that is less. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from hark.workspaces.agents.models import StandingRow, Status


class Standing(msgspec.Struct, frozen=True):
    """`automatic`: by presence and not by choice. `next_at`: when it changes on its own if nothing happens; null: never."""

    status: Status
    automatic: bool
    next_at: datetime | None


def decide_status(row: StandingRow, now: datetime) -> Standing:
    """Nobody who is not connected gets work; whoever chose to be away or offline stays so while connected.

    At exactly `connected_until` the connection is gone, at exactly `away_after_s` the person is away; 0 means never."""
    if row.chosen == "offline":
        return Standing("offline", automatic=False, next_at=None)
    if row.connected_until is None or row.connected_until <= now:
        return Standing("offline", automatic=True, next_at=None)
    if row.chosen == "away":
        return Standing("away", automatic=False, next_at=row.connected_until)
    idle_at = _idle_at(row)
    if idle_at is not None and idle_at <= now:
        return Standing("away", automatic=True, next_at=row.connected_until)
    ends = row.connected_until if idle_at is None else min(idle_at, row.connected_until)
    return Standing("online", automatic=row.chosen is None, next_at=ends)


def _idle_at(row: StandingRow) -> datetime | None:
    if row.active_at is None or row.away_after_s <= 0:
        return None
    return row.active_at + timedelta(seconds=row.away_after_s)
