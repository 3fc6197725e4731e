"""S1, S2: clients that read or write a byte a second, or never finish what they began, do not stop the service for others."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from hark.adapters.sandbox.webhook import signature
from hark.journal import last_seq
from tests.faults.scene import SECRET, Scene, open_scene
from tests.support.processes import Program
from tests.support.waiting import until

pytestmark = pytest.mark.faults

LONG = os.environ.get("HARK_FAULTS") == "long"
READERS = 200 if LONG else 20
WRITERS = 1_000 if LONG else 100
MEGABYTE = 1024 * 1024
ESTABLISHED = 1
"""The kernel's number of that state (TCP_ESTABLISHED in tcp_states.h), the first byte of TCP_INFO."""


@pytest.fixture
async def scene(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Scene, Program]]:
    program = Program(tmp_path, database_url)
    try:
        async with open_scene(database_url, tmp_path, [program.port], customers=10, copies=1) as opened:
            await program.start()
            await opened.open_conversations()
            yield opened, program
            await program.stop()
    finally:
        program.kill()


async def test_live_clients_that_read_a_byte_a_second_are_cut_and_others_go_on(
    scene: tuple[Scene, Program], record_property: Callable[[str, Any], None]
) -> None:
    opened, program = scene
    opened.line.write(600, " " + "x" * 9_000)
    await opened.settled(within=60)
    alone = await _slowest(opened, 20)
    async with opened.db.connection() as connection:
        last = await last_seq(connection, opened.line.account.workspace_id)
    before = program.memory()
    slow = [await _slow_reader(program, opened) for _ in range(READERS)]
    began = time.monotonic()
    held = before
    try:
        reading = [asyncio.create_task(_read_slowly(each)) for each in slow]
        beside = await _slowest(opened, 20)
        while not all(task.done() for task in reading):
            assert time.monotonic() - began < 60, "cut within 60 s"
            held = max(held, program.memory())
            await asyncio.sleep(0.5)
    finally:
        for each in slow:
            each.close()
    grown = held - before
    assert grown <= READERS * MEGABYTE + 30 * MEGABYTE
    assert beside <= max(1.0, alone * 3)
    opened.line.write(10)
    await opened.settled(within=20)
    cut = round(time.monotonic() - began)
    shown = {"facts": last, "slow": READERS, "cut_after_s": cut, "memory_grown_mb": grown // MEGABYTE}
    record_property(
        "figures", shown | {"slowest_call_alone_s": round(alone, 3), "beside_s": round(beside, 3)}
    )


async def _slowest(scene: Scene, calls: int) -> float:
    waits = []
    for _ in range(calls):
        began = time.monotonic()
        await scene.line.agent.get("/conversations")
        waits.append(time.monotonic() - began)
    return max(waits)


async def _slow_reader(program: Program, scene: Scene) -> socket.socket:
    """A live connection that asks for everything from the beginning, over a socket that takes little."""
    loop = asyncio.get_running_loop()
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await loop.sock_connect(connection, ("127.0.0.1", program.port))
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        "GET /api/v1/live HTTP/1.1",
        f"host: 127.0.0.1:{program.port}",
        f"origin: http://localhost:{program.port}",
        f"cookie: hark_session={scene.line.agent.token}",
        "connection: upgrade",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        f"sec-websocket-key: {key}",
    ]
    await loop.sock_sendall(connection, ("\r\n".join(lines) + "\r\n\r\n").encode())
    assert b"101" in await loop.sock_recv(connection, 12)
    resume = b'{"type":"resume","seq":0}'
    await loop.sock_sendall(connection, bytes([0x81, 0x80 | len(resume), 0, 0, 0, 0]) + resume)
    return connection


async def _read_slowly(connection: socket.socket) -> None:
    """Until the other side ends it, which a reader of what has already come would not notice."""
    loop = asyncio.get_running_loop()
    while connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED:
        try:
            await loop.sock_recv(connection, 1)
        except OSError:
            return
        await asyncio.sleep(1)


def _head(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "host: 127.0.0.1", *lines, "", ""]).encode()


