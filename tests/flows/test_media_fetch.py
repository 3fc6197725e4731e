"""Files of messages: what is stored of good ones, and how bad ones end."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hark.flows.media import fetch_due, media_loop, remove_withdrawn
from hark.inbox.models import Attachment
from hark.infra.bus import MEDIA
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from hark.kernel.errors import NotFound
from tests.support.desk import START, Desk, check_facts, open_desk
from tests.support.fake_platform import FakePlatform
from tests.support.file_server import FileServer, picture, serving
from tests.support.program import compose, connect
from tests.support.sandbox_events import delete, dm
from tests.support.waiting import until

NOW = 60_000


@pytest.fixture
async def files() -> AsyncIterator[FileServer]:
    async with serving() as server:
        yield server


@pytest.fixture
async def desk(db: Database, tmp_path: Path, files: FileServer) -> Desk:
    clock = FixedClock(START)
    fields = {"base_url": files.url}
    return await open_desk(db, tmp_path, FakePlatform(clock), clock, fields=fields, media_max_mb=1)


async def picture_comes(desk: Desk, *files: str, number: int = 1, **media: Any) -> None:
    given = [{"kind": "image", "id": file, **media} for file in files]
    await desk.post(dm(number, "Look", at=NOW + number, media=given))


async def shown(desk: Desk) -> list[Attachment]:
    (message,) = await desk.messages(await desk.conversation_of("p-mara"), "inbound")
    return message.attachments


async def let_pass(desk: Desk, minutes: int = 10) -> None:
    for _ in range(minutes * 6):
        await fetch_due(desk.hark)
        desk.clock.advance(timedelta(seconds=10))


async def test_a_picture_is_stored_with_what_it_is_and_a_small_one(desk: Desk, files: FileServer) -> None:
    files.give("f1", picture(1200, 800))
    await picture_comes(desk, "f1", mime_type="application/octet-stream", size=3)
    assert await fetch_due(desk.hark) == 1
    (file,) = await shown(desk)
    assert (file.state, file.mime_type, file.width, file.height) == ("stored", "image/png", 1200, 800)
    assert file.size == len(picture(1200, 800))
    assert file.url == f"/api/v1/attachments/{file.id}/content"
    key = f"{desk.account.workspace_id}/{file.id}"
    assert await desk.hark.blobs.get(key) == picture(1200, 800)
    assert len(await desk.hark.blobs.get(f"{key}-thumbnail")) < 20_000
    await check_facts(desk)


async def test_a_file_from_an_address_is_fetched_without_asking_for_one(
    desk: Desk, files: FileServer
) -> None:
    files.give("direct", b"just some text", headers="x-a: b\r\n")
    await picture_comes(desk, "f1")
    await set_source(desk, f"{files.url}/direct")
    await fetch_due(desk.hark)
    assert (await shown(desk))[0].state == "stored"
    assert files.asked == {"direct": 1}


async def set_source(desk: Desk, url: str) -> None:
    async with desk.hark.db.transaction() as connection:
        await connection.execute("UPDATE attachment SET source_url = $1, file_id = NULL", url)


BAD: dict[str, tuple[dict[str, Any], str, str, int]] = {
    "nothing there": ({"status": 404, "body": b""}, "failed", "expired", 3),
    "no longer allowed": ({"status": 403, "body": b""}, "failed", "expired", 3),
    "zero bytes": ({"body": b""}, "failed", "empty", 3),
    "shorter than announced": ({"body": b"abc", "announced": 1000}, "failed", "not_reached", 3),
    "an error page with status 200": ({"body": b"<!DOCTYPE html><p>Sorry"}, "failed", "not_a_file", 3),
    "a server error": ({"status": 500, "body": b""}, "failed", "status_500", 3),
    "a redirect": (
        {"status": 302, "body": b"", "headers": "location: http://10.0.0.1/\r\n"},
        "failed",
        "status_302",
        3,
    ),
    "more than we take": ({"body": b"x" * 1_100_000}, "skipped", "too_large", 1),
}


@pytest.mark.parametrize("case", BAD)
async def test_a_bad_file_ends_marked_after_few_tries_and_the_message_stays(
    desk: Desk, files: FileServer, case: str
) -> None:
    given, state, reason, tries = BAD[case]
    files.give("f1", **given)
    await picture_comes(desk, "f1")
    await let_pass(desk)
    (file,) = await shown(desk)
    assert (file.state, file.state_reason, file.url) == (state, reason, None)
    assert files.asked["f1"] == tries
    await check_facts(desk)


async def test_an_endless_file_is_cut_off(desk: Desk, files: FileServer) -> None:
    files.endless.add("f1")
    await picture_comes(desk, "f1")
    await asyncio.wait_for(fetch_due(desk.hark), 10)
    assert (await shown(desk))[0].state_reason == "too_large"


async def test_a_file_announced_as_too_large_is_not_even_asked_for(desk: Desk, files: FileServer) -> None:
    await picture_comes(desk, "f1", size=1_000_000_000)
    await fetch_due(desk.hark)
    assert (await shown(desk))[0].state == "skipped"
    assert files.asked == {}


async def test_an_address_that_has_expired_for_good_is_not_tried_again(desk: Desk, files: FileServer) -> None:
    await picture_comes(desk, "f1")
    await set_source(desk, f"{files.url}/gone")
    await let_pass(desk)
    assert (await shown(desk))[0].state_reason == "expired"
    assert files.asked["gone"] == 1


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "http://localhost:1/", "file:///etc/passwd"]
)
async def test_an_address_of_elsewhere_is_never_called(desk: Desk, url: str) -> None:
    await picture_comes(desk, "f1")
    await set_source(desk, url)
    await fetch_due(desk.hark)
    (file,) = await shown(desk)
    assert (file.state, file.state_reason) == ("failed", "address_refused")


async def test_a_picture_of_too_many_pixels_is_refused(desk: Desk, files: FileServer) -> None:
    files.give("f1", bomb(50_000, 50_000))
    await picture_comes(desk, "f1")
    await fetch_due(desk.hark)
    (file,) = await shown(desk)
    assert (file.state, file.state_reason) == ("skipped", "too_many_pixels")


def bomb(width: int, height: int) -> bytes:
    """A small PNG whose header announces an enormous picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


