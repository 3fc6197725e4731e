"""The circuit breaker of an account: after failures of the platform in a row, only a probe now and then.
Pure.

A rejection is an answer, so it closes the circuit like a success does; a rate limit is an answer too.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from hark.channels.contract import PlatformProblem, TryAgain, Unconfirmed

THRESHOLD = 5
PROBE_EVERY = timedelta(seconds=60)
"""At most one probe a minute while the platform is down (reliability.md, P6)."""

TOO_MANY_REQUESTS = 429


class Circuit(msgspec.Struct, frozen=True):
    """`failures` in a row; `blocked_until` is set while the circuit is open."""

    failures: int = 0
    blocked_until: datetime | None = None


def is_failure(problem: PlatformProblem | None) -> bool:
    """Whether the platform itself failed: no answer, or an answer of 5xx."""
    if isinstance(problem, Unconfirmed):
        return True
    return (
        isinstance(problem, TryAgain)
        and problem.http_status != TOO_MANY_REQUESTS
        and problem.retry_after is None
    )


def after_call(failures: int, problem: PlatformProblem | None, now: datetime) -> Circuit:
    """The circuit after a call that ended in `problem` (None: well)."""
    if not is_failure(problem):
        return Circuit()
    failures += 1
    return Circuit(failures, now + PROBE_EVERY if failures >= THRESHOLD else None)


def allowed(failures: int, in_flight: int, wanted: int) -> int:
    """How many calls may start: while the circuit is not closed, one at a time."""
    if failures < THRESHOLD:
        return wanted
    return min(wanted, 1) if in_flight == 0 else 0
