"""A load on loopback from a process of its own: raw sockets, so that it costs the machine as little as possible."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import perf_counter

import msgspec


class Load(msgspec.Struct):
    """Requests (whole, as bytes) to send over so many connections; each connection waits for its answer."""

    port: int
    connections: int
    requests: list[bytes]


class Took(msgspec.Struct):
    seconds: float
    answers: dict[str, int]


def run(port: int, requests: Sequence[bytes], connections: int = 64) -> Took:
    """Sends all of them; gives the time from the first to the last answer, and how often each status came."""
    with tempfile.NamedTemporaryFile(suffix=".load") as file:
        Path(file.name).write_bytes(msgspec.msgpack.encode(Load(port, connections, list(requests))))
        done = subprocess.run(
            [sys.executable, "-m", "hark.bench.load", file.name], check=True, capture_output=True, timeout=600
        )
    return msgspec.json.decode(done.stdout, type=Took)


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: localhost", "content-type: application/json"]
    lines += [f"content-length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class _Connection(asyncio.Protocol):
    def __init__(self, waiting: list[bytes], answers: dict[str, int], done: asyncio.Future[None]) -> None:
        self._waiting, self._answers, self._done = waiting, answers, done
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or b"0")
        if len(rest) >= length:
            status = head[9:12].decode()
            self._answers[status] = self._answers.get(status, 0) + 1
            self._received = b""
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)

    def _next(self) -> None:
        assert isinstance(self._transport, asyncio.Transport)
        if self._waiting:
            self._transport.write(self._waiting.pop())
        else:
            self._transport.close()


def _same(connection: _Connection) -> _Connection:
    return connection


async def _send(load: Load) -> Took:
    loop = asyncio.get_running_loop()
    waiting, answers = load.requests[::-1], dict[str, int]()
    ends = [loop.create_future() for _ in range(load.connections)]
    start = perf_counter()
    for end in ends:
        connection = _Connection(waiting, answers, end)
        await loop.create_connection(partial(_same, connection), "127.0.0.1", load.port)
    await asyncio.gather(*ends)
    return Took(perf_counter() - start, answers)


if __name__ == "__main__":
    given = msgspec.msgpack.decode(Path(sys.argv[1]).read_bytes(), type=Load)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(_send(given))))
