"""The network's memory on disk: one JSON file, and a folder of files beside it. Written a moment after a
change, as a whole."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import msgspec

from hark.infra.telemetry import logger
from hark.standins.sandbox.models import State
from hark.standins.sandbox.network import Network
from hark.standins.sandbox.sender import WebhookSender

PAUSE = 0.5
"""Seconds in which changes are gathered into one write."""

_log = logger(__name__)


def load_state(path: Path) -> State | None:
    """None where there is no file yet. One that cannot be read is set aside, so that nothing is
    overwritten."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=State)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        aside = path.with_suffix(".unreadable")
        path.replace(aside)
        _log.warning("sandbox state unreadable, starting anew", kept=aside.name, error=str(error))
        return None


def load_files(folder: Path, state: State) -> dict[str, bytes]:
    found = {}
    for name in state.media:
        with contextlib.suppress(FileNotFoundError):
            found[name] = (folder / name).read_bytes()
    return found


class StateFile:
    """Writes the state `PAUSE` seconds after a change, and at the end."""

    def __init__(self, path: Path, network: Network, sender: WebhookSender) -> None:
        self._path = path
        self._folder = path.with_suffix(".media")
        self._network = network
        self._sender = sender
        self._dirty = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        network.dirty = self._dirty.set

    def start(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="sandbox-state")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
            self._write(*self._snapshot())

    async def _run(self) -> None:
        while True:
            await self._dirty.wait()
            await asyncio.sleep(PAUSE)
            self._dirty.clear()
            await asyncio.to_thread(self._write, *self._snapshot())

    def _snapshot(self) -> tuple[bytes, dict[str, bytes]]:
        self._network.state.unsent = self._sender.unsent()
        return msgspec.json.encode(self._network.state), dict(self._network.files)

    def _write(self, content: bytes, files: dict[str, bytes]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, data in files.items():
            if not (self._folder / name).exists():
                _replace(self._folder / name, data)
        for left in {path.name for path in self._folder.iterdir()} - files.keys():
            (self._folder / left).unlink(missing_ok=True)
        _replace(self._path, content)


def _replace(path: Path, content: bytes) -> None:
    """The old file or the new one, never half of one. Readable by the owner only: the state has a token in
    it."""
    fresh = path.with_name(path.name + ".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(content)
    fresh.replace(path)
