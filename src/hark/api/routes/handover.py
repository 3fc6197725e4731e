"""Giving a conversation on: transfer, escalation, bot and person; and what it asks of whoever takes it."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from hark.api.writing import Work, write
from hark.flows.changing import with_clocks
from hark.flows.context import Hark
from hark.flows.handover import Told, escalate, hand_over, set_needs, transfer
from hark.flows.languages import correct_language
from hark.flows.routing import wake_routing
from hark.inbox.models import Conversation, Priority
from hark.infra.db import Connection
from hark.workspaces.rights import Actor

Note = Annotated[str, Meta(max_length=5000)]


class Transfer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`team_id` null: the queue for everybody. The note is needed where the workspace says so."""

    team_id: UUID | None
    note: Note = ""


class Escalation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without a priority: one step up. `team_id` null: the team stays."""

    priority: Priority | None = None
    team_id: UUID | None = None
    note: Note = ""


class HandOver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    to: Literal["people", "bot"]
    note: Note = ""


class LanguageChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code such as de; null: not known."""

    language: Annotated[str, Meta(pattern="^[a-z]{2,3}$")] | None


class Needs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Levels 1 to 5 by skill id."""

    required_skills: dict[str, Annotated[int, Meta(ge=1, le=5)]]


async def _done(hark: Hark, actor: Actor, work: Work[Conversation]) -> Conversation:
    async def with_what_follows(connection: Connection) -> Told:
        conversation, facts = await work(connection)
        return await with_clocks(hark, connection, actor, conversation, list(facts), hark.clock())

    conversation = await write(hark, actor, with_what_follows)
    wake_routing(hark, actor.workspace_id)
    return conversation


@post(
    "/api/v1/conversations/{conversation_id:uuid}/transfer",
    right="conversations:write",
    tags=["conversations"],
    operation_id="transferConversation",
    status_code=200,
)
async def transfer_one(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    conversation_id: FromPath[UUID],
    data: JSONBody[Transfer],
) -> Conversation:
    """Puts a conversation into the queue of another team, with a note for whoever takes it."""

    async def work(connection: Connection) -> Told:
        return await transfer(connection, actor, conversation_id, data.team_id, data.note, hark.clock())

    return await _done(hark, actor, work)


@post(
    "/api/v1/conversations/{conversation_id:uuid}/escalate",
    right="conversations:write",
    tags=["conversations"],
    operation_id="escalateConversation",
    status_code=200,
)
async def escalate_one(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    conversation_id: FromPath[UUID],
    data: JSONBody[Escalation],
) -> Conversation:
    """Raises the priority, to another team where one is named."""

    async def work(connection: Connection) -> Told:
        return await escalate(
            connection, actor, conversation_id, data.priority, data.team_id, data.note, hark.clock()
        )

    return await _done(hark, actor, work)


@post(
    "/api/v1/conversations/{conversation_id:uuid}/hand-over",
    right="conversations:write",
    tags=["conversations"],
    operation_id="handOver",
    status_code=200,
)
async def hand_one_over(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    conversation_id: FromPath[UUID],
    data: JSONBody[HandOver],
) -> Conversation:
    """From a bot to people or back. Nothing that a bot has is given to agents."""

    async def work(connection: Connection) -> Told:
        return await hand_over(connection, actor, conversation_id, data.to == "bot", data.note, hark.clock())

    return await _done(hark, actor, work)


@put(
    "/api/v1/conversations/{conversation_id:uuid}/language",
    right="conversations:write",
    tags=["conversations"],
    operation_id="setLanguage",
)
async def set_language(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    conversation_id: FromPath[UUID],
    data: JSONBody[LanguageChoice],
) -> Conversation:
    """Puts the detected language right; it is not detected again."""

    async def work(connection: Connection) -> Told:
        return await correct_language(connection, actor, conversation_id, data.language, hark.clock())

    return await _done(hark, actor, work)


@put(
    "/api/v1/conversations/{conversation_id:uuid}/skills",
    right="conversations:write",
    tags=["conversations"],
    operation_id="setRequiredSkills",
)
async def set_required_skills(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    conversation_id: FromPath[UUID],
    data: JSONBody[Needs],
) -> Conversation:
    """What whoever is given this must be able to do."""

    async def work(connection: Connection) -> Told:
        return await set_needs(connection, actor, conversation_id, data.required_skills, hark.clock())

    return await _done(hark, actor, work)


HANDLERS: list[Any] = [transfer_one, escalate_one, hand_one_over, set_language, set_required_skills]
