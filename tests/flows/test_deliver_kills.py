"""F2: the worker dies after any of its writes, and before and after the platform accepted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hark.flows.deliver import deliver_due
from hark.infra.db import Database, Statement
from hark.kernel.clock import FixedClock
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform, Killed, first, killed

KINDS = ("all", "find", "one", "value", "run")


@contextmanager
def death_after(statement: int) -> Iterator[list[int]]:
    """The process dies right after its n-th SQL statement, which has reached the database."""
    seen = [0]
    originals = {kind: getattr(Statement, kind) for kind in KINDS}

    def dying(original: Any) -> Any:
        async def call(self: Statement[Any], *values: Any) -> Any:
            if seen[0] >= statement:
                raise Killed
            found = await original(self, *values)
            seen[0] += 1
            if seen[0] >= statement:
                raise Killed
            return found

        return call

    for kind, original in originals.items():
        setattr(Statement, kind, dying(original))
    try:
        yield seen
    finally:
        for kind, original in originals.items():
            setattr(Statement, kind, original)


async def work(desk: Desk) -> bool:
    """Whether the worker lived."""
    try:
        await deliver_due(desk.hark)
    except Killed:
        return False
    return True


async def recover(desk: Desk) -> None:
    """Another worker comes; a minute passes for the lease."""
    for _ in range(3):
        desk.clock.advance(timedelta(seconds=60))
        await deliver_due(desk.hark)


async def check_end(desk: Desk, db: Database, count: int) -> None:
    assert desk.fake.doubles() == []
    accepted = {call.reference for call in desk.fake.accepted}
    rows = await desk.rows("SELECT id, delivery_status FROM message WHERE direction = 'outbound'")
    assert len(rows) == count
    for message, status in rows:
        assert status in {"sent", "unknown"}
        if message not in accepted:
            assert status == "unknown"
    assert await desk.rows("SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending')") == [(0,)]
    for number in range(3):
        texts = desk.fake.texts(f"p-c{number}")
        assert texts == sorted(texts)
    await check_counters(db)
    await check_facts(desk)


@pytest.mark.parametrize("looks_up", [True, False])
async def test_the_worker_is_killed_after_every_statement(
    db: Database, tmp_path: Path, looks_up: bool
) -> None:
    clock = FixedClock(START)
    desk = await open_desk(db, tmp_path, FakePlatform(clock, looks_up=looks_up), clock)
    cases = [await desk.hear(by=f"c{number}") for number in range(3)]
    statement, lived, count = 1, False, 0
    while not lived:
        for case in cases:
            desk.clock.advance(timedelta(seconds=1))
            await desk.say(case, f"{count:04}")
        count += len(cases)
        with death_after(statement):
            lived = await work(desk)
        await recover(desk)
        await check_end(desk, db, count)
        statement += 1
    assert statement > 40
    if looks_up:
        unknown = (await desk.statuses()).get("unknown", 0)
        assert unknown == count - len(desk.fake.accepted)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("looks_up", [True, False])
async def test_the_worker_is_killed_during_the_call(
    db: Database, tmp_path: Path, moment: str, looks_up: bool
) -> None:
    clock = FixedClock(START)
    desk = await open_desk(db, tmp_path, FakePlatform(clock, looks_up=looks_up), clock)
    setattr(desk.fake, moment, first(1, killed))
    case = await desk.hear(by="c0")
    (one,) = await desk.say(case, "1")
    await desk.say(case, "2")
    assert await work(desk) is False
    assert await deliver_due(desk.hark) == 0, "the later message waits for the doubtful one"
    await recover(desk)
    found = moment == "after" and looks_up
    assert (await desk.message(one.id)).delivery_status == ("sent" if found else "unknown")
    assert desk.fake.texts("p-c0") == (["1", "2"] if moment == "after" else ["2"])
    await check_end(desk, db, 2)


async def test_a_doubtful_message_is_taken_over_within_a_minute(db: Database, tmp_path: Path) -> None:
    clock = FixedClock(START)
    desk = await open_desk(db, tmp_path, FakePlatform(clock), clock)
    desk.fake.after = first(1, killed)
    (message,) = await desk.say(await desk.hear(), "Hi")
    called = clock()
    await work(desk)
    clock.advance(timedelta(seconds=60))
    await deliver_due(desk.hark)
    assert (await desk.message(message.id)).delivery_status == "sent"
    assert desk.fake.looked_around == [called], (
        "it is looked for around the time of the call, not of the look"
    )
