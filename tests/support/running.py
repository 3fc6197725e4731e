"""A real `hark` process for tests: started, asked, killed, stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx

SOURCE = Path(__file__).parents[2] / "src"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**more: str) -> dict[str, str]:
    """The test's own environment without HARK_ settings, the sources on the path, and an inbox that is empty at first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HARK_")}
    return {**kept, "PYTHONPATH": str(SOURCE), "PYTHONUNBUFFERED": "1", "HARK_SANDBOX_STORY": "false", **more}


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", "from hark.cli.app import main; main()", *words]


def call(*words: str, timeout: float = 60, **env: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        command(*words), capture_output=True, text=True, timeout=timeout, env=environment(**env), check=False
    )


class RunningHark:
    """`hark serve` with a data folder; `said` is what it has printed so far."""

    def __init__(self, data: Path, *words: str, port: int | None = None, **env: str) -> None:
        self.data = data
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.said = ""
        arguments = ("serve", "--data", str(data), "--port", str(self.port), *words)
        self.process = subprocess.Popen(
            command(*arguments),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(**env),
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said += line

    def wait_ready(self, within: float = 30) -> RunningHark:
        """Until it says so; fails with what it said when it ends before."""
        deadline = time.monotonic() + within
        while "  ready " not in self.said:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"not ready:\n{self.said}")
            time.sleep(0.02)
        return self

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=10, trust_env=False)

    def kill(self) -> None:
        """As a power cut would: this process only, its PostgreSQL goes on."""
        self.process.send_signal(signal.SIGKILL)
        self._end()

    def stop(self, number: signal.Signals = signal.SIGTERM, within: float = 20) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self._end()
            raise AssertionError(f"did not stop within {within:g} s:\n{self.said}") from None
        self._end()
        return self.process.returncode

    def _end(self) -> None:
        self.process.wait()
        self._reader.join(5)
