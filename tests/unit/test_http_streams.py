"""Streams of lines and WebSockets: guarded like calls, capped, and ended when nothing comes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from websockets.asyncio.server import ServerConnection, serve

from hark.infra.http import (
    AddressRefused,
    AnswerTooLarge,
    Broken,
    GuardedHttp,
    NotConnected,
    SocketRefused,
    TimedOut,
)

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
Play = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def server(play: Play) -> AsyncIterator[str]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await play(await reader.readuntil(b"\r\n\r\n"), writer)
        writer.close()

    running = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield f"127.0.0.1:{running.sockets[0].getsockname()[1]}"
    running.close()


@pytest.fixture
async def http() -> AsyncIterator[GuardedHttp]:
    guarded = GuardedHttp(allow_private=True)
    yield guarded
    await guarded.aclose()


async def lines_of(http: GuardedHttp, place: str, **limits: float) -> list[str]:
    async with http.stream("GET", f"http://{place}/", **limits) as lines:  # type: ignore[arg-type]
        return [line async for line in lines]


async def test_lines_come_as_they_are_sent_whatever_the_pieces(http: GuardedHttp) -> None:
    seen: list[str] = []

    async def play(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"event: update\r\nda")
        await writer.drain()
        first.set()
        await more.wait()
        writer.write("ta: {\u2028ä}\n\n".encode()[:9])
        await writer.drain()
        writer.write("ta: {\u2028ä}\n\n".encode()[9:] + b"half")

    first, more = asyncio.Event(), asyncio.Event()
    async with server(play) as place, http.stream("GET", f"http://{place}/") as lines:
        async for line in lines:
            seen.append(line)
            more.set()  # the first line was given before the second came
    assert seen == ["event: update", "data: {\u2028ä}", "", "half"]


async def test_headers_and_query_go_out_and_nothing_compressed_is_asked_for(http: GuardedHttp) -> None:
    asked: list[bytes] = []

    async def play(head: bytes, writer: asyncio.StreamWriter) -> None:
        asked.append(head)
        writer.write(HEAD)

    async with server(play) as place:
        async with http.stream(
            "GET", f"http://{place}/s", headers={"authorization": "Bearer x"}, query={"stream": "user"}
        ) as lines:
            assert [line async for line in lines] == []
    head = asked[0].lower()
    assert head.startswith(b"get /s?stream=user ")
    assert b"authorization: bearer x" in head
    assert b"accept-encoding: identity" in head


async def test_a_refused_stream_tells_status_headers_and_body(http: GuardedHttp) -> None:
    async def play(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 429 No\r\nRetry-After: 7\r\ncontent-length: 9\r\n\r\n{"a": 12}')

    async with server(play) as place, http.stream("GET", f"http://{place}/") as lines:
        answer = await lines.answer()
    assert (answer.status, answer.headers["retry-after"], answer.json()) == (429, "7", {"a": 12})


async def test_silence_ends_a_stream(http: GuardedHttp) -> None:
    quiet = asyncio.Event()

    async def play(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b":sign of life\n")
        await writer.drain()
        await quiet.wait()

    async with server(play) as place:
        with pytest.raises(TimedOut):
            await lines_of(http, place, timeout=0.1)
        quiet.set()


@pytest.mark.parametrize("line", [b"x" * 3000, b"x" * 3000 + b"\n"])
async def test_an_overlong_line_ends_a_stream(http: GuardedHttp, line: bytes) -> None:
    async def play(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + line)

    async with server(play) as place:
        with pytest.raises(AnswerTooLarge):
            await lines_of(http, place, max_line=2000)


async def test_a_stream_that_breaks_says_so(http: GuardedHttp) -> None:
    async def play(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\none\n")

    async with server(play) as place:
        with pytest.raises(Broken):
            await lines_of(http, place)


async def test_a_redirect_is_not_followed(http: GuardedHttp) -> None:
    async def play(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")

    async with server(play) as place:
        async with http.stream("GET", f"http://{place}/") as lines:
            assert lines.status == 302
        with pytest.raises(SocketRefused) as refused:
            async with http.websocket(f"ws://{place}/"):
                pass
    assert refused.value.answer.status == 302


async def test_streams_do_not_use_up_the_connections_of_calls(http: GuardedHttp) -> None:
    async def play(head: bytes, writer: asyncio.StreamWriter) -> None:
        if head.startswith(b"GET /call"):
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        else:
            writer.write(HEAD)
            await writer.drain()
            await done.wait()

    done = asyncio.Event()
    async with server(play) as place, contextlib.AsyncExitStack() as opened:
        for _ in range(205):
            await opened.enter_async_context(http.stream("GET", f"http://{place}/"))
        assert (await http.call("GET", f"http://{place}/call", timeout=5)).status == 204
        done.set()


@pytest.mark.parametrize(
    "url",
    ["ws://127.0.0.1:1/", "ws://localhost:1/", "wss://127.0.0.1:1/", "wss://[::1]:1/", "https://127.0.0.1/"],
)
async def test_private_addresses_are_refused_for_sockets(url: str) -> None:
    http = GuardedHttp()
    with pytest.raises(AddressRefused):
        async with http.websocket(url):
            pass
    await http.aclose()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "wss://example.org/"])
async def test_private_addresses_are_refused_for_streams(url: str) -> None:
    http = GuardedHttp()
    with pytest.raises(AddressRefused):
        async with http.stream("GET", url):
            pass
    await http.aclose()


async def test_only_allowed_hosts_are_streamed_from(http: GuardedHttp) -> None:
    narrowed = http.allowing(("*.example.org",))
    with pytest.raises(AddressRefused):
        async with narrowed.stream("GET", "http://127.0.0.1:1/"):
            pass
    with pytest.raises(AddressRefused):
        async with narrowed.websocket("ws://127.0.0.1:1/"):
            pass


@contextlib.asynccontextmanager
async def sockets(play: Callable[[ServerConnection], Awaitable[None]]) -> AsyncIterator[str]:
    async with serve(
        play, "127.0.0.1", 0, select_subprotocol=lambda _, offered: next(iter(offered), None)
    ) as running:
        yield f"ws://127.0.0.1:{next(iter(running.sockets)).getsockname()[1]}/"


async def test_frames_go_both_ways_and_an_orderly_end_ends_the_loop(http: GuardedHttp) -> None:
    async def play(connection: ServerConnection) -> None:
        assert connection.request is not None
        asked.append(connection.request.headers["authorization"])
        await connection.send(await connection.recv())
        await connection.send(b"\x00\xff")

    asked: list[str] = []
    async with sockets(play) as url:
        async with http.websocket(url, headers={"authorization": "Bearer x"}, subprotocols=["v1"]) as opened:
            assert opened.subprotocol == "v1"
            await opened.send("hello")
            assert [frame async for frame in opened] == ["hello", b"\x00\xff"]
    assert asked == ["Bearer x"]


async def test_an_overlong_frame_ends_the_socket(http: GuardedHttp) -> None:
    async def play(connection: ServerConnection) -> None:
        await connection.send("x" * 3000)
        await connection.wait_closed()

    async with sockets(play) as url, http.websocket(url, max_frame=2000) as opened:
        with pytest.raises(AnswerTooLarge):
            async for _ in opened:
                pass


async def test_a_silent_socket_ends(http: GuardedHttp) -> None:
    async def play(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with sockets(play) as url, http.websocket(url, timeout=0.1) as opened:
        with pytest.raises(TimedOut):
            async for _ in opened:
                pass


async def test_a_socket_that_is_cut_says_so(http: GuardedHttp) -> None:
    async def play(connection: ServerConnection) -> None:
        connection.transport.abort()

    async with sockets(play) as url, http.websocket(url) as opened:
        with pytest.raises(Broken):
            async for _ in opened:
                pass
        with pytest.raises(Broken):
            await opened.send("anybody?")


async def test_where_nobody_listens_there_is_no_socket(http: GuardedHttp) -> None:
    with pytest.raises(NotConnected):
        async with http.websocket("ws://127.0.0.1:1/"):
            pass
