"""Waiting for a condition instead of sleeping."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any


async def until(condition: Callable[[], Any], *, within: float = 10.0, every: float = 0.01) -> Any:
    """Polls `condition` (plain or async) until it is true, gives its value; fails after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        found = condition()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:g} s: {condition}")
        await asyncio.sleep(every)
