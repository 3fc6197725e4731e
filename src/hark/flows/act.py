"""What an agent does on the platform besides writing: hide, like, delete, edit, react, show typing, mark as
read.

The platform is asked first, outside any transaction; what it allowed is then applied as its own event would be, so that
the notification that may follow changes nothing more.
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
    TryAgain,
)
from hark.channels.contract.limits import measure
from hark.delivery.backoff import usable
from hark.delivery.capability import check_ability
from hark.delivery.models import Address, Refusal
from hark.delivery.thread import repository as thread
from hark.flows.context import Hark
from hark.flows.conversations import conversation_facts, message_facts, recount
from hark.flows.reply import refused
from hark.flows.tokens import with_fresh_token
from hark.inbox.changes.entries import Entry, add_entries
from hark.inbox.effects import Effect, Touched, apply_effects
from hark.inbox.models import Message
from hark.inbox.snapshots import load_messages
from hark.infra.bus import FACTS
from hark.infra.db import Connection
from hark.infra.http import CallFailed
from hark.kernel.errors import Conflict, Invalid, NotFound, TooMany, Unavailable
from hark.kernel.text import storable
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
}
"""The activity that each action leaves in the thread."""


class _Plan(msgspec.Struct, frozen=True):
    """An action that may be asked for."""

    action: Action
    adapter: Adapter
    account: Account
    conversation_id: UUID
    message: Message | None


async def act(
    hark: Hark,
    actor: Actor,
    conversation_id: UUID,
    ability: Ability,
    *,
    message_id: UUID | None = None,
    text: str | None = None,
) -> None:
    """Does it on the platform, then in the thread. `text` is the new text of an edit, or the emoji of a
    reaction (empty takes it back). Raises Refused, NotFound, Conflict `not_sent`, TooMany, Unavailable."""
    plan = await _plan(hark, actor, conversation_id, ability, message_id, text)
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
        message = await _message(connection, actor, conversation_id, message_id)
        adapter = hark.registry.load(address.platform)
        _check(adapter, address, ability, message, text)
        account = await load_account(connection, hark.secrets, address.account_id)
    action = Action(
        ability=ability,
        thread_key=address.thread_key,
        reply_to=address.reply_to,
        recipient=address.recipient,
        target=message.platform_message_id if message else None,
        text=text if text is None else storable(text),
    )
    return _Plan(action, adapter, account, conversation_id, message)


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
    adapter: Adapter, address: Address, ability: Ability, message: Message | None, text: str | None
) -> None:
    rules = adapter.manifest.sources[Source(address.source)]
    refusals = check_ability(rules, ability, address.account_status)
    if adapter.perform is None and not refusals:
        refusals = [Refusal("ability_missing", "This channel offers no actions.", {"ability": ability.value})]
    if refusals:
        raise refused(refusals)
    if ability not in FLEETING:
        _check_target(ability, message)
    if ability is Ability.EDIT:
        if not (text or "").strip():
            raise Invalid("The new text is empty.", fields={"text": "is empty"})
        over = measure(text or "", rules.text) - rules.text.maximum
        if over > 0:
            words = f"The text is {over:,} over {rules.text.maximum:,}."
            raise refused([Refusal("text_too_long", words, {"over": over, "maximum": rules.text.maximum})])


def _check_target(ability: Ability, message: Message | None) -> None:
    if message is None:
        raise Invalid("This needs a message.", fields={"message": "is missing"})
    if message.platform_message_id is None or message.deleted_at is not None:
        raise Conflict("The message is not on the platform.", code="not_sent")
    if ability in OWN_ONLY and message.direction != "outbound":
        raise refused(
            [Refusal("ability_missing", "Only our own messages can be edited.", {"ability": ability.value})]
        )


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
        touched = Touched()
        event = _event(plan, ability, now)
        effect = Effect(workspace, account.id, plan.adapter.manifest.erases_deleted, event)
        await apply_effects(connection, [effect], now, touched)
        await recount(connection, workspace, [plan.conversation_id], now)
        entry = Entry("", PAST[ability], {"message_id": plan.message.id if plan.message else None})
        added = await add_entries(
            connection, actor, plan.conversation_id, account.id, "activity", [entry], now
        )
        changed_ids = sorted(each[1] for each in touched.messages)
        facts = await message_facts(connection, workspace, changed_ids, now, actor=actor.reference)
        facts += await message_facts(connection, workspace, added, now, "message.added", actor.reference)
        facts += await conversation_facts(connection, workspace, [plan.conversation_id], now, actor.reference)
        await journal.record(connection, workspace, facts)
    hark.bus.publish(FACTS, str(workspace))


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
