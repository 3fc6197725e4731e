"""Times in which an account did not work: noticed, written into the timelines of the conversations that they touch, and
ended once what was missed is there.

Everything goes in sets: the conversations of an account in batches, one statement for the entries of a batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hark import journal
from hark.channels.accounts.outages import repository
from hark.channels.accounts.outages.models import Affected, Failing, Outage
from hark.channels.accounts.polls.repository import POLL_NOW
from hark.flows.context import Hark
from hark.flows.conversations import message_facts
from hark.infra.bus import FACTS, POLL
from hark.infra.db import Connection, columns
from hark.infra.telemetry import logger
from hark.kernel.errors import Unavailable
from hark.kernel.ids import derived_id, new_id
from hark.kernel.waiting import first_of

NOTICED_AFTER = timedelta(minutes=5)
"""A platform that does not answer, or a stream that does not stand, is an outage after so long; a lost token at once."""
LONGEST_FETCH = timedelta(minutes=15)
"""An outage counts as over after this time even where what was missed could not be fetched."""
LOOK_EVERY = 15.0
BATCH = 500
"""Conversations per transaction."""

BEGAN, ENDED = "outage_began", "outage_ended"
"""Codes of the entries in the timelines."""

log = logger(__name__)


async def outages_loop(hark: Hark, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await watch_outages(hark)
        except Unavailable as error:
            log.warning("outages wait for the database", detail=error.detail)
        await first_of(stop, timeout=LOOK_EVERY)


async def watch_outages(hark: Hark) -> None:
    """What began, what is over, and what the timelines say about it."""
    await _begin(hark)
    await _restore(hark)
    while await _write_next(hark):
        pass


async def note_gap(connection: Connection, failing: Failing, now: datetime) -> None:
    """An outage that is over already when it is noticed: a subscription that was lost and is renewed."""
    await repository.BEGIN.run(connection, *columns([_row(failing, now)], 6), now, now)


async def _begin(hark: Hark) -> None:
    now = hark.clock()
    async with hark.db.transaction() as connection:
        failing = await repository.FAILING.all(connection, now - NOTICED_AFTER, now)
        if failing:
            await repository.BEGIN.run(
                connection, *columns([_row(each, now) for each in failing], 6), now, None
            )
    for each in failing:
        log.warning("an account does not work", account=str(each.id), kind=each.kind, cause=each.cause)


def _row(failing: Failing, now: datetime) -> tuple[Any, ...]:
    return (
        failing.workspace_id, new_id(now), failing.id, failing.kind, failing.cause[:500], failing.began_at
    )  # fmt: skip


async def _restore(hark: Hark) -> None:
    now = hark.clock()
    able = [each.manifest.platform for each in hark.registry if each.fetch_page is not None]
    async with hark.db.transaction() as connection:
        await repository.DROP.run(connection, now)
        await repository.RELAPSE.run(connection, now, now)
        restored = [row[0] for row in await repository.RESTORE.all(connection, now, now)]
        if restored:
            await POLL_NOW.run(connection, restored, now)
        await repository.END.run(connection, now, now - LONGEST_FETCH, able)
    for account_id in restored:
        hark.bus.publish(POLL, str(account_id))


async def _write_next(hark: Hark) -> bool:
    """One batch of one outage's entries; False when there is nothing to write."""
    async with hark.db.transaction(timeout=30) as connection:
        outage = await repository.UNFINISHED.find(connection)
        if outage is None:
            return False
        added = await (_tell if not outage.told else _close)(hark, connection, outage)
        if added:
            now = hark.clock()
            facts = await message_facts(
                connection, outage.workspace_id, added, now, "message.added", "system"
            )
            await journal.record(connection, outage.workspace_id, facts)
    hark.bus.publish(FACTS, str(outage.workspace_id))
    return True


async def _tell(hark: Hark, connection: Connection, outage: Outage) -> list[UUID]:
    """“Since then messages may be missing”, where the outage began."""
    found = await _affected(connection, outage, outage.told_until, None)
    values = {"outage": outage.id, "kind": outage.kind, "cause": outage.cause}
    added = await _add(hark, connection, outage, BEGAN, outage.began_at, [(each, values) for each in found])
    last = found[-1].id if found else None
    await repository.TOLD.run(connection, outage.workspace_id, outage.id, last, len(found) < BATCH)
    return added


async def _close(hark: Hark, connection: Connection, outage: Outage) -> list[UUID]:
    """“Back, so many messages fetched”, where its beginning was told or something was missed."""
    assert outage.restored_at is not None
    found = await _affected(connection, outage, outage.ended_until, outage.restored_at)
    begun = {_entry_id(outage, BEGAN, outage.began_at, each.id): each.id for each in found}
    rows = await repository.THERE.all(connection, outage.workspace_id, list(begun))
    told = {begun[row[0]] for row in rows}
    entries = [
        (each, {"outage": outage.id, "kind": outage.kind, "since": outage.began_at, "count": each.fetched})
        for each in found
        if each.id in told or each.fetched
    ]
    added = await _add(hark, connection, outage, ENDED, outage.restored_at, entries)
    last, fetched = (found[-1].id if found else None), sum(each.fetched for each in found)
    await repository.CLOSED.run(connection, outage.workspace_id, outage.id, last, len(found) < BATCH, fetched)
    return added


async def _affected(
    connection: Connection, outage: Outage, after: UUID | None, restored_at: datetime | None
) -> list[Affected]:
    return await repository.AFFECTED.all(
        connection, outage.workspace_id, outage.account_id, outage.began_at, after, restored_at, BATCH
    )


async def _add(
    hark: Hark,
    connection: Connection,
    outage: Outage,
    code: str,
    at: datetime,
    entries: Sequence[tuple[Affected, dict[str, Any]]],
) -> list[UUID]:
    """The ids of entries are derived, so that none is written twice."""
    if not entries:
        return []
    rows = [(_entry_id(outage, code, at, each.id), each.id, values) for each, values in entries]
    added = await repository.ADD_ENTRIES.all(
        connection, outage.workspace_id, outage.account_id, code, at, hark.clock(), *columns(rows, 3)
    )
    return [row[0] for row in added]


def _entry_id(outage: Outage, code: str, at: datetime, conversation_id: UUID) -> UUID:
    return derived_id(at, str(outage.id), code, str(conversation_id))
