"""When something is to be done about credentials that end. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

LONGEST_LEAD = timedelta(days=14)
"""Before the end of credentials that last for weeks; for people, who are to authorize again, too."""
SHORTEST_LEAD = timedelta(minutes=10)
"""Before the end of credentials that last for an hour or two."""

FIRST_WAIT = 30.0
LONGEST_WAIT = 900.0
"""Seconds between tries to renew; each failure doubles them."""
CLOSEST = 10.0
"""Seconds between tries when the end is near."""


def due_at(given_at: datetime, expires_at: datetime | None, *, renews: bool) -> datetime | None:
    """When credentials are to be renewed (`renews`), or a person to be warned. None where they have no known end.

    A quarter of their life before the end, but at least ten minutes and at most 14 days; a warning always comes 14 days
    before. Neither comes in the first half of their life.
    """
    if expires_at is None:
        return None
    life = max(expires_at - given_at, timedelta(0))
    lead = max(life / 4, SHORTEST_LEAD) if renews else LONGEST_LEAD
    return expires_at - min(lead, LONGEST_LEAD, life / 2)


def retry_at(
    now: datetime, expires_at: datetime | None, failures: int, retry_after: float | None = None
) -> datetime:
    """When renewing is tried again after so many failures: as the platform says, or later each time, but often enough
    to have several tries before the end."""
    if retry_after is not None:
        return now + timedelta(seconds=min(max(retry_after, 1.0), 3600.0))
    wait = min(FIRST_WAIT * 2 ** min(failures, 10), LONGEST_WAIT)
    left = 0.0 if expires_at is None else (expires_at - now).total_seconds()
    if left > 0:
        wait = min(wait, max(left / 4, CLOSEST))
    return now + timedelta(seconds=wait)
