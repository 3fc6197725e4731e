"""Step 11, many messages: order, pace, Retry-After, the circuit, several workers, and platforms that are dead."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from hark.channels.contract import Outbound, RateLimit, TryAgain
from hark.flows.deliver import deliver_due, deliver_loop
from hark.infra.bus import DELIVERY
from hark.infra.db import Database
from hark.kernel.clock import FixedClock, utc_now
from hark.workspaces.rights import system_actor
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform, first, hang, server_error, timed_out, too_many
from tests.support.program import compose, connect
from tests.support.sandbox_events import BASE, dm
from tests.support.waiting import until


async def desk_with(db: Database, folder: Path, **options: object) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, folder, FakePlatform(clock, **options), clock)  # type: ignore[arg-type]


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    return await desk_with(db, tmp_path)


async def run_for(desk: Desk, seconds: float, step: float = 1.0) -> None:
    """Lets the clock go on and sends what becomes due."""
    for _ in range(int(seconds / step)):
        await deliver_due(desk.hark)
        desk.clock.advance(timedelta(seconds=step))


async def test_a_later_message_never_overtakes_one_that_waits_for_its_retry(desk: Desk) -> None:
    case = await desk.hear()
    desk.fake.before = first(3, server_error)
    for text in ("One", "Two", "Three"):
        await desk.say(case, text)
    await run_for(desk, 60)
    assert desk.fake.texts("p-mara") == ["One", "Two", "Three"]


async def test_other_conversations_go_on_while_one_waits(desk: Desk) -> None:
    desk.fake.before = first(1, too_many(600, "message"))
    await desk.say(await desk.hear(by="mara"), "Waits")
    await deliver_due(desk.hark)
    await desk.say(await desk.hear(by="jonas"), "Leaves")
    await deliver_due(desk.hark)
    assert desk.fake.texts("p-jonas") == ["Leaves"]
    assert desk.fake.texts("p-mara") == []


@pytest.mark.parametrize("scope", ["message", "conversation", "account"])
@pytest.mark.parametrize(("named", "seconds"), [(1, 1), (30, 30), (3600, 3600), (86400, 3600)])
async def test_retry_after_is_kept_to_the_second(desk: Desk, scope: str, named: float, seconds: int) -> None:
    desk.fake.before = first(1, too_many(named, scope))
    await desk.say(await desk.hear(), "Hi")
    await deliver_due(desk.hark)
    desk.clock.advance(timedelta(seconds=seconds) - timedelta(milliseconds=1))
    assert await deliver_due(desk.hark) == 0
    desk.clock.advance(timedelta(milliseconds=1))
    assert await deliver_due(desk.hark) == 1
    assert desk.fake.texts("p-mara") == ["Hi"]


@pytest.mark.parametrize("named", [None, -5, float("nan"), float("inf"), 0])
async def test_a_retry_after_that_says_nothing_is_replaced_by_our_own(
    desk: Desk, named: float | None
) -> None:
    desk.fake.before = first(1, too_many(named, "account"))
    await desk.say(await desk.hear(), "Hi")
    assert await deliver_due(desk.hark) == 1
    assert await deliver_due(desk.hark) == 0
    await run_for(desk, 2)
    assert desk.fake.texts("p-mara") == ["Hi"]


async def test_a_blocked_account_holds_all_its_conversations_and_no_other_account(desk: Desk) -> None:
    other = await connect(desk.hark, "fakenet", "other", workspace_id=desk.account.workspace_id)
    desk.fake.before = first(1, too_many(30, "account"))
    await desk.say(await desk.hear(by="mara"), "One")
    await deliver_due(desk.hark)
    await desk.say(await desk.hear(by="jonas"), "Two")
    mine = desk.account
    desk.account = other
    await desk.say(await desk.hear(by="ada"), "Three")
    desk.account = mine
    await deliver_due(desk.hark)
    assert [call.text for call in desk.fake.accepted] == ["Three"]
    desk.clock.advance(timedelta(seconds=30))
    await deliver_due(desk.hark)
    assert sorted(call.text for call in desk.fake.accepted) == ["One", "Three", "Two"]


async def test_agents_replies_leave_before_automatic_ones(db: Database, tmp_path: Path) -> None:
    desk = await desk_with(db, tmp_path, rates=(RateLimit(1, 1.0),))
    robot = system_actor(desk.account.workspace_id)
    for number in range(5):
        await desk.say(await desk.hear(by=f"c{number}"), "Robot", agent=robot, by_human=False)
    case = await desk.hear(by="mara")
    await desk.say(case, "Human")
    await run_for(desk, 8)
    assert [call.text for call in desk.fake.accepted] == ["Human", *["Robot"] * 5]


async def test_a_known_rate_is_never_exceeded_whatever_is_asked(db: Database, tmp_path: Path) -> None:
    limit = RateLimit(10, 5.0)
    desk = await desk_with(db, tmp_path, rates=(limit,))
    desk.fake.limit = limit
    second = compose(db, tmp_path, desk.fake.adapter, clock=desk.clock)
    for number in range(60):
        await desk.say(await desk.hear(by=f"c{number}"), "Hi")
    for _ in range(400):
        await asyncio.gather(deliver_due(desk.hark), deliver_due(second))
        desk.clock.advance(timedelta(milliseconds=100))
    assert desk.fake.refused_by_rate == 0
    assert len(desk.fake.accepted) == 60


async def test_messages_of_one_conversation_keep_the_platforms_distance(db: Database, tmp_path: Path) -> None:
    desk = await desk_with(db, tmp_path, rates=(RateLimit(1, 2.0, scope="conversation"),))
    case = await desk.hear()
    for text in ("One", "Two", "Three"):
        await desk.say(case, text)
    await run_for(desk, 6, step=0.5)
    times = [(call.at - START).total_seconds() for call in desk.fake.accepted]
    assert times == [0, 2, 4]


async def test_a_dead_platform_is_probed_once_a_minute_and_gets_its_backlog_in_order(desk: Desk) -> None:
    desk.fake.before = server_error
    cases = [await desk.hear(by=f"c{number}") for number in range(8)]
    for number, case in enumerate(cases):
        await desk.say(case, f"{number} a")
        await desk.say(case, f"{number} b")
    await run_for(desk, 60)
    started = len(desk.fake.calls)
    await run_for(desk, 600)
    probes = [call.at for call in desk.fake.calls[started:]]
    assert 5 <= len(probes) <= 10
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(probes)]
    assert min(gaps) >= 60
    desk.fake.before = None
    await run_for(desk, 400)
    assert {number: desk.fake.texts(f"p-c{number}") for number in range(8)} == {
        number: [f"{number} a", f"{number} b"] for number in range(8)
    }
    assert desk.fake.doubles() == []


async def test_half_of_all_calls_failing_delivers_everything_once_with_few_calls(desk: Desk) -> None:
    dice = random.Random(7)

    def sometimes(_: Outbound) -> None:
        if dice.random() < 0.5:
            raise TryAgain("503", "Busy.", http_status=503)

    desk.fake.before = sometimes
    cases = [await desk.hear(by=f"c{number}") for number in range(20)]
    for case in cases:
        for number in range(5):
            await desk.say(case, str(number))
    for _ in range(3000):
        await deliver_due(desk.hark)
        desk.clock.advance(timedelta(seconds=1))
        if len(desk.fake.accepted) == 100:
            break
    assert desk.fake.doubles() == []
    assert all(desk.fake.texts(f"p-c{number}") == ["0", "1", "2", "3", "4"] for number in range(20))
    assert len(desk.fake.calls) <= 300


@pytest.mark.parametrize("looks_up", [True, False])
async def test_500_timeouts_after_acceptance_make_no_silent_double(
    db: Database, tmp_path: Path, looks_up: bool
) -> None:
    desk = await desk_with(db, tmp_path, looks_up=looks_up)
    desk.fake.after = timed_out
    cases = [await desk.hear(by=f"c{number}") for number in range(50)]
    for case in cases:
        for number in range(10):
            await desk.say(case, str(number))
    await run_for(desk, 36_000, step=61)
    assert len(desk.fake.accepted) == 500
    assert desk.fake.doubles() == []
    assert await desk.statuses() == ({"sent": 500} if looks_up else {"unknown": 500})


async def test_two_workers_send_each_message_once_and_in_order(
    desk: Desk, db: Database, tmp_path: Path
) -> None:
    other = compose(await Database.connect(_url(db)), tmp_path, desk.fake.adapter, clock=desk.clock)
    cases = [await desk.hear(by=f"c{number}") for number in range(12)]
    for number in range(6):
        for case in cases:
            await desk.say(case, str(number))
    desk.fake.before = lambda _: asyncio.sleep(random.random() / 200)
    while len(desk.fake.accepted) < 72:
        await asyncio.gather(deliver_due(desk.hark), deliver_due(other))
    assert desk.fake.doubles() == []
    assert all(desk.fake.texts(f"p-c{number}") == list("012345") for number in range(12))
    await check_counters(db)
    await other.db.close(patience=1)


def _url(db: Database) -> str:
    return str(db.pool._connect_args[0])


async def test_a_hanging_account_does_not_hold_up_another(db: Database, tmp_path: Path) -> None:
    clock = FixedClock(utc_now())
    desk = await open_desk(db, tmp_path, FakePlatform(utc_now), clock)
    other = await connect(desk.hark, "fakenet", "other", workspace_id=desk.account.workspace_id)
    for number in range(30):
        await desk.say(await desk.hear(by=f"c{number}"), "Hangs")
    dead = desk.account.account_id
    desk.account = other

    async def only_the_dead_one(outbound: Outbound) -> None:
        if outbound.text == "Hangs":
            await hang(outbound)

    desk.fake.before = only_the_dead_one
    stop = asyncio.Event()
    loop = asyncio.create_task(deliver_loop(desk.hark, stop))
    await until(lambda: desk.fake.running >= 8)
    for number in range(20):
        began = time.monotonic()
        await desk.say(await desk.hear(by=f"o{number}"), f"Leaves {number}")
        desk.hark.bus.publish(DELIVERY)
        await until(lambda: len(desk.fake.accepted) == number + 1)  # noqa: B023
        assert time.monotonic() - began < 2
    assert sum(1 for call in desk.fake.calls if call.account == dead) == 8
    stop.set()
    for task in asyncio.all_tasks() - {asyncio.current_task(), loop}:
        task.cancel()
    await loop


async def test_the_loop_wakes_at_the_end_of_the_undo_time(db: Database, tmp_path: Path) -> None:
    fake = FakePlatform(utc_now)
    desk = await open_desk(db, tmp_path, fake, FixedClock(utc_now()), undo=1)
    hark = compose(db, tmp_path, fake.adapter)
    desk.hark = hark
    stop = asyncio.Event()
    loop = asyncio.create_task(deliver_loop(hark, stop))
    (message,) = await desk.say(await desk.hear(), "Hi")
    hark.bus.publish(DELIVERY)
    await until(lambda: fake.accepted, within=5)
    late = (fake.accepted[0].at - message.created_at).total_seconds()
    assert 1.0 <= late < 1.5
    stop.set()
    await loop


async def test_echoes_that_race_with_the_answer_leave_one_message_each(desk: Desk, db: Database) -> None:
    """Without our reference and with altered text, so that only the platform's id tells that they are the same."""
    echoes: list[asyncio.Task[None]] = []

    def echo(outbound: Outbound) -> None:
        at = int(desk.clock().timestamp() * 1000) - BASE
        event = dm(
            len(echoes) + 1000, f"altered {outbound.text}", by=outbound.thread_key[2:], at=at, ours=True
        )
        event["item"]["id"] = f"out-{outbound.reference}"
        event["id"] = f"e-{outbound.reference}"
        echoes.append(asyncio.create_task(desk.post(event)))

    desk.fake.after = echo
    for number in range(10):
        case = await desk.hear(by=f"c{number}")
        for text in "abcde":
            desk.clock.advance(timedelta(seconds=1))
            await desk.say(case, text)
    await run_for(desk, 5)
    await asyncio.gather(*echoes)
    assert len(desk.fake.accepted) == 50
    assert await desk.rows(
        "SELECT count(*), count(DISTINCT platform_message_id) FROM message WHERE direction = 'outbound'"
    ) == [(50, 50)]
    await check_counters(db)
    await check_facts(desk)
