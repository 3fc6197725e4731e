"""Step 4: claimed raw events into inbound events; what an adapter does not understand is told apart, never dropped."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hark.channels.accounts.routes import AccountRoute
from hark.channels.contract import Adapter, Ignored, InboundEvent, Unrecognized, Us
from hark.channels.registry import Registry
from hark.intake import ClaimedRaw
from hark.kernel.text import storable


class Normalized(msgspec.Struct):
    """A raw event with what it says. `reason` is set when it goes to quarantine instead."""

    raw: ClaimedRaw
    route: AccountRoute | None
    adapter: Adapter | None
    events: Sequence[InboundEvent] = ()
    reason: str | None = None
    detail: str | None = None

    @property
    def ignored(self) -> str | None:
        """The reason when there is nothing in it that an inbox shows."""
        reasons = [event.reason for event in self.events if isinstance(event, Ignored)]
        return reasons[0] if reasons and len(reasons) == len(self.events) else None


def _read(raw: ClaimedRaw, route: AccountRoute, adapter: Adapter) -> list[InboundEvent]:
    if adapter.normalize_for is None:
        return adapter.normalize(raw.payload, raw.received_at)
    return adapter.normalize_for(raw.payload, raw.received_at, Us(route.platform_account_id, route.fields))


def normalize(raw: ClaimedRaw, route: AccountRoute | None, registry: Registry) -> Normalized:
    """Pure but for the adapter's own purity; never raises."""
    if route is None:
        return Normalized(raw, None, None, reason="unknown_account", detail="The account no longer exists.")
    adapter = registry.find(route.platform)
    if adapter is None:
        detail = f"No adapter for {storable(route.platform)} is installed."
        return Normalized(raw, route, None, reason="unknown_platform", detail=detail)
    try:
        return Normalized(raw, route, adapter, events=_read(raw, route, adapter))
    except Unrecognized as error:
        return Normalized(raw, route, adapter, reason="unrecognized", detail=storable(str(error)))
    except Exception as error:  # an adapter's bug must not stop the batch
        detail = storable(f"{type(error).__name__}: {error}")[:500]
        return Normalized(raw, route, adapter, reason="not_understood", detail=detail)
