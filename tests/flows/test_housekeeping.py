"""What is over its time goes, what is still needed stays."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hark.flows.inbound import ingest_pending
from hark.infra.db import Database
from hark.journal import first_seq, last_seq, read_facts
from hark.kernel.clock import FixedClock, utc_now
from hark.kernel.ids import new_id
from hark.worker.housekeeping import housekeep
from tests.support.program import compose, connect, receive
from tests.support.sandbox_events import body, dm


async def test_old_raw_events_and_facts_go_and_quarantined_ones_stay(db: Database, tmp_path: Path) -> None:
    clock = FixedClock(utc_now())
    hark = compose(db, tmp_path, clock=clock)
    account = await connect(hark)
    await receive(hark, account, body(dm(1, "old"), {"id": "x1", "kind": "invented", "at": 1}))
    await ingest_pending(hark)
    clock.advance(timedelta(days=31))
    await receive(hark, account, body(dm(2, "new", by="theo")))
    await ingest_pending(hark)
    async with db.connection() as connection:
        newest = await last_seq(connection, account.workspace_id)
    removed = await housekeep(hark)
    assert removed["raw events"] == 1
    assert removed["facts"] >= 2
    async with db.connection() as connection:
        states = await connection.fetch("SELECT state FROM raw_event ORDER BY id")
        assert [row["state"] for row in states] == ["quarantined", "done"]
        assert await connection.fetchval("SELECT count(*) FROM message") == 2
        oldest = await first_seq(connection, account.workspace_id)
        left = await read_facts(connection, account.workspace_id, 0)
    assert [fact.seq for fact in left] == list(range(oldest, newest + 1))
    assert oldest > 1


async def test_uploads_that_were_never_sent_go_with_their_files(db: Database, tmp_path: Path) -> None:
    clock = FixedClock(utc_now())
    hark = compose(db, tmp_path, clock=clock)
    account = await connect(hark)
    await hark.blobs.put("upload/1", b"picture", "image/png")
    async with db.transaction() as connection:
        await connection.execute(
            """
            INSERT INTO attachment (workspace_id, id, kind, state, blob_key, uploaded_by, created_at)
            VALUES ($1, $2, 'image', 'stored', 'upload/1', $2, $3)
            """,
            account.workspace_id,
            new_id(clock()),
            clock(),
        )
    assert (await housekeep(hark))["uploads"] == 0
    clock.advance(timedelta(days=3))
    assert (await housekeep(hark))["uploads"] == 1
    assert (await housekeep(hark))["uploads"] == 0
    assert not (tmp_path / "blobs" / "upload" / "1").exists()