async def test_requests_that_never_end_are_closed_and_do_not_stop_service(
    scene: tuple[Scene, Program], record_property: Callable[[str, Any], None]
) -> None:
    """Headers a byte a second, headers that stop, bodies shorter than announced at the webhook and at the API."""
    opened, program = scene
    hook = f"/webhooks/sandbox/{opened.line.account.webhook_key}"
    reply = f"/api/v1/conversations/{next(iter(opened.line.conversations.values()))}/messages"
    kind = "content-type: application/json"
    cookie = f"cookie: hark_session={opened.line.agent.token}"
    csrf = f"x-csrf-token: {opened.line.agent.csrf}"
    forms = {
        "header a byte a second": (b"", _head(hook)),
        "nothing at all": (b"", b""),
        "header never ends": (_head(hook)[:-2] + b"x-half: ", b""),
        "webhook body too short": (_head(hook, kind, "content-length: 1000") + b"{", b""),
        "api body too short": (
            _head(reply, kind, "idempotency-key: k", cookie, csrf, "content-length: 1000") + b"{",
            b"",
        ),
    }
    began = time.monotonic()
    clients = [
        asyncio.create_task(_dawdle(program.port, *forms[name]))
        for name in forms
        for _ in range(WRITERS // 5)
    ]
    try:
        for _ in range(20):
            assert await _slowest(opened, 1) <= 2.0
            opened.line.write(2)
            await asyncio.sleep(0.2)
        await opened.settled(within=20)
        await until(lambda: all(task.done() for task in clients), within=45, every=0.2)
    finally:
        for task in clients:
            task.cancel()
        ended = await asyncio.gather(*clients, return_exceptions=True)
    by_form = {
        name: round(max(ended[n * (WRITERS // 5) : (n + 1) * (WRITERS // 5)]), 1)
        for n, name in enumerate(forms)
    }  # type: ignore[type-var]
    assert max(by_form.values()) <= 32, by_form
    record_property(
        "figures",
        {"clients": len(clients), "seconds": round(time.monotonic() - began), "closed_after": by_form},
    )


async def _dawdle(port: int, at_once: bytes, slowly: bytes) -> float:
    """Sends that, then a byte a second; gives the seconds until the server has closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()
    try:
        writer.write(at_once)
        ending = asyncio.create_task(_end_of(reader))
        for place in range(len(slowly)):
            if ending.done():
                break
            writer.write(slowly[place : place + 1])
            await asyncio.wait([ending], timeout=1.0)
        await ending
    except OSError:
        pass
    finally:
        writer.close()
    return time.monotonic() - began


async def _end_of(reader: asyncio.StreamReader) -> None:
    try:
        while await reader.read(65536):
            pass
    except OSError:
        return


BAD = {
    "depth": b'{"account":"shop0","events":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "depth in an event": b'{"account":"shop0","events":[{"id":"deep","kind":'
    + b"[" * 10_000
    + b"]" * 10_000
    + b"}]}",
    "NaN": b'{"account":"shop0","events":[{"id":"nan","kind":"message","at":NaN}]}',
    "1e999": b'{"account":"shop0","events":[{"id":"huge","kind":"message","at":1e999}]}',
    "2^63": b'{"account":"shop0","events":[{"id":"big","kind":"message","at":9223372036854775808}]}',
    "minus zero": b'{"account":"shop0","events":[{"id":"zero","kind":"message","at":-0}]}',
    "duplicate keys": b'{"account":"shop0","events":[{"id":"one","id":"two","kind":"message","kind":"edit"}]}',
    "BOM": b'\xef\xbb\xbf{"account":"shop0","events":[]}',
    "trailing bytes": b'{"account":"shop0","events":[]} trailing',
    "lone surrogate": b'{"account":"shop0","events":[{"id":"s","kind":"message","at":1,"item":{"id":"\\ud800"}}]}',
    "invalid UTF-8": b'{"account":"shop0","events":[{"id":"\xff\xfe"}]}',
    "NUL": b'{"account":"shop0","events":[{"id":"nul\\u0000","kind":"message\\u0000"}]}',
    "raw NUL": b'{"account":"shop0\x00"}',
    "null for a list": b'{"account":"shop0","events":null}',
    "array for an object": b"[]",
    "wrong types": b'{"account":7,"events":{"a":1}}',
    "empty": b"",
    "not JSON": b"<html></html>",
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
}


async def test_bad_json_is_never_an_error_of_ours_and_never_lost(
    scene: tuple[Scene, Program], record_property: Callable[[str, Any], None]
) -> None:
    opened, program = scene
    line = opened.line
    statuses: dict[str, tuple[int, int]] = {}
    conversation = next(iter(line.conversations.values()))
    for name, content in BAD.items():
        began = time.monotonic()
        signed = {"content-type": "application/json", "x-sandbox-signature": signature(content, SECRET)}
        hook = await line.agent.http.post(
            f"/webhooks/sandbox/{line.account.webhook_key}", content=content, headers=signed
        )
        api = await _api(opened, f"/conversations/{conversation}/messages", content)
        assert time.monotonic() - began <= 2.0
        assert hook.status_code == 200, (name, hook.text)
        assert 400 <= api < 500, name
        statuses[name] = (hook.status_code, api)
    await until(lambda: _none_pending(opened), within=20)
    rows = await opened.db.pool.fetch("SELECT payload, state FROM raw_event WHERE reason IS NOT NULL")
    whole = {bytes(row["payload"]) for row in rows if row["state"] == "quarantined"}
    missing = [name for name, content in BAD.items() if not _kept(content, whole)]
    assert missing == []
    assert program.alive
    record_property("figures", {"bodies": len(BAD) * 2, "server_errors": 0, "kept": len(BAD) - len(missing)})


async def _api(scene: Scene, path: str, content: bytes) -> int:
    agent = scene.line.agent
    headers = {
        "content-type": "application/json",
        "x-csrf-token": agent.csrf,
        "cookie": f"hark_session={agent.token}",
        "idempotency-key": "bad",
    }
    answer = await agent.http.post(f"/api/v1{path}", content=content, headers=headers)
    return answer.status_code


async def _none_pending(scene: Scene) -> bool:
    return await scene.waiting() == 0


def _kept(content: bytes, quarantined: set[bytes]) -> bool:
    """The body as it came, or the event of it in its envelope; an empty list of events has nothing to keep."""
    if content in quarantined:
        return True
    _, _, events = content.partition(b'"events":[')
    event = events.rpartition(b"]")[0]
    return any(event in kept for kept in quarantined) if event else content.endswith(b'"events":[]}')
