"""Step 7: the clocks of conversations follow what happens to them, in the transaction in which it happens; and they run on
while nothing does (`flows/ticking.py`).

One call for any number of conversations, a handful of statements whatever their number. Without policies only the platform's
reply window sets a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hark.channels.contract import Source
from hark.flows.calendars import load_calendars
from hark.flows.context import Hark
from hark.inbox import repository as inbox
from hark.inbox.snapshots import load_messages
from hark.infra.db import Connection, columns
from hark.infra.faultpoints import reach
from hark.journal import Fact, fact_of
from hark.kernel.ids import derived_id
from hark.sla import repository
from hark.sla.answering import DONE, Answer, answer_by
from hark.sla.clocks import Change, Clock
from hark.sla.keeping import Kept, Record, Said, Seen, calendar_keys, follow, tick
from hark.sla.reading import Book, plan_for, policy_of
from hark.sla.rows import CaseRow, RulesRow

Key = tuple[UUID, UUID]
"""Workspace and conversation."""

LINES = {"warned": "sla_warned", "breached": "sla_breached", "corrected": "sla_corrected"}
"""What of the clocks stands in the thread, by the activity's code."""

_RECORDS = msgspec.json.Decoder(Record)
_ENCODER = msgspec.json.Encoder()


class ClockChange(msgspec.Struct, frozen=True):
    """A clock as it is, what happened to it last, and when that was by the clock's own time."""

    conversation_id: UUID
    kind: str
    cycle: int
    state: str
    policy_id: UUID
    policy_name: str | None
    target_minutes: int
    started_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    warned_at: datetime | None
    breached_at: datetime | None
    paused_at: datetime | None
    ended_at: datetime | None
    happening: str
    at: datetime


class Told(msgspec.Struct):
    """What keeping clocks gave: facts for the caller to record, conversations of which the row changed, and what happened
    (for rules that wait for it)."""

    facts: dict[UUID, list[Fact]] = msgspec.field(default_factory=lambda: defaultdict(list))
    conversations: set[Key] = msgspec.field(default_factory=set)
    changes: list[tuple[Key, Change]] = msgspec.field(default_factory=list)


class _Followed(msgspec.Struct):
    """A conversation, its clocks, and what is new about them (None: nothing that is to be written)."""

    case: CaseRow
    clocks: Sequence[Clock]
    before: Record | None = None
    kept: Kept | None = None
    policy_id: UUID | None = None


async def keep_clocks(connection: Connection, hark: Hark, keys: Iterable[Key], now: datetime) -> Told:
    """Brings clocks and `answer_by` of these conversations up to what is stored of them. Call it after all other changes and
    before the facts about the conversations are made."""
    wanted = sorted(set(keys), key=lambda each: each[1])
    if not wanted:
        return Told()
    await inbox.HOLD_CONVERSATIONS.run(connection, *columns(wanted, 2))
    cases = await repository.CASES.all(connection, *columns(wanted, 2))
    rules = {row.workspace_id: row for row in await _rules(connection, wanted)}
    plain = [_Followed(case, ()) for case in cases if case.workspace_id not in rules]
    ruled = [case for case in cases if case.workspace_id in rules]
    followed = await _follow(connection, ruled, rules, now) if ruled else []
    return await _apply(connection, hark, [*plain, *followed], now)


async def tick_clocks(connection: Connection, hark: Hark, keys: Iterable[Key], now: datetime) -> Told:
    """The same when only time has passed, for conversations that the caller holds."""
    wanted = sorted(set(keys), key=lambda each: each[1])
    followed = []
    for case in await repository.CASES.all(connection, *columns(wanted, 2)):
        if case.record is not None:
            before = _RECORDS.decode(case.record)
            kept = tick(before, now)
            policy = None if before.plan is None else UUID(before.plan.policy)
            followed.append(_Followed(case, kept.record.clocks, before, kept, policy))
    return await _apply(connection, hark, followed, now)


async def _rules(connection: Connection, keys: Sequence[Key]) -> list[RulesRow]:
    return await repository.RULES.all(connection, list({key[0] for key in keys}))


async def _follow(
    connection: Connection, cases: Sequence[CaseRow], rules: dict[UUID, RulesRow], now: datetime
) -> list[_Followed]:
    said: dict[UUID, list[Said]] = defaultdict(list)
    keys = columns([(case.workspace_id, case.id) for case in cases], 2)
    for row in await repository.SAID.all(connection, *keys):
        said[row.conversation_id].append(Said(row.id, row.at, row.by_customer))
    book = await load_book(connection, rules)
    records = [None if case.record is None else _RECORDS.decode(case.record) for case in cases]
    plans = [plan_for(book, case) for case in cases]
    needed = set[str]().union(
        *(calendar_keys(record, plan) for record, plan in zip(records, plans, strict=True))
    )
    calendars = await load_calendars(connection, list(rules), needed)
    found = []
    for case, record, plan in zip(cases, records, plans, strict=True):
        rule = rules[case.workspace_id]
        seen = Seen(
            case.status, case.status_at, case.bot_owned, case.queued_at, plan, rule.version, rule.changed_at  # type: ignore[arg-type]
        )  # fmt: skip
        kept = follow(record, seen, said[case.id], now, calendars)
        clocks = kept.record.clocks if kept else ()
        found.append(_Followed(case, clocks, record, kept, UUID(plan.policy) if plan else None))
    return found


