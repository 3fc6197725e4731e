"""The real program in a process of its own, to be killed; and a PostgreSQL of one's own, to be restarted and frozen."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from hark.infra.faultpoints import VARIABLE
from hark.infra.postgres import EmbeddedPostgres
from tests.support.waiting import until

SOURCES = Path(__file__).parents[2] / "src"
_given: set[int] = set()
COMMAND = (sys.executable, "-c", "from hark.cli.app import main; main()", "serve")


def free_port() -> int:
    """A port that was free a moment ago. Taken from below the ephemeral range, where no client's socket gets in between."""
    for port in range(20_000 + os.getpid() % 5_000, 32_000):
        if port in _given:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            _given.add(port)
            return port
    raise RuntimeError("no free port")


class Program:
    """`hark serve`, started again and again on one port, one data folder and one database (`url`; its own where None)."""

    def __init__(
        self, folder: Path, url: str | None, *, role: str = "all", port: int | None = None, **settings: str
    ) -> None:
        self.role = role
        self.port = port or free_port()
        self.log = folder / f"{role}-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HARK_")},
            "PYTHONPATH": str(SOURCES),
            "HARK_DATA": str(folder),
            "HARK_PORT": str(self.port),
            "HARK_ROLE": role,
            "HARK_SANDBOX": "false",
            "HARK_ALLOW_PRIVATE_ADDRESSES": "true",
            "HARK_LOG_LEVEL": "warning",
            "HARK_STOP_SECONDS": "3",
            **({"HARK_DATABASE_URL": url} if url else {}),
            **settings,
        }

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def start(self, points: str = "", *, within: float = 60.0) -> float:
        """Starts it, to die at `points` (see hark.infra.faultpoints); gives the seconds until it serves or has died."""
        began = time.monotonic()
        where = self._launch(points)
        await until(lambda: self._serves(where) or not self.alive, within=within, every=0.02)
        if not self.alive and self._process is not None and self._process.returncode != -signal.SIGKILL:
            raise AssertionError(f"hark serve ended by itself:\n{self.words()}")
        return time.monotonic() - began

    def _launch(self, points: str) -> int:
        """Gives the place in the log from which on this start writes."""
        assert not self.alive, "it runs already"
        env: Mapping[str, str] = {**self._env, VARIABLE: points} if points else self._env
        with self.log.open("ab") as output:
            output.write(f"--- start {points}\n".encode())
            output.flush()
            where = self.log.stat().st_size
            self._process = subprocess.Popen(
                COMMAND, env=env, cwd=self.log.parent, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        return where

    def _serves(self, where: int) -> bool:
        with self.log.open("rb") as output:
            output.seek(where)
            return b"\n  ready " in b"\n" + output.read()

    async def died(self, within: float) -> None:
        """Waits until a fault point has killed it."""
        await until(lambda: not self.alive, within=within)
        assert self._process is not None
        assert self._process.returncode == -signal.SIGKILL, self.words()

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    async def stop(self) -> None:
        """As Ctrl-C does; a program that does not end within 20 s is killed and the test fails."""
        if self._process is None or not self.alive:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await until(lambda: not self.alive, within=20)
        finally:
            self.kill()

    def words(self) -> str:
        return self.log.read_text("utf-8", "replace")[-4000:] if self.log.exists() else ""

    def memory(self) -> int:
        """Resident bytes."""
        fields = Path(f"/proc/{self.pid}/statm").read_text().split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


class OwnPostgres:
    """An embedded server that keeps what it has committed, for the tests that do it harm."""

    def __init__(self, folder: Path) -> None:
        self.server = EmbeddedPostgres(folder, durable=True)

    async def start(self) -> str:
        return await asyncio.to_thread(self.server.start)

    async def restart(self) -> None:
        """`pg_ctl restart -m immediate`: as after a power cut, the server recovers from its log."""
        options = ("-w", "-t", "60", "-m", "immediate", "-l", str(self.server.log))
        await asyncio.to_thread(self.server._control, "restart", *options)

    def processes(self) -> list[int]:
        """The postmaster first, then its children."""
        postmaster = self.server.pid()
        assert postmaster is not None
        return [postmaster, *children(postmaster)]

    def freeze(self) -> list[int]:
        """Stops every process where it stands; gives them, for `thaw`."""
        frozen: list[int] = []
        while set(self.processes()) - set(frozen):
            for pid in self.processes():
                if pid not in frozen:
                    signal_one(pid, signal.SIGSTOP)
                    frozen.append(pid)
        return frozen

    @staticmethod
    def thaw(frozen: list[int]) -> None:
        for pid in reversed(frozen):
            signal_one(pid, signal.SIGCONT)

    async def stop(self) -> None:
        await asyncio.to_thread(self.server.stop)


def children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(entry.name))
    return found


def signal_one(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
