"""When a message that is not on a list was surely not accepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from hark.adapters._meta.wire import instant
from hark.channels.contract import NotSent, Outbound
from hark.kernel.clock import utc_now

SKEW = timedelta(seconds=5)
"""How far our clock and Meta's may be apart (its times have whole seconds). Small, so that the same
words sent before are not taken for it; a worse clock leaves the message unconfirmed, which is the safe
side."""
LATEST = timedelta(minutes=15)
SETTLED = timedelta(minutes=2)
"""Meta's lists trail what was accepted; sooner than this a message that is missing may still appear."""


def verdict(
    rows: Iterable[Mapping[str, Any]], outbound: Outbound, *, complete: bool, key: str = "created_time"
) -> NotSent | None:
    """NotSent when the list has everything (`complete`) or reaches back to before we sent, and had time to settle."""
    times = [at for row in rows if (at := instant(row.get(key))) is not None]
    reaches = complete or (bool(times) and min(times) < outbound.at - SKEW)
    return NotSent() if reaches and utc_now() - outbound.at >= SETTLED else None
