"""Messages of a conversation: reading, replying, and what can be done with one afterwards; notes."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from hark.api.parameters import Limit, Text
from hark.api.writing import Once, write, write_once
from hark.channels.contract import Ability
from hark.delivery.templates.fill import LONGEST_VALUE
from hark.flows import act, reply
from hark.flows.context import Hark
from hark.flows.reply import ReplyDraft, TemplateChoice
from hark.flows.templates import list_templates
from hark.inbox.changes import add_note, delete_note
from hark.inbox.listing.conversations import load_conversation
from hark.inbox.listing.messages import MessagePage, list_messages, list_versions, load_message
from hark.inbox.models import Conversation, Message, MessageVersion
from hark.infra.bus import DELIVERY, FACTS
from hark.infra.db import Connection
from hark.infra.faultpoints import reach
from hark.journal import Fact
from hark.kernel.errors import Invalid
from hark.kernel.pages import bounded
from hark.workspaces.rights import Actor

PlatformId = Annotated[str, Meta(min_length=1, max_length=500)]


Value = Annotated[str, Meta(min_length=1, max_length=LONGEST_VALUE)]
Description = Annotated[str, Meta(max_length=10_000)]


class ChosenTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A template of the conversation's account (`GET /accounts/{id}/templates`), and the values of its blanks in order."""

    name: Annotated[str, Meta(min_length=1, max_length=600)]
    language: Annotated[str, Meta(min_length=1, max_length=35)]
    values: Annotated[list[Value], Meta(max_length=100)] = []


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`quoted` and `private_to` are platform message ids; `alt_texts` describes pictures, by attachment id. A `template`
    goes alone, also when the reply window is closed. With `last_seen_arrival` the reply is refused (409
    `answered_meanwhile`) when a colleague has answered after that message."""

    content: Text = ""
    attachments: Annotated[list[UUID], Meta(max_length=50)] = []
    alt_texts: Annotated[dict[UUID, Description], Meta(max_length=50)] = {}
    template: ChosenTemplate | None = None
    quoted: PlatformId | None = None
    private_to: PlatformId | None = None
    last_seen_arrival: Annotated[int, Meta(ge=0, le=(1 << 63) - 1)] | None = None


class Queued(msgspec.Struct, frozen=True):
    """What a reply became: several messages where the platform needs it cut."""

    messages: list[Message]


class NewNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    content: Annotated[str, Meta(min_length=1, max_length=100_000)]


class Resend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`confirm_double` is needed for a message whose outcome is unknown: it may arrive twice."""

    confirm_double: bool = False


class MessageAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`text` is the new text of an edit, or the emoji of a reaction (empty takes it back)."""

    ability: Literal["hide", "unhide", "like", "unlike", "delete", "edit", "react", "ban", "unban"]
    text: Text | None = None


class PersonAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """About the person whom the conversation is with."""

    ability: Literal["ban", "unban"]


@get(
    "/api/v1/conversations/{conversation_id:uuid}/messages",
    right="conversations:read",
    tags=["messages"],
    operation_id="listMessages",
)
async def list_all(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    conversation_id: FromPath[UUID],
    limit: Limit = None,
    before: Annotated[str | None, QueryParameter(max_length=600, description="Goes back from here.")] = None,
) -> MessagePage:
    """The newest messages in the order of the thread; `before` of a page gives the one before it."""
    async with hark.db.connection() as connection:
        await load_conversation(connection, actor.workspace_id, conversation_id)
        return await list_messages(connection, actor.workspace_id, conversation_id, bounded(limit), before)


@post(
    "/api/v1/conversations/{conversation_id:uuid}/messages",
    right="conversations:write",
    tags=["messages"],
    operation_id="reply",
)
async def send(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    once: NamedDependency[Once],
    conversation_id: FromPath[UUID],
    data: JSONBody[Reply],
) -> Queued:
    """Queues a reply. It leaves after the time to undo; its status comes as facts. Needs an `Idempotency-Key`."""
    if once.key is None:
        raise Invalid(
            "A reply needs the header Idempotency-Key, so that it cannot go out twice.",
            fields={"Idempotency-Key": "is needed"},
        )
    if data.template is not None:
        await _refresh_templates(hark, actor, conversation_id)
    draft = _draft(data)
    key = once.key

    async def queue(connection: Connection) -> list[Message]:
        messages = await reply.queue_reply(hark, connection, actor, conversation_id, draft, key)
        reach("reply.before_commit")
        return messages

    messages = await hark.db.transact(queue)
    reach("reply.after_commit")
    _sent(hark, actor)
    return Queued(messages)


def _draft(data: Reply) -> ReplyDraft:
    chosen = data.template
    return ReplyDraft(
        content=data.content,
        attachments=tuple(data.attachments),
        alt_texts=data.alt_texts,
        template=TemplateChoice(chosen.name, chosen.language, tuple(chosen.values)) if chosen else None,
        quoted=data.quoted,
        private_to=data.private_to,
        last_seen_arrival=data.last_seen_arrival,
    )


async def _refresh_templates(hark: Hark, actor: Actor, conversation_id: UUID) -> None:
    """What the reply is checked against is not older than what the agent could see."""
    async with hark.db.connection() as connection:
        conversation = await load_conversation(connection, actor.workspace_id, conversation_id)
    await list_templates(hark, actor.workspace_id, conversation.account_id)


@post(
    "/api/v1/conversations/{conversation_id:uuid}/typing",
    right="conversations:write",
    tags=["messages"],
    operation_id="showTyping",
    status_code=204,
)
async def typing(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], conversation_id: FromPath[UUID]
) -> None:
    """Shows the customer that somebody writes, where the platform can."""
    await act.act(hark, actor, conversation_id, Ability.TYPING)


@post(
    "/api/v1/conversations/{conversation_id:uuid}/notes",
    right="conversations:write",
    tags=["messages"],
    operation_id="addNote",
)
async def note(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    once: NamedDependency[Once],
    conversation_id: FromPath[UUID],
    data: JSONBody[NewNote],
) -> Message:
    """Adds a note that only the team sees."""

    async def work(connection: Connection) -> tuple[Message, list[Fact]]:
        return await add_note(connection, actor, conversation_id, data.content, hark.clock())

    return await write_once(hark, actor, once, Message, work)


@delete(
    "/api/v1/messages/{message_id:uuid}",
    right="conversations:write",
    tags=["messages"],
    operation_id="deleteNote",
)
async def remove_note(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], message_id: FromPath[UUID]
) -> None:
    """Deletes a note: one's own, or anybody's for supervisors. Sent messages are deleted by the action `delete`."""

    async def work(connection: Connection) -> tuple[None, list[Fact]]:
        _, facts = await delete_note(connection, actor, message_id, hark.clock())
        return None, facts

    await write(hark, actor, work)


@get(
    "/api/v1/messages/{message_id:uuid}/versions",
    right="conversations:read",
    tags=["messages"],
    operation_id="listVersions",
)
async def versions(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], message_id: FromPath[UUID]
) -> list[MessageVersion]:
    """The texts that an edited message had, oldest first."""
    async with hark.db.connection() as connection:
        return await list_versions(connection, actor.workspace_id, message_id)


@post(
    "/api/v1/messages/{message_id:uuid}/cancel",
    right="conversations:write",
    tags=["messages"],
    operation_id="cancelMessage",
    status_code=200,
)
async def cancel(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], message_id: FromPath[UUID]
) -> Message:
    """Takes a message back that has not left yet."""
    message = await hark.db.transact(lambda connection: reply.cancel(hark, connection, actor, message_id))
    _sent(hark, actor)
    return message


@post(
    "/api/v1/messages/{message_id:uuid}/resend",
    right="conversations:write",
    tags=["messages"],
    operation_id="resendMessage",
    status_code=200,
)
async def resend(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    message_id: FromPath[UUID],
    data: JSONBody[Resend],
) -> Message:
    """Sends a failed or unconfirmed message again."""
    double = data.confirm_double
    message = await hark.db.transact(
        lambda connection: reply.resend(hark, connection, actor, message_id, confirm_double=double)
    )
    _sent(hark, actor)
    return message


@post(
    "/api/v1/messages/{message_id:uuid}/confirm",
    right="conversations:write",
    tags=["messages"],
    operation_id="confirmMessage",
    status_code=200,
)
async def confirm(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], message_id: FromPath[UUID]
) -> Message:
    """Says that an unconfirmed message did arrive."""
    message = await hark.db.transact(lambda connection: reply.confirm(hark, connection, actor, message_id))
    _sent(hark, actor)
    return message


@post(
    "/api/v1/messages/{message_id:uuid}/actions",
    right="moderation:write",
    tags=["messages"],
    operation_id="actOnMessage",
    status_code=200,
)
async def perform(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    message_id: FromPath[UUID],
    data: JSONBody[MessageAction],
) -> Message:
    """Hides, likes, deletes, edits or reacts on the platform itself, or bans the author, where it allows that. What is done
    already is not done again. Supervisors can keep deleting and banning for themselves (403 `withheld`)."""
    async with hark.db.connection() as connection:
        before = await load_message(connection, actor.workspace_id, message_id)
    ability = Ability(data.ability)
    await act.act(hark, actor, before.conversation_id, ability, message_id=message_id, text=data.text)
    async with hark.db.connection() as connection:
        return await load_message(connection, actor.workspace_id, message_id)


@post(
    "/api/v1/conversations/{conversation_id:uuid}/actions",
    right="moderation:write",
    tags=["messages"],
    operation_id="actOnPerson",
    status_code=200,
)
async def perform_on_person(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    conversation_id: FromPath[UUID],
    data: JSONBody[PersonAction],
) -> Conversation:
    """Keeps the person whom the conversation is with from writing to the account, or lets them again."""
    await act.act(hark, actor, conversation_id, Ability(data.ability))
    async with hark.db.connection() as connection:
        return await load_conversation(connection, actor.workspace_id, conversation_id)


def _sent(hark: Hark, actor: Actor) -> None:
    hark.bus.publish(FACTS, str(actor.workspace_id))
    hark.bus.publish(DELIVERY)


HANDLERS: list[Any] = [
    list_all,
    send,
    typing,
    note,
    remove_note,
    versions,
    cancel,
    resend,
    confirm,
    perform,
    perform_on_person,
]
