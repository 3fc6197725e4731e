"""Messages of a batch into conversations: set-based, in the caller's transaction.

Uniqueness is the database's (one live conversation per thread, one message per platform id); order is the platform's time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from hark.customers.models import Identified, PersonKey
from hark.inbox import repository
from hark.inbox.arrivals import (
    Arrival,
    ThreadKey,
    content_type,
    conversation_metadata,
    message_metadata,
)
from hark.inbox.attachments import AttachmentRecord, attachment_rows, insert_attachments
from hark.inbox.effects import Touched, follow_watermarks, reference_of
from hark.inbox.rows import Candidate, Inserted, LockedConversation, Owner, Target
from hark.infra.db import Connection, columns
from hark.kernel.text import storable

NewId = Callable[[datetime], UUID]
Numbers = Callable[[UUID, int], Awaitable[int]]
"""Allots so many case numbers of a workspace; gives the first."""
ConversationKey = tuple[UUID, UUID]


class Opening(msgspec.Struct, frozen=True):
    """What ingest takes from outside: the time, ids, and numbers for new cases."""

    now: datetime
    new_id: NewId
    numbers: Numbers


class Ingested(msgspec.Struct):
    """What a batch of messages became. `arrived` are (workspace, account, platform id) that are now findable targets;
    `opened_again` the conversations that were anything but open until their customers wrote again, and what they were."""

    touched: Touched
    new_messages: set[tuple[UUID, UUID]]
    new_conversations: set[ConversationKey]
    arrived: set[tuple[UUID, UUID, str]]
    threads: dict[ThreadKey, ConversationKey]
    opened_again: dict[ConversationKey, str] = msgspec.field(default_factory=dict)

    @property
    def reopened(self) -> set[ConversationKey]:
        """Those that were over."""
        return {key for key, status in self.opened_again.items() if status in {"resolved", "closed"}}


async def ingest_messages(
    connection: Connection,
    arrivals: Sequence[Arrival],
    people: Mapping[PersonKey, Identified],
    given: Opening,
) -> Ingested:
    """Places every arrival in its conversation, inserts what is new, and brings the conversations' figures up to date."""
    done = Ingested(Touched(), set(), set(), set(), {})
    if not arrivals:
        return done
    now, new_id = given.now, given.new_id
    await _place(connection, arrivals, people, given, done)
    locked = await _lock(connection, done)
    echoed = await _match_echoes(connection, arrivals, now, done)
    rest = sorted(
        (arrival for arrival in arrivals if arrival.key not in echoed),
        key=lambda each: (each.at, each.event.position),
    )
    inserted = await _insert(connection, rest, people, now, done)
    await _attach(connection, rest, inserted, now, new_id, done)
    await _advance(connection, rest, inserted, locked, people, now, done)
    await follow_watermarks(connection, _with_watermarks(locked, done), now, done.touched)
    return done


async def _place(
    connection: Connection,
    arrivals: Sequence[Arrival],
    people: Mapping[PersonKey, Identified],
    given: Opening,
    done: Ingested,
) -> None:
    """Gives every arrival its conversation: the live one; else one that ended after the message was written (it comes back,
    for nobody has seen the message); else the one in which the message is already; else a new one.

    Another transaction may open the same thread between the look and the insert; the partial unique index lets only one
    through, and the next round finds it.
    """
    open_threads = {arrival.thread: arrival for arrival in reversed(arrivals)}
    while open_threads:
        candidates = await _candidates(connection, list(open_threads))
        for arrival in arrivals:
            if arrival.conversation_id is None:
                arrival.conversation_id = _choose(arrival, candidates[arrival.thread])
        missing = await _not_here(
            [arrival for arrival in arrivals if arrival.conversation_id is None], connection
        )
        open_threads = {arrival.thread: arrival for arrival in reversed(missing)}
        if open_threads:
            await _open(connection, missing, people, given, done)
    for arrival in arrivals:
        assert arrival.conversation_id is not None
        done.threads[arrival.thread] = (arrival.workspace_id, arrival.conversation_id)


