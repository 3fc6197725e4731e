from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import msgspec
import pytest

from hark.infra import jobs
from hark.infra.db import Database
from hark.infra.jobs import GiveUp, Job, Schedule, enqueue, run_jobs, wait_before
from tests.support.waiting import until


class Running:
    """Workers on a database for the time of a `with`; a job's payloads are collected by name."""

    def __init__(
        self, url: str, names: dict[str, jobs.Queue], *, schedules: list[Schedule] | None = None
    ) -> None:
        self.done: list[tuple[str, object]] = []
        self.failures: dict[str, list[Exception]] = {}
        self._stop = asyncio.Event()
        self._url = url
        self._jobs = [Job(name, queue, self._handler(name)) for name, queue in names.items()]
        self._schedules = schedules or []

    def _handler(self, name: str) -> jobs.Handler:
        async def handle(payload: bytes) -> None:
            if self.failures.get(name):
                raise self.failures[name].pop(0)
            self.done.append((name, msgspec.json.decode(payload)))

        return handle

    async def __aenter__(self) -> Running:
        self._task = asyncio.create_task(run_jobs(self._url, self._jobs, self._schedules, self._stop))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await asyncio.wait_for(self._task, 10)


async def queued(db: Database) -> int:
    async with db.connection() as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM pgqueuer")
        return count


async def test_a_job_exists_when_its_transaction_commits_and_not_before(
    db: Database, database_url: str
) -> None:
    async def fail_after_enqueueing() -> None:
        async with db.transaction() as connection:
            await enqueue(connection, "import", {"n": 1}, "bulk")
            raise RuntimeError("rolled back")

    with pytest.raises(RuntimeError):
        await fail_after_enqueueing()
    assert await queued(db) == 0
    async with Running(database_url, {"import": "bulk"}) as running:
        async with db.transaction() as connection:
            assert await enqueue(connection, "import", {"n": 2}, "bulk")
        await until(lambda: running.done)
        assert running.done == [("import", {"n": 2})]
        await until(lambda: queued_none(db))


async def queued_none(db: Database) -> bool:
    return await queued(db) == 0


async def test_live_jobs_come_before_bulk_ones(db: Database, database_url: str) -> None:
    async with db.transaction() as connection:
        for number in range(5):
            await enqueue(connection, "housekeeping", number, "bulk")
        await enqueue(connection, "urgent", 0, "live")
    async with Running(database_url, {"housekeeping": "bulk", "urgent": "live"}) as running:
        await until(lambda: len(running.done) == 6)
        assert running.done[0] == ("urgent", 0)


async def test_the_same_job_waits_once(db: Database) -> None:
    async with db.transaction() as connection:
        assert await enqueue(connection, "import", 1, once="account")
        assert not await enqueue(connection, "import", 1, once="account")
        assert await enqueue(connection, "import", 1, once="other")
    assert await queued(db) == 2


async def test_a_failed_job_is_tried_again_and_a_hopeless_one_is_not(
    db: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "FIRST_WAIT", 0.01)
    running = Running(database_url, {"flaky": "live", "hopeless": "live"})
    running.failures = {"flaky": [ValueError("1"), ValueError("2")], "hopeless": [GiveUp("never")]}
    async with running:
        async with db.transaction() as connection:
            await enqueue(connection, "flaky", "f", "live")
            await enqueue(connection, "hopeless", "h", "live")
        await until(lambda: running.done)
        await until(lambda: queued_none(db))
    assert running.done == [("flaky", "f")]


async def test_a_delayed_job_waits(db: Database, database_url: str) -> None:
    async with db.transaction() as connection:
        await enqueue(connection, "later", 2, "live", delay=timedelta(hours=1))
        await enqueue(connection, "later", 1, "live")
    async with Running(database_url, {"later": "live"}) as running:
        await until(lambda: running.done)
    assert running.done == [("later", 1)]
    assert await queued(db) == 1


async def test_losing_the_database_ends_the_work_with_an_error(database_url: str) -> None:
    stop = asyncio.Event()
    task = asyncio.create_task(run_jobs(database_url, [], [], stop))
    connection = await asyncpg.connect(database_url)

    async def cut() -> bool:
        return bool(
            await connection.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE application_name = 'hark jobs' AND datname = current_database()"
            )
        )

    await until(cut)
    await until(lambda: task.done() or cut())
    await connection.close()
    stop.set()
    await asyncio.wait([task], timeout=10)
    assert task.done()


def test_waits_grow_and_end_at_a_quarter_of_an_hour() -> None:
    assert [wait_before(attempt) for attempt in range(4)] == [5, 10, 20, 40]
    assert wait_before(20) == 900
