"""Customers and tags."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from hark.api.parameters import After, Limit, Short, Text
from hark.api.writing import Once, write, write_once
from hark.customers import directory
from hark.customers import repository as people
from hark.customers.directory import CustomerChange
from hark.customers.models import Customer, Identity
from hark.flows.context import Hark
from hark.inbox.changes import tags
from hark.inbox.listing import repository as listing
from hark.inbox.listing.conversations import list_conversations
from hark.inbox.listing.filters import Filters
from hark.inbox.listing.search import words_query
from hark.inbox.models import Conversation, Tag
from hark.infra.db import Connection
from hark.journal import Fact, fact_of
from hark.kernel.pages import Page, bounded, decode_cursor, encode_cursor
from hark.workspaces.rights import Actor

SHOWN = 50
"""Conversations of a customer that are shown with them; a list has the others."""


class CustomerDetail(msgspec.Struct, frozen=True):
    """A customer with everybody they are on the networks, and their newest conversations."""

    customer: Customer
    identities: list[Identity]
    conversations: list[Conversation]


class CustomerPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Short | UnsetType = UNSET
    notes: Text | UnsetType = UNSET
    language: (
        Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)] | UnsetType | None
    ) = UNSET


TagName = Annotated[str, Meta(min_length=1, max_length=60)]
Color = Annotated[str, Meta(min_length=1, max_length=30, pattern="^[a-z#0-9-]+$")]


class NewTag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: TagName
    color: Color = "gray"


class TagPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: TagName | UnsetType = UNSET
    color: Color | UnsetType = UNSET


@get("/api/v1/customers", right="customers:read", tags=["customers"], operation_id="listCustomers")
async def list_customers(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    q: Annotated[str | None, QueryParameter(max_length=500, description="Words of the name.")] = None,
    limit: Limit = None,
    after: After = None,
) -> Page[Customer]:
    """Customers by name."""
    query = words_query(q or "")
    if q and q.strip() and not query:
        return Page([], None)
    async with hark.db.connection() as connection:
        return await directory.list_customers(connection, actor.workspace_id, query, bounded(limit), after)


@get(
    "/api/v1/customers/{customer_id:uuid}",
    right="customers:read",
    tags=["customers"],
    operation_id="getCustomer",
)
async def get_customer(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], customer_id: FromPath[UUID]
) -> CustomerDetail:
    """A customer, their identities on the networks, their newest 50 conversations (with the right to read those)."""
    async with hark.db.connection() as connection:
        customer = await directory.load_customer(connection, actor.workspace_id, customer_id)
        identities = await people.IDENTITIES.all(connection, actor.workspace_id, customer_id)
        page: Page[Conversation] = Page([])
        if "conversations:read" in actor.rights:
            page = await list_conversations(
                connection, actor.workspace_id, Filters(customer=customer_id), SHOWN, None
            )
    return CustomerDetail(customer, identities, page.items)


@patch(
    "/api/v1/customers/{customer_id:uuid}",
    right="customers:write",
    tags=["customers"],
    operation_id="updateCustomer",
)
async def update_customer(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    customer_id: FromPath[UUID],
    data: JSONBody[CustomerPatch],
) -> Customer:
    """Changes name, notes or language."""
    change = CustomerChange(data.name, data.notes, data.language)

    async def work(connection: Connection) -> tuple[Customer, list[Fact]]:
        now = hark.clock()
        customer, facts = await directory.change_customer(connection, actor, customer_id, change, now)
        if data.name is not UNSET:
            facts = [*facts, *await _renamed(connection, actor, customer)]
        return customer, facts

    return await write(hark, actor, work)


async def _renamed(connection: Connection, actor: Actor, customer: Customer) -> list[Fact]:
    """Conversations show the customer's name: those that may be on a screen are told anew."""
    filters = Filters(customer=customer.id)
    page = await list_conversations(connection, actor.workspace_id, filters, SHOWN, None)
    return [
        fact_of(
            "conversation.changed",
            customer.updated_at,
            conversation,
            conversation_id=conversation.id,
            actor=actor.reference,
        )
        for conversation in page.items
    ]


@get("/api/v1/tags", right="tags:read", tags=["tags"], operation_id="listTags")
async def list_tags(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], limit: Limit = None, after: After = None
) -> Page[Tag]:
    """The workspace's tags by name."""
    size = bounded(limit)
    name, last = decode_cursor(after, tuple[str, UUID]) if after else ("", UUID(int=0))
    async with hark.db.connection() as connection:
        rows = await listing.TAGS.all(connection, actor.workspace_id, name, last, size + 1)
    following = encode_cursor(rows[size - 1].name.lower(), rows[size - 1].id) if len(rows) > size else None
    return Page(rows[:size], following)


@post("/api/v1/tags", right="tags:write", tags=["tags"], operation_id="createTag")
async def create_tag(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    once: NamedDependency[Once],
    data: JSONBody[NewTag],
) -> Tag:
    """Makes a tag."""

    async def work(connection: Connection) -> tuple[Tag, list[Fact]]:
        return await tags.create_tag(connection, actor, data.name, data.color, hark.clock())

    return await write_once(hark, actor, once, Tag, work)


@patch("/api/v1/tags/{tag_id:uuid}", right="tags:write", tags=["tags"], operation_id="updateTag")
async def update_tag(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    tag_id: FromPath[UUID],
    data: JSONBody[TagPatch],
) -> Tag:
    """Renames or recolors a tag, in every conversation that has it."""

    async def work(connection: Connection) -> tuple[Tag, list[Fact]]:
        name, color = data.name or None, data.color or None
        return await tags.change_tag(connection, actor, tag_id, name, color, hark.clock())

    return await write(hark, actor, work)


@delete("/api/v1/tags/{tag_id:uuid}", right="tags:write", tags=["tags"], operation_id="deleteTag")
async def delete_tag(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], tag_id: FromPath[UUID]
) -> None:
    """Deletes a tag and takes it off every conversation."""

    async def work(connection: Connection) -> tuple[None, list[Fact]]:
        return await tags.remove_tag(connection, actor, tag_id, hark.clock())

    await write(hark, actor, work)


HANDLERS: list[Any] = [
    list_customers,
    get_customer,
    update_customer,
    list_tags,
    create_tag,
    update_tag,
    delete_tag,
]
