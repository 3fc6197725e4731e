"""The worker's side: events are claimed, judged together, and what matched is done conversation by conversation.

A run happens in one transaction with the end of its event, so a kill leaves either the event or everything that the rules made
of it. Events of one conversation are worked off in their order, whoever does it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hark import journal
from hark.automation import repository
from hark.automation.decide import Verdict, decide
from hark.automation.models import TIMED, ActionResult, EventRow, Rule, RuleRun, RunOutcome
from hark.flows.automation.enqueue import follow
from hark.flows.automation.gather import Known, candidate, gather, load_rules
from hark.flows.automation.perform import Doing, perform
from hark.flows.automation.timed import enqueue_due, next_due
from hark.flows.clocks import keep_clocks
from hark.flows.context import Hark
from hark.flows.conversations import conversation_facts
from hark.infra.bus import DELIVERY, FACTS, ROUTING
from hark.infra.db import Connection, columns
from hark.infra.faultpoints import reach
from hark.infra.telemetry import logger
from hark.journal import fact_of
from hark.kernel.errors import Collided, HarkError
from hark.kernel.ids import new_id
from hark.kernel.waiting import first_of

BATCH = 200
LONGEST_SLEEP = 1.0
"""Seconds; a hint that was lost costs at most this."""
AT_ONCE = 4
"""Conversations that are worked on side by side."""
ATTEMPTS = 5
HOURLY = 60
"""Runs per conversation and hour; more is a loop that nobody foresaw, and is written down instead of done."""

log = logger(__name__)


async def rules_loop(hark: Hark, stop: asyncio.Event) -> None:
    """Woken by every fact, since whatever rules react to is one."""
    wake = asyncio.Event()
    unsubscribe = hark.bus.subscribe(FACTS, lambda _: wake.set())
    try:
        while not stop.is_set():
            wake.clear()
            due = await enqueue_due(hark)
            if await work_off(hark) + due == 0:
                await first_of(wake, stop, timeout=await _pause(hark))
    finally:
        unsubscribe()


async def _pause(hark: Hark) -> float:
    due = await next_due(hark)
    left = LONGEST_SLEEP if due is None else (due - hark.clock()).total_seconds()
    return min(LONGEST_SLEEP, max(0.02, left))


async def work_off(hark: Hark) -> int:
    """Claims a batch and deals with it; gives how many events it had."""
    async with hark.db.transaction() as connection:
        events = await repository.CLAIM_EVENTS.all(connection, hark.clock(), BATCH)
    if not events:
        return 0
    matched = await _judge_together(hark, events)
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(event: EventRow) -> None:
        async with limit:
            await _deal_with(hark, event)

    await asyncio.gather(*(one(event) for event in matched))
    return len(events)


async def _judge_together(hark: Hark, events: Sequence[EventRow]) -> list[EventRow]:
    """Most events concern no rule: those are over at once, all together. Gives the others."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        rules = await load_rules(connection, {event.workspace_id for event in events})
        known = await gather(connection, events, now)
        matched = [
            event
            for event in events
            if event.id in known and any(each.matched for each in _verdicts(event, rules, known[event.id]))
        ]
        keep = {event.id for event in matched}
        over = [(event.workspace_id, event.id) for event in events if event.id not in keep]
        if over:
            await repository.FINISH_EVENTS.run(connection, *columns(over, 2))
    return matched


def _verdicts(event: EventRow, rules: dict[UUID, list[Rule]], known: Known) -> list[Verdict]:
    concerned = [
        candidate(rule, rule.id)
        for rule in rules.get(event.workspace_id, [])
        if event.rule_id is None or rule.id == event.rule_id
    ]
    return decide(concerned, event.event, known.facts)


async def _deal_with(hark: Hark, event: EventRow) -> None:
    try:
        done = await _run_event(hark, event)
    except Collided:
        return  # comes again when the lease is over
    except HarkError:
        raise
    except Exception:
        log.exception("rules failed on an event", event_id=event.id, workspace=str(event.workspace_id))
        await _give_up(hark, event)
        return
    if done is None:
        return
    hark.bus.publish(FACTS, str(event.workspace_id))
    if done.replied:
        hark.bus.publish(DELIVERY)
    hark.bus.publish(ROUTING, str(event.workspace_id))


class _Done(msgspec.Struct):
    replied: bool = False


async def _run_event(hark: Hark, event: EventRow) -> _Done | None:
    """Judged anew under the conversation's lock: what was true when it was claimed may be so no longer."""
    now = hark.clock()
    async with hark.db.transaction(timeout=30) as connection:
        held = await repository.HOLD_CONVERSATION.find(connection, event.workspace_id, event.conversation_id)
        if not await repository.LOCK_EVENT.find(connection, event.workspace_id, event.id):
            return None  # another worker has done it meanwhile
        reach("rules.claimed")
        facts: list[journal.Fact] = []
        done = _Done()
        if held is not None and await _still_holds(connection, event):
            facts = await _run_rules(hark, connection, event, now, done)
        if facts:
            facts = await _with_clocks(hark, connection, event, facts, now)
        await repository.FINISH_EVENTS.run(connection, [event.workspace_id], [event.id])
        if facts:
            await journal.record(connection, event.workspace_id, facts)
        reach("rules.before_commit")
    reach("rules.after_commit")
    return done


