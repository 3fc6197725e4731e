"""The one exception to the rule that private addresses are not called: the program's own address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from hark.infra.http import AddressRefused, GuardedHttp


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def test_the_programs_own_address_may_be_called_and_no_other_private_one(port: int) -> None:
    http = GuardedHttp(own=frozenset({f"127.0.0.1:{port}"})).allowing(("127.0.0.1", "localhost"))
    assert (await http.call("GET", f"http://127.0.0.1:{port}/")).status == 204
    for other in (f"http://localhost:{port}/", "http://127.0.0.1:1/", f"http://127.0.0.2:{port}/"):
        with pytest.raises(AddressRefused):
            await http.call("GET", other)
    await http.aclose()


async def test_without_an_own_address_loopback_is_refused(port: int) -> None:
    http = GuardedHttp()
    with pytest.raises(AddressRefused):
        await http.call("GET", f"http://127.0.0.1:{port}/")
    await http.aclose()
