"""The end of step 11: what became of a call is written in one transaction, and told.

Locks are taken in one order (account, conversation, gate, messages, journal); a collision with ingest, which needs some of
them too, is tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from random import random
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from hark import journal
from hark.channels.accounts.loading import changed
from hark.channels.accounts.status import account_fact, mark_reconnect
from hark.channels.contract import PlatformProblem, Reconnect, Rejected, Sent, Source, TryAgain, Unconfirmed
from hark.delivery import backoff, breaker, repository
from hark.delivery.models import Claimed
from hark.delivery.thread import repository as thread
from hark.flows.automation.enqueue import follow
from hark.flows.clocks import keep_clocks
from hark.flows.context import Hark
from hark.flows.conversations import conversation_facts, message_facts, recount
from hark.flows.dispatch import Answer, outcome_of
from hark.inbox import repository as inbox
from hark.inbox.effects import Touched, follow_watermarks, release_waiting
from hark.infra.bus import FACTS
from hark.infra.db import Connection
from hark.infra.faultpoints import reach
from hark.infra.telemetry import DELIVERIES
from hark.journal import Fact
from hark.kernel.errors import Collided, Unavailable
from hark.kernel.text import storable

COLLISIONS = (Collided, asyncpg.UniqueViolationError)
"""Another transaction was at the same rows; an echo that was just inserted is found by the next try."""

PATIENCE = 45
"""Tries, a second apart, to write an outcome while the database does not answer. Past it the lease runs
out, and the message is looked up like that of a worker that died."""


class Written(msgspec.Struct):
    """What a transaction touched, for the facts at its end."""

    messages: set[UUID] = msgspec.field(default_factory=set)
    removed: list[tuple[UUID, str | None, str | None]] = msgspec.field(default_factory=list)
    conversations: set[UUID] = msgspec.field(default_factory=set)
    facts: list[Fact] = msgspec.field(default_factory=list)
    account_changed: bool = False


async def write_outcome(hark: Hark, platform: str, claimed: Claimed, answer: Answer) -> None:
    """Writes how an attempt ended. Whoever is killed before the commit leaves a delivery that is looked up
    later."""
    DELIVERIES.labels(platform, outcome_of(answer)).inc()
    for _ in range(PATIENCE):
        try:
            written = await _write(hark, claimed, answer)
        except COLLISIONS:
            await asyncio.sleep(random() / 10)  # noqa: S311 - jitter, no secret
            continue
        except Unavailable:
            await asyncio.sleep(1.0)
            continue
        await _after_commit(hark, claimed, written)
        return


async def _write(hark: Hark, claimed: Claimed, answer: Answer) -> Written:
    now = hark.clock()
    written = Written()
    async with hark.db.transaction() as connection:
        await _take_locks(connection, claimed, answer)
        await _keep_circuit(connection, claimed, answer, now)
        await _finish_attempt(connection, claimed, answer, now)
        if isinstance(answer, Sent):
            await _sent(hark, connection, claimed, answer, now, written)
        elif isinstance(answer, TryAgain):
            await _again(connection, claimed, answer, now, written)
        elif isinstance(answer, Reconnect):
            await _reconnect(hark, connection, claimed, answer, now, written)
        elif isinstance(answer, Unconfirmed):
            await _unknown(connection, claimed, answer, now, written)
        else:
            await _rejected(connection, claimed, answer, now, written)
        await _record(hark, connection, claimed, now, written)
        reach("deliver.before_commit")
    reach("deliver.after_commit")
    return written


async def _take_locks(connection: Connection, claimed: Claimed, answer: Answer) -> None:
    """Who makes a message findable by a platform's id shares the account with ingest (see
    `inbox.SHARE_ACCOUNT`)."""
    if isinstance(answer, Sent):
        await inbox.SHARE_ACCOUNT.run(connection, claimed.account_id)
    await thread.LOCK_ADDRESS.find(connection, claimed.workspace_id, claimed.conversation_id)


async def _keep_circuit(connection: Connection, claimed: Claimed, answer: Answer, now: datetime) -> None:
    problem = answer if isinstance(answer, PlatformProblem) else None
    keys = (claimed.workspace_id, claimed.account_id)
    if not breaker.is_failure(problem):
        await repository.CLOSE_CIRCUIT.run(connection, *keys)
        return
    gate = await repository.lock_gate(connection, *keys, now)
    circuit = breaker.after_call(gate.failures, problem, now)
    reason = None if circuit.blocked_until is None else str(problem)
    await repository.SAVE_CIRCUIT.run(connection, *keys, circuit.failures, circuit.blocked_until, reason, now)


async def _finish_attempt(connection: Connection, claimed: Claimed, answer: Answer, now: datetime) -> None:
    problem = answer if isinstance(answer, PlatformProblem) else None
    await repository.finish_attempt(
        connection,
        claimed.workspace_id,
        claimed.id,
        claimed.number,
        now,
        outcome_of(answer),
        http_status=problem.http_status if problem else None,
        error=(problem.code, problem.message) if problem else None,
    )


async def _sent(
    hark: Hark, connection: Connection, claimed: Claimed, sent: Sent, now: datetime, written: Written
) -> None:
    """The platform's ids go onto the message; what waited for them is applied; an echo that came first is
    merged."""
    workspace, message = claimed.workspace_id, claimed.message_id
    await repository.settle(
        connection,
        workspace,
        claimed.id,
        claimed.number,
        "sent",
        now,
        from_states=("sending", "unknown", "queued"),
    )
    await _merge_echo(connection, claimed, sent.platform_message_id, written)
    extra = (
        {}
        if sent.thread_key is None
        else {"sent_to": {"source": sent.thread_source, "thread": sent.thread_key}}
    )
    await thread.SET_SENT.run(connection, workspace, message, sent.platform_message_id, sent.at, extra, now)
    await _name_parts(connection, claimed, sent.parts)
    await _link(connection, claimed, sent, now)
    if sent.new_thread_key is not None:
        await _move_thread(connection, claimed, sent.new_thread_key, now, written)
    await _release(hark, connection, claimed, sent, now, written)
    written.messages.add(message)
    written.conversations.add(claimed.conversation_id)


async def _merge_echo(connection: Connection, claimed: Claimed, platform_id: str, written: Written) -> None:
    workspace, ours = claimed.workspace_id, claimed.message_id
    earlier = await thread.RELEASE_REUSED_ID.all(connection, workspace, claimed.account_id, platform_id, ours)
    written.messages.update(row[0] for row in earlier)
    echo = await thread.FIND_ECHO.find(connection, claimed.account_id, platform_id, ours)
    if echo is None:
        return
    for statement in (thread.ADOPT_REACTIONS, thread.ADOPT_VERSIONS, thread.ADOPT_STATE):
        await statement.run(connection, workspace, echo[0], ours)
    files = await thread.DROP_ECHO_FILES.all(connection, workspace, echo[0])
    await thread.DROP_ECHO.run(connection, workspace, echo[0])
    written.removed.append((echo[0], None, None))
    written.removed += [(echo[0], *keys) for keys in files]


async def _name_parts(connection: Connection, claimed: Claimed, parts: Sequence[str]) -> None:
    if not parts:
        return
    files = await inbox.LOAD_ATTACHMENTS.all(connection, claimed.workspace_id, [claimed.message_id])
    named = list(zip((file.id for file in files[1:]), parts, strict=False))
    await thread.NAME_PARTS.run(
        connection,
        claimed.workspace_id,
        claimed.message_id,
        [file for file, _ in named],
        [part for _, part in named],
    )


async def _link(connection: Connection, claimed: Claimed, sent: Sent, now: datetime) -> None:
    """A private reply joins the comment's conversation with the direct messages, also where these have none yet."""
    if sent.thread_key is None:
        return
    source = sent.thread_source or Source.DM
    await thread.LINK.run(
        connection,
        claimed.workspace_id,
        claimed.message_id,
        claimed.conversation_id,
        claimed.account_id,
        source.value,
        storable(sent.thread_key),
        now,
    )


