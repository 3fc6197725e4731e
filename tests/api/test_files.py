"""Uploads are what their bytes are, and nothing that is served can run in the page."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import httpx
import pytest
from PIL import Image

from hark.api.routes.files import file_name
from hark.inbox.files.sniff import make_thumbnail, sniff
from hark.kernel.errors import Invalid
from tests.support.people import Office


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG that announces so many pixels and has none."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


async def upload(
    office: Office, content: bytes, name: str = "a.bin", kind: str = "text/html"
) -> httpx.Response:
    headers = {"cookie": f"hark_session={office.agent.token}", "x-csrf-token": office.agent.csrf}
    return await office.http.post("/api/v1/uploads", files={"file": (name, content, kind)}, headers=headers)


async def fetch(office: Office, path: str, **headers: str) -> httpx.Response:
    return await office.http.get(path, headers={"cookie": f"hark_session={office.agent.token}", **headers})


@pytest.mark.parametrize(
    ("content", "kind", "mime", "shown"),
    [
        (picture("PNG"), "image", "image/png", "inline"),
        (picture("JPEG"), "image", "image/jpeg", "inline"),
        (picture("GIF"), "image", "image/gif", "inline"),
        (picture("WEBP"), "image", "image/webp", "inline"),
        (b"<html><script>alert(1)</script></html>", "file", None, "attachment"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "file", None, "attachment"),
        (b"%PDF-1.4 not really", "file", None, "attachment"),
        (b"MZ\x90\x00", "file", None, "attachment"),
        (
            b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
            "file",
            None,
            "attachment",
        ),
        (b"\x00" * 100, "file", None, "attachment"),
    ],
)
async def test_what_a_file_is_its_bytes_say(
    office: Office, content: bytes, kind: str, mime: str | None, shown: str
) -> None:
    answer = await upload(office, content, "picture.png", "image/png")
    assert answer.status_code == 201, answer.text
    attachment = answer.json()
    assert attachment["kind"] == kind
    assert mime is None or attachment["mime_type"] == mime
    got = await fetch(office, attachment["url"])
    assert got.content == content
    assert got.headers["content-disposition"].startswith(shown)
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-type"] == (mime if shown == "inline" else "application/octet-stream")
    assert "sandbox" in got.headers["content-security-policy"]


async def test_a_picture_gets_a_thumbnail_and_its_size(office: Office) -> None:
    attachment = (await upload(office, picture(size=(1200, 800)))).json()
    assert (attachment["width"], attachment["height"]) == (1200, 800)
    small = await fetch(office, attachment["thumbnail_url"])
    with Image.open(io.BytesIO(small.content)) as image:
        assert image.size == (480, 320)


@pytest.mark.parametrize("size", [(50_000, 50_000), (20_000, 20_000), (1_000_000, 100)])
async def test_a_picture_of_too_many_pixels_is_refused(office: Office, size: tuple[int, int]) -> None:
    answer = await upload(office, bomb(*size))
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_pixels")


async def test_a_file_that_is_too_large_is_refused(office: Office) -> None:
    answer = await upload(office, b"x" * (office.hark.settings.upload_max_mb * 1024 * 1024 + 1))
    assert answer.status_code == 413


async def test_an_empty_file_and_a_missing_one_are_refused(office: Office) -> None:
    assert (await upload(office, b"")).status_code == 422
    headers = {"cookie": f"hark_session={office.agent.token}", "x-csrf-token": office.agent.csrf}
    answer = await office.http.post("/api/v1/uploads", files={"other": ("a", b"x", "a/b")}, headers=headers)
    assert answer.status_code == 422
    answer = await office.http.post(
        "/api/v1/uploads",
        content=b"--x\r\nbroken",
        headers=headers | {"content-type": "multipart/form-data; boundary=x"},
    )
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=4-", 206, b"456789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=2-999", 206, b"23456789"),
        ("bytes=20-", 416, b""),
        ("bytes=-", 200, b"0123456789"),
        ("lines=1-2", 200, b"0123456789"),
    ],
)
async def test_players_get_the_part_they_ask_for(
    office: Office, asked: str, status: int, body: bytes
) -> None:
    attachment = (await upload(office, b"0123456789")).json()
    answer = await fetch(office, attachment["url"], range=asked)
    assert (answer.status_code, answer.content) == (status, body)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\a.txt", "a.txt"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
        ("", "file"),
        ("...", "file"),
        (None, "file"),
        ("ü" * 10_000 + ".png", "ü" * 196 + ".png"),
        ("\u202egnp.exe", "gnp.exe"),
    ],
)
def test_a_name_is_only_a_name(given: Any, kept: str) -> None:
    assert file_name(given) == kept


async def test_a_name_cannot_break_out_of_its_header(office: Office) -> None:
    attachment = (await upload(office, b"x", 'a"; filename="b.html')).json()
    shown = (await fetch(office, attachment["url"])).headers["content-disposition"]
    assert shown.count('"') == 2


async def test_looking_into_broken_files_never_fails() -> None:
    whole = picture("JPEG", (300, 200))
    for cut in range(0, len(whole), 37):
        sniffed = await sniff(whole[:cut])
        assert sniffed.kind in {"image", "file"}
        await make_thumbnail(whole[:cut])
    with pytest.raises(Invalid):
        await sniff(bomb(60_000, 60_000))
