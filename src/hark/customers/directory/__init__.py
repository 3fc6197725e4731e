"""Customers as people look them up and change them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from hark.customers import repository as people
from hark.customers.directory import repository
from hark.customers.models import Customer
from hark.infra.db import Connection
from hark.journal import Fact, fact_of
from hark.kernel.errors import NotFound
from hark.kernel.pages import Page, decode_cursor, encode_cursor
from hark.workspaces.rights import Actor


class CustomerChange(msgspec.Struct, frozen=True):
    name: str | UnsetType = UNSET
    notes: str | UnsetType = UNSET
    language: str | UnsetType | None = UNSET


async def list_customers(
    connection: Connection, workspace_id: UUID, query: str, limit: int, after: str | None
) -> Page[Customer]:
    """By name; `query` is a tsquery, empty for all."""
    name, last = decode_cursor(after, tuple[str, UUID]) if after else ("", UUID(int=0))
    values = (workspace_id, name, last, limit + 1)
    if query:
        rows = await repository.SEARCH.all(connection, *values, query)
    else:
        rows = await repository.LIST.all(connection, *values)
    if len(rows) <= limit:
        return Page(rows, None)
    key = await repository.SORT_KEY.value(connection, rows[limit - 1].name)
    return Page(rows[:limit], encode_cursor(key, rows[limit - 1].id))


async def find_customer(
    connection: Connection, workspace_id: UUID, customer_id: UUID | None
) -> Customer | None:
    if customer_id is None:
        return None
    return await people.LOAD_CUSTOMER.find(connection, workspace_id, customer_id)


async def load_customer(connection: Connection, workspace_id: UUID, customer_id: UUID) -> Customer:
    customer = await find_customer(connection, workspace_id, customer_id)
    if customer is None:
        raise NotFound("There is no such customer.")
    return customer


async def change_customer(
    connection: Connection, actor: Actor, customer_id: UUID, change: CustomerChange, now: datetime
) -> tuple[Customer, list[Fact]]:
    customer = await repository.UPDATE.find(
        connection,
        actor.workspace_id,
        customer_id,
        None if change.name is UNSET else change.name,
        None if change.notes is UNSET else change.notes,
        change.language is not UNSET,
        None if change.language is UNSET else change.language,
        now,
    )
    if customer is None:
        raise NotFound("There is no such customer.")
    return customer, [fact_of("customer.changed", now, customer, actor=actor.reference)]
