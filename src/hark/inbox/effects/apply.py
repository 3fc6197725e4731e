"""Effects of a batch, applied set by set; what has no target yet waits for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from hark.channels.contract import Deletion, Edit, Reaction, Receipt
from hark.inbox.arrivals import attachments_type
from hark.inbox.attachments import AttachmentRecord, attachment_rows, insert_attachments
from hark.inbox.effects import repository
from hark.inbox.repository import HOLD_CONVERSATIONS, SETTLE_ECHOED_DELIVERIES, TAKE_ACCOUNT
from hark.inbox.rows import Target
from hark.infra.db import Connection, columns
from hark.kernel.ids import new_id
from hark.kernel.text import storable

Effective = Edit | Deletion | Reaction | Receipt

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Effective)


class Effect(msgspec.Struct, frozen=True):
    """An event about something that is already there (or will be)."""

    workspace_id: UUID
    account_id: UUID
    erases: bool
    event: Effective


class Touched(msgspec.Struct):
    """What changed: messages and conversations by (workspace, id); `recount` names those whose figures may have changed."""

    messages: set[tuple[UUID, UUID]] = msgspec.field(default_factory=set)
    conversations: set[tuple[UUID, UUID]] = msgspec.field(default_factory=set)
    recount: set[tuple[UUID, UUID]] = msgspec.field(default_factory=set)


Aimed = tuple[Target, Effect]


async def apply_effects(
    connection: Connection, effects: Sequence[Effect], now: datetime, touched: Touched
) -> None:
    """Applies what has a target; keeps the rest in `waiting_event`."""
    watermarks = [effect for effect in effects if _thread_of(effect.event) is not None]
    aimed = [effect for effect in effects if _thread_of(effect.event) is None]
    if watermarks:
        await _raise_watermarks(connection, watermarks, now, touched)
    if aimed:
        await _apply_aimed(connection, aimed, now, touched)


async def release_waiting(
    connection: Connection,
    arrived: Iterable[tuple[UUID, UUID, bool, str]],
    now: datetime,
    touched: Touched,
) -> None:
    """Applies what waited for the messages that have just come: (workspace, account, erases, platform id) each."""
    owners = {(account, target): (workspace, erases) for workspace, account, erases, target in arrived}
    if not owners:
        return
    waiting = await repository.TAKE_WAITING.all(connection, *columns(list(owners), 2))
    effects = []
    for row in waiting:
        workspace, erases = owners[row.account_id, row.target]
        effects.append(Effect(workspace, row.account_id, erases, _DECODER.decode(row.event)))
    if effects:
        await apply_effects(connection, effects, now, touched)


def _thread_of(event: Effective) -> object | None:
    return event.thread if isinstance(event, Receipt) and event.target is None else None


async def _apply_aimed(
    connection: Connection, effects: Sequence[Effect], now: datetime, touched: Touched
) -> None:
    await _name_by_reference(connection, effects, now, touched)
    found = await _find_targets(connection, effects)
    held = {(target.workspace_id, target.conversation_id) for target in found.values()}
    await HOLD_CONVERSATIONS.run(connection, *columns(sorted(held, key=str), 2))
    aimed: dict[type, list[Aimed]] = defaultdict(list)
    waiting: list[Effect] = []
    for effect in effects:
        target = found.get((effect.account_id, storable(effect.event.target or "")))
        if target is None:
            waiting.append(effect)
        else:
            aimed[type(effect.event)].append((target, effect))
    await _edit(connection, aimed[Edit], now, touched)
    await _delete(connection, aimed[Deletion], now, touched)
    await _react(connection, aimed[Reaction], now, touched)
    await _receive(connection, aimed[Receipt], now, touched)
    await _keep(connection, waiting, now)


async def _name_by_reference(
    connection: Connection, effects: Sequence[Effect], now: datetime, touched: Touched
) -> None:
    """A receipt that brings back our own reference tells the platform's id of a message whose sending had no answer."""
    given = {
        (effect.workspace_id, effect.account_id, storable(event.target or ""), reference): effect.erases
        for effect in effects
        if isinstance(event := effect.event, Receipt) and (reference := reference_of(event.echo_of))
    }
    if not given:
        return
    named = await repository.NAME_BY_REFERENCE.all(connection, *columns(sorted(given, key=str), 4), now)
    if named:
        sent = [(target.workspace_id, target.id) for target in named]
        await SETTLE_ECHOED_DELIVERIES.run(connection, *columns(sent, 2), now)
        touched.messages.update(sent)
        touched.recount.update((target.workspace_id, target.conversation_id) for target in named)
        arrived = [
            (target.workspace_id, target.account_id, erases, target.platform_message_id)
            for target in named
            for (_, account, name, _), erases in given.items()
            if (account, name) == (target.account_id, target.platform_message_id)
        ]
        await release_waiting(connection, arrived, now, touched)


def reference_of(echo_of: str | None) -> UUID | None:
    """Our delivery reference; None for another application's."""
    try:
        return UUID(echo_of) if echo_of else None
    except ValueError:
        return None