async def _move_thread(
    connection: Connection, claimed: Claimed, new_key: str, now: datetime, written: Written
) -> None:
    address = await thread.ADDRESS.find(connection, claimed.workspace_id, claimed.conversation_id)
    if address is not None and address.thread_key != new_key:
        moved = await inbox.MOVE_THREADS.all(
            connection, claimed.workspace_id, claimed.account_id, address.thread_key, new_key, now
        )
        written.conversations.update(row[0] for row in moved)


async def _release(
    hark: Hark, connection: Connection, claimed: Claimed, sent: Sent, now: datetime, written: Written
) -> None:
    """Receipts, reactions and deletions may have come before we knew the id."""
    address = await thread.ADDRESS.one(connection, claimed.workspace_id, claimed.conversation_id)
    erases = hark.registry.manifest(address.platform).erases_deleted
    ids = (sent.platform_message_id, *sent.parts)
    touched = Touched()
    arrived = [(claimed.workspace_id, claimed.account_id, erases, each) for each in ids]
    await release_waiting(connection, arrived, now, touched)
    await follow_watermarks(connection, [(claimed.workspace_id, claimed.conversation_id)], now, touched)
    written.messages.update(each[1] for each in touched.messages)
    written.conversations.update(each[1] for each in touched.conversations | touched.recount)


