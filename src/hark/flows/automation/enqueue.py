"""What happened, queued for the rules in the transaction in which it happened. One statement each time, and no row where the
workspace has no rule for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hark.automation import repository
from hark.infra.db import Connection, columns
from hark.journal import Fact

DEEPEST = 3
"""A rule may set off another, that one a third; what this one does sets nothing off."""

_STATUS = {"status_changed", "snoozed", "unsnoozed"}
_MODERATED = {
    "message_hidden": "hide",
    "message_unhidden": "unhide",
    "message_liked": "like",
    "message_unliked": "unlike",
    "message_deleted": "delete",
    "message_edited": "edit",
    "message_reacted": "react",
    "customer_banned": "ban",
    "customer_unbanned": "unban",
}
_CLOCKS = {"warned": "sla_warning", "breached": "sla_breach"}


class _Said(msgspec.Struct):
    """The part of a message's fact that matters here."""

    id: UUID
    kind: str
    direction: str
    content_type: str
    sender_type: str
    metadata: dict[str, Any] = {}


class _Clock(msgspec.Struct):
    kind: str
    happening: str


class _Customer(msgspec.Struct):
    id: UUID


class Happening(msgspec.Struct, frozen=True):
    """An event of a conversation, for the queue."""

    conversation_id: UUID
    event: str
    message_id: UUID | None = None
    detail: dict[str, Any] = {}


async def follow(
    connection: Connection,
    workspace_id: UUID,
    facts: Sequence[Fact],
    now: datetime,
    *,
    chain: Sequence[UUID] = (),
) -> None:
    """Queues what the facts tell. Call it before they are recorded. `chain`: the rules whose doing this is."""
    if len(chain) >= DEEPEST:
        return
    found = [happening for fact in facts for happening in happenings(fact)]
    for fact in facts:
        if fact.kind == "customer.changed":
            customer = msgspec.json.decode(fact.body, type=_Customer)
            live = await repository.LIVE_OF_CUSTOMER.all(connection, workspace_id, customer.id)
            found += [Happening(row[0], "customer_changed") for row in live]
    await enqueue(connection, workspace_id, found, now, chain=chain)


async def enqueue(
    connection: Connection,
    workspace_id: UUID,
    found: Sequence[Happening],
    now: datetime,
    *,
    chain: Sequence[UUID] = (),
) -> None:
    if found and len(chain) < DEEPEST:
        rows = [(each.conversation_id, each.event, each.message_id, each.detail) for each in found]
        await repository.ENQUEUE.run(connection, workspace_id, *columns(rows, 4), list(chain), now)


async def follow_ingest(
    connection: Connection,
    messages: Iterable[tuple[UUID, UUID]],
    new_conversations: Iterable[tuple[UUID, UUID]],
    opened_again: Mapping[tuple[UUID, UUID], str],
    now: datetime,
) -> None:
    """The same for a batch of ingest, from its new messages and conversations as (workspace, id), and the status that
    conversations had before a customer's message opened them."""
    said = sorted(messages, key=str)
    if said:
        opened = columns(sorted(new_conversations, key=str), 2)
        before = columns([(*key, status) for key, status in opened_again.items()], 3)
        await repository.ENQUEUE_INGESTED.run(connection, *columns(said, 2), *opened, now, *before)


def happenings(fact: Fact) -> Iterator[Happening]:
    """What one fact means to rules. Pure."""
    if fact.conversation_id is None:
        return
    if fact.kind == "message.added":
        yield from _of_message(fact.conversation_id, msgspec.json.decode(fact.body, type=_Said))
    elif fact.kind == "assignment.changed":
        # Not by the thread's lines: a transfer takes it from somebody too.
        yield Happening(fact.conversation_id, "assigned")
    elif fact.kind == "clock.changed":
        told = msgspec.json.decode(fact.body, type=_Clock)
        if told.happening in _CLOCKS:
            detail = {"clock": told.kind}
            yield Happening(fact.conversation_id, _CLOCKS[told.happening], detail=detail)


def _of_message(place: UUID, said: _Said) -> Iterator[Happening]:
    if said.kind == "message" and said.direction == "outbound":
        if said.sender_type == "agent":
            yield Happening(place, "message_sent", said.id)
    elif said.kind == "activity":
        yield from _of_activity(place, said)


def _of_activity(place: UUID, said: _Said) -> Iterator[Happening]:
    code, values = said.content_type, said.metadata
    if code in _STATUS:
        before = "pending" if code == "unsnoozed" else values.get("from")
        yield Happening(place, "status_changed", detail={"status_before": before} if before else {})
    elif code in _MODERATED:
        message = values.get("message_id")
        about = UUID(message) if message else None
        yield Happening(place, "moderated", about, {"act": _MODERATED[code]})
