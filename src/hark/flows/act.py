"""What people do on the platform besides writing: hide, like, delete, edit, react, ban, show typing, mark as read.

The platform is asked first, outside any transaction; what it allowed is then applied as its own event would be, so that
the notification that may follow changes nothing more. What is done already is not done again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from uuid import UUID

import msgspec

from hark import journal
from hark.channels.accounts.loading import changed, load_account
from hark.channels.accounts.status import account_fact, mark_reconnect
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    Adapter,
    Author,
    Deletion,
    Edit,
    PlatformProblem,
    Reaction,
    Reconnect,
    Rejected,
    Source,
    TextLimit,
    TryAgain,
)
from hark.customers import repository as customers
from hark.delivery.backoff import usable
from hark.delivery.capability import check_ability, check_text, reasons_of, rules_of
from hark.delivery.models import Address, Refusal
from hark.delivery.thread import repository as thread
from hark.flows.automation.enqueue import follow
from hark.flows.context import Hark
from hark.flows.conversations import conversation_facts, message_facts, recount
from hark.flows.moderation import check_may
from hark.flows.reply import refused
from hark.flows.tokens import with_fresh_token
from hark.inbox import repository as inbox
from hark.inbox.acts import repository
from hark.inbox.acts.repository import Author as Writer
from hark.inbox.changes.entries import Entry, add_entries
from hark.inbox.effects import Effect, Touched, apply_effects
from hark.inbox.models import Message, ReactionView
from hark.inbox.snapshots import load_messages
from hark.infra.bus import FACTS
from hark.infra.db import Connection
from hark.infra.http import CallFailed
from hark.kernel.errors import Conflict, Invalid, NotFound, TooMany, Unavailable
from hark.kernel.text import storable
from hark.workspaces import audit
from hark.workspaces.founding import load_workspace
from hark.workspaces.rights import Actor

ACT_CAP = 15.0
"""Seconds that the agent waits for the platform."""

FLEETING = frozenset({Ability.TYPING, Ability.MARK_READ})
"""Leave no trace in the thread."""

OWN_ONLY = frozenset({Ability.EDIT})

PAST = {
    Ability.HIDE: "message_hidden",
    Ability.UNHIDE: "message_unhidden",
    Ability.LIKE: "message_liked",
    Ability.UNLIKE: "message_unliked",
    Ability.DELETE: "message_deleted",
    Ability.EDIT: "message_edited",
    Ability.REACT: "message_reacted",
    Ability.BAN: "customer_banned",
    Ability.UNBAN: "customer_unbanned",
}
"""The activity that each act leaves in the thread."""

OPPOSITES = (
    {Ability.HIDE, Ability.UNHIDE},
    {Ability.LIKE, Ability.UNLIKE},
    {Ability.BAN, Ability.UNBAN},
)
OF_PEOPLE = frozenset({Ability.BAN, Ability.UNBAN})
"""Acts on the author of a message instead of the message."""

AUDITED = frozenset({Ability.HIDE, Ability.UNHIDE, Ability.DELETE, Ability.EDIT, *OF_PEOPLE})


class _Plan(msgspec.Struct, frozen=True):
    """An action that may be asked for. `writer` wrote the message, or is whom the conversation is with."""

    action: Action
    adapter: Adapter
    account: Account
    conversation_id: UUID
    message: Message | None
    writer: Writer | None
    began_at: datetime

    @property
    def subject(self) -> str:
        """What the act is about, as its trace in the thread names it."""
        if self.action.ability in OF_PEOPLE and self.writer is not None:
            return str(self.writer.identity_id)
        return str(self.message.id) if self.message else ""


async def act(
    hark: Hark,
    actor: Actor,
    conversation_id: UUID,
    ability: Ability,
    *,
    message_id: UUID | None = None,
    text: str | None = None,
) -> None:
    """Does it on the platform, then in the thread; nothing where it is done already. `text` is the new text of an edit, or
    the emoji of a reaction (empty takes it back). Banning is about the author of the message, or without one about whom the
    conversation is with. Raises Forbidden, Refused, NotFound, Conflict `not_sent`, TooMany, Unavailable."""
    plan = await _plan(hark, actor, conversation_id, ability, message_id, text)
    if _is_done(plan):
        return
    await _perform(hark, plan)
    if ability not in FLEETING:
        await _apply(hark, actor, plan, ability)


async def _plan(
    hark: Hark,
    actor: Actor,
    conversation_id: UUID,
    ability: Ability,
    message_id: UUID | None,
    text: str | None,
) -> _Plan:
    async with hark.db.connection() as connection:
        address = await thread.ADDRESS.find(connection, actor.workspace_id, conversation_id)
        if address is None:
            raise NotFound("There is no such conversation.")
        if ability not in FLEETING:
            check_may(actor, (await load_workspace(connection, actor.workspace_id)).settings, ability)
        message = await _message(connection, actor, conversation_id, message_id)
        adapter = hark.registry.load(address.platform)
        writer = await _writer(connection, actor, conversation_id, message)
        _check(adapter, address, ability, message, writer, text)
        account = await load_account(connection, hark.secrets, address.account_id)
    action = Action(
        ability=ability,
        thread_key=address.thread_key,
        reply_to=address.reply_to,
        recipient=address.recipient,
        target=_target(message, writer),
        text=text if text is None else storable(text),
        author=_author(account, message, writer),
    )
    return _Plan(action, adapter, account, conversation_id, message, writer, hark.clock())


async def _writer(
    connection: Connection, actor: Actor, conversation_id: UUID, message: Message | None
) -> Writer | None:
    place = (actor.workspace_id, conversation_id)
    if message is None:
        return await repository.AUTHOR_OF_CONVERSATION.find(connection, *place)
    return await repository.AUTHOR_OF_MESSAGE.find(connection, *place, message.id)


def _target(message: Message | None, writer: Writer | None) -> str | None:
    if message is not None:
        return message.platform_message_id
    return writer.target if writer else None


def _author(account: Account, message: Message | None, writer: Writer | None) -> str | None:
    if message is not None and message.direction == "outbound":
        return account.platform_account_id
    return writer.platform_user_id if writer else None


async def _message(
    connection: Connection, actor: Actor, conversation_id: UUID, message_id: UUID | None
) -> Message | None:
    if message_id is None:
        return None
    found = await load_messages(connection, actor.workspace_id, [message_id])
    if not found or found[0].conversation_id != conversation_id or found[0].kind != "message":
        raise NotFound("There is no such message.")
    return found[0]


def _check(
    adapter: Adapter,
    address: Address,
    ability: Ability,
    message: Message | None,
    writer: Writer | None,
    text: str | None,
) -> None:
    rules = rules_of(adapter.manifest, Source(address.source), address.account_fields)
    refusals = check_ability(rules, ability, address.account_status, reasons_of(adapter.manifest))
    if adapter.perform is None and not refusals:
        refusals = [Refusal("ability_missing", "This channel offers no actions.", {"ability": ability.value})]
    if refusals:
        raise refused(refusals)
    if ability in OF_PEOPLE:
        _check_person(writer)
    elif ability not in FLEETING:
        _check_target(ability, message)
    if ability is Ability.EDIT:
        _check_edit(rules.text, text or "")


def _check_person(writer: Writer | None) -> None:
    if writer is None:
        raise Invalid("This needs a message of a customer.", fields={"message": "is of no customer"})


def _check_edit(limit: TextLimit, text: str) -> None:
    if not text.strip():
        raise Invalid("The new text is empty.", fields={"text": "is empty"})
    if refusals := list(check_text(text, limit)):
        raise refused(refusals)


def _check_target(ability: Ability, message: Message | None) -> None:
    if message is None:
        raise Invalid("This needs a message.", fields={"message": "is missing"})
    if message.platform_message_id is None or (message.deleted_at and ability is not Ability.DELETE):
        raise Conflict("The message is not on the platform.", code="not_sent")
    if ability in OWN_ONLY and message.direction != "outbound":
        raise refused(
            [Refusal("ability_missing", "Only our own messages can be edited.", {"ability": ability.value})]
        )


def _is_done(plan: _Plan) -> bool:
    """Pressed twice, or done on the platform itself meanwhile."""
    message, ability = plan.message, plan.action.ability
    if ability in OF_PEOPLE:
        return plan.writer is not None and plan.writer.banned is (ability is Ability.BAN)
    if message is None or ability in FLEETING:
        return False
    match ability:
        case Ability.HIDE | Ability.UNHIDE:
            return message.hidden is (ability is Ability.HIDE)
        case Ability.DELETE:
            return message.deleted_at is not None
        case Ability.EDIT:
            return message.content == plan.action.text
        case _:
            return _ours(message) == list(_emoji(ability, plan.action.text))


def _ours(message: Message) -> list[str]:
    """Our account's present reactions."""
    shown = msgspec.convert(message.reactions, list[ReactionView])
    return next((each.emoji for each in shown if each.by_us), [])


