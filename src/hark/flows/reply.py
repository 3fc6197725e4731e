"""Step 10: an agent's reply becomes queued messages, in one transaction; and what can be done while or
after it leaves.

Permission is checked by the door. After the commit the door publishes `FACTS` and `DELIVERY`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from hark import journal
from hark.channels.contract import Manifest, Source, SourceRules
from hark.delivery import repository
from hark.delivery.capability import (
    check_reply,
    private_rules,
    private_state,
    reasons_of,
    rules_of,
    window_state,
)
from hark.delivery.models import (
    Address,
    AnsweredComment,
    Draft,
    DraftAttachment,
    NewDelivery,
    Piece,
    PrivateReplyState,
    QueuedDelivery,
    Refusal,
)
from hark.delivery.split import split
from hark.delivery.templates.fill import fill
from hark.delivery.thread import repository as thread
from hark.flows.automation.enqueue import follow
from hark.flows.clocks import keep_clocks
from hark.flows.context import Hark
from hark.flows.conversations import conversation_facts, message_facts, recount
from hark.flows.templates import find_template
from hark.inbox import repository as inbox
from hark.inbox.models import Message
from hark.inbox.snapshots import load_messages
from hark.infra.db import Connection, columns
from hark.kernel.errors import Conflict, Invalid, NotFound, Refused
from hark.kernel.ids import new_id
from hark.kernel.text import storable
from hark.workspaces.founding import load_workspace
from hark.workspaces.rights import Actor

NOBODY = UUID(int=0)

MAX_PIECES = 64
"""More platform calls than this for one reply is no reply any more."""


class TemplateChoice(msgspec.Struct, frozen=True):
    """A template of the account, and the values of its blanks in order."""

    name: str
    language: str
    values: tuple[str, ...] = ()


class ReplyDraft(msgspec.Struct, frozen=True):
    """What an agent wants to say. `attachments` are ids of uploads, `alt_texts` descriptions of them; `quoted` and
    `private_to` platform message ids. A `template` goes alone: its text is the content. With `last_seen_arrival` a
    reply is refused when a colleague has answered after that message."""

    content: str = ""
    attachments: tuple[UUID, ...] = ()
    alt_texts: Mapping[UUID, str] = {}
    template: TemplateChoice | None = None
    quoted: str | None = None
    private_to: str | None = None
    last_seen_arrival: int | None = None
    by_human: bool = True


async def queue_reply(
    hark: Hark,
    connection: Connection,
    actor: Actor,
    conversation_id: UUID,
    reply: ReplyDraft,
    idempotency_key: str,
) -> list[Message]:
    """The queued messages, in the order in which they will leave. The same key again gives the same messages.

    Raises Refused (code and `extra` of the first refusal, all in `refusals`), Conflict `answered_meanwhile` (with the
    newer messages), Invalid, NotFound.
    """
    now = hark.clock()
    address = await _lock_address(connection, actor.workspace_id, conversation_id)
    keys = _keys(actor, idempotency_key)
    repeated = await repository.OF_KEY.all(connection, actor.workspace_id, keys)
    if repeated:
        return await _messages_again(connection, actor, conversation_id, repeated)
    await _check_unanswered(connection, actor, conversation_id, reply.last_seen_arrival)
    draft = await _gather_draft(connection, actor.workspace_id, address, reply)
    rules = rules_for(hark.registry.manifest(address.platform), address, draft.private_to is not None)
    comment = await answered_comment(
        connection, actor.workspace_id, conversation_id, address, draft.private_to
    )
    check_refusals(hark, address, rules, draft, comment, now)
    pieces = _cut(draft, rules)
    messages = await _add_messages(connection, actor, conversation_id, address, draft, pieces, now)
    due_at = now + timedelta(seconds=await _undo_seconds(connection, actor, draft))
    await _queue(connection, actor, conversation_id, address, keys, messages, pieces, due_at, now)
    seen = address.last_arrival if reply.last_seen_arrival is None else reply.last_seen_arrival
    await thread.MARK_SEEN.run(connection, actor.workspace_id, conversation_id, seen)
    await recount(connection, actor.workspace_id, [conversation_id], now)
    await _record(hark, connection, actor, conversation_id, messages, now, added=True)
    return await load_messages(connection, actor.workspace_id, messages)


async def cancel(hark: Hark, connection: Connection, actor: Actor, message_id: UUID) -> Message:
    """Takes back a message that is still queued."""
    delivery = await _lock_delivery(connection, actor.workspace_id, message_id)
    if delivery.state != "queued":
        raise Conflict("The message has left already.", code="not_queued", state=delivery.state)
    return await _move(hark, connection, actor, delivery, "queued", "canceled", "canceled")


async def confirm(hark: Hark, connection: Connection, actor: Actor, message_id: UUID) -> Message:
    """The agent has seen on the platform that an unconfirmed message did arrive."""
    delivery = await _lock_delivery(connection, actor.workspace_id, message_id)
    if delivery.state != "unknown":
        raise Conflict(
            "Only an unconfirmed message can be confirmed.", code="not_unknown", state=delivery.state
        )
    return await _move(hark, connection, actor, delivery, "unknown", "sent", "sent")


async def resend(
    hark: Hark, connection: Connection, actor: Actor, message_id: UUID, *, confirm_double: bool = False
) -> Message:
    """Queues a failed message again; an unconfirmed one only when a possible double is accepted."""
    now = hark.clock()
    delivery = await _lock_delivery(connection, actor.workspace_id, message_id)
    if delivery.state not in {"rejected", "unknown"}:
        raise Conflict("Only a failed message can be sent again.", code="not_failed", state=delivery.state)
    if delivery.state == "unknown" and not confirm_double:
        raise Conflict("The message may have arrived: sending it again may double it.", code="confirm_double")
    await _check_again(hark, connection, actor.workspace_id, delivery, now)
    await thread.set_status(
        connection, actor.workspace_id, [message_id], "queued", now, expected=("failed", "unknown")
    )
    await repository.REQUEUE.run(connection, actor.workspace_id, message_id, now)
    return await _settled(hark, connection, actor, delivery.conversation_id, message_id, now)


def rules_for(manifest: Manifest, address: Address, private: bool) -> SourceRules:
    """What holds for a reply in this source, or for one that is private."""
    rules = rules_of(manifest, Source(address.source), address.account_fields)
    return private_rules(manifest, rules) if private else rules


async def answered_comment(
    connection: Connection,
    workspace_id: UUID,
    conversation_id: UUID,
    address: Address,
    private_to: str | None,
    *,
    by: UUID | None = None,
) -> AnsweredComment | None:
    """The comment that a private reply (the message `by`, once there is one) answers; None where nothing is answered
    privately. Raises Invalid where the conversation has no such comment."""
    if private_to is None:
        return None
    comment = await thread.ANSWERED_COMMENT.find(
        connection, workspace_id, conversation_id, address.account_id, private_to, by or NOBODY
    )
    if comment is None:
        raise Invalid(
            "There is no such comment to answer here.",
            fields={"private_to": "is no comment of this conversation"},
        )
    return comment


def private_reply_state(
    rules: SourceRules, comment: AnsweredComment | None, now: datetime
) -> PrivateReplyState | None:
    return None if comment is None else private_state(rules, comment, now)


def check_refusals(
    hark: Hark,
    address: Address,
    rules: SourceRules,
    draft: Draft,
    comment: AnsweredComment | None,
    now: datetime,
) -> None:
    refusals = check_reply(
        rules,
        draft,
        window_state(rules.window, address.window_opened_at, now),
        reachable=address.reachable,
        account_status=address.account_status,
        private=private_reply_state(rules, comment, now),
        reasons=reasons_of(hark.registry.manifest(address.platform)),
    )
    if refusals:
        raise refused(refusals)


def refused(refusals: Sequence[Refusal]) -> Refused:
    first = refusals[0]
    return Refused(first.detail, code=first.code, **first.extra, refusals=list(refusals))


def _keys(actor: Actor, idempotency_key: str) -> list[str]:
    if not 1 <= len(idempotency_key) <= 200:
        raise Invalid(
            "An idempotency key has 1 to 200 characters.", fields={"Idempotency-Key": "1 to 200 characters"}
        )
    return [f"{actor.reference}/{idempotency_key}/{index}" for index in range(MAX_PIECES)]


async def _lock_address(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> Address:
    address = await thread.LOCK_ADDRESS.find(connection, workspace_id, conversation_id)
    if address is None:
        raise NotFound("There is no such conversation.")
    return address


async def _messages_again(
    connection: Connection, actor: Actor, conversation_id: UUID, repeated: Sequence[QueuedDelivery]
) -> list[Message]:
    if any(delivery.conversation_id != conversation_id for delivery in repeated):
        raise Conflict("This key was used for another reply.", code="idempotency_key_reused")
    return await load_messages(connection, actor.workspace_id, [delivery.message_id for delivery in repeated])


async def _check_unanswered(
    connection: Connection, actor: Actor, conversation_id: UUID, last_seen: int | None
) -> None:
    """A colleague's answer that this agent has not seen is shown before a second one goes out."""
    if last_seen is None:
        return
    newer = await thread.NEWER_THAN.all(connection, actor.workspace_id, conversation_id, last_seen)
    if any(
        direction == "outbound" and (sender is None or sender != actor.user_id)
        for _, direction, sender in newer
    ):
        messages = await load_messages(connection, actor.workspace_id, [row[0] for row in newer])
        raise Conflict("Somebody has answered meanwhile.", code="answered_meanwhile", messages=messages)


