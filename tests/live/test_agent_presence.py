"""Agents are online while a page of theirs is connected, away when nobody touches it, offline after the grace time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hark.api.app import create_app
from hark.flows.presence import Held, hold, settle_present
from hark.infra.db import Database
from hark.kernel.clock import FixedClock, utc_now
from tests.support.live import listening, serving
from tests.support.people import Office, open_office
from tests.support.program import compose
from tests.support.waiting import until


class Watched:
    """An office on a clock that stands still until it is pushed."""

    def __init__(self, office: Office, clock: FixedClock, address: str) -> None:
        self.office, self.clock, self.address = office, clock, address

    async def status(self) -> tuple[str, bool]:
        async with self.office.hark.db.connection() as connection:
            row = await connection.fetchrow(
                "SELECT status, automatic FROM agent_status WHERE user_id = $1", self.office.agent.user_id
            )
        return ("offline", True) if row is None else (row["status"], row["automatic"])

    def becomes(self, status: str) -> Callable[[], Awaitable[bool]]:
        async def so() -> bool:
            return (await self.status())[0] == status

        return so

    async def devices(self) -> int:
        async with self.office.hark.db.connection() as connection:
            found: int | None = await connection.fetchval(
                "SELECT sum(devices) FROM agent_connection WHERE user_id = $1", self.office.agent.user_id
            )
        return found or 0

    async def later(self, seconds: float) -> None:
        """Time passes without a word from any process."""
        self.clock.advance(timedelta(seconds=seconds))
        await settle_present(self.office.hark)

    async def spans(self) -> list[str]:
        async with self.office.hark.db.connection() as connection:
            rows = await connection.fetch(
                "SELECT status FROM agent_status_span WHERE user_id = $1 ORDER BY since",
                self.office.agent.user_id,
            )
        return [row[0] for row in rows]


@pytest.fixture
async def watched(db: Database, tmp_path: Path) -> AsyncIterator[Watched]:
    clock = FixedClock(utc_now())
    hark = compose(db, tmp_path, clock=clock)
    office = await open_office(hark)
    async with serving(office.app) as address:
        yield Watched(office, clock, address)
    await office.close()
    await hark.http.aclose()


async def test_who_opens_the_page_is_online_and_everybody_hears_of_it(watched: Watched) -> None:
    async with listening(watched.address, watched.office.supervisor) as supervisor:
        async with listening(watched.address, watched.office.agent):
            while True:
                fact = await supervisor.until("agent.changed")
                if fact["data"]["user_id"] == str(watched.office.agent.user_id):
                    break
            assert (fact["data"]["status"], fact["data"]["automatic"]) == ("online", True)


async def test_a_lost_connection_counts_until_the_grace_time_is_over(watched: Watched) -> None:
    async with listening(watched.address, watched.office.agent):
        await until(watched.becomes("online"))
    await until(lambda: _none(watched))
    await watched.later(59)
    assert (await watched.status())[0] == "online"
    await watched.later(1)
    assert await watched.status() == ("offline", True)


async def test_who_comes_back_within_the_grace_time_was_never_gone(watched: Watched) -> None:
    async with listening(watched.address, watched.office.agent):
        await until(watched.becomes("online"))
    await until(lambda: _none(watched))
    await watched.later(30)
    async with listening(watched.address, watched.office.agent):
        await until(lambda: _some(watched))
        assert await watched.spans() == ["online"]


async def test_one_of_two_devices_keeps_a_person_online(watched: Watched) -> None:
    async with listening(watched.address, watched.office.agent):
        async with AsyncExitStack() as second:
            await second.enter_async_context(listening(watched.address, watched.office.agent))
            await until(lambda: _count(watched, 2))
        await until(lambda: _count(watched, 1))
        assert (await watched.status())[0] == "online"


async def test_nobody_touching_the_page_is_away_until_somebody_does(watched: Watched) -> None:
    async with listening(watched.address, watched.office.agent) as agent:
        await until(watched.becomes("online"))
        await watched.later(1)
        await agent.say(type="active", idle=700)
        await until(watched.becomes("away"))
        assert await watched.status() == ("away", True)
        await watched.later(1)
        await agent.say(type="active", idle=0)
        await until(watched.becomes("online"))
        assert await watched.spans() == ["online", "away", "online"]


async def test_what_a_person_chose_holds_while_connected(watched: Watched) -> None:
    async with listening(watched.address, watched.office.agent) as agent:
        await until(watched.becomes("online"))
        answer = await watched.office.agent.call("POST", "/me/status", {"status": "away"})
        assert (answer.json()["status"], answer.json()["automatic"]) == ("away", False)
        await agent.say(type="active", idle=0)
        await watched.later(1)
        assert await watched.status() == ("away", False)
        await watched.office.agent.call("POST", "/me/status", {"status": "online"})
        assert (await watched.status())[0] == "online"


async def test_connections_of_a_killed_process_end_by_their_lease(watched: Watched) -> None:
    """It says nothing any more, and nobody has to notice."""
    hark, agent = watched.office.hark, watched.office.agent
    held = [Held(watched.office.workspace_id, agent.user_id, 1, watched.clock())]
    await hold(hark.db, hark.bus, watched.clock, "killed", held)
    assert (await watched.status())[0] == "online"
    await watched.later(60)
    assert (await watched.status())[0] == "offline"
    assert await watched.spans() == ["online", "offline"]


async def test_another_process_takes_over_without_a_gap(watched: Watched) -> None:
    hark, agent = watched.office.hark, watched.office.agent
    held = [Held(watched.office.workspace_id, agent.user_id, 1, watched.clock())]
    await hold(hark.db, hark.bus, watched.clock, "killed", held)
    await watched.later(40)
    other = create_app(hark)
    await other.app.start()  # type: ignore[attr-defined]
    async with serving(other) as elsewhere, listening(elsewhere, agent):
        await until(lambda: _count(watched, 2))
        await watched.later(30)
        assert await watched.spans() == ["online"]
    await other.app.stop()  # type: ignore[attr-defined]


async def test_supervisors_set_a_forgotten_status_and_agents_do_not(watched: Watched) -> None:
    office = watched.office
    path = f"/agents/{office.agent.user_id}/status"
    assert (await office.supervisor.call("POST", path, {"status": "offline"})).json()["chosen"] == "offline"
    assert (await office.agent.call("POST", path, {"status": "online"})).status_code == 403


async def _count(watched: Watched, count: int) -> bool:
    return await watched.devices() == count


async def _none(watched: Watched) -> Any:
    return await watched.devices() == 0


async def _some(watched: Watched) -> Any:
    return await watched.devices() > 0
