"""Start of the whole program on its own database, and what it holds when nothing happens."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hark.bench.program import memory, postgres_below, running
from hark.bench.report import Figure, at_most, noted

SETTLE = 20.0


async def bench() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="hark-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        async with running(folder) as program:
            first = program.ready_after
        async with running(folder) as program:
            again = program.ready_after
            await asyncio.sleep(SETTLE)
            parts = memory(program.pid)
            server = postgres_below(folder)
            if server is not None and "postgres" not in parts:
                parts |= memory(server)
    shown = ", ".join(f"{part} {size:.0f}" for part, size in sorted(parts.items()))
    return [
        at_most("very first start to ready (database made, migrated)", first, 10, " s"),
        at_most("later start to ready", again, 10, " s"),
        noted("idle memory by program (MB, proportional)", shown),
        at_most("idle memory, PostgreSQL included", sum(parts.values()), 300, " MB"),
    ]