async def _gather_draft(
    connection: Connection, workspace_id: UUID, address: Address, reply: ReplyDraft
) -> Draft:
    if reply.template is not None:
        return await _from_template(connection, workspace_id, address, reply, reply.template)
    return Draft(
        content=storable(reply.content),
        attachments=await _uploads(connection, workspace_id, reply),
        quoted=reply.quoted,
        private_to=reply.private_to,
        by_human=reply.by_human,
    )


async def _from_template(
    connection: Connection, workspace_id: UUID, address: Address, reply: ReplyDraft, choice: TemplateChoice
) -> Draft:
    if reply.content.strip() or reply.attachments or reply.private_to is not None:
        raise Invalid(
            "A template goes alone, without text, attachments or a comment.",
            fields={"template": "goes alone"},
        )
    template = await find_template(connection, workspace_id, address.account_id, choice.name, choice.language)
    content, outbound = fill(template, choice.values)
    return Draft(content=content, quoted=reply.quoted, by_human=reply.by_human, template=outbound)


async def _uploads(
    connection: Connection, workspace_id: UUID, reply: ReplyDraft
) -> tuple[DraftAttachment, ...]:
    ids = reply.attachments
    if not set(reply.alt_texts) <= set(ids):
        raise Invalid(
            "A description belongs to an attachment of this reply.",
            fields={"alt_texts": "no such attachment"},
        )
    if not ids:
        return ()
    found = {upload.id: upload for upload in await thread.UPLOADS.all(connection, workspace_id, list(ids))}
    if len(found) != len(ids):
        raise Invalid(
            "An attachment is unknown or belongs to a message already.", fields={"attachments": "unknown"}
        )
    return tuple(
        msgspec.structs.replace(found[each], alt=storable(reply.alt_texts.get(each, "").strip()))
        for each in ids
    )


