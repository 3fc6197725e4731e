"""Whether a message whose answer never came is among what the platform lists. It cannot be asked by our reference, so it is
looked for by its likeness: ours, the same words, made about when we sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from hark.channels.contract import NotSent, Outbound
from hark.kernel.clock import utc_now

SKEW = timedelta(seconds=5)
"""How far our clock and Meta's may be apart (its times have whole seconds). Small, so that the same
words sent before are not taken for it; a worse clock leaves the message unconfirmed, which is the safe
side."""
LATEST = timedelta(minutes=15)
SETTLED = timedelta(minutes=2)
"""Meta's lists trail what was accepted; sooner than this a message that is missing may still appear."""


class Listed(msgspec.Struct, frozen=True):
    """A row of a list, in the words that likeness needs. `ours` None: the platform does not say who made it."""

    id: str
    at: datetime | None
    ours: bool | None
    text: str
    has_files: bool = False


def find(rows: Iterable[Listed], outbound: Outbound) -> Listed | None:
    """The earliest that fits."""
    fitting = [row for row in rows if row.ours and _fits(row, outbound)]
    return min(fitting, key=lambda row: row.at or outbound.at, default=None)


def _fits(row: Listed, outbound: Outbound) -> bool:
    if row.at is None or not outbound.at - SKEW <= row.at <= outbound.at + LATEST:
        return False
    if bool(outbound.attachments) != row.has_files:
        return False
    return row.text.strip() == outbound.text.strip()


def verdict(rows: Sequence[Listed], outbound: Outbound, *, complete: bool) -> NotSent | None:
    """NotSent when the list has everything (`complete`) or reaches back to before we sent, had time to settle, and holds
    nothing of an unknown author that could be ours."""
    times = [row.at for row in rows if row.at is not None]
    reaches = complete or (bool(times) and min(times) < outbound.at - SKEW)
    doubtful = any(row.ours is None and _fits(row, outbound) for row in rows)
    return NotSent() if reaches and not doubtful and utc_now() - outbound.at >= SETTLED else None
