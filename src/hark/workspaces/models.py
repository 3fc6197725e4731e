"""People, workspaces and keys as rows and as API answers. All ids are UUIDs, all times aware UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

Role = Literal["administrator", "supervisor", "agent"]
ROLES: tuple[Role, ...] = ("administrator", "supervisor", "agent")
Purpose = Literal["first_sign_in", "reset", "invite"]


class WorkspaceSettings(msgspec.Struct, frozen=True):
    """What administrators set for everybody.

    `after_resolve`: a new message of the customer reopens the resolved case, or begins a new one.
    `undo_seconds`: how long a
    reply waits before it leaves, 0..30. `routing`: new cases wait for somebody, or go to whom the customer
    had last.
    `agents_may_delete` and `agents_may_ban`: on the platform itself; supervisors always may. `away_after_s`: so long without a
    touch, an agent is away (0: never). `offline_grace_s`: so long after the last connection was lost, offline.
    `transfer_note`: whether handing a conversation to another team needs a word.
    """

    after_resolve: Literal["reopen", "new"] = "reopen"
    undo_seconds: int = 5
    routing: Literal["manual", "previous_agent"] = "manual"
    default_locale: str = "en"
    agents_may_delete: bool = True
    agents_may_ban: bool = True
    away_after_s: int = 600
    offline_grace_s: int = 60
    transfer_note: Literal["optional", "required"] = "optional"


class Workspace(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    settings: WorkspaceSettings


class WorkspaceRow(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    settings: dict[str, Any]


class User(msgspec.Struct, frozen=True):
    """A person who signs in; the same in every workspace."""

    id: UUID
    email: str
    name: str
    locale: str
    settings: dict[str, Any]


class UserSecret(msgspec.Struct, frozen=True):
    """What sign-in compares with."""

    id: UUID
    email: str
    name: str
    locale: str
    password_hash: str | None
    disabled_at: datetime | None


class Membership(msgspec.Struct, frozen=True):
    """A workspace of a user, and as what."""

    id: UUID
    name: str
    role: Role


class Member(msgspec.Struct, frozen=True):
    """A person in a workspace, as facts tell it."""

    user_id: UUID
    name: str
    email: str
    role: Role
    created_at: datetime
    removed_at: datetime | None


class ListedMember(Member, frozen=True):
    """A member as lists show it. `online` comes and goes without facts."""

    online: bool


class SessionRow(msgspec.Struct, frozen=True):
    """A signed-in browser, with who it is."""

    token_hash: bytes
    csrf_token: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_id: UUID
    email: str
    name: str
    locale: str
    settings: dict[str, Any]


class LinkRow(msgspec.Struct, frozen=True):
    """A one-time link that is still good."""

    user_id: UUID
    email: str
    name: str
    purpose: Purpose


class ApiKey(msgspec.Struct, frozen=True):
    """A key of a program. Only `prefix` of its token is kept in clear."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    created_by: UUID
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class KeyRow(msgspec.Struct, frozen=True):
    workspace_id: UUID
    id: UUID
    name: str
    scopes: list[str]
    last_used_at: datetime | None


class AuditRecord(msgspec.Struct, frozen=True):
    """Who did what, when, from where. Records are only ever added."""

    id: UUID
    at: datetime
    actor: str
    action: str
    subject: str
    address: str
    detail: dict[str, Any]