def _cut(draft: Draft, rules: SourceRules) -> list[Piece]:
    pieces = split(draft, rules)
    if len(pieces) > MAX_PIECES:
        over = len(pieces) - MAX_PIECES
        raise refused(
            [
                Refusal(
                    "text_too_long",
                    f"This would be {len(pieces)} messages, {over} over {MAX_PIECES}.",
                    {"over": over},
                )
            ]
        )
    return pieces


async def _undo_seconds(connection: Connection, actor: Actor, draft: Draft) -> int:
    """People get a moment to change their mind; programs do not need one."""
    if not draft.by_human or actor.kind != "user":
        return 0
    return (await load_workspace(connection, actor.workspace_id)).settings.undo_seconds


async def _add_messages(
    connection: Connection,
    actor: Actor,
    conversation_id: UUID,
    address: Address,
    draft: Draft,
    pieces: Sequence[Piece],
    now: datetime,
) -> list[UUID]:
    kinds = {attachment.id: attachment.kind for attachment in draft.attachments}
    ids = [new_id(now) for _ in pieces]
    rows = [
        (
            actor.workspace_id,
            message_id,
            conversation_id,
            address.account_id,
            "outbound",
            piece.text,
            _content_type(piece, kinds),
            "agent" if draft.by_human else "bot",
            actor.user_id,
            actor.name,
            None,
            now,
            index,
            "queued",
            piece.quoted,
            _metadata(piece),
            len(piece.attachments),
        )
        for index, (message_id, piece) in enumerate(zip(ids, pieces, strict=True))
    ]
    await inbox.INSERT_MESSAGES.all(connection, *columns(rows, 17), now)
    described = {attachment.id: attachment.alt for attachment in draft.attachments}
    await _attach(connection, actor.workspace_id, conversation_id, address.account_id, ids, pieces, described)
    return ids


def _metadata(piece: Piece) -> dict[str, Any]:
    found: dict[str, Any] = {} if piece.private_to is None else {"private_to": piece.private_to}
    if piece.template is not None:
        found["template"] = {"name": piece.template.name, "language": piece.template.language}
    return found


def _content_type(piece: Piece, kinds: dict[UUID, str]) -> str:
    found = {kinds[each] for each in piece.attachments}
    if not found:
        return "text"
    return found.pop() if len(found) == 1 else "attachment"


