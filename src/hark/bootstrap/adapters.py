"""Which platforms this program speaks to."""

from __future__ import annotations

from hark.adapters.facebook import ADAPTER as FACEBOOK
from hark.adapters.sandbox import ADAPTER as SANDBOX
from hark.adapters.telegram import ADAPTER as TELEGRAM
from hark.channels.registry import Registry

ADAPTERS = (TELEGRAM, FACEBOOK, SANDBOX)


def build_registry() -> Registry:
    return Registry(ADAPTERS)
