"""Which platforms there are. Filled by `bootstrap` from a tuple; nobody else knows adapters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hark.channels.contract import Adapter, Manifest
from hark.kernel.errors import NotFound


class Registry:
    """Adapters by platform key."""

    def __init__(self, adapters: Iterable[Adapter]) -> None:
        self._adapters = {adapter.manifest.platform: adapter for adapter in adapters}

    def __iter__(self) -> Iterator[Adapter]:
        return iter(self._adapters.values())

    def find(self, platform: str) -> Adapter | None:
        return self._adapters.get(platform)

    def load(self, platform: str) -> Adapter:
        adapter = self.find(platform)
        if adapter is None:
            known = ", ".join(sorted(self._adapters)) or "none"
            raise NotFound(f"There is no platform {platform!r}. Known: {known}.", code="unknown_platform")
        return adapter

    def manifest(self, platform: str) -> Manifest:
        return self.load(platform).manifest
