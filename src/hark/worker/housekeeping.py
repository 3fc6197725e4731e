"""Removes what is kept for a time only: in small steps, so that live work never waits for it."""

from __future__ import annotations

from datetime import timedelta

from hark.automation import repository as automation
from hark.channels.accounts.usage import repository as usage
from hark.flows.context import Hark
from hark.infra.db import Statement
from hark.infra.telemetry import logger
from hark.worker import repository

KEEP_RUNS = 90
"""Days of what rules did."""

KEEP_USAGE = 400
"""Days of what calls used up: a year, and a month to compare it with."""

STEP = 5_000
"""Rows per transaction."""

log = logger(__name__)


async def housekeep(hark: Hark) -> dict[str, int]:
    """Removes what is over its time; gives the number of rows by what they were."""
    now, settings = hark.clock(), hark.settings
    removed = {
        "raw events": await _drain(
            hark, repository.FORGET_RAW_EVENTS, now - timedelta(days=settings.raw_event_days)
        ),
        "facts": await _drain(hark, repository.FORGET_FACTS, now - timedelta(days=settings.fact_days)),
        "waiting events": await _drain(
            hark, repository.FORGET_WAITING, now - timedelta(days=settings.raw_event_days)
        ),
        "sessions": await _drain(hark, repository.FORGET_SESSIONS, now),
        "sign-in attempts": await _drain(hark, repository.FORGET_SIGN_INS, now - timedelta(hours=1)),
        "links": await _drain(hark, repository.FORGET_LINKS, now - timedelta(days=30)),
        "authorizations": await _drain(hark, repository.FORGET_AUTHORIZATIONS, now - timedelta(hours=1)),
        "idempotency keys": await _drain(hark, repository.FORGET_KEYS, now - timedelta(days=2)),
        "rule runs": await _drain(hark, automation.FORGET_RUNS, now - timedelta(days=KEEP_RUNS)),
        "usage": await _drain(hark, usage.FORGET_USAGE, now - timedelta(days=KEEP_USAGE)),
        "uploads": await _forget_uploads(hark),
    }
    log.info(
        "housekeeping done", **{name.replace(" ", "_"): count for name, count in removed.items() if count}
    )
    return removed


async def _drain(hark: Hark, statement: Statement[None], before: object) -> int:
    total = 0
    while True:
        async with hark.db.transaction(timeout=30) as connection:
            count = await statement.run(connection, before, STEP)
        total += count
        if count < STEP:
            return total


async def _forget_uploads(hark: Hark) -> int:
    """Files that an agent uploaded and never sent. The file goes first: a kill in between leaves a row to try
    again.
    """
    before, total = hark.clock() - timedelta(days=2), 0
    while True:
        async with hark.db.connection() as connection:
            left = await repository.LEFT_UPLOADS.all(connection, before, 100)
        for upload in left:
            for key in (upload.blob_key, upload.thumbnail_key):
                if key is not None:
                    await hark.blobs.delete(key)
            async with hark.db.transaction() as connection:
                await repository.FORGET_UPLOAD.run(connection, upload.workspace_id, upload.id)
        total += len(left)
        if len(left) < 100:
            return total
