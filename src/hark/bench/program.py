"""The whole program as its users run it: `hark serve` in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter

import httpx
import msgspec


class Program(msgspec.Struct, frozen=True):
    port: int
    pid: int
    ready_after: float
    """Seconds from the start of the process to the first answer of /readyz."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def running(folder: Path, database_url: str | None = None, **settings: str) -> AsyncIterator[Program]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = os.environ | {
        "HARK_DATA": str(folder),
        "HARK_PORT": str(port),
        "HARK_LOG_LEVEL": "warning",
        **({"HARK_DATABASE_URL": database_url} if database_url else {}),
        **settings,
    }
    command = [sys.executable, "-c", "from hark.cli.app import main; main()", "serve"]
    start = perf_counter()
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield Program(port, process.pid, await _ready(port, start))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(process.wait, 30)
        except subprocess.TimeoutExpired:
            process.kill()


async def _ready(port: int, start: float) -> float:
    async with httpx.AsyncClient() as http, asyncio.timeout(120):
        while True:
            try:
                if (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return perf_counter() - start
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.02)


def memory(pid: int) -> dict[str, float]:
    """Proportional memory in MB of a process and all below it, by program name."""
    found: dict[str, float] = {}
    for each in [pid, *_below(pid)]:
        name = Path(f"/proc/{each}/comm").read_text().strip()
        rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
        kilobytes = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        found[name] = found.get(name, 0) + kilobytes / 1024
    return found


def _below(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(after[1]), []).append(int(stat.parent.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def postgres_below(folder: Path) -> int | None:
    """The embedded server detaches itself from the program; its pid stands in its folder."""
    for file in folder.rglob("postmaster.pid"):
        return int(file.read_text().split()[0])
    return None
