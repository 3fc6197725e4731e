"""What rules do outside: webhooks signed, tried again and given up; and the log that tells of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from hark.automation.models import Webhook
from hark.flows.automation.outside import ATTEMPTS, do_outside, sign
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from tests.support.desk import START, Desk, open_desk
from tests.support.fake_platform import FakePlatform
from tests.support.rules import rule, run_rules, runs

SECRET = "a secret of the rule"


class Receiver:
    """Answers each call with the next status; keeps what it got."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        self.got.append((headers, await reader.readexactly(int(headers["content-length"]))))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    fake = FakePlatform(clock, looks_up=False)
    return await open_desk(db, tmp_path, fake, clock, allow_private_addresses=True)


async def called(desk: Desk, *statuses: int, times: int = 1) -> tuple[Receiver, dict[str, str]]:
    """A rule calls the receiver; `times` steps, each after the pause. Gives what the log says of the action."""
    receiver = Receiver(*statuses)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    async with server:
        receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        await rule(desk, "message_received", [Webhook(receiver.url, SECRET)])
        case = await desk.hear("Hello")
        await run_rules(desk)
        for _ in range(times):
            await do_outside(desk.hark)
            desk.clock.advance(timedelta(days=1))
        (run,) = await runs(desk, case)
    return receiver, run.actions[0]


async def test_a_webhook_is_signed_and_tells_what_happened(desk: Desk) -> None:
    receiver, result = await called(desk, 204)
    [(headers, body)] = receiver.got
    told = msgspec.json.decode(body)
    assert headers["x-hark-signature"] == "sha256=" + sign(SECRET, body)
    assert headers["x-hark-delivery"] == told["delivery"]
    assert (told["event"], told["message"]["content"]) == ("message_received", "Hello")
    assert result["state"] == "done"


async def test_a_server_in_trouble_is_tried_again_with_the_same_delivery(desk: Desk) -> None:
    receiver, result = await called(desk, 500, 429, 200, times=4)
    assert len(receiver.got) == 3
    assert len({headers["x-hark-delivery"] for headers, _ in receiver.got}) == 1
    assert result["state"] == "done"


async def test_a_refusal_is_final(desk: Desk) -> None:
    refused, said = await called(desk, 410, times=3)
    assert (len(refused.got), said["state"], said["code"]) == (1, "failed", "http_410")


async def test_trouble_without_end_is_given_up(desk: Desk) -> None:
    receiver, said = await called(desk, 503, times=ATTEMPTS + 2)
    assert (len(receiver.got), said["state"], said["code"]) == (ATTEMPTS, "failed", "gave_up")
