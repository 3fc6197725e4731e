from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from hark.infra.bus import FACTS, RAW, MemoryBus, PostgresBus
from tests.support.database import Server
from tests.support.waiting import until


@pytest.fixture
async def pair(database_url: str) -> AsyncIterator[tuple[PostgresBus, PostgresBus]]:
    """Two processes' buses that hear one another."""
    one, two = PostgresBus(database_url), PostgresBus(database_url)
    await one.start()
    await two.start()
    await connected(one, two)
    yield one, two
    await one.close()
    await two.close()


async def connected(one: PostgresBus, two: PostgresBus) -> None:
    """Until hints go both ways."""
    await reaches(one, two)
    await reaches(two, one)


async def reaches(sender: PostgresBus, receiver: PostgresBus) -> None:
    heard: list[str] = []
    stop = receiver.subscribe("hello", heard.append)

    def asked() -> list[str]:
        sender.publish("hello")
        return heard

    await until(asked, every=0.05)
    stop()


def test_a_listener_of_the_own_process_hears_at_once() -> None:
    bus, heard = MemoryBus(), []
    stop = bus.subscribe(RAW, heard.append)
    bus.publish(RAW, "a")
    bus.publish(FACTS, "b")
    stop()
    stop()
    bus.publish(RAW, "c")
    assert heard == ["a"]


def test_a_failing_listener_harms_nobody() -> None:
    bus, heard = MemoryBus(), []

    def fail(_payload: str) -> None:
        raise RuntimeError("no")

    bus.subscribe(RAW, fail)
    bus.subscribe(RAW, heard.append)
    bus.publish(RAW, "a")
    assert heard == ["a"]


async def test_other_processes_hear_each_hint_once_and_the_own_does_not_wait(
    pair: tuple[PostgresBus, PostgresBus],
) -> None:
    one, two = pair
    here: list[str] = []
    there: list[str] = []
    one.subscribe(FACTS, here.append)
    two.subscribe(FACTS, there.append)
    for number in range(50):
        one.publish(FACTS, f"workspace-{number} ü\n'\"")
    assert len(here) == 50
    await until(lambda: len(there) >= 50)
    one.publish(FACTS, "last")
    await until(lambda: "last" in there)
    assert there == [*(f"workspace-{number} ü\n'\"" for number in range(50)), "last"]
    assert len(here) == 51


async def test_a_hint_that_is_too_long_stays_here_and_breaks_nothing(
    pair: tuple[PostgresBus, PostgresBus],
) -> None:
    one, two = pair
    there: list[str] = []
    two.subscribe(FACTS, there.append)
    one.publish(FACTS, "x" * 9000)
    one.publish(FACTS, "short")
    await until(lambda: there)
    assert there == ["short"]


async def test_the_bus_comes_back_after_its_connections_were_cut(
    pair: tuple[PostgresBus, PostgresBus], postgres: Server
) -> None:
    one, two = pair
    connection = await asyncpg.connect(postgres.url)
    cut = await connection.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'hark bus'"
    )
    await connection.close()
    assert cut >= 2
    await connected(one, two)