async def _attach(
    connection: Connection,
    workspace_id: UUID,
    conversation_id: UUID,
    account_id: UUID,
    messages: Sequence[UUID],
    pieces: Sequence[Piece],
    described: Mapping[UUID, str],
) -> None:
    rows = [
        (attachment, message, index, described[attachment])
        for message, piece in zip(messages, pieces, strict=True)
        for index, attachment in enumerate(piece.attachments)
    ]
    if rows:
        attachments, *further = columns(rows, 4)
        await thread.ATTACH.run(connection, workspace_id, attachments, conversation_id, account_id, *further)


async def _queue(
    connection: Connection,
    actor: Actor,
    conversation_id: UUID,
    address: Address,
    keys: Sequence[str],
    messages: Sequence[UUID],
    pieces: Sequence[Piece],
    due_at: datetime,
    now: datetime,
) -> None:
    deliveries = [
        NewDelivery(id=new_id(now), message_id=message, idempotency_key=key, piece=piece)
        for key, message, piece in zip(keys, messages, pieces, strict=False)
    ]
    try:
        await repository.queue(
            connection,
            actor.workspace_id,
            conversation_id,
            address.account_id,
            deliveries,
            due_at=due_at,
            created_by=actor.id if pieces[0].by_human else None,
            at=now,
        )
    except asyncpg.UniqueViolationError as error:
        raise Conflict("This key was used for another reply.", code="idempotency_key_reused") from error


async def _lock_delivery(connection: Connection, workspace_id: UUID, message_id: UUID) -> QueuedDelivery:
    """The conversation's row first, then the delivery's: the order that every change of a reply takes."""
    found = await repository.OF_MESSAGE.find(connection, workspace_id, message_id)
    if found is None:
        raise NotFound("There is no such message to send.")
    await _lock_address(connection, workspace_id, found.conversation_id)
    return await repository.LOCK_OF_MESSAGE.one(connection, workspace_id, message_id)


async def _check_again(
    hark: Hark, connection: Connection, workspace_id: UUID, delivery: QueuedDelivery, now: datetime
) -> None:
    """The same refusals as for a new reply; but a person who could not be reached may be tried again."""
    address = await _lock_address(connection, workspace_id, delivery.conversation_id)
    piece = msgspec.json.decode(delivery.outbound, type=Piece)
    files = await thread.FILES.all(connection, workspace_id, list(piece.attachments))
    draft = Draft(piece.text, tuple(files), piece.quoted, piece.private_to, piece.by_human, piece.template)
    rules = rules_for(hark.registry.manifest(address.platform), address, piece.private_to is not None)
    comment = await answered_comment(
        connection,
        workspace_id,
        delivery.conversation_id,
        address,
        piece.private_to,
        by=delivery.message_id,
    )
    check_refusals(hark, msgspec.structs.replace(address, reachable=True), rules, draft, comment, now)


async def _move(
    hark: Hark,
    connection: Connection,
    actor: Actor,
    delivery: QueuedDelivery,
    before: str,
    state: str,
    status: str,
) -> Message:
    now = hark.clock()
    await repository.SET_STATE.run(connection, actor.workspace_id, delivery.message_id, before, state, now)
    await thread.set_status(
        connection,
        actor.workspace_id,
        [delivery.message_id],
        status,
        now,
        expected=("queued", "sending", "unknown"),
    )
    return await _settled(hark, connection, actor, delivery.conversation_id, delivery.message_id, now)


async def _settled(
    hark: Hark, connection: Connection, actor: Actor, conversation_id: UUID, message_id: UUID, now: datetime
) -> Message:
    await recount(connection, actor.workspace_id, [conversation_id], now)
    await _record(hark, connection, actor, conversation_id, [message_id], now, added=False)
    return (await load_messages(connection, actor.workspace_id, [message_id]))[0]


async def _record(
    hark: Hark,
    connection: Connection,
    actor: Actor,
    conversation_id: UUID,
    messages: Sequence[UUID],
    now: datetime,
    *,
    added: bool,
) -> None:
    kind: journal.FactKind = "message.added" if added else "message.changed"
    facts = await message_facts(connection, actor.workspace_id, messages, now, kind, actor.reference)
    clocks = await keep_clocks(connection, hark, [(actor.workspace_id, conversation_id)], now)
    facts += await conversation_facts(connection, actor.workspace_id, [conversation_id], now, actor.reference)
    facts += clocks.facts[actor.workspace_id]
    await follow(connection, actor.workspace_id, facts, now)
    await journal.record(connection, actor.workspace_id, facts)