async def _again(
    connection: Connection, claimed: Claimed, problem: TryAgain, now: datetime, written: Written
) -> None:
    if now - claimed.created_at > backoff.GIVE_UP_AFTER:
        gave_up = Rejected(
            problem.code, f"Given up after {backoff.GIVE_UP_AFTER.days} days: {problem.message}"
        )
        await _rejected(connection, claimed, gave_up, now, written)
        return
    due_at = backoff.again_at(now, claimed.number, problem.retry_after, random())  # noqa: S311 - jitter, no secret
    if problem.scope == "account":
        await repository.BLOCK_ACCOUNT.run(
            connection, claimed.workspace_id, claimed.account_id, now, due_at, str(problem)
        )
    elif problem.scope == "conversation":
        await repository.BLOCK_CONVERSATION.run(
            connection, claimed.workspace_id, claimed.conversation_id, due_at
        )
    await _back_to_queue(connection, claimed, problem, now, due_at, written)


async def _reconnect(
    hark: Hark, connection: Connection, claimed: Claimed, problem: Reconnect, now: datetime, written: Written
) -> None:
    """Nothing of this account can leave; its queue waits for the administrator."""
    await _back_to_queue(connection, claimed, problem, now, now, written)
    row = await mark_reconnect(connection, claimed.workspace_id, claimed.account_id, problem.message, now)
    written.account_changed = True
    if row is not None:
        written.facts.append(account_fact(row, hark.registry, hark.settings.address, now))


async def _back_to_queue(
    connection: Connection,
    claimed: Claimed,
    problem: PlatformProblem,
    now: datetime,
    due_at: datetime,
    written: Written,
) -> None:
    error = (problem.code, problem.message)
    if await repository.settle(
        connection,
        claimed.workspace_id,
        claimed.id,
        claimed.number,
        "queued",
        now,
        due_at=due_at,
        error=error,
    ):
        shown = {**_shown(problem), "retry_at": due_at}
        await _set_status(connection, claimed, "queued", now, ("sending",), shown, written)


async def _unknown(
    connection: Connection, claimed: Claimed, problem: Unconfirmed, now: datetime, written: Written
) -> None:
    error = (problem.code, problem.message)
    if await repository.settle(
        connection, claimed.workspace_id, claimed.id, claimed.number, "unknown", now, error=error
    ):
        await _set_status(connection, claimed, "unknown", now, ("sending",), _shown(problem), written)


async def _rejected(
    connection: Connection, claimed: Claimed, problem: PlatformProblem, now: datetime, written: Written
) -> None:
    """The agent sees why; the customer is waiting again."""
    error = (problem.code, problem.message)
    if not await repository.settle(
        connection, claimed.workspace_id, claimed.id, claimed.number, "rejected", now, error=error
    ):
        return
    await _set_status(connection, claimed, "failed", now, ("sending",), _shown(problem), written)
    written.conversations.add(claimed.conversation_id)
    if isinstance(problem, Rejected) and problem.unreachable:
        await _lose(connection, claimed, now, written)


async def _lose(connection: Connection, claimed: Claimed, now: datetime, written: Written) -> None:
    address = await thread.ADDRESS.one(connection, claimed.workspace_id, claimed.conversation_id)
    lost = await thread.SET_UNREACHABLE.all(connection, claimed.workspace_id, address.identity_id, now)
    if lost:
        rows = await inbox.LIVE_OF_IDENTITIES.all(connection, claimed.workspace_id, [lost[0][0]])
        written.conversations.update(row[1] for row in rows)


async def _set_status(
    connection: Connection,
    claimed: Claimed,
    status: str,
    now: datetime,
    expected: tuple[str, ...],
    error: dict[str, Any],
    written: Written,
) -> None:
    written.messages.update(
        await thread.set_status(
            connection,
            claimed.workspace_id,
            [claimed.message_id],
            status,
            now,
            expected=expected,
            error=error,
        )
    )


def _shown(problem: PlatformProblem) -> dict[str, Any]:
    return {"code": problem.code, "message": problem.message}


async def _record(
    hark: Hark, connection: Connection, claimed: Claimed, now: datetime, written: Written
) -> None:
    workspace = claimed.workspace_id
    if written.conversations:
        await recount(connection, workspace, written.conversations, now)
    keys = [(workspace, each) for each in written.conversations]
    clocks = await keep_clocks(connection, hark, keys, now)
    facts = [
        journal.fact_of(
            "message.removed",
            now,
            {"id": message, "conversation_id": claimed.conversation_id},
            conversation_id=claimed.conversation_id,
        )
        for message in sorted({each[0] for each in written.removed})
    ]
    facts += await message_facts(connection, workspace, sorted(written.messages), now)
    facts += await conversation_facts(connection, workspace, written.conversations, now)
    await follow(connection, workspace, clocks.facts[workspace], now)
    await journal.record(connection, workspace, [*facts, *clocks.facts[workspace], *written.facts])


async def _after_commit(hark: Hark, claimed: Claimed, written: Written) -> None:
    hark.bus.publish(FACTS, str(claimed.workspace_id))
    if written.account_changed:
        changed(hark.bus, claimed.account_id)
    for _, *keys in written.removed:
        for key in keys:
            if key:
                await hark.blobs.delete(key)
