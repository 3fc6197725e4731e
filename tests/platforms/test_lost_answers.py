"""Every platform: what became of a call is looked up or shown as unconfirmed, and never done twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from hark.infra.db import Database
from hark.standins.kit import Fault
from tests.platforms.ask import ALL, ask_all, each_once, some
from tests.platforms.stage import Stage
from tests.support.waiting import until


@pytest.mark.parametrize("mode", ["cut_after", "cut", "hang_after"])
async def test_a_lost_answer_is_looked_up_and_never_sent_twice(
    db: Database, tmp_path: Path, mode: str
) -> None:
    """P3, and P4's broken connections."""

    async def ask(stage: Stage) -> None:
        count = some(stage.platform, 3)
        await stage.write(count)
        await stage.see(count)
        stage.standin.faults.rules.append(Fault(mode, on="P", times=1, seconds=0.5))  # type: ignore[arg-type]
        await stage.answer(count)
        found = await stage.settled(within=60)
        taken = stage.taken()
        assert max(taken.values(), default=0) <= 1, taken
        doubtful = {text for text, status in found.items() if status == "unknown"}
        assert len(doubtful) <= 1
        assert set(each_once("out", count)) - set(taken) <= doubtful
        assert set(found.values()) <= {"sent", "delivered", "read", "unknown"}, found

    await ask_all(db, tmp_path, ALL, ask)


@pytest.mark.parametrize(("status", "body"), [(502, "html"), (200, "html"), (200, "empty")])
async def test_a_gateways_page_is_no_answer(db: Database, tmp_path: Path, status: int, body: str) -> None:
    """P4: whatever the page says about itself, the message is sent once or shown as unconfirmed."""

    async def ask(stage: Stage) -> None:
        count = some(stage.platform, 2)
        await stage.write(count)
        await stage.see(count)
        stage.standin.faults.rules.append(
            Fault("status", on="P", status=status, body=body, times=1)  # type: ignore[arg-type]
        )
        await stage.answer(count)
        found = await stage.settled(within=60)
        taken = stage.taken()
        assert max(taken.values(), default=0) <= 1, taken
        missing = set(each_once("out", count)) - set(taken)
        assert missing <= {text for text, how in found.items() if how in {"unknown", "failed"}}

    await ask_all(db, tmp_path, ALL, ask)


async def test_a_withdrawn_token_is_said_and_nothing_is_sent_until_it_is_back(
    db: Database, tmp_path: Path
) -> None:
    """P5."""

    async def ask(stage: Stage) -> None:
        count = some(stage.platform, 2)
        await stage.write(count)
        await stage.see(count)
        stage.standin.faults.rules.append(Fault("status", status=401, code="unauthorized"))
        await stage.answer(count)

        async def lost() -> bool:
            query = "SELECT status FROM channel_account WHERE id = $1"
            return bool(await stage.db.pool.fetchval(query, stage.account_id) == "reconnect")

        await until(lost, within=10, every=0.05)
        await stage.settled(within=10, done=("queued", "failed"))
        assert stage.taken() == Counter()

    await ask_all(db, tmp_path, ALL, ask)
