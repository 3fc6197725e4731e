"""API keys and the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from hark.api.parameters import After, Limit, Short
from hark.api.writing import Once, write, write_once
from hark.flows.context import Hark
from hark.infra.bus import ACCESS
from hark.infra.db import Connection
from hark.journal import Fact
from hark.kernel.pages import Page, bounded
from hark.workspaces import api_keys, audit
from hark.workspaces.models import ApiKey, AuditRecord
from hark.workspaces.rights import Actor


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`expires_at` null means never."""

    name: Short
    scopes: Annotated[list[str], Meta(min_length=1, max_length=50)]
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None


class CreatedKey(msgspec.Struct, frozen=True):
    """A key with its `token`, which is shown this once."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    created_by: UUID
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    token: str


@get("/api/v1/api-keys", right="keys:read", tags=["api-keys"], operation_id="listApiKeys")
async def list_api_keys(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], limit: Limit = None, after: After = None
) -> Page[ApiKey]:
    """Keys that are not revoked, newest first."""
    async with hark.db.connection() as connection:
        return await api_keys.list_keys(connection, actor.workspace_id, bounded(limit), after)


@post("/api/v1/api-keys", right="keys:write", tags=["api-keys"], operation_id="createApiKey")
async def create_api_key(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    once: NamedDependency[Once],
    data: JSONBody[NewKey],
) -> CreatedKey:
    """Makes a key for a program. Its token cannot be had again."""

    async def work(connection: Connection) -> tuple[CreatedKey, list[Fact]]:
        key, token = await api_keys.create_key(
            connection, actor, data.name, data.scopes, data.expires_at, hark.clock()
        )
        return CreatedKey(**msgspec.structs.asdict(key), token=token), []

    return await write_once(hark, actor, once, CreatedKey, work)


@delete("/api/v1/api-keys/{key_id:uuid}", right="keys:write", tags=["api-keys"], operation_id="revokeApiKey")
async def revoke_api_key(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], key_id: FromPath[UUID]
) -> None:
    """Revokes a key at once, also on open live connections."""

    async def work(connection: Connection) -> tuple[None, list[Fact]]:
        await api_keys.revoke_key(connection, actor, key_id, hark.clock())
        return None, []

    await write(hark, actor, work)
    hark.bus.publish(ACCESS, str(key_id))


@get("/api/v1/audit", right="audit:read", tags=["audit"], operation_id="listAudit")
async def list_audit(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], limit: Limit = None, after: After = None
) -> Page[AuditRecord]:
    """Who did what, when, from where; newest first. Records cannot be changed or deleted."""
    async with hark.db.connection() as connection:
        return await audit.list_audit(connection, actor.workspace_id, bounded(limit), after)


HANDLERS = [list_api_keys, create_api_key, revoke_api_key, list_audit]