async def _with_clocks(
    hark: Hark, connection: Connection, event: EventRow, facts: list[journal.Fact], now: datetime
) -> list[journal.Fact]:
    """The clocks follow what rules did, once for all of it; and one fact about the conversation is enough."""
    place = (event.workspace_id, event.conversation_id)
    clocks = await keep_clocks(connection, hark, [place], now)
    told = clocks.facts[event.workspace_id]
    await follow(connection, event.workspace_id, told, now)
    if clocks.conversations or any(fact.kind == "conversation.changed" for fact in facts):
        facts = [fact for fact in facts if fact.kind != "conversation.changed"]
        facts += await conversation_facts(
            connection, event.workspace_id, [event.conversation_id], now, "system"
        )
    return [*facts, *told]


async def _still_holds(connection: Connection, event: EventRow) -> bool:
    """The customer may have written, or been answered, since the time was up."""
    if event.event not in TIMED:
        return True
    return bool(
        await repository.STILL_SILENT.value(
            connection, event.workspace_id, event.rule_id, event.conversation_id, event.event
        )
    )


async def _run_rules(
    hark: Hark, connection: Connection, event: EventRow, now: datetime, done: _Done
) -> list[journal.Fact]:
    """Rule by rule, each on what the ones before it left."""
    facts: list[journal.Fact] = []
    rules = (await load_rules(connection, [event.workspace_id])).get(event.workspace_id, [])
    for rule in rules:
        if rule.event != event.event or event.rule_id not in {None, rule.id}:
            continue
        known = (await gather(connection, [event], now)).get(event.id)
        if known is None:
            break
        [verdict] = decide([candidate(rule, rule.id)], event.event, known.facts)
        if not verdict.matched:
            continue
        at = now + timedelta(microseconds=len(facts))  # the log keeps the rules' order
        facts += await _run(hark, connection, event, rule, known, verdict, at, done)
        if candidate(rule, rule.id).stops:
            break
    return facts


async def _run(
    hark: Hark,
    connection: Connection,
    event: EventRow,
    rule: Rule,
    known: Known,
    verdict: Verdict,
    now: datetime,
    done: _Done,
) -> list[journal.Fact]:
    reason = await _against(connection, event, rule, now)
    if reason == "rate" and await _stopped_lately(connection, event, rule, now):
        return []
    run_id = new_id(now)
    doing = Doing(hark, connection, rule, run_id, event.id, known.row, [*event.chain, rule.id], now, facts=[])
    results: list[ActionResult] = []
    if reason is None:
        for number, action in enumerate(rule.actions):
            results.append(await perform(doing, action, number))
    run = _log(event, rule, run_id, verdict, results, reason, now)
    await repository.INSERT_RUN.run(
        connection, event.workspace_id, run.id, run.rule_id, run.rule_name, run.conversation_id, run.event, event.id,
        run.message_id, run.at, run.outcome, run.reason, run.judgement, run.actions, run.depth,
    )  # fmt: skip
    await follow(connection, event.workspace_id, doing.facts, now, chain=doing.chain)
    done.replied = done.replied or doing.replied
    return [
        *doing.facts,
        fact_of("rule.ran", now, run, conversation_id=run.conversation_id, actor="system"),
    ]


async def _against(connection: Connection, event: EventRow, rule: Rule, now: datetime) -> str | None:
    """Why a rule that matches does nothing all the same."""
    if rule.id in event.chain:
        return "loop"
    ran: int = await repository.RECENT_RUNS.value(
        connection, event.workspace_id, event.conversation_id, now - timedelta(hours=1)
    )
    return "rate" if ran >= HOURLY else None


async def _stopped_lately(connection: Connection, event: EventRow, rule: Rule, now: datetime) -> bool:
    since = now - timedelta(hours=1)
    place = (event.workspace_id, event.conversation_id)
    return bool(await repository.STOPPED_LATELY.value(connection, *place, since, rule.id))


def _log(
    event: EventRow,
    rule: Rule,
    run_id: UUID,
    verdict: Verdict,
    results: Sequence[ActionResult],
    reason: str | None,
    now: datetime,
) -> RuleRun:
    return RuleRun(
        run_id,
        rule.id,
        rule.name,
        event.conversation_id,
        event.event,
        event.message_id,
        now,
        "skipped" if reason else outcome_of([each.state for each in results]),
        reason,
        msgspec.to_builtins(verdict.judgement),
        msgspec.to_builtins(list(results)),
        len(event.chain),
    )


def outcome_of(states: Sequence[str]) -> RunOutcome:
    """Of a run, from its actions."""
    failed = [state for state in states if state == "failed"]
    if not failed:
        return "done"
    return "failed" if len(failed) == len(states) else "partly"


async def _give_up(hark: Hark, event: EventRow) -> None:
    """After a few attempts: an event that always fails must not keep the ones behind it back for ever."""
    async with hark.db.transaction() as connection:
        row = await repository.LOCK_EVENT.find(connection, event.workspace_id, event.id)
        if row is not None and row[0] >= ATTEMPTS:
            await repository.FINISH_EVENTS.run(connection, [event.workspace_id], [event.id])
