"""Every platform: limits and errors are waited out, and every answer leaves once."""

from __future__ import annotations

from pathlib import Path

from hark.infra.db import Database
from hark.standins.kit import Fault
from tests.platforms.ask import ALL, Pairs, ask_all, each_once, some
from tests.platforms.stage import Stage
from tests.support.waiting import until


async def test_a_flood_answer_is_waited_out_and_others_go_on(db: Database, tmp_path: Path) -> None:
    """P1."""

    async def ask(stage: Stage) -> None:
        count = some(stage.platform, 3)
        await stage.write(count)
        await stage.see(count)
        stage.standin.calls.clear()
        flood = Fault("status", on="P", status=429, code="too_many", retry_after="2", times=1)
        stage.standin.faults.rules.append(flood)
        await stage.answer(1)
        refused = (await until(lambda: [c for c in stage.standin.calls.all() if c.status == 429], within=10))[
            0
        ]
        await stage.answer(count)
        found = await stage.settled()
        assert set(found.values()) <= {"sent", "delivered", "read"}, found
        assert stage.taken() == each_once("out", count)
        waited = [(call.at - refused.at).total_seconds() for call in stage.standin.calls.all("P")]
        assert [early for early in waited if 0 < early < 1.95] == []

    await ask_all(db, tmp_path, ALL, ask)


async def test_errors_half_of_the_time_end_in_every_message_once(db: Database, tmp_path: Path) -> None:
    """P2. What the platform's own 503 leaves open, a look-up or a person decides; never a second sending."""

    async def ask(stage: Stage) -> None:
        count = some(stage.platform, 6)
        await stage.write(count)
        await stage.see(count)
        stage.standin.faults.chance = Pairs()
        stage.standin.faults.rules.append(Fault("status", on="P", status=503, share=0.5))
        await stage.answer(count)
        found = await stage.settled(within=90)
        taken = stage.taken()
        assert max(taken.values(), default=0) <= 1, taken
        sent = {text for text, status in found.items() if status in {"sent", "delivered", "read"}}
        assert sent <= set(taken), "said to be sent, and never taken"
        assert set(found.values()) <= {"sent", "delivered", "read", "unknown"}, found

    await ask_all(db, tmp_path, ALL, ask)