async def _not_here(arrivals: Sequence[Arrival], connection: Connection) -> list[Arrival]:
    """Those whose message is new. One that is here already, and comes again naming another thread (an echo that does not
    tell what it answers), stays where it is: a conversation opened for it would be empty. So does an echo of what is just
    being sent."""
    if not arrivals:
        return []
    keys = columns(sorted({arrival.key for arrival in arrivals}, key=str), 2)
    found = await repository.FIND_BY_PLATFORM_ID.all(connection, *keys)
    places = {(target.account_id, target.platform_message_id): target.conversation_id for target in found}
    for arrival in arrivals:
        arrival.conversation_id = places.get(arrival.key)
    await _join_their_own(
        [each for each in arrivals if each.conversation_id is None and each.event.author.us], connection
    )
    return [arrival for arrival in arrivals if arrival.conversation_id is None]


async def _join_their_own(echoes: Sequence[Arrival], connection: Connection) -> None:
    if not echoes:
        return
    said = [(each.workspace_id, each.account_id, storable(each.event.text or "")) for each in echoes]
    rows = await repository.FIND_ON_ITS_WAY.all(connection, *columns(sorted(set(said), key=str), 3))
    places = {(account, content): conversation for account, content, conversation in rows}
    for echo, (_, account, content) in zip(echoes, said, strict=True):
        echo.conversation_id = places.get((account, content))


async def _candidates(
    connection: Connection, threads: Sequence[ThreadKey]
) -> dict[ThreadKey, list[Candidate]]:
    asked = columns([(n, *thread) for n, thread in enumerate(threads)], 5)
    found: dict[ThreadKey, list[Candidate]] = defaultdict(list)
    for candidate in await repository.CANDIDATES.all(connection, *asked):
        found[threads[candidate.n]].append(candidate)
    return found


def _choose(arrival: Arrival, candidates: Sequence[Candidate]) -> UUID | None:
    for candidate in candidates:  # the live one first, then the latest end
        if candidate.live or arrival.at <= candidate.status_at:
            return candidate.id
    return None


async def _open(
    connection: Connection,
    missing: Sequence[Arrival],
    people: Mapping[PersonKey, Identified],
    given: Opening,
    done: Ingested,
) -> None:
    """One conversation per thread. What we ourselves began waits for the customer (pending); what is imported is resolved."""
    earliest: dict[ThreadKey, Arrival] = {}
    for arrival in missing:
        if arrival.thread not in earliest or arrival.begins_before(earliest[arrival.thread]):
            earliest[arrival.thread] = arrival
    by_workspace: dict[UUID, list[Arrival]] = defaultdict(list)
    for thread in sorted(earliest, key=str):
        by_workspace[thread[0]].append(earliest[thread])
    rows: list[tuple[UUID, UUID, *tuple[object, ...]]] = []
    for workspace in sorted(by_workspace, key=lambda each: each.int):
        opening = by_workspace[workspace]
        first = await given.numbers(workspace, len(opening))
        for number, arrival in enumerate(opening, start=first):
            rows.append(_new_row(arrival, number, given.new_id(given.now), _customer(arrival, people)))
    made = {
        row[0] for row in await repository.OPEN_CONVERSATIONS.all(connection, *columns(rows, 12), given.now)
    }
    done.new_conversations |= {(row[0], row[1]) for row in rows if row[1] in made}


def _new_row(
    arrival: Arrival, number: int, conversation_id: UUID, customer: Identified | None
) -> tuple[UUID, UUID, *tuple[object, ...]]:
    status = "resolved" if arrival.historic else "pending" if arrival.event.author.us else "open"
    return (
        arrival.workspace_id,
        conversation_id,
        number,
        arrival.account_id,
        arrival.platform,
        arrival.event.thread.source.value,
        arrival.thread[3],
        status,
        arrival.at,
        customer.customer_id if customer else None,
        customer.id if customer else None,
        conversation_metadata(arrival.event),
    )


async def _lock(connection: Connection, done: Ingested) -> dict[ConversationKey, LockedConversation]:
    keys = sorted(set(done.threads.values()), key=str)
    rows = await repository.LOCK_CONVERSATIONS.all(connection, *columns(keys, 2))
    return {(row.workspace_id, row.id): row for row in rows}