async def load_book(connection: Connection, workspaces: Iterable[UUID]) -> Book:
    """The policies in force."""
    book: Book = defaultdict(list)
    for row in await repository.POLICIES.all(connection, list(workspaces)):
        book[row.workspace_id].append(policy_of(row))
    return book


async def _apply(connection: Connection, hark: Hark, followed: Sequence[_Followed], now: datetime) -> Told:
    told = Told()
    changed = [each for each in followed if each.kept is not None and each.kept.changed]
    names = await _names(connection, followed)
    if changed:
        await _write_clocks(connection, changed)
        reach("clocks.written")
        await _write_lines(connection, changed, names, now, told)
    await _write_answers(connection, hark, followed, names, now, told)
    return told


async def _names(connection: Connection, followed: Sequence[_Followed]) -> dict[str, str]:
    workspaces = {each.case.workspace_id for each in followed if each.clocks}
    if not workspaces:
        return {}
    rows = await repository.POLICY_NAMES.all(connection, list(workspaces))
    return {str(policy): name for policy, name in rows}


async def _write_clocks(connection: Connection, changed: Sequence[_Followed]) -> None:
    records, gone, clocks = [], [], []
    for each in changed:
        assert each.kept is not None
        place = (each.case.workspace_id, each.case.id)
        records.append(
            (*place, _ENCODER.encode(each.kept.record), each.kept.next_at, bool(each.kept.record.state.holds))
        )
        before = {(old.kind, old.cycle): old for old in each.before.clocks} if each.before else {}
        clocks += [
            (*place, *msgspec.structs.astuple(clock))
            for clock in each.clocks
            if before.pop((clock.kind, clock.cycle), None) != clock
        ]
        gone += [(*place, *name) for name in before]
    if gone:
        await repository.DROP_CLOCKS.run(connection, *columns(gone, 4))
    await repository.KEEP_RECORDS.run(connection, *columns(records, 5))
    if clocks:
        await repository.KEEP_CLOCKS.run(connection, *columns(clocks, 15))


async def _write_lines(
    connection: Connection, changed: Sequence[_Followed], names: dict[str, str], now: datetime, told: Told
) -> None:
    rows = []
    for each in changed:
        case, place = each.case, (each.case.workspace_id, each.case.id)
        for change in each.kept.changes if each.kept else ():
            told.changes.append((place, change))
            told.facts[case.workspace_id].append(_clock_fact(case.id, change, names, now))
            if change.happening in LINES and _worth_a_line(change):
                rows.append(_line(case, change, names))
    if not rows:
        return
    added: dict[UUID, list[UUID]] = defaultdict(list)
    for workspace, message in await repository.ADD_LINES.all(connection, *columns(rows, 7), now):
        added[workspace].append(message)
    for workspace, ids in added.items():
        told.facts[workspace] += [
            fact_of("message.added", now, message, conversation_id=message.conversation_id, actor="system")
            for message in await load_messages(connection, workspace, ids)
        ]


def _worth_a_line(change: Change) -> bool:
    """Of corrections only that of a warning or breach that stands in the thread is told there."""
    return change.happening != "corrected" or change.clock.state in {"met", "breached"}


def _line(case: CaseRow, change: Change, names: dict[str, str]) -> tuple[object, ...]:
    clock = change.clock
    values = {
        "clock": clock.kind,
        "cycle": clock.cycle,
        "policy": names.get(clock.policy),
        "due_at": clock.due_at,
        "target_minutes": clock.target_minutes,
    }
    message = derived_id(change.at, "sla", str(case.id), clock.kind, str(clock.cycle), change.happening)
    return (
        case.workspace_id, message, case.id, case.account_id, LINES[change.happening], change.at,
        msgspec.to_builtins(values),
    )  # fmt: skip


def _clock_fact(conversation: UUID, change: Change, names: dict[str, str], now: datetime) -> Fact:
    values = msgspec.structs.asdict(change.clock)
    policy = values.pop("policy")
    del values["calendar"]
    state = ClockChange(
        conversation_id=conversation, policy_id=UUID(policy), policy_name=names.get(policy),
        happening=change.happening, at=change.at, **values,
    )  # fmt: skip
    return fact_of("clock.changed", now, state, conversation_id=conversation, actor="system")


async def _write_answers(
    connection: Connection,
    hark: Hark,
    followed: Sequence[_Followed],
    names: dict[str, str],
    now: datetime,
    told: Told,
) -> None:
    rows = []
    for each in followed:
        case = each.case
        answer = answer_by(case.status, each.clocks, _window_end(hark, case), names)
        if _differs(case, answer, each.policy_id):
            rows.append((case.workspace_id, case.id, answer.at, answer.stored(), each.policy_id))
            told.conversations.add((case.workspace_id, case.id))
    if rows:
        await repository.ANSWER_BY.run(connection, *columns(rows, 5), now)


def _differs(case: CaseRow, answer: Answer, policy_id: UUID | None) -> bool:
    shown = (case.answer_by, case.answer_by_reason, case.sla_policy_id)
    return shown != (answer.at, answer.stored(), policy_id)


def _window_end(hark: Hark, case: CaseRow) -> datetime | None:
    """Until when a person may answer a customer who waits, where the platform sets a time."""
    if case.waiting_since is None or case.window_opened_at is None or case.status in DONE:
        return None
    adapter = hark.registry.find(case.platform)
    rules = adapter.manifest.sources.get(Source(case.source)) if adapter else None
    if rules is None or rules.window is None:
        return None
    return case.window_opened_at + timedelta(seconds=rules.window.human_seconds or rules.window.seconds)