async def _find_targets(connection: Connection, effects: Sequence[Effect]) -> dict[tuple[UUID, str], Target]:
    """What the events are about. Before one is taken for missing, transactions that may be adding it are waited for."""
    wanted = {(effect.account_id, storable(effect.event.target or "")) for effect in effects}
    found = await _look(connection, wanted)
    missing = wanted - set(found)
    if missing:
        for account_id in sorted({key[0] for key in missing}, key=lambda each: each.int):
            await TAKE_ACCOUNT.run(connection, account_id)
        found |= await _look(connection, missing)
    return found


async def _look(connection: Connection, wanted: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], Target]:
    rows = await repository.FIND_TARGETS.all(connection, *columns(sorted(wanted, key=str), 2))
    return {(target.account_id, target.platform_message_id): target for target in rows}


async def _keep(connection: Connection, waiting: Sequence[Effect], now: datetime) -> None:
    if waiting:
        rows = [
            (effect.workspace_id, effect.account_id, _awaited(effect), _ENCODER.encode(effect.event))
            for effect in waiting
        ]
        await repository.KEEP_WAITING.run(connection, *columns(rows, 4), now)


def _awaited(effect: Effect) -> str:
    if effect.event.target is not None:
        return storable(effect.event.target)
    _, _, source, key = _thread_key(effect)
    return thread_target(source, key)


def _note(touched: Touched, aimed: Iterable[Aimed], *, recount: bool) -> None:
    for target, _ in aimed:
        touched.messages.add((target.workspace_id, target.id))
        if recount:
            touched.recount.add((target.workspace_id, target.conversation_id))


def _keys(aimed: Iterable[Aimed]) -> list[list[UUID]]:
    return columns(sorted({(target.workspace_id, target.id) for target, _ in aimed}, key=str), 2)


async def _edit(connection: Connection, aimed: Sequence[Aimed], now: datetime, touched: Touched) -> None:
    texts: dict[tuple[UUID, UUID, datetime], str] = {}
    hidden: dict[tuple[UUID, UUID], tuple[datetime, bool]] = {}
    ratings: dict[tuple[UUID, UUID], tuple[datetime, dict[str, object]]] = {}
    for target, effect in aimed:
        event = effect.event
        assert isinstance(event, Edit)
        key = (target.workspace_id, target.id)
        if event.text is not None:
            texts[(*key, event.at)] = storable(event.text)
        if event.hidden is not None and (key not in hidden or event.at >= hidden[key][0]):
            hidden[key] = (event.at, event.hidden)
        rating: dict[str, object] = {"rating": event.rating, "recommended": event.recommended}
        if any(value is not None for value in rating.values()) and (
            key not in ratings or event.at >= ratings[key][0]
        ):
            ratings[key] = (event.at, rating)
    if texts:
        keys = columns(sorted({key[:2] for key in texts}, key=str), 2)
        await repository.KEEP_ORIGINALS.run(connection, *keys)
        await repository.ADD_VERSIONS.run(
            connection, *columns([(*key, text) for key, text in texts.items()], 4)
        )
        await repository.SHOW_NEWEST_VERSION.run(connection, *keys, now)
    await _replace_files(connection, aimed, now)
    if hidden:
        await repository.SET_HIDDEN.run(connection, *columns([(*k, *v) for k, v in hidden.items()], 4), now)
    if ratings:
        await repository.SET_RATING.run(connection, *columns([(*k, *v) for k, v in ratings.items()], 4), now)
        await repository.FOLLOW_RATING.run(connection, *columns(list(ratings), 2), now)
    _note(touched, aimed, recount=True)


async def _replace_files(connection: Connection, aimed: Sequence[Aimed], now: datetime) -> None:
    latest: dict[tuple[UUID, UUID], Edit] = {}
    for target, effect in aimed:
        event, key = effect.event, (target.workspace_id, target.id)
        assert isinstance(event, Edit)
        if event.attachments is not None and (key not in latest or event.at >= latest[key].at):
            latest[key] = event
    if not latest:
        return
    rows = [
        (*key, event.at, attachments_type(event.attachments or ()), len(event.attachments or ()))
        for key, event in latest.items()
    ]
    new: list[AttachmentRecord] = []
    for owner in await repository.REPLACE_ATTACHMENTS.all(connection, *columns(rows, 5), now):
        event = latest[owner.workspace_id, owner.id]
        new.extend(attachment_rows(event.attachments or (), owner, now, new_id))
    await insert_attachments(connection, new, now)


