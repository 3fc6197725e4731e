"""Business time: exact to the microsecond, pure, without an unbounded loop. The rules are in docs/sla.md."""

from __future__ import annotations

from datetime import datetime, timedelta

from hark.sla.calendar import Calendar


def add_business_time(calendar: Calendar, start: datetime, amount: timedelta) -> datetime:
    """The earliest instant by which `amount` of open time has passed since `start` (UTC). Zero: `start` if open, else the next
    opening. Raises NoOpening when the calendar is not open long enough within its horizon, Invalid when `amount` is negative.
    """
    raise NotImplementedError


def business_time_between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """The open time in [start, end). Raises Invalid when `end` is earlier than `start`."""
    raise NotImplementedError


def is_open(calendar: Calendar, at: datetime) -> bool:
    """At the instant of closing: closed."""
    raise NotImplementedError


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    """`at` when open, else when it opens next; raises NoOpening."""
    raise NotImplementedError


def openings_between(calendar: Calendar, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The openings within [start, end), clipped to it, touching ones as one: for the strip of two weeks."""
    raise NotImplementedError
