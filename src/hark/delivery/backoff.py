"""When to try again. Pure: the random number is given.

Exponential with full jitter, so that many messages that failed together do not come back together; a
platform's own Retry-After counts instead wherever it makes sense.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

BASE = 1.0
"""Seconds: the longest wait after the first failure."""
CAP = 300.0
"""Seconds: the longest wait that we choose ourselves."""
RETRY_AFTER_CAP = 3600.0
"""Seconds: the longest wait that a platform may impose (reliability.md, P1)."""
GIVE_UP_AFTER = timedelta(hours=72)
"""A message that could not leave for so long fails; a dead platform of a day (P6) is well within."""


def jittered(failures: int, chance: float) -> float:
    """Seconds to wait after `failures` (>= 1) tries; `chance` in 0..1 picks a point of the whole span."""
    ceiling = min(CAP, BASE * 2.0 ** min(failures - 1, 32))
    return max(0.05, ceiling * chance)


def usable(retry_after: float | None) -> float | None:
    """A Retry-After in seconds, capped; None where it is missing, negative or no number."""
    if retry_after is None or not math.isfinite(retry_after) or retry_after < 0:
        return None
    return min(retry_after, RETRY_AFTER_CAP)


def again_at(now: datetime, failures: int, retry_after: float | None, chance: float) -> datetime:
    """The moment before which the platform must not be called again for this message."""
    named = usable(retry_after)
    return now + timedelta(seconds=max(named, 0.05) if named is not None else jittered(failures, chance))
