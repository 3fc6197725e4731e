"""From a webhook to the frame on an agent's connection, through all of steps 1 to 9 of the whole program."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import perf_counter

import msgspec
from websockets.asyncio.client import connect

from hark.bench.load import post
from hark.bench.made import MadeAccount, message, signed
from hark.bench.program import running
from hark.bench.report import Figure, at_least, at_most, noted, percentile

CONNECTIONS = 16
WARM = 200


async def bench(
    folder: Path, url: str, account: MadeAccount, key: str, rate: int, seconds: int
) -> list[Figure]:
    sent: dict[str, float] = {}
    took: dict[str, float] = {}
    async with running(folder, url) as program:
        address = f"ws://127.0.0.1:{program.port}/api/v1/live"
        async with connect(
            address, additional_headers={"authorization": f"Bearer {key}"}, max_size=None
        ) as socket:
            await socket.recv()
            listener = asyncio.create_task(_listen(socket, sent, took))
            await _send_all(program.port, account, rate, WARM + rate * seconds, sent)
            async with asyncio.timeout(30):
                while len(took) < len(sent):
                    await asyncio.sleep(0.05)
            listener.cancel()
    values = [took[number] * 1000 for number in sent if int(number[1:]) >= WARM]
    return [
        noted("messages, rate", f"{len(values):,} at {rate}/s"),
        at_least("arrived on the connection", len(took) / len(sent), 1),
        at_most("webhook to WebSocket p50", percentile(values, 0.5), 20, " ms"),
        at_most("webhook to WebSocket p99", percentile(values, 0.99), 75, " ms"),
        noted("webhook to WebSocket, slowest", f"{max(values):.1f} ms"),
    ]


async def _listen(socket: object, sent: dict[str, float], took: dict[str, float]) -> None:
    async for frame in socket:  # type: ignore[attr-defined]
        now = perf_counter()
        fact = msgspec.json.decode(frame)
        if fact["type"] == "message.added":
            number = fact["data"]["platform_message_id"]
            if number in sent:
                took.setdefault(number, now - sent[number])


async def _send_all(port: int, account: MadeAccount, rate: int, count: int, sent: dict[str, float]) -> None:
    """At even intervals over a few connections, whatever the answers take."""
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)]
    start = perf_counter()
    for number in range(count):
        await asyncio.sleep(max(0.0, start + number / rate - perf_counter()))
        body = message(
            f"l{number}", f"live {number % 50}", "Is my bike ready?", int(1_795_000_000_000 + number)
        )
        reader, writer = lines[number % CONNECTIONS]
        sent[f"l{number}"] = perf_counter()
        writer.write(post(account.path, body, signed(body)))
    for reader, writer in lines:
        writer.close()
        await reader.read()
