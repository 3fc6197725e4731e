"""Conversations: lists, one with everything around it, and changes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from hark.api.parameters import After, Limit
from hark.api.writing import write
from hark.channels.accounts import repository as accounts
from hark.channels.accounts.models import ChannelAccount
from hark.channels.accounts.views import account_view
from hark.channels.contract import Ability, Source, SourceRules
from hark.customers.directory import find_customer
from hark.customers.models import Customer
from hark.delivery.capability import private_rules, reasons_of, rules_of, window_state
from hark.delivery.thread import repository as thread
from hark.flows.changing import change_case
from hark.flows.context import Hark
from hark.flows.moderation import allowed_acts
from hark.flows.seen import tell_seen_soon
from hark.inbox.acts import repository as acts
from hark.inbox.changes import Change, mark_read, mark_unread
from hark.inbox.listing.conversations import count_conversations, list_conversations, load_conversation
from hark.inbox.listing.filters import ALL_STATUSES, Filters
from hark.inbox.listing.rows import Counts
from hark.inbox.listing.search import search_conversations
from hark.inbox.models import Conversation, Post, Priority, ReplyWindowState, Status
from hark.inbox.posts import find_post
from hark.inbox.snapshots import load_conversations
from hark.infra.db import Connection
from hark.journal import Fact
from hark.kernel.errors import Invalid, NotFound
from hark.kernel.pages import Page, bounded
from hark.realtime.frames import Viewer
from hark.realtime.hub import Hub
from hark.workspaces.founding import load_workspace
from hark.workspaces.rights import Actor

Word = Annotated[str | None, QueryParameter(max_length=200)]


class LinkedConversation(msgspec.Struct, frozen=True):
    """Another conversation to which a private reply (the message `message_id`) joins this one: the direct messages in which
    a comment was answered, or the comments that direct messages began with."""

    conversation: Conversation
    message_id: UUID


class ConversationDetail(msgspec.Struct, frozen=True):
    """A conversation with what its thread's header, composer and side panel need. `window` is null where none applies.

    `private_rules` hold for private replies to its comments, where there are any. `may` names the acts on messages and
    people that whoever asks may do here; `reasons` says, by ability, why the platform lacks something; `banned` are customers
    of this thread whom the account has banned.
    """

    conversation: Conversation
    customer: Customer | None
    account: ChannelAccount
    rules: SourceRules | None
    window: ReplyWindowState | None
    viewers: list[Viewer]
    post: Post | None
    linked: list[LinkedConversation]
    private_rules: SourceRules | None
    may: list[str]
    reasons: dict[str, str]
    banned: list[UUID]


class ConversationPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is absent stays. `assigned_to` null takes the case from whoever has it; `snoozed_until` sets it to pending."""

    status: Status | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    assigned_to: UUID | UnsetType | None = UNSET
    snoozed_until: Annotated[datetime, Meta(tz=True)] | UnsetType | None = UNSET
    tags: (
        Annotated[list[Annotated[str, Meta(min_length=1, max_length=60)]], Meta(max_length=50)] | UnsetType
    ) = UNSET


class ReadUpTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`arrival` of the newest message that was seen."""

    arrival: Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]


@get(
    "/api/v1/conversations",
    right="conversations:read",
    tags=["conversations"],
    operation_id="listConversations",
)
async def list_all(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    status: Annotated[str | None, QueryParameter(description="One, or several separated by commas.")] = None,
    assignee: Annotated[str | None, QueryParameter(description='"me", "none" or a user id.')] = None,
    account: FromQuery[UUID | None] = None,
    platform: Word = None,
    source: FromQuery[Literal["dm", "comment", "mention", "review"] | None] = None,
    priority: FromQuery[Literal["low", "medium", "high", "urgent"] | None] = None,
    tag: Word = None,
    unread: FromQuery[bool] = False,
    q: Annotated[
        str | None, QueryParameter(max_length=500, description="Words of messages, a name, or #number.")
    ] = None,
    customer: FromQuery[UUID | None] = None,
    sort: FromQuery[Literal["newest", "waiting", "answer_by"]] = "newest",
    limit: Limit = None,
    after: After = None,
) -> Page[Conversation]:
    """Conversations by any combination of filters, newest message first, longest waiting, or soonest to be answered."""
    filters = Filters(
        statuses=_statuses(status),
        account=account,
        platform=platform,
        source=source,
        priority=priority,
        tag=tag,
        unread=unread,
        customer=customer,
        sort=sort,
        **_assignee(assignee, actor),
    )
    if q is None or not q.strip():
        async with hark.db.connection() as connection:
            return await list_conversations(connection, actor.workspace_id, filters, bounded(limit), after)
    async with hark.db.transaction() as connection:
        return await search_conversations(connection, actor.workspace_id, q, filters, bounded(limit), after)


@get(
    "/api/v1/conversations/counts",
    right="conversations:read",
    tags=["conversations"],
    operation_id="countConversations",
)
async def counts(hark: NamedDependency[Hark], actor: NamedDependency[Actor]) -> Counts:
    """Figures for badges; each stops at 1,000."""
    async with hark.db.connection() as connection:
        return await count_conversations(connection, actor.workspace_id, actor.user_id)


@get(
    "/api/v1/conversations/{conversation_id:uuid}",
    right="conversations:read",
    tags=["conversations"],
    operation_id="getConversation",
)
async def get_one(
    hark: NamedDependency[Hark],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    conversation_id: FromPath[UUID],
) -> ConversationDetail:
    """One conversation, who it is with, over which account, and what may be answered now."""
    async with hark.db.connection() as connection:
        conversation = await load_conversation(connection, actor.workspace_id, conversation_id)
        row = await accounts.FIND.find(connection, actor.workspace_id, conversation.account_id)
        customer = await find_customer(connection, actor.workspace_id, conversation.customer_id)
        post = await find_post(connection, actor.workspace_id, conversation)
        linked = await _linked(connection, actor.workspace_id, conversation_id)
        banned = await acts.BANNED.all(connection, actor.workspace_id, conversation_id)
        settings = (await load_workspace(connection, actor.workspace_id)).settings
    if row is None:
        raise NotFound("There is no such conversation.")
    adapter = hark.registry.find(conversation.platform)
    source = Source(conversation.source)
    offered = adapter is not None and source in adapter.manifest.sources
    rules = rules_of(adapter.manifest, source, row.fields) if adapter and offered else None
    window = window_state(rules.window, conversation.window_opened_at, hark.clock()) if rules else None
    return ConversationDetail(
        conversation,
        customer,
        account_view(row, hark.registry, hark.settings.address),
        rules,
        window,
        hub.presence.viewers(actor.workspace_id, conversation_id),
        post,
        linked,
        private_rules(adapter.manifest, rules) if adapter and rules and _answers_privately(rules) else None,
        allowed_acts(actor, settings, adapter, rules),
        {ability.value: reason for ability, reason in reasons_of(adapter.manifest).items()}
        if adapter
        else {},
        [each[0] for each in banned],
    )


def _answers_privately(rules: SourceRules) -> bool:
    return Ability.PRIVATE_REPLY in rules.abilities


async def _linked(
    connection: Connection, workspace_id: UUID, conversation_id: UUID
) -> list[LinkedConversation]:
    joined = dict(await thread.LINKED.all(connection, workspace_id, conversation_id))
    if not joined:
        return []
    found = await load_conversations(connection, workspace_id, list(joined))
    return [LinkedConversation(each, joined[each.id]) for each in found]


@patch(
    "/api/v1/conversations/{conversation_id:uuid}",
    right="conversations:write",
    tags=["conversations"],
    operation_id="updateConversation",
)
async def update(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    conversation_id: FromPath[UUID],
    data: JSONBody[ConversationPatch],
) -> Conversation:
    """Status, priority, assignment, snoozing and tags; each change leaves a line in the thread."""
    change = Change(data.status, data.priority, data.assigned_to, data.snoozed_until, data.tags)

    async def work(connection: Connection) -> tuple[Conversation, list[Fact]]:
        return await change_case(hark, connection, actor, conversation_id, change, hark.clock())

    return await write(hark, actor, work)


@post(
    "/api/v1/conversations/{conversation_id:uuid}/read",
    right="conversations:write",
    tags=["conversations"],
    operation_id="markRead",
    status_code=200,
)
async def read(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    conversation_id: FromPath[UUID],
    data: JSONBody[ReadUpTo],
) -> Conversation:
    """Everything up to this message has been seen."""

    async def work(connection: Connection) -> tuple[Conversation, list[Fact]]:
        return await mark_read(connection, actor, conversation_id, data.arrival, hark.clock())

    shown = await write(hark, actor, work)
    tell_seen_soon(hark, actor, conversation_id)
    return shown


@post(
    "/api/v1/conversations/{conversation_id:uuid}/unread",
    right="conversations:write",
    tags=["conversations"],
    operation_id="markUnread",
    status_code=200,
)
async def unread_again(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], conversation_id: FromPath[UUID]
) -> Conversation:
    """The customer's last message counts as unread again."""

    async def work(connection: Connection) -> tuple[Conversation, list[Fact]]:
        return await mark_unread(connection, actor, conversation_id, hark.clock())

    return await write(hark, actor, work)


def _statuses(given: str | None) -> tuple[Status, ...]:
    if not given:
        return ()
    asked = [part.strip() for part in given.split(",")]
    if any(part not in ALL_STATUSES for part in asked):
        raise Invalid(
            f"A status is one of {', '.join(ALL_STATUSES)}.",
            fields={"status": f"of: {', '.join(ALL_STATUSES)}"},
        )
    return tuple(status for status in ALL_STATUSES if status in asked)


def _assignee(given: str | None, actor: Actor) -> dict[str, Any]:
    if not given:
        return {}
    if given == "none":
        return {"unassigned": True}
    if given == "me":
        return {"assignee": actor.id}
    try:
        return {"assignee": UUID(given)}
    except ValueError as error:
        raise Invalid(
            'An assignee is "me", "none" or a user id.', fields={"assignee": "me, none or a user id"}
        ) from error


HANDLERS: list[Any] = [list_all, counts, get_one, update, read, unread_again]
