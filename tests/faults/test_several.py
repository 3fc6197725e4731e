"""F9: two web processes and two workers at once on one database are as one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.scene import Scene, figures, open_scene
from tests.faults.verdict import check_ground_rule
from tests.support.people import Person
from tests.support.processes import Program, free_port

pytestmark = pytest.mark.faults

LONG = os.environ.get("HARK_FAULTS") == "long"
INBOUND, OUTBOUND = (5_000, 600) if LONG else (500, 80)


async def test_two_of_each_are_as_one(
    database_url: str, tmp_path: Path, record_property: Callable[[str, Any], None]
) -> None:
    first = free_port()
    webs = [Program(tmp_path, database_url, role="web", port=first)]
    webs.append(Program(tmp_path, database_url, role="web", port=free_port()))
    workers = [Program(tmp_path, database_url, role="worker", port=port) for port in (1, 2)]
    programs = [*webs, *workers]
    try:
        async with open_scene(database_url, tmp_path, [web.port for web in webs]) as scene:
            await asyncio.gather(*(program.start() for program in programs))
            await scene.open_conversations()
            await _talk(scene, webs[1])
            settled = await scene.settled(within=60)
            found = await check_ground_rule(scene, may_be_unknown=False)
            assert set(scene.line.courier.noted.statuses) == {200}
            assert not scene.line.refused
            for program in programs:
                await program.stop()
            record_property("figures", figures(scene) | {"settled_after": round(settled, 1)} | found)
    finally:
        for program in programs:
            program.kill()


async def _talk(scene: Scene, other: Program) -> None:
    """Customers write at both; every reply is asked for at both at once, under one idempotency key."""
    line = scene.line
    async with httpx.AsyncClient(base_url=other.address, timeout=15.0, trust_env=False) as http:
        agent = Person(
            *(getattr(line.agent, name) for name in ("user_id", "email", "role", "token", "csrf")), http
        )
        twice: list[asyncio.Task[Any]] = []
        while line.written < INBOUND or line.asked < OUTBOUND:
            line.write(4)
            if line.asked < OUTBOUND:
                line.answer()
                twice.append(asyncio.create_task(_ask(scene, agent, line.asked)))
            await asyncio.sleep(0.05)
        for status, text in await asyncio.gather(*twice):
            assert status == 201, text


async def _ask(scene: Scene, agent: Person, number: int) -> tuple[int, str]:
    line = scene.line
    conversation = line.conversations[line.customers[number % len(line.customers)]]
    answer = await agent.call(
        "POST",
        f"/conversations/{conversation}/messages",
        {"content": f"out {number:05}"},
        headers={"idempotency-key": line.key(number)},
    )
    return answer.status_code, answer.text
