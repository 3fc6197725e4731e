"""What every flow stands on, composed once by `bootstrap`."""

from __future__ import annotations

import msgspec

from hark.channels.accounts.usage import Collector
from hark.channels.contract import Account, Adapter
from hark.channels.registry import Registry
from hark.infra.blobs import Blobs
from hark.infra.bus import Bus
from hark.infra.db import Database
from hark.infra.http import GuardedHttp
from hark.infra.secrets import SecretBox
from hark.infra.settings import Settings
from hark.kernel.clock import Clock


class Hark(msgspec.Struct, frozen=True):
    """The running program's parts."""

    settings: Settings
    db: Database
    bus: Bus
    clock: Clock
    blobs: Blobs
    secrets: SecretBox
    http: GuardedHttp
    registry: Registry
    usage: Collector = msgspec.field(default_factory=Collector)

    def http_for(self, adapter: Adapter, account: Account) -> GuardedHttp:
        """The client narrowed to what this account may call, with a meter that counts for it."""
        manifest = adapter.manifest
        meter = self.usage.meter(account.workspace_id, account.id, manifest.budgets)
        own = (account.base_url(manifest.base_url), *account.addresses)
        return self.http.allowing(manifest.hosts, *own).metered(meter)