async def _match_echoes(
    connection: Connection, arrivals: Sequence[Arrival], now: datetime, done: Ingested
) -> set[tuple[UUID, str]]:
    """Echoes of what we sent ourselves and whose platform id we do not have yet: they confirm the send."""
    echoes = [arrival for arrival in arrivals if arrival.event.author.us]
    if not echoes:
        return set()
    rows = [
        (
            arrival.workspace_id,
            arrival.account_id,
            arrival.platform_message_id,
            reference_of(arrival.event.echo_of),
            arrival.conversation_id,
            storable(arrival.event.text or ""),
        )
        for arrival in echoes
    ]
    matched = await repository.MATCH_ECHOES.all(connection, *columns(rows, 6), now)
    if matched:
        sent = [(target.workspace_id, target.id) for target in matched]
        await repository.SETTLE_ECHOED_DELIVERIES.run(connection, *columns(sent, 2), now)
        done.touched.messages.update(sent)
        done.touched.recount.update((target.workspace_id, target.conversation_id) for target in matched)
        done.arrived.update((t.workspace_id, t.account_id, t.platform_message_id) for t in matched)
    return {(target.account_id, target.platform_message_id) for target in matched}


async def _insert(
    connection: Connection,
    arrivals: Sequence[Arrival],
    people: Mapping[PersonKey, Identified],
    now: datetime,
    done: Ingested,
) -> dict[tuple[UUID, str], Inserted]:
    rows = [_message_row(arrival, people) for arrival in arrivals]
    inserted = await repository.INSERT_MESSAGES.all(connection, *columns(rows, 17), now)
    found = {(row.account_id, row.platform_message_id or ""): row for row in inserted}
    for row in inserted:
        done.new_messages.add((row.workspace_id, row.id))
        done.touched.conversations.add((row.workspace_id, row.conversation_id))
        done.arrived.add((row.workspace_id, row.account_id, row.platform_message_id or ""))
    return found


def _message_row(arrival: Arrival, people: Mapping[PersonKey, Identified]) -> tuple[object, ...]:
    event = arrival.event
    author = event.author
    identity = people.get((arrival.workspace_id, arrival.platform, arrival.scope, storable(author.id)))
    return (
        arrival.workspace_id,
        arrival.message_id(),
        arrival.conversation_id,
        arrival.account_id,
        "outbound" if author.us else "inbound",
        storable(event.text or ""),
        content_type(event),
        "agent" if author.us else "customer",
        None if author.us or identity is None else identity.customer_id,
        storable(author.name or author.handle or ""),
        arrival.platform_message_id,
        arrival.at,
        event.position,
        "sent" if author.us else None,
        storable(event.quoted) if event.quoted else None,
        message_metadata(arrival),
        len(event.attachments),
    )


async def _attach(
    connection: Connection,
    arrivals: Sequence[Arrival],
    inserted: Mapping[tuple[UUID, str], Inserted],
    now: datetime,
    new_id: NewId,
    done: Ingested,
) -> None:
    """Attachments of new messages, and further pieces of messages that come in pieces."""
    grouped = [arrival for arrival in arrivals if arrival.event.group is not None]
    owners = await _owners(connection, grouped, inserted)
    rows = []
    for arrival in arrivals:
        owner = inserted.get(arrival.key) or owners.get(arrival.key)
        if owner is not None:
            rows.extend(_attachment_rows(arrival, owner, now, new_id))
    await insert_attachments(connection, rows, now)
    if grouped:
        await _gather(connection, grouped, inserted, owners, now, done)


def _attachment_rows(
    arrival: Arrival, owner: Inserted | Target, now: datetime, new_id: NewId
) -> list[AttachmentRecord]:
    """Pieces of a group carry their own platform id and text, and leave room for one another in the order."""
    event = arrival.event
    belongs = Owner(owner.workspace_id, owner.id, owner.conversation_id, owner.account_id)
    if event.group is None:
        return attachment_rows(event.attachments, belongs, now, new_id)
    return attachment_rows(
        event.attachments, belongs, now, new_id, piece=event.id, first=event.position * 16, caption=event.text
    )


async def _owners(
    connection: Connection, grouped: Sequence[Arrival], inserted: Mapping[tuple[UUID, str], Inserted]
) -> dict[tuple[UUID, str], Target]:
    wanted = {arrival.key for arrival in grouped} - set(inserted)
    if not wanted:
        return {}
    found = await repository.FIND_BY_PLATFORM_ID.all(connection, *columns(sorted(wanted, key=str), 2))
    return {(target.account_id, target.platform_message_id): target for target in found}


