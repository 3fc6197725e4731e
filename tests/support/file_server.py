"""A server of files on loopback that answers each path as it is told to, also in ways that no honest server would."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from PIL import Image

Reply = Callable[[asyncio.StreamWriter], "object"]


class FileServer:
    """`answers` maps a path to the raw bytes of an HTTP answer; `asked` counts requests by path."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.asked: Counter[str] = Counter()
        self.endless: set[str] = set()
        self.held: dict[str, asyncio.Event] = {}
        self.url = ""

    def give(
        self, path: str, body: bytes, status: int = 200, *, announced: int | None = None, headers: str = ""
    ) -> None:
        length = len(body) if announced is None else announced
        self.answers[path] = (
            f"HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{headers}\r\n".encode() + body
        )

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ")[1].decode().lstrip("/")
        self.asked[path] += 1
        if path in self.held:
            await self.held[path].wait()
        try:
            if path in self.endless:
                writer.write(b"HTTP/1.1 200 X\r\n\r\n")
                while True:
                    writer.write(b"x" * 65536)
                    await writer.drain()
            writer.write(self.answers.get(path, b"HTTP/1.1 404 X\r\ncontent-length: 0\r\n\r\n"))
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving() -> AsyncIterator[FileServer]:
    files = FileServer()
    server = await asyncio.start_server(files.serve, "127.0.0.1", 0)
    files.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield files
    finally:
        server.close()


def picture(width: int = 60, height: int = 40, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, kind)
    return out.getvalue()
