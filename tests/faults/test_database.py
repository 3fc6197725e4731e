"""F4, F5: the database restarted, frozen and full under load: nothing answered 2xx is missing, nobody waits for long, and
nobody has to help it back."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from hark.infra.postgres import EmbeddedPostgres
from tests.faults.scene import Scene, figures, open_scene
from tests.faults.verdict import check_ground_rule
from tests.support.processes import OwnPostgres, Program
from tests.support.waiting import until

pytestmark = pytest.mark.faults

LONG = os.environ.get("HARK_FAULTS") == "long"
LONGEST_WAIT = 10.0
"""Seconds that any request may take, whatever the database does (F5)."""
BACK_WITHIN = 15.0
"""Seconds after the database is there again until an event is taken (F4)."""


class Asked(msgspec.Struct):
    """What the API answered to a reader meanwhile."""

    statuses: Counter[int] = msgspec.field(default_factory=Counter)
    waits: list[float] = msgspec.field(default_factory=list)


@pytest.fixture
async def own() -> AsyncIterator[OwnPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="hark-faults-"))
    server = OwnPostgres(folder / "postgres")
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def at_work(scene: Scene) -> AsyncIterator[Asked]:
    """Customers, the agent and a reader, all the time."""
    await scene.open_conversations()
    asked = Asked()
    busy = [asyncio.create_task(_keep_talking(scene)), asyncio.create_task(_keep_reading(scene, asked))]
    try:
        yield asked
        for task in busy:
            assert not task.done(), task.exception()
    finally:
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)


async def _keep_talking(scene: Scene) -> None:
    while True:
        scene.line.write()
        if scene.line.written % 10 == 0:
            scene.line.answer()
        await asyncio.sleep(0.05)


async def _keep_reading(scene: Scene, asked: Asked) -> None:
    while True:
        began = time.monotonic()
        try:
            answer = await scene.line.agent.call("GET", "/conversations")
        except httpx.HTTPError as error:
            raise AssertionError(f"no answer after {time.monotonic() - began:.1f} s: {error!r}") from error
        asked.statuses[answer.status_code] += 1
        asked.waits.append(time.monotonic() - began)
        await asyncio.sleep(0.1)


async def _back(scene: Scene, since: float) -> float:
    """Seconds from `since` to the next event that is taken."""
    taken = scene.line.courier.noted.taken_at
    return float(
        await until(
            lambda: next((at - since for at in taken if at > since), None), within=BACK_WITHIN, every=0.05
        )
    )


async def _check(scene: Scene, asked: Asked, record: Callable[[str, Any], None], **more: Any) -> None:
    noted = scene.line.courier.noted
    settled = await scene.settled(within=150)
    found = await check_ground_rule(scene)
    assert set(noted.statuses) <= {200, 503}
    assert (noted.timed_out, noted.unanswered) == (0, 0)
    assert set(asked.statuses) <= {200, 503}
    longest = max(*noted.waits, *asked.waits)
    assert longest <= LONGEST_WAIT
    shown = figures(scene, longest_wait=round(longest, 1), answered_503=noted.statuses[503], **more)
    record("figures", shown | {"settled_after": round(settled, 1)} | found)


async def test_a_database_that_is_restarted_under_load(
    own: OwnPostgres, tmp_path: Path, record_property: Callable[[str, Any], None]
) -> None:
    url = own.server.url()
    program = Program(tmp_path, url)
    try:
        await program.start()
        async with open_scene(url, tmp_path, [program.port], customers=20, copies=2) as scene:
            async with at_work(scene) as asked:
                backs = []
                for _ in range(20 if LONG else 3):
                    before = scene.line.written
                    await until(lambda before=before: scene.line.written > before + 40, within=30)
                    await own.restart()
                    backs.append(await _back(scene, time.monotonic()))
            await _check(
                scene, asked, record_property, restarts=len(backs), longest_back=round(max(backs), 1)
            )
        await program.stop()
    finally:
        program.kill()


async def test_a_database_that_is_frozen_under_load(
    own: OwnPostgres, tmp_path: Path, record_property: Callable[[str, Any], None]
) -> None:
    url = own.server.url()
    program = Program(tmp_path, url)
    seconds = 60 if LONG else 12
    try:
        await program.start()
        async with open_scene(url, tmp_path, [program.port], customers=20, copies=2) as scene:
            async with at_work(scene) as asked:
                await until(lambda: scene.line.written > 80, within=30)
                frozen = own.freeze()
                try:
                    await asyncio.sleep(seconds)
                finally:
                    own.thaw(frozen)
                back = await _back(scene, time.monotonic())
                now = scene.line.written
                await until(lambda: scene.line.written > now + 40, within=30)
            assert scene.line.courier.noted.statuses[503] > 0
            await _check(scene, asked, record_property, frozen_seconds=seconds, back=round(back, 1))
        await program.stop()
    finally:
        program.kill()


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 400 MB of its own."""
    folder = Path(tempfile.mkdtemp(prefix="hark-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "hark-faults", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip(f"no small disk can be made here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


async def test_a_full_disk(small_disk: Path, record_property: Callable[[str, Any], None]) -> None:
    """Hark's own PostgreSQL on a disk that fills up to the last byte, and is given room again."""
    data = small_disk / "data"
    data.mkdir()
    program = Program(data, None)
    server = EmbeddedPostgres(data / "postgres")
    try:
        await program.start(within=90)
        async with open_scene(server.url(), data, [program.port], customers=20, copies=2) as scene:
            async with at_work(scene) as asked:
                await until(lambda: scene.line.written > 60, within=30)
                ballast = small_disk / "ballast"
                _fill(ballast)
                full_at = time.monotonic()
                await until(lambda: scene.line.courier.noted.statuses[503] > 5, within=90)
                await asyncio.sleep(5)
                ballast.unlink()
                back = await _back(scene, time.monotonic())
                now = scene.line.written
                await until(lambda: scene.line.written > now + 40, within=30)
            full = round(time.monotonic() - full_at)
            await _check(scene, asked, record_property, full_seconds=full, back=round(back, 1))
        await program.stop()
    finally:
        program.kill()
        await asyncio.to_thread(server.stop)


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        size = 1 << 20
        while size >= 1:
            try:
                file.write(b"\0" * size)
            except OSError:
                size //= 2