async def _perform(hark: Hark, plan: _Plan) -> None:
    perform = plan.adapter.perform
    assert perform is not None
    try:
        await _within(
            with_fresh_token(
                hark, plan.adapter, plan.account, lambda account, http: perform(plan.action, account, http)
            )
        )
    except Rejected as problem:
        raise refused(
            [Refusal("platform_refused", problem.message, {"platform_code": problem.code})]
        ) from problem
    except Reconnect as problem:
        await _lose_account(hark, plan, problem)
        words = f"The account has to be connected again: {problem.message}"
        raise refused([Refusal("account_not_connected", words, {"status": "reconnect"})]) from problem
    except TryAgain as problem:
        if problem.http_status == TooMany.status:
            raise TooMany(problem.message, usable(problem.retry_after) or 60.0) from problem
        raise Unavailable(problem.message, code="platform_unavailable") from problem
    except (PlatformProblem, CallFailed, TimeoutError) as problem:
        words = "The platform did not answer; whether it was done is not known."
        raise Unavailable(words, code="platform_unavailable") from problem


async def _within(call: Awaitable[None]) -> None:
    async with asyncio.timeout(ACT_CAP):
        await call


async def _lose_account(hark: Hark, plan: _Plan, problem: Reconnect) -> None:
    now, account = hark.clock(), plan.account
    async with hark.db.transaction() as connection:
        row = await mark_reconnect(connection, account.workspace_id, account.id, problem.message, now)
        if row is not None:
            fact = account_fact(row, hark.registry, hark.settings.address, now)
            await journal.record(connection, account.workspace_id, [fact])
    changed(hark.bus, account.id)
    hark.bus.publish(FACTS, str(account.workspace_id))