async def _gather(
    connection: Connection,
    grouped: Sequence[Arrival],
    inserted: Mapping[tuple[UUID, str], Inserted],
    owners: Mapping[tuple[UUID, str], Target],
    now: datetime,
    done: Ingested,
) -> None:
    earliest: dict[tuple[UUID, UUID], tuple[datetime, int]] = {}
    for arrival in grouped:
        owner = inserted.get(arrival.key) or owners[arrival.key]
        message = (owner.workspace_id, owner.id)
        place = (arrival.at, arrival.event.position)
        earliest[message] = min(place, earliest.get(message, place))
        done.touched.messages.add(message)
        done.touched.recount.add((owner.workspace_id, owner.conversation_id))
        done.arrived.add((arrival.workspace_id, arrival.account_id, storable(arrival.event.id)))
    rows = [(*message, *place) for message, place in earliest.items()]
    await repository.GATHER_GROUPS.run(connection, *columns(rows, 4), now)


class _Sum(msgspec.Struct):
    """What a batch adds to one conversation."""

    messages: int = 0
    unread: int = 0
    arrival: int = 0
    inbound_at: datetime | None = None
    outbound_at: datetime | None = None
    opened_at: datetime | None = None
    waiting_at: datetime | None = None
    customer_id: UUID | None = None
    identity_id: UUID | None = None
    opens: bool = False
    reply_to: dict[str, str] = {}
    reply_to_at: datetime | None = None


async def _advance(
    connection: Connection,
    arrivals: Sequence[Arrival],
    inserted: Mapping[tuple[UUID, str], Inserted],
    locked: Mapping[ConversationKey, LockedConversation],
    people: Mapping[PersonKey, Identified],
    now: datetime,
    done: Ingested,
) -> None:
    sums: dict[ConversationKey, _Sum] = defaultdict(_Sum)
    uncounted = dict(inserted)
    for arrival in arrivals:
        row = uncounted.pop(arrival.key, None)  # a second copy or piece in the same batch adds nothing
        if row is None:
            continue
        key = (row.workspace_id, row.conversation_id)
        _add(sums[key], arrival, row.arrival, people)
        before = locked[key]
        late = arrival.at < max(before.last_outbound_at or arrival.at, before.last_inbound_at or arrival.at)
        if arrival.event.author.us or late:
            done.touched.recount.add(key)
    if not sums:
        return
    done.opened_again |= {
        key: locked[key].status for key, total in sums.items() if total.opens and locked[key].status != "open"
    }
    rows = [
        _advance_row(key, locked[key], total)
        for key, total in sorted(sums.items(), key=lambda item: str(item[0]))
    ]
    await repository.ADVANCE_CONVERSATIONS.run(connection, *columns(rows, 13), now)
    await repository.FOLLOW_TAGS.run(connection, *columns(list(sums), 2))


def _add(total: _Sum, arrival: Arrival, number: int, people: Mapping[PersonKey, Identified]) -> None:
    event, at = arrival.event, arrival.at
    total.messages += 1
    total.arrival = max(total.arrival, number)
    if total.reply_to_at is None or at >= total.reply_to_at:
        total.reply_to, total.reply_to_at = event.thread.reply_to, at
    customer = _customer(arrival, people)
    if customer is not None and total.identity_id is None:
        total.identity_id, total.customer_id = customer.id, customer.customer_id
    if event.author.us:
        total.outbound_at = max(at, total.outbound_at or at)
        return
    total.inbound_at = max(at, total.inbound_at or at)
    if event.opens_window:
        total.opened_at = max(at, total.opened_at or at)
    if not arrival.historic:
        total.unread += 1
        total.opens = True
        total.waiting_at = min(at, total.waiting_at or at)


def _advance_row(key: ConversationKey, before: LockedConversation, total: _Sum) -> tuple[object, ...]:
    late = (
        before.last_inbound_at is not None
        and (total.reply_to_at or before.last_inbound_at) < before.last_inbound_at
    )
    reply_to = total.reply_to | before.reply_to if late else before.reply_to | total.reply_to
    return (
        *key,
        total.messages,
        total.unread,
        total.arrival,
        total.inbound_at,
        total.outbound_at,
        total.opened_at,
        total.waiting_at,
        total.customer_id,
        total.identity_id,
        total.opens,
        reply_to,
    )


def _customer(arrival: Arrival, people: Mapping[PersonKey, Identified]) -> Identified | None:
    author = arrival.customer
    if author is None:
        return None
    return people.get((arrival.workspace_id, arrival.platform, arrival.scope, storable(author.id)))


def _with_watermarks(
    locked: Mapping[ConversationKey, LockedConversation], done: Ingested
) -> set[ConversationKey]:
    return {
        key
        for key in done.touched.recount
        if key in locked and (locked[key].read_until is not None or locked[key].delivered_until is not None)
    }
