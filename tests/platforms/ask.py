"""What the fault tests of all platforms share: which platforms there are, and how failures come about."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from hark.bootstrap.adapters import ADAPTERS
from hark.bootstrap.standins import PORTS
from hark.channels.contract import Manifest, pushes
from hark.infra.db import Database
from tests.platforms.stage import Stage, stages

MANIFESTS: dict[str, Manifest] = {adapter.manifest.platform: adapter.manifest for adapter in ADAPTERS}
PUSHED = [each.manifest.platform for each in ADAPTERS if pushes(each) and each.manifest.platform in PORTS]
LISTED = [a.manifest.platform for a in ADAPTERS if a.fetch_page is not None and a.manifest.platform in PORTS]

ALL = sorted(PORTS)

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


async def ask_all(
    db: Database, folder: Path, platforms: Sequence[str], question: Callable[[Stage], Awaitable[None]]
) -> None:
    """The question asked of all these platforms side by side, since most of it is waiting: one program, an account on each. A
    failure names its platform, and hides none of the others."""
    async with stages(db, folder, *platforms) as opened:
        ends = await asyncio.gather(*(question(stage) for stage in opened), return_exceptions=True)
    failures = []
    for stage, end in zip(opened, ends, strict=True):
        if isinstance(end, BaseException):
            end.add_note(f"platform: {stage.platform}")
            failures.append(end)
    if failures:
        raise BaseExceptionGroup(f"{len(failures)} of {len(opened)} platforms", failures)
