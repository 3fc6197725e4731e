"""What the fault tests of all platforms share: which platforms there are, and how failures come about."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest

from hark.bootstrap.adapters import ADAPTERS
from hark.bootstrap.standins import PORTS
from hark.channels.contract import Manifest, pushes

MANIFESTS: dict[str, Manifest] = {adapter.manifest.platform: adapter.manifest for adapter in ADAPTERS}
PUSHED = [each.manifest.platform for each in ADAPTERS if pushes(each) and each.manifest.platform in PORTS]
LISTED = [a.manifest.platform for a in ADAPTERS if a.fetch_page is not None and a.manifest.platform in PORTS]

every_platform = pytest.mark.parametrize("stage", sorted(PORTS), indirect=True)
every_pushing = pytest.mark.parametrize("stage", sorted(PUSHED), indirect=True)
every_listing = pytest.mark.parametrize("stage", sorted(LISTED), indirect=True)

SLOW = 0.5
"""Calls a second; below it a platform is asked for less, so that its own limit is not what a test waits for."""


def each_once(prefix: str, count: int) -> Counter[str]:
    return Counter(f"{prefix} {number:05}" for number in range(1, count + 1))


def some(platform: str, count: int) -> int:
    """`count`, or two where the platform takes calls only seldom."""
    rates = [each.calls / each.seconds for each in MANIFESTS[platform].rates if each.purpose != "read"]
    return min(count, 2) if min(rates, default=SLOW) < SLOW else count


class Pairs(random.Random):
    """Half of the calls, two and two: no five failures in a row open the circuit by chance, and what takes two calls comes
    through."""

    def __init__(self) -> None:
        super().__init__(0)
        self._next = itertools.cycle((0.25, 0.25, 0.75, 0.75))

    def random(self) -> float:
        return next(self._next)
