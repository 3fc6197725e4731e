"""Shapes of customers and identities."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec


class Person(msgspec.Struct, frozen=True):
    """Somebody as one event showed them. The first four fields are the identity's key."""

    workspace_id: UUID
    platform: str
    scope: str
    platform_user_id: str
    name: str | None
    handle: str | None
    avatar_url: str | None
    language: str | None
    seen_at: datetime

    @property
    def key(self) -> PersonKey:
        return (self.workspace_id, self.platform, self.scope, self.platform_user_id)

    @property
    def profile_at(self) -> datetime:
        """As of when the names are; an event that shows none is older than any that does."""
        return self.seen_at if self.name or self.handle or self.avatar_url else NEVER


NEVER = datetime(1970, 1, 1, tzinfo=UTC)

PersonKey = tuple[UUID, str, str, str]


class Identified(msgspec.Struct, frozen=True):
    """An identity that is stored, and whose it is."""

    workspace_id: UUID
    platform: str
    scope: str
    platform_user_id: str
    id: UUID
    customer_id: UUID
    name: str | None
    handle: str | None
    avatar_url: str | None
    seen_at: datetime
    reachable: bool

    @property
    def key(self) -> PersonKey:
        return (self.workspace_id, self.platform, self.scope, self.platform_user_id)


class Nameless(msgspec.Struct, frozen=True):
    """An identity of which only the platform's id is known, and an account through which the platform can be asked."""

    workspace_id: UUID
    id: UUID
    customer_id: UUID
    platform_user_id: str
    account_id: UUID


class Customer(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    language: str | None
    notes: str
    created_at: datetime
    updated_at: datetime


class Identity(msgspec.Struct, frozen=True):
    id: UUID
    customer_id: UUID
    platform: str
    platform_user_id: str
    name: str | None
    handle: str | None
    avatar_url: str | None
    reachable: bool
    banned_by: list[UUID]
    """Accounts of ours that keep this person from writing to them."""
    created_at: datetime
