"""How fast an account may send: token buckets made from the platform's declared limits. Pure; the rows are in
`account_gate`.

A bucket of size b that fills with r tokens a second lets at most `ceil(b + r * s) - 1` calls into any span of s
seconds. Each limit becomes a small burst and a rate that together stay within it, so a known limit is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from hark.channels.contract import RateLimit

BURST_SHARE = 10
"""A tenth of a limit may leave at once."""
_ROUNDING = 1e-9


class Bucket(msgspec.Struct, frozen=True):
    """`size` in calls; `rate` in calls per second; `purpose` of the calls that it counts: send, read or any."""

    size: float
    rate: float
    purpose: str = "any"

    def counts(self, purpose: str) -> bool:
        return self.purpose in {"any", purpose}


def buckets(rates: Sequence[RateLimit]) -> list[Bucket]:
    """One bucket per account-wide limit, in the order of the manifest."""
    return [_bucket(limit) for limit in rates if limit.scope == "account"]


def _bucket(limit: RateLimit) -> Bucket:
    size = max(1, limit.calls // BURST_SHARE)
    return Bucket(size=float(size), rate=(limit.calls + 1 - size) / limit.seconds, purpose=limit.purpose)


def spacing(rates: Sequence[RateLimit]) -> timedelta:
    """The time between two messages of one conversation that keeps all conversation-wide limits."""
    return timedelta(
        seconds=max(
            (limit.seconds / limit.calls for limit in rates if limit.scope == "conversation"), default=0.0
        )
    )


def refilled(tokens: Sequence[float], since: datetime, now: datetime, kinds: Sequence[Bucket]) -> list[float]:
    """The tokens now. A clock that went back adds nothing; a bucket that is new (the manifest changed) is
    full."""
    passed = max(0.0, (now - since).total_seconds())
    return [
        min(kind.size, (tokens[index] if index < len(tokens) else kind.size) + passed * kind.rate)
        for index, kind in enumerate(kinds)
    ]


def counting(
    tokens: Sequence[float], kinds: Sequence[Bucket], purpose: str
) -> tuple[list[float], list[Bucket]]:
    """The tokens and buckets that a call of this purpose needs."""
    chosen = [(held, kind) for held, kind in zip(tokens, kinds, strict=True) if kind.counts(purpose)]
    return [held for held, _ in chosen], [kind for _, kind in chosen]


def affordable(tokens: Sequence[float]) -> int | None:
    """How many calls may start now; None where the platform declares no limit."""
    return int(max(0.0, min(tokens) + _ROUNDING)) if tokens else None


def spare(tokens: Sequence[float], kinds: Sequence[Bucket], reserve: float = 1.0) -> bool:
    """Whether a call may start that leaves `reserve` calls to answers in every limit that both count in."""
    return all(
        held + _ROUNDING >= min(kind.size, 1.0 + (reserve if kind.purpose == "any" else 0.0))
        for held, kind in zip(tokens, kinds, strict=True)
    )


def spent(
    tokens: Sequence[float], calls: int, kinds: Sequence[Bucket] | None = None, purpose: str = "any"
) -> list[float]:
    """The tokens after so many calls; with `kinds`, only of those buckets that count calls of this purpose."""
    if kinds is None:
        return [held - calls for held in tokens]
    return [held - calls if kind.counts(purpose) else held for held, kind in zip(tokens, kinds, strict=True)]


def wait(tokens: Sequence[float], kinds: Sequence[Bucket]) -> timedelta:
    """How long until one call is affordable."""
    missing = [max(0.0, 1 - held) / kind.rate for held, kind in zip(tokens, kinds, strict=True)]
    return timedelta(seconds=max(missing, default=0.0))