async def test_retry_after_is_waited_for(desk: Desk, files: FileServer) -> None:
    files.give("f1", b"", 503, headers="retry-after: 300\r\n")
    await picture_comes(desk, "f1")
    await fetch_due(desk.hark)
    desk.clock.advance(timedelta(seconds=299))
    assert await fetch_due(desk.hark) == 0
    files.give("f1", picture())
    desk.clock.advance(timedelta(seconds=77))
    assert await fetch_due(desk.hark) == 1
    assert (await shown(desk))[0].state == "stored"


async def test_a_withdrawn_message_loses_its_files(desk: Desk, files: FileServer) -> None:
    files.give("f1", picture())
    await picture_comes(desk, "f1")
    await fetch_due(desk.hark)
    (file,) = await shown(desk)
    await desk.post(delete(1, 1, NOW + 10))
    assert await remove_withdrawn(desk.hark) == 1
    assert await remove_withdrawn(desk.hark) == 0
    for key in ("", "-thumbnail"):
        with pytest.raises(NotFound):
            await desk.hark.blobs.get(f"{desk.account.workspace_id}/{file.id}{key}")
    await check_facts(desk)


async def test_a_message_withdrawn_while_its_file_is_on_the_way_keeps_none(
    desk: Desk, files: FileServer
) -> None:
    files.give("f1", picture())
    files.held["f1"] = asyncio.Event()
    await picture_comes(desk, "f1")
    fetching = asyncio.create_task(fetch_due(desk.hark))
    await until(lambda: files.asked["f1"])
    await desk.post(delete(1, 1, NOW + 10))
    files.held["f1"].set()
    await fetching
    (file,) = await desk.rows("SELECT id, state, blob_key FROM attachment")
    assert file[1:] == ("withdrawn", None)
    with pytest.raises(NotFound):
        await desk.hark.blobs.get(f"{desk.account.workspace_id}/{file[0]}")
    await check_facts(desk)


async def test_a_file_of_a_dead_worker_is_taken_up_by_another(desk: Desk, files: FileServer) -> None:
    files.give("f1", picture())
    files.held["f1"] = asyncio.Event()
    await picture_comes(desk, "f1")
    dying = asyncio.create_task(fetch_due(desk.hark))
    await until(lambda: files.asked["f1"])
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        if task is dying or "_fetch" in repr(task.get_coro()):
            task.cancel()
    files.held["f1"].set()
    assert await fetch_due(desk.hark) == 0
    desk.clock.advance(timedelta(seconds=150))
    assert await fetch_due(desk.hark) == 1
    assert (await shown(desk))[0].state == "stored"


async def test_a_file_that_cuts_off_every_worker_is_given_up(desk: Desk, files: FileServer) -> None:
    await picture_comes(desk, "f1")
    async with desk.hark.db.transaction() as connection:
        await connection.execute("UPDATE attachment SET attempts = 3")
    await fetch_due(desk.hark)
    assert (await shown(desk))[0].state_reason == "interrupted"


async def test_two_workers_fetch_each_file_once(
    desk: Desk, files: FileServer, tmp_path: Path, db: Database
) -> None:
    names = [f"f{number}" for number in range(30)]
    for number, name in enumerate(names):
        files.give(name, picture())
        await picture_comes(desk, name, number=number)
    other = compose(db, tmp_path, desk.fake.adapter, clock=desk.clock)
    await asyncio.gather(fetch_due(desk.hark), fetch_due(other))
    assert files.asked == dict.fromkeys(names, 1)
    assert await desk.rows("SELECT state, count(*) FROM attachment GROUP BY state") == [("stored", 30)]


async def test_one_dead_account_leaves_places_for_others(desk: Desk, files: FileServer) -> None:
    for number in range(6):
        files.held[f"h{number}"] = asyncio.Event()
        await picture_comes(desk, f"h{number}", number=number)
    mine = desk.account
    desk.account = await connect(
        desk.hark, "fakenet", "other", fields={"base_url": files.url}, workspace_id=mine.workspace_id
    )
    files.give("good", picture())
    await desk.post(dm(90, "Look", at=NOW, by="jonas", media=[{"kind": "image", "id": "good"}]))
    stop = asyncio.Event()
    loop = asyncio.create_task(media_loop(desk.hark, stop))
    desk.hark.bus.publish(MEDIA)
    await until(lambda: files.asked["good"])
    assert sum(files.asked[f"h{number}"] for number in range(6)) == 2
    stop.set()
    await loop
