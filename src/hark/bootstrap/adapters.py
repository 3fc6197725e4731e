"""Which platforms this program speaks to: its own, and those that packages bring (`bootstrap/extensions.py`)."""

from __future__ import annotations

import msgspec

from hark.adapters.bluesky import ADAPTER as BLUESKY
from hark.adapters.facebook import ADAPTER as FACEBOOK
from hark.adapters.googlereviews import ADAPTER as GOOGLE_REVIEWS
from hark.adapters.instagram import ADAPTER as INSTAGRAM
from hark.adapters.linkedin import ADAPTER as LINKEDIN
from hark.adapters.mastodon import ADAPTER as MASTODON
from hark.adapters.sandbox import ADAPTER as SANDBOX
from hark.adapters.telegram import ADAPTER as TELEGRAM
from hark.adapters.threads import ADAPTER as THREADS
from hark.adapters.webhook import ADAPTER as WEBHOOK
from hark.adapters.whatsapp import ADAPTER as WHATSAPP
from hark.adapters.x import ADAPTER as X
from hark.adapters.youtube import ADAPTER as YOUTUBE
from hark.bootstrap.extensions import Broken, installed
from hark.channels.registry import Registry
from hark.infra.telemetry import logger

ADAPTERS = (
    TELEGRAM,
    FACEBOOK,
    INSTAGRAM,
    THREADS,
    SANDBOX,
    WHATSAPP,
    YOUTUBE,
    WEBHOOK,
    X,
    BLUESKY,
    MASTODON,
    LINKEDIN,
    GOOGLE_REVIEWS,
)

log = logger(__name__)


class Described(msgspec.Struct, frozen=True):
    """A platform, and where it comes from."""

    platform: str
    name: str
    package: str


def build_registry() -> Registry:
    added, broken = installed(ADAPTERS)
    for lost in broken:
        log.warning(
            "a platform is left out", platform=lost.platform, package=lost.package, reason=lost.reason
        )
    return Registry((*ADAPTERS, *(each.adapter for each in added)))


def describe_platforms() -> tuple[list[Described], list[Broken]]:
    """All usable platforms, and those that packages bring in vain."""
    added, broken = installed(ADAPTERS)
    own = [(adapter, "hark") for adapter in ADAPTERS]
    found = [*own, *((each.adapter, each.package) for each in added)]
    described = [Described(one.manifest.platform, one.manifest.name, package) for one, package in found]
    return sorted(described, key=lambda each: each.platform), broken
