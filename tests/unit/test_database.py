"""Transactions that are cut off: whoever was told to end does end, and nothing of the half remains."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hark.infra.db import TRIES, Connection, Database
from hark.kernel.errors import Collided, Unavailable
from hark.kernel.waiting import first_of
from tests.support.waiting import until


@pytest.fixture
async def table(db: Database) -> Database:
    await db.pool.execute("CREATE TABLE mark (number int)")
    return db


async def marks(db: Database) -> list[int]:
    return [row["number"] for row in await db.pool.fetch("SELECT number FROM mark ORDER BY 1")]


async def begin(db: Database, number: int, timeout: float = 30.0) -> None:
    async with db.transaction() as connection:
        await connection.execute("INSERT INTO mark VALUES ($1)", number)
        await connection.execute("SELECT pg_sleep(60)", timeout=timeout)


async def fail(db: Database, number: int) -> None:
    async with db.transaction() as connection:
        await connection.execute("INSERT INTO mark VALUES ($1)", number)
        raise ZeroDivisionError


async def sleeping(db: Database) -> bool:
    found: bool = await db.pool.fetchval(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active' "
        "AND datname = current_database())"
    )
    return found


async def test_who_is_told_to_end_in_a_transaction_ends_and_nothing_is_stored(table: Database) -> None:
    task = asyncio.create_task(begin(table, 1))
    await until(lambda: sleeping(table))
    task.cancel()
    await asyncio.wait([task], timeout=10)
    assert task.cancelled()
    assert await marks(table) == []


async def test_a_time_limit_around_a_transaction_is_told_as_such(table: Database) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await begin(table, 1)
    assert await marks(table) == []


async def test_a_server_that_does_not_answer_in_time_is_unavailable(table: Database) -> None:
    with pytest.raises(Unavailable):
        await begin(table, 1, timeout=0.2)
    assert await marks(table) == []


async def test_an_error_of_ones_own_undoes_all_and_the_connection_serves_on(table: Database) -> None:
    for number in range(30):  # more often than there are connections
        with pytest.raises(ZeroDivisionError):
            await fail(table, number)
    async with table.transaction() as connection:
        await connection.execute("INSERT INTO mark VALUES (7)")
    assert await marks(table) == [7]


async def test_waiting_for_events_lets_a_cancellation_through_at_any_step() -> None:
    for steps in range(4):
        event = asyncio.Event()
        task = asyncio.create_task(first_of(event, asyncio.Event(), timeout=60))
        await asyncio.sleep(0)
        event.set()
        for _ in range(steps):
            await asyncio.sleep(0)
        if task.done():
            break
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert task.cancelled(), steps


async def test_of_two_transactions_that_wait_for_one_another_both_get_done(table: Database) -> None:
    await table.pool.execute("INSERT INTO mark VALUES (1), (2)")
    met = asyncio.Barrier(2)
    begun: list[int] = []

    def raising(first: int, second: int) -> Callable[[Connection], Awaitable[None]]:
        async def work(connection: Connection) -> None:
            begun.append(first)
            await connection.execute("UPDATE mark SET number = number + 10 WHERE number % 10 = $1", first)
            if len(begun) <= 2:
                await met.wait()
            await connection.execute("UPDATE mark SET number = number + 10 WHERE number % 10 = $1", second)

        return work

    await asyncio.gather(table.transact(raising(1, 2)), table.transact(raising(2, 1)))
    assert len(begun) == 3, "one of them began again"
    assert await marks(table) == [21, 22]


async def test_who_collides_every_time_is_told_so(table: Database) -> None:
    begun: list[int] = []

    async def collide(connection: Connection) -> None:
        begun.append(1)
        await connection.execute("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40P01'; END $$")

    with pytest.raises(Collided):
        await table.transact(collide)
    assert len(begun) == TRIES