async def _apply(hark: Hark, actor: Actor, plan: _Plan, ability: Ability) -> None:
    now, account, workspace = hark.clock(), plan.account, actor.workspace_id
    async with hark.db.transaction() as connection:
        await thread.LOCK_ADDRESS.one(connection, workspace, plan.conversation_id)
        touched = Touched(conversations={(workspace, plan.conversation_id)})
        repeated = await _is_repeated(connection, actor, plan)
        if ability in OF_PEOPLE:
            await _ban(connection, plan, ability is Ability.BAN, touched)
        else:
            effect = Effect(
                workspace, account.id, plan.adapter.manifest.erases_deleted, _event(plan, ability, now)
            )
            await apply_effects(connection, [effect], now, touched)
        await recount(connection, workspace, [plan.conversation_id], now)
        added = [] if repeated else await _leave_trace(connection, actor, plan, ability, now)
        changed_ids = sorted(each[1] for each in touched.messages)
        cases = sorted(each[1] for each in touched.conversations)
        facts = await message_facts(connection, workspace, changed_ids, now, actor=actor.reference)
        facts += await message_facts(connection, workspace, added, now, "message.added", actor.reference)
        facts += await conversation_facts(connection, workspace, cases, now, actor.reference)
        if actor.kind != "system":  # what rules do there sets no rule off
            await follow(connection, workspace, facts, now)
        await journal.record(connection, workspace, facts)
    hark.bus.publish(FACTS, str(workspace))


async def _ban(connection: Connection, plan: _Plan, banned: bool, touched: Touched) -> None:
    """Shown in every conversation with the person."""
    assert plan.writer is not None
    workspace, person = plan.account.workspace_id, plan.writer.identity_id
    if await customers.BAN.find(connection, workspace, person, plan.account.id, banned):
        rows = await inbox.LIVE_OF_IDENTITIES.all(connection, workspace, [person])
        touched.conversations.update((row[0], row[1]) for row in rows)


async def _leave_trace(
    connection: Connection, actor: Actor, plan: _Plan, ability: Ability, now: datetime
) -> list[UUID]:
    """Who did it, in the thread and in the audit log."""
    entry = Entry("", PAST[ability], _trace(plan))
    added = await add_entries(
        connection, actor, plan.conversation_id, plan.account.id, "activity", [entry], now
    )
    if ability in AUDITED:
        about = "customer" if ability in OF_PEOPLE else "message"
        await audit.note(connection, actor, f"{about}.{ability.value}", now, subject=plan.subject)
    return added


async def _is_repeated(connection: Connection, actor: Actor, plan: _Plan) -> bool:
    """Pressed twice at the same moment: the other press has done it, and left its trace, since this one began."""
    message = plan.message and (await load_messages(connection, actor.workspace_id, [plan.message.id]))[0]
    writer = await _writer(connection, actor, plan.conversation_id, message)
    if not _is_done(msgspec.structs.replace(plan, message=message, writer=writer)):
        return False
    ability = plan.action.ability
    kin = next((each for each in OPPOSITES if ability in each), {ability})
    traced: bool = await repository.DONE_SINCE.value(
        connection,
        actor.workspace_id,
        plan.conversation_id,
        plan.subject,
        PAST[ability],
        [PAST[each] for each in kin],
        plan.began_at,
    )
    return traced


def _trace(plan: _Plan) -> dict[str, str | None]:
    trace = {"subject": plan.subject, "message_id": str(plan.message.id) if plan.message else None}
    if plan.action.ability in OF_PEOPLE and plan.writer is not None:
        trace["name"] = plan.writer.name
    if plan.action.ability is Ability.REACT:
        trace["emoji"] = plan.action.text
    return trace


def _event(plan: _Plan, ability: Ability, now: datetime) -> Edit | Deletion | Reaction:
    target, text = plan.action.target or "", plan.action.text
    match ability:
        case Ability.HIDE | Ability.UNHIDE:
            return Edit(target=target, at=now, hidden=ability is Ability.HIDE)
        case Ability.DELETE:
            return Deletion(target=target, at=now)
        case Ability.EDIT:
            return Edit(target=target, at=now, text=text)
        case _:
            us = Author(id=plan.account.platform_account_id, name=plan.account.name, us=True)
            return Reaction(target=target, at=now, author=us, emoji=_emoji(ability, text))


def _emoji(ability: Ability, text: str | None) -> tuple[str, ...]:
    if ability is Ability.LIKE:
        return ("👍",)
    return (text,) if ability is Ability.REACT and text else ()
