"""Applies a change to a conversation: gather, decide, apply, tell."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import UNSET

from hark.inbox import repository as inbox
from hark.inbox.assigned import Assignment
from hark.inbox.changes import repository
from hark.inbox.changes.decide import Activity, Change, Decided, decide_change
from hark.inbox.changes.entries import Entry, add_entries
from hark.inbox.changes.rows import Locked
from hark.inbox.models import Conversation
from hark.inbox.snapshots import load_conversations, load_messages
from hark.infra.db import Connection
from hark.journal import Fact, fact_of
from hark.kernel.errors import Conflict, Invalid, NotFound
from hark.kernel.ids import new_id
from hark.workspaces import audit
from hark.workspaces.rights import Actor


async def change_conversation(
    connection: Connection, actor: Actor, conversation_id: UUID, change: Change, now: datetime
) -> tuple[Conversation, list[Fact]]:
    """The conversation after the change, and the facts for the caller to record as the last write."""
    before = await lock_conversation(connection, actor.workspace_id, conversation_id)
    change, names = await _checked(connection, actor, before, change, now)
    after_resolve = await repository.AFTER_RESOLVE.value(connection, actor.workspace_id)
    decided = decide_change(before, change, now, after_resolve, {"code": "manual", "by": actor.reference})
    if not decided.activities:
        return await _unchanged(connection, actor, conversation_id)
    await _apply(connection, actor, before, decided, now)
    entries = [Entry("", each.code, _named(each, names)) for each in decided.activities]
    added = await add_entries(connection, actor, before.id, before.account_id, "activity", entries, now)
    conversation, facts = await tell(connection, actor, conversation_id, added, now)
    if decided.after.assigned_to != before.assigned_to:
        facts.append(await _log(connection, actor, before, decided.after, now))
    return conversation, facts


async def _log(connection: Connection, actor: Actor, before: Locked, after: Locked, now: datetime) -> Fact:
    """By hand: counts as load, but neither for turns nor for fairness."""
    entry = Assignment(
        id=new_id(now),
        conversation_id=after.id,
        agent_id=after.assigned_to,
        before_id=before.assigned_to,
        team_id=None,
        policy_id=None,
        automatic=False,
        by=actor.reference,
        reasons={"code": "manual", "by": actor.reference},
        waited_s=None,
        at=now,
    )
    await repository.LOG_ASSIGNMENT.run(
        connection,
        actor.workspace_id,
        entry.id,
        after.id,
        entry.agent_id,
        entry.before_id,
        entry.by,
        entry.reasons,
        now,
    )
    return fact_of("assignment.changed", now, entry, conversation_id=after.id, actor=actor.reference)


async def lock_conversation(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> Locked:
    row = await repository.LOCK.find(connection, workspace_id, conversation_id)
    if row is None:
        raise NotFound("There is no such conversation.")
    return row


async def tell(
    connection: Connection, actor: Actor, conversation_id: UUID, added: list[UUID], now: datetime
) -> tuple[Conversation, list[Fact]]:
    """The conversation's present state, and facts about it and what was added to its thread."""
    [conversation] = await load_conversations(connection, actor.workspace_id, [conversation_id])
    messages = await load_messages(connection, actor.workspace_id, added) if added else []
    facts = [
        fact_of("message.added", now, message, conversation_id=conversation_id, actor=actor.reference)
        for message in messages
    ]
    facts.append(
        fact_of(
            "conversation.changed", now, conversation, conversation_id=conversation_id, actor=actor.reference
        )
    )
    return conversation, facts


async def _unchanged(
    connection: Connection, actor: Actor, conversation_id: UUID
) -> tuple[Conversation, list[Fact]]:
    [conversation] = await load_conversations(connection, actor.workspace_id, [conversation_id])
    return conversation, []


async def _checked(
    connection: Connection, actor: Actor, before: Locked, change: Change, now: datetime
) -> tuple[Change, dict[UUID, str]]:
    """The change with tags as they are written, and the names of the people in it. Refuses what does not exist."""
    names: dict[UUID, str] = {}
    for user_id in (before.assigned_to, change.assigned_to):
        if isinstance(user_id, UUID):
            name = await repository.MEMBER_NAME.value(connection, actor.workspace_id, user_id)
            names |= {user_id: name} if name else {}
    if isinstance(change.assigned_to, UUID) and change.assigned_to not in names:
        raise Invalid("There is no such member.", fields={"assigned_to": "no such member"})
    if isinstance(change.snoozed_until, datetime) and change.snoozed_until <= now:
        raise Invalid("A case can be snoozed until a time ahead.", fields={"snoozed_until": "must lie ahead"})
    if change.tags is not UNSET:
        change = msgspec.structs.replace(change, tags=await _tag_names(connection, actor, change.tags))
    return change, names


async def _tag_names(connection: Connection, actor: Actor, asked: list[str]) -> list[str]:
    wanted = {name.strip().lower() for name in asked}
    rows = await repository.TAG_NAMES.all(connection, actor.workspace_id, list(wanted))
    found = [row[0] for row in rows]
    missing = sorted(wanted - {name.lower() for name in found})
    if missing:
        raise Invalid(
            f"There is no tag {', '.join(missing)}.",
            code="unknown_tag",
            fields={"tags": f"unknown: {', '.join(missing)}"},
        )
    return found


async def _apply(
    connection: Connection, actor: Actor, before: Locked, decided: Decided, now: datetime
) -> None:
    after = decided.after
    try:
        await repository.UPDATE.run(
            connection, actor.workspace_id, after.id, after.live, after.status, after.status_at, after.priority,
            after.assigned_to, after.assigned_at, after.assigned_reason, after.resolved_at, after.snoozed_until,
            after.tags, now,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Conflict(
            "The customer has begun a newer case here already. Go on in that one.", code="newer_case"
        ) from error
    await repository.REMOVE_TAGS.run(connection, actor.workspace_id, after.id, after.tags)
    await repository.ADD_TAGS.run(connection, actor.workspace_id, after.id, after.tags)
    await inbox.FOLLOW_TAGS.run(connection, [actor.workspace_id], [after.id])
    if after.assigned_to != before.assigned_to:
        subject, to = str(after.id), str(after.assigned_to or "")
        await audit.note(connection, actor, "conversation.assigned", now, subject=subject, to=to)


def _named(activity: Activity, names: dict[UUID, str]) -> dict[str, Any]:
    """The values as JSON, with the names that people had at the time beside their ids."""
    people = {
        f"{key}_name": names[value]
        for key, value in activity.values.items()
        if isinstance(value, UUID) and value in names
    }
    return msgspec.to_builtins(activity.values | people)  # type: ignore[no-any-return]
