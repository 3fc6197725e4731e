"""Step 6 of the path of a message (docs/flow.md): who gets what. Gather, decide (pure), apply.

New work is decided about in the transaction that brings it (`route`). What waits is decided about at once when something
happens (`drain`, woken over the bus) and when something falls due. Any worker decides; how two of them keep out of each
other's way is written in `routing/repository.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from hark.flows.automation.enqueue import follow
from hark.flows.context import Hark
from hark.inbox.assigned import Assignment
from hark.inbox.snapshots import load_conversations
from hark.infra.bus import FACTS, ROUTING
from hark.infra.db import Connection, columns
from hark.infra.faultpoints import reach
from hark.journal import Fact, fact_of, record
from hark.kernel.ids import new_id
from hark.routing import repository
from hark.routing.decide import decide
from hark.routing.due import next_due
from hark.routing.gather import AUTOMATIC, Policies, as_waiting, load_agents, load_policies
from hark.routing.models import Agent, Given, Waiting

Key = tuple[UUID, UUID]

PAGE = 2000
"""Conversations of the queue that one transaction of a drain looks at."""
AT_ONCE = 1000
"""With a longer queue than this, ingest leaves its new work to the drain that follows its commit."""

_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_NOBODY = UUID(int=0)


class Routed(msgspec.Struct):
    """What a decision changed: facts per workspace, conversations that are others now, and the workspaces in which the rest is
    to be decided by a drain after the commit."""

    facts: dict[UUID, list[Fact]] = msgspec.field(default_factory=lambda: defaultdict(list))
    conversations: set[Key] = msgspec.field(default_factory=set)
    later: set[UUID] = msgspec.field(default_factory=set)
    given: int = 0
    missed: bool = False
    """Somebody else held what was decided about: worth another look."""


class Drained(msgspec.Struct, frozen=True):
    """`due`: when to look again although nothing happens."""

    given: int = 0
    released: int = 0
    due: datetime | None = None
    again: bool = False


class _Place(msgspec.Struct, frozen=True):
    """How far a drain has come in the queue."""

    priority: int = 3
    at: datetime = _BEGINNING
    id: UUID = _NOBODY


def wake_routing(hark: Hark, workspace_id: UUID) -> None:
    """Says, after a commit, that somebody may take something now."""
    hark.bus.publish(ROUTING, str(workspace_id))


async def route(connection: Connection, new: Iterable[Key], reopened: Iterable[Key], now: datetime) -> Routed:
    """Decides about conversations that have just opened or were reopened by their customers, in the caller's transaction, which
    holds them. Call it late in the transaction and record the facts."""
    done = Routed()
    opened, again = _by_workspace(new), _by_workspace(reopened)
    workspaces = sorted(opened.keys() | again.keys(), key=lambda each: each.int)
    if not workspaces:
        return done
    found = await load_policies(connection, workspaces)
    for workspace_id in workspaces:
        policies = found.get(workspace_id)
        if policies is not None and policies.automatic:
            await _send_back(connection, workspace_id, again[workspace_id], policies, now, done)
            await _route(connection, workspace_id, opened[workspace_id], policies, now, done)
    return done


def _by_workspace(keys: Iterable[Key]) -> defaultdict[UUID, list[UUID]]:
    found: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for workspace_id, conversation_id in keys:
        found[workspace_id].append(conversation_id)
    return found


async def _send_back(
    connection: Connection,
    workspace_id: UUID,
    ids: list[UUID],
    policies: Policies,
    now: datetime,
    done: Routed,
) -> None:
    """A reopened conversation stays with its agent who is online, even over capacity; else it goes through the strategy."""
    rows = await repository.OF_REOPENED.all(connection, workspace_id, ids) if ids else []
    gone = [
        (case_id, agent, policies.of(account, team).id)
        for case_id, agent, account, team, online in rows
        if not online and policies.of(account, team).strategy in AUTOMATIC - {"previous_agent"}
    ]
    await _release(connection, workspace_id, gone, "reopened_absent", now, done)


async def _route(
    connection: Connection,
    workspace_id: UUID,
    new: list[UUID],
    policies: Policies,
    now: datetime,
    done: Routed,
) -> None:
    if not policies.needs_online and new:
        await _to_previous(connection, workspace_id, new, policies, now, done)
    if not any(each.strategy in AUTOMATIC - {"previous_agent"} for each in policies.all()):
        return
    if not await repository.ANYBODY_ONLINE.value(connection, workspace_id):
        return
    if not await repository.TRY_LOCK.value(connection, workspace_id):
        done.later.add(workspace_id)
        return
    asks = policies.asks_previous
    rows = await repository.SHORT_QUEUE.all(connection, workspace_id, AT_ONCE + 1, asks)
    if len(rows) > AT_ONCE:
        done.later.add(workspace_id)
        return
    queue = _automatic([(as_waiting(row, policies), row.updated_at) for row in rows])
    if not queue:
        return
    agents = await load_agents(connection, workspace_id, policies, now)
    still = await _hand_out(connection, workspace_id, queue, agents, now, done)
    if next_due(still, agents, now) is not None or done.missed:
        done.later.add(workspace_id)


async def _to_previous(
    connection: Connection,
    workspace_id: UUID,
    new: list[UUID],
    policies: Policies,
    now: datetime,
    done: Routed,
) -> None:
    """The policy `previous_agent` does not ask who is there or free, so it needs no lock; and it is for new work only."""
    rows = [
        each
        for each in await repository.THESE.all(connection, workspace_id, new, True)
        if not each.assigned_to
    ]
    cases = [(as_waiting(row, policies), row.updated_at) for row in rows if row.previous_agent]
    cases = [each for each in cases if each[0].policy and each[0].policy.strategy == "previous_agent"]
    if cases:
        agents = await load_agents(connection, workspace_id, policies, now)
        await _hand_out(connection, workspace_id, cases, agents, now, done)


async def drain(hark: Hark, workspace_id: UUID) -> Drained:
    """Hands out what waits in a workspace, page by page in the order of the queue; returns the work of those who are offline to
    the queue first, where the policy says so."""
    if not await _worth_a_look(hark, workspace_id):
        return Drained()
    place: _Place | None = _Place()
    total = Drained()
    while place is not None:
        step, place = await _drain_page(hark, workspace_id, place, first=place == _Place())
        total = _sum(total, step)
    return total


async def _worth_a_look(hark: Hark, workspace_id: UUID) -> bool:
    async with hark.db.connection() as connection:
        policies = (await load_policies(connection, [workspace_id])).get(workspace_id)
        if policies is None or not policies.automatic:
            return False
        if policies.reassigns:
            return True
        return bool(
            await repository.ANYTHING_QUEUED.value(connection, workspace_id)
            and await repository.ANYBODY_ONLINE.value(connection, workspace_id)
        )


async def _drain_page(
    hark: Hark, workspace_id: UUID, place: _Place, *, first: bool
) -> tuple[Drained, _Place | None]:
    done = Routed()
    released = 0
    async with hark.db.transaction(timeout=30) as connection:
        await repository.LOCK.run(connection, workspace_id)
        now = hark.clock()
        policies = (await load_policies(connection, [workspace_id]))[workspace_id]
        if first and policies.reassigns:
            released = await _take_back(connection, workspace_id, policies, now, done)
        queue, after = await _page(connection, workspace_id, policies, place)
        agents = await load_agents(connection, workspace_id, policies, now) if queue else []
        still = await _hand_out(connection, workspace_id, queue, agents, now, done)
        due = next_due(still, agents, now)
        await _tell(connection, workspace_id, done, now)
        reach("routing.before_commit")
    if done.facts:
        hark.bus.publish(FACTS, str(workspace_id))
    rest = after if _anybody_free(agents, done.given) else None
    return Drained(done.given, released, due, done.missed), rest


async def _page(
    connection: Connection, workspace_id: UUID, policies: Policies, place: _Place
) -> tuple[list[tuple[Waiting, datetime]], _Place | None]:
    """The next conversations of the queue, with their versions, and where the page after them begins."""
    found: list[tuple[Waiting, datetime]] = []
    asks = policies.asks_previous
    for priority in range(place.priority, -1, -1):
        at, last = (place.at, place.id) if priority == place.priority else (_BEGINNING, _NOBODY)
        room = PAGE - len(found)
        rows = await repository.QUEUE.all(connection, workspace_id, priority, at, last, room, asks)
        found += [(as_waiting(row, policies), row.updated_at) for row in rows]
        if len(rows) == room:
            return _automatic(found), _Place(priority, rows[-1].queued_at, rows[-1].id)
    return _automatic(found), None


def _automatic(found: list[tuple[Waiting, datetime]]) -> list[tuple[Waiting, datetime]]:
    handed_out = AUTOMATIC - {"previous_agent"}
    return [each for each in found if each[0].policy is not None and each[0].policy.strategy in handed_out]


def _anybody_free(agents: Sequence[Agent], given: int) -> bool:
    """Whether going on in the queue can still find somebody; `given` have just been handed out."""
    online = [agent for agent in agents if agent.status == "online"]
    if any(agent.capacity is None for agent in online):
        return True
    return sum(max(0, (agent.capacity or 0) - agent.load) for agent in online) > given


async def _take_back(
    connection: Connection, workspace_id: UUID, policies: Policies, now: datetime, done: Routed
) -> int:
    """Rule 9: the work of those who went offline, with its own priority and original age."""
    rows = await repository.OF_OFFLINE.all(connection, workspace_id)
    gone = [
        (case_id, agent, policies.of(account, team).id)
        for case_id, agent, account, team in rows
        if policies.of(account, team).on_offline == "reassign"
        and policies.of(account, team).strategy in AUTOMATIC
    ]
    await _release(connection, workspace_id, gone, "agent_offline", now, done)
    return len(gone)


async def _release(
    connection: Connection,
    workspace_id: UUID,
    gone: Sequence[tuple[UUID, UUID, UUID]],
    code: str,
    now: datetime,
    done: Routed,
) -> None:
    if not gone:
        return
    await repository.RELEASE.run(connection, workspace_id, [each[0] for each in gone], now)
    log = [
        Assignment(
            id=new_id(now),
            conversation_id=case_id,
            agent_id=None,
            before_id=agent,
            team_id=None,
            policy_id=policy if policy != workspace_id else None,
            automatic=True,
            by="system",
            reasons={"code": code, "agent_id": agent},
            waited_s=None,
            at=now,
        )
        for case_id, agent, policy in gone
    ]
    await _write(connection, workspace_id, log, now, done)


async def _hand_out(
    connection: Connection,
    workspace_id: UUID,
    queue: Sequence[tuple[Waiting, datetime]],
    agents: Sequence[Agent],
    now: datetime,
    done: Routed,
) -> list[Waiting]:
    """Decides and applies; gives what still waits. What changed since it was read, or is held by somebody, is left alone."""
    decided = decide((case for case, _ in queue), agents, now)
    if decided.given:
        taken = dict(
            await repository.TAKE.all(
                connection, workspace_id, [each.conversation_id for each in decided.given]
            )
        )
        versions = {case.id: version for case, version in queue}
        given = [
            each
            for each in decided.given
            if taken.get(each.conversation_id) == versions[each.conversation_id]
        ]
        done.missed = done.missed or len(given) < len(decided.given)
        if given:
            cases = {case.id: case for case, _ in queue}
            await _give(connection, workspace_id, given, cases, now, done)
    left = {each.conversation_id for each in decided.left}
    return [case for case, _ in queue if case.id in left]


async def _give(
    connection: Connection,
    workspace_id: UUID,
    given: Sequence[Given],
    cases: Mapping[UUID, Waiting],
    now: datetime,
    done: Routed,
) -> None:
    reach("routing.decided")
    rows = [(each.conversation_id, each.agent_id, msgspec.to_builtins(each.reason)) for each in given]
    await repository.GIVE.run(connection, workspace_id, *columns(rows, 3), now)
    turns = {each.agent_id: each.stamp for each in given}
    order = sorted(turns, key=lambda each: each.int)
    await repository.TURN.run(connection, workspace_id, order, [turns[each] for each in order], now)
    log = [
        Assignment(
            id=new_id(now),
            conversation_id=each.conversation_id,
            agent_id=each.agent_id,
            before_id=None,
            team_id=cases[each.conversation_id].team_id,
            policy_id=_stored_policy(cases[each.conversation_id], workspace_id),
            automatic=True,
            by="system",
            reasons=each.reason,
            waited_s=each.waited_s,
            at=now,
        )
        for each in given
    ]
    done.given += len(given)
    await _write(connection, workspace_id, log, now, done)


def _stored_policy(case: Waiting, workspace_id: UUID) -> UUID | None:
    """None for the policy that only stands for the workspace's setting."""
    return case.policy.id if case.policy is not None and case.policy.id != workspace_id else None


