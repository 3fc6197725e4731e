"""Giving a conversation on: to another team with a word, with more urgency, from a bot to people and back.

Whoever had it has it no more; it goes into the queue anew, and routing gives it to somebody at once where that is possible.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from hark.inbox.assigned import Assignment
from hark.inbox.changes.change import tell
from hark.inbox.changes.entries import Entry, add_entries
from hark.inbox.handing import repository
from hark.inbox.handing.repository import Handed
from hark.inbox.models import PRIORITIES, Conversation, Priority
from hark.infra.db import Connection, columns
from hark.journal import Fact, fact_of
from hark.kernel.errors import Conflict, Invalid, NotFound
from hark.kernel.ids import new_id
from hark.routing.repository import LOG
from hark.workspaces import audit
from hark.workspaces.founding import load_workspace
from hark.workspaces.rights import Actor

Told = tuple[Conversation, list[Fact]]


class _Move(msgspec.Struct, frozen=True):
    """Where a conversation goes, and the line that the thread says about it."""

    team_id: UUID | None
    priority: int
    bot_owned: bool
    code: str
    values: dict[str, Any]


async def transfer(
    connection: Connection,
    actor: Actor,
    conversation_id: UUID,
    team_id: UUID | None,
    note: str,
    now: datetime,
) -> Told:
    """To the queue of another team; None: to everybody's. The note is for whoever takes it."""
    before = await _lock(connection, actor, conversation_id)
    await _check_note(connection, actor, note)
    names = await _teams(connection, actor, before.team_id, team_id)
    values = {
        "team_id": team_id,
        "team": names.get(team_id) if team_id else None,
        "before": _name(names, before),
    }
    move = _Move(team_id, before.priority, bot_owned=False, code="transferred", values=values)
    return await _hand_on(connection, actor, before, move, note, now)


async def escalate(
    connection: Connection,
    actor: Actor,
    conversation_id: UUID,
    priority: Priority | None,
    team_id: UUID | None,
    note: str,
    now: datetime,
) -> Told:
    """More urgent by one step, or as given, and to another team where one is named. Never less urgent."""
    before = await _lock(connection, actor, conversation_id)
    await _check_note(connection, actor, note)
    to = min(before.priority + 1, len(PRIORITIES) - 1) if priority is None else PRIORITIES.index(priority)
    if to < before.priority:
        raise Invalid("Escalating does not lower the priority.", fields={"priority": "is lower than now"})
    if to == before.priority and team_id in {None, before.team_id}:
        raise Conflict("It is urgent already. Name a team that shall take it.", code="already_urgent")
    names = await _teams(connection, actor, before.team_id, team_id)
    values = {"priority": PRIORITIES[to], "team_id": team_id, "team": names.get(team_id) if team_id else None}
    move = _Move(team_id or before.team_id, to, bot_owned=False, code="escalated", values=values)
    return await _hand_on(connection, actor, before, move, note, now)


async def hand_over(
    connection: Connection, actor: Actor, conversation_id: UUID, to_bot: bool, note: str, now: datetime
) -> Told:
    """Between bot and person. While a bot has it, nobody is given it and no first response is due."""
    before = await _lock(connection, actor, conversation_id)
    if before.bot_owned == to_bot:
        raise Conflict("It is there already.", code="already_there")
    code = "handed_to_bot" if to_bot else "handed_to_people"
    move = _Move(before.team_id, before.priority, bot_owned=to_bot, code=code, values={})
    return await _hand_on(connection, actor, before, move, note, now)


async def set_needs(
    connection: Connection, actor: Actor, conversation_id: UUID, skills: dict[str, int], now: datetime
) -> Told:
    """What an agent must be able to do to be given this: levels 1 to 5 by skill id."""
    before = await _lock(connection, actor, conversation_id, finished=True)
    known = {row[0] for row in await repository.KNOWN_SKILLS.all(connection, actor.workspace_id)}
    if not set(skills) <= known or any(not 1 <= level <= 5 for level in skills.values()):
        raise Invalid(
            "A skill does not exist, or a level is not 1 to 5.",
            fields={"required_skills": "unknown skill or level"},
        )
    await repository.SET_NEEDS.run(connection, actor.workspace_id, conversation_id, skills, now)
    entries = [Entry("", "skills_changed", {"count": len(skills)})]
    added = await add_entries(connection, actor, before.id, before.account_id, "activity", entries, now)
    return await tell(connection, actor, conversation_id, added, now)


async def _lock(
    connection: Connection, actor: Actor, conversation_id: UUID, *, finished: bool = False
) -> Handed:
    found = await repository.LOCK.find(connection, actor.workspace_id, conversation_id)
    if found is None:
        raise NotFound("There is no such conversation.")
    if not finished and found.status in {"resolved", "closed"}:
        raise Conflict("This case is done. Reopen it first.", code="case_done")
    return found


async def _check_note(connection: Connection, actor: Actor, note: str) -> None:
    settings = (await load_workspace(connection, actor.workspace_id)).settings
    if settings.transfer_note == "required" and not note.strip():
        raise Invalid(
            "Say in a word why, for whoever takes it.", code="note_required", fields={"note": "is needed"}
        )


async def _teams(connection: Connection, actor: Actor, *ids: UUID | None) -> dict[UUID, str]:
    asked = [each for each in ids if each is not None]
    names = dict(await repository.TEAM_NAMES.all(connection, actor.workspace_id, asked))
    if ids[-1] is not None and ids[-1] not in names:
        raise Invalid("There is no such team.", fields={"team_id": "no such team"})
    return names


def _name(names: dict[UUID, str], before: Handed) -> str | None:
    return names.get(before.team_id) if before.team_id else None


async def _hand_on(
    connection: Connection, actor: Actor, before: Handed, move: _Move, note: str, now: datetime
) -> Told:
    await repository.QUEUE_ANEW.run(
        connection, actor.workspace_id, before.id, move.team_id, move.priority, move.bot_owned, now
    )
    place = (connection, actor, before.id, before.account_id)
    line = Entry("", move.code, msgspec.to_builtins(move.values))
    added = await add_entries(*place, "activity", [line], now)
    if note.strip():
        after = now + timedelta(milliseconds=1)
        added += await add_entries(*place, "note", [Entry(note.strip(), "text")], after)
    await audit.note(connection, actor, f"conversation.{move.code}", now, subject=str(before.id))
    conversation, facts = await tell(connection, actor, before.id, added, now)
    released = await _log(connection, actor, before, move, now)
    return conversation, [*facts, *released]


async def _log(
    connection: Connection, actor: Actor, before: Handed, move: _Move, now: datetime
) -> list[Fact]:
    if before.assigned_to is None:
        return []
    entry = Assignment(
        id=new_id(now),
        conversation_id=before.id,
        agent_id=None,
        before_id=before.assigned_to,
        team_id=move.team_id,
        policy_id=None,
        automatic=False,
        by=actor.reference,
        reasons={"code": move.code},
        waited_s=None,
        at=now,
    )
    row = [
        msgspec.to_builtins(value) if isinstance(value, dict) else value
        for value in msgspec.structs.astuple(entry)
    ]
    await LOG.run(connection, actor.workspace_id, *columns([row], 11))
    return [fact_of("assignment.changed", now, entry, conversation_id=before.id, actor=actor.reference)]