async def _delete(connection: Connection, aimed: Sequence[Aimed], now: datetime, touched: Touched) -> None:
    for erases in (True, False):
        group = [(target, effect) for target, effect in aimed if effect.erases is erases]
        if not group:
            continue
        first: dict[tuple[UUID, UUID], datetime] = {}
        for target, effect in group:
            key = (target.workspace_id, target.id)
            first[key] = min(effect.event.at, first.get(key, effect.event.at))
        rows = columns([(*key, at) for key, at in first.items()], 3)
        await (repository.WITHDRAW if erases else repository.MARK_DELETED).run(connection, *rows, now)
        if erases:
            await repository.FORGET_VERSIONS.run(connection, *_keys(group))
            await repository.WITHDRAW_ATTACHMENTS.run(connection, *_keys(group))
        _note(touched, group, recount=True)


async def _react(connection: Connection, aimed: Sequence[Aimed], now: datetime, touched: Touched) -> None:
    latest: dict[tuple[UUID, UUID, str], Reaction] = {}
    for target, effect in aimed:
        event = effect.event
        assert isinstance(event, Reaction)
        key = (target.workspace_id, target.id, "us" if event.author.us else storable(event.author.id))
        if key not in latest or event.at >= latest[key].at:
            latest[key] = event
    if latest:
        rows = [
            (*key, storable(event.author.name or ""), "\x1f".join(map(storable, event.emoji)), event.at)
            for key, event in latest.items()
        ]
        await repository.REACT.run(connection, *columns(rows, 6))
        await repository.SHOW_REACTIONS.run(connection, *_keys(aimed), now)
        _note(touched, aimed, recount=False)


async def _receive(connection: Connection, aimed: Sequence[Aimed], now: datetime, touched: Touched) -> None:
    order = ("sent", "delivered", "read")
    highest: dict[tuple[UUID, UUID], tuple[str, datetime]] = {}
    failed: dict[tuple[UUID, UUID], dict[str, str]] = {}
    for target, effect in aimed:
        event = effect.event
        assert isinstance(event, Receipt)
        key = (target.workspace_id, target.id)
        if event.status == "failed":
            failed[key] = _reason(event)
        elif key not in highest or order.index(event.status) > order.index(highest[key][0]):
            highest[key] = (event.status, event.at)
    for workspace in {key[0] for key in highest}:
        rows = [(key[1], *value) for key, value in highest.items() if key[0] == workspace]
        raised = await repository.RAISE_STATUS.all(connection, *columns(rows, 3), now, workspace)
        touched.messages.update((workspace, row[0]) for row in raised)
        if raised:
            arrived = [row[0] for row in raised]
            await repository.SETTLE_ARRIVED_DELIVERIES.run(connection, workspace, arrived, now)
    if failed:  # after the others: what was delivered has not failed
        given = columns([(*key, reason) for key, reason in failed.items()], 3)
        lost = await repository.FAIL.all(connection, *given, now)
        for workspace, message, conversation in lost:
            touched.messages.add((workspace, message))
            touched.recount.add((workspace, conversation))
        refused = columns([(*row[:2], failed[row[0], row[1]]) for row in lost], 3)
        await repository.REJECT_DELIVERIES.run(connection, *refused, now)


def _reason(event: Receipt) -> dict[str, str]:
    """As a refused send shows it."""
    sentence = event.reason or "The platform could not deliver the message."
    return {"code": storable(event.code or "failed"), "message": storable(sentence)}


async def _raise_watermarks(
    connection: Connection, effects: Sequence[Effect], now: datetime, touched: Touched
) -> None:
    highest: dict[tuple[UUID, UUID, str, str, str], datetime] = {}
    for effect in effects:
        event = effect.event
        assert isinstance(event, Receipt)
        assert event.thread is not None
        until = event.until or event.at
        key = (
            effect.workspace_id,
            effect.account_id,
            event.thread.source.value,
            storable(event.thread.key),
            event.status,
        )
        highest[key] = max(until, highest.get(key, until))
    rows = columns([(*key, until) for key, until in highest.items()], 6)
    raised = await repository.RAISE_WATERMARKS.all(connection, *rows)
    threads = {(row[0], row[1]) for row in raised}
    if threads:
        await follow_watermarks(connection, threads, now, touched)
        touched.conversations |= threads
    known = {(row[0], row[2], row[3], row[4]) for row in raised}
    await _keep(connection, [effect for effect in effects if _thread_key(effect) not in known], now)


def _thread_key(effect: Effect) -> tuple[UUID, UUID, str, str]:
    assert isinstance(effect.event, Receipt)
    assert effect.event.thread is not None
    thread = effect.event.thread
    return (effect.workspace_id, effect.account_id, thread.source.value, storable(thread.key))


def thread_target(source: str, key: str) -> str:
    """The name under which a watermark waits for its thread; no message id starts with this character."""
    return f"\x1f{source}\x1f{key}"


async def follow_watermarks(
    connection: Connection, conversations: Iterable[tuple[UUID, UUID]], now: datetime, touched: Touched
) -> None:
    """Raises the status of messages that lie below their conversation's watermarks."""
    keys = columns(sorted(conversations, key=str), 2)
    raised = await repository.FOLLOW_WATERMARKS.all(connection, *keys, now)
    touched.messages.update((row[0], row[1]) for row in raised)