async def _write(
    connection: Connection, workspace_id: UUID, log: Sequence[Assignment], now: datetime, done: Routed
) -> None:
    """The log, the line in the thread, and the facts about both."""
    await repository.LOG.run(connection, workspace_id, *columns([_log_row(each) for each in log], 11))
    ids = [new_id(now) for _ in log]
    lines = [
        (line_id, each.conversation_id, "assigned" if each.agent_id else "unassigned", _line(each))
        for line_id, each in zip(ids, log, strict=True)
    ]
    added = await repository.ACTIVITIES.all(
        connection, workspace_id, *columns(lines, 4), now, [int(each.agent_id is not None) for each in log]
    )
    for message in added:
        place = message.conversation_id
        done.facts[workspace_id].append(
            fact_of("message.added", now, message, conversation_id=place, actor="system")
        )
    for each in log:
        place = each.conversation_id
        done.conversations.add((workspace_id, place))
        done.facts[workspace_id].append(
            fact_of("assignment.changed", now, each, conversation_id=place, actor="system")
        )


def _line(entry: Assignment) -> dict[str, object]:
    values = {"from": entry.before_id, "to": entry.agent_id, "reason": entry.reasons}
    return msgspec.to_builtins(values)  # type: ignore[no-any-return]


def _log_row(entry: Assignment) -> tuple[object, ...]:
    return (
        entry.id, entry.conversation_id, entry.agent_id, entry.before_id, entry.team_id, entry.policy_id, entry.automatic,
        entry.by, msgspec.to_builtins(entry.reasons), entry.waited_s, entry.at,
    )  # fmt: skip


async def _tell(connection: Connection, workspace_id: UUID, done: Routed, now: datetime) -> None:
    """Records what a drain did: the last write of its transaction."""
    if not done.facts:
        return
    changed = await load_conversations(
        connection, workspace_id, [case_id for _, case_id in done.conversations]
    )
    facts = [
        fact_of("conversation.changed", now, each, conversation_id=each.id, actor="system")
        for each in changed
    ]
    await follow(connection, workspace_id, done.facts[workspace_id], now)
    await record(connection, workspace_id, [*facts, *done.facts[workspace_id]])


def _sum(first: Drained, second: Drained) -> Drained:
    dues = [due for due in (first.due, second.due) if due is not None]
    return Drained(
        first.given + second.given,
        first.released + second.released,
        min(dues, default=None),
        first.again or second.again,
    )
