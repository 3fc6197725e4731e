"""Keys of programs: `hk_` and 256 random bits, shown once, kept as a hash."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from hark.infra.db import Connection
from hark.kernel.errors import Invalid, NotFound
from hark.kernel.ids import new_id
from hark.kernel.pages import Page, decode_cursor, encode_cursor
from hark.workspaces import audit, repository
from hark.workspaces.models import ApiKey
from hark.workspaces.rights import SCOPES, Actor, rights_of_scopes
from hark.workspaces.sessions import hash_token

PREFIX = "hk_"
TOUCH_EVERY = timedelta(minutes=5)


async def create_key(
    connection: Connection,
    actor: Actor,
    name: str,
    scopes: list[str],
    expires_at: datetime | None,
    now: datetime,
) -> tuple[ApiKey, str]:
    """The key and its token. The token cannot be had again."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise Invalid(
            f"Unknown scopes: {', '.join(unknown)}." if unknown else "A key needs at least one scope.",
            fields={"scopes": f"of: {', '.join(SCOPES)}"},
        )
    if expires_at is not None and expires_at <= now:
        raise Invalid("A key cannot expire in the past.", fields={"expires_at": "must lie ahead"})
    token = PREFIX + secrets.token_urlsafe(32)
    key_id, chosen = new_id(now), sorted(set(scopes))
    await repository.INSERT_KEY.run(
        connection,
        actor.workspace_id,
        key_id,
        name,
        token[:8],
        hash_token(token),
        chosen,
        actor.id,
        now,
        expires_at,
    )
    await audit.note(connection, actor, "key.created", now, subject=str(key_id), name=name, scopes=chosen)
    return await repository.LOAD_KEY.one(connection, actor.workspace_id, key_id), token


async def list_keys(
    connection: Connection, workspace_id: UUID, limit: int, after: str | None
) -> Page[ApiKey]:
    """Newest first, without those revoked."""
    last = decode_cursor(after, tuple[UUID])[0] if after else audit.LAST_ID
    rows = await repository.LIST_KEYS.all(connection, workspace_id, last, limit + 1)
    return Page(rows[:limit], encode_cursor(rows[limit - 1].id) if len(rows) > limit else None)


async def revoke_key(connection: Connection, actor: Actor, key_id: UUID, now: datetime) -> None:
    if not await repository.REVOKE_KEY.run(connection, actor.workspace_id, key_id, now):
        raise NotFound("There is no such key.")
    await audit.note(connection, actor, "key.revoked", now, subject=str(key_id))


async def find_key_actor(connection: Connection, token: str, now: datetime, address: str) -> Actor | None:
    """Who a bearer token stands for while it is good; notes its use."""
    row = await repository.FIND_KEY.find(connection, hash_token(token), now)
    if row is None:
        return None
    if row.last_used_at is None or now - row.last_used_at > TOUCH_EVERY:
        await repository.TOUCH_KEY.run(connection, row.workspace_id, row.id, now)
    return Actor("key", row.id, row.workspace_id, row.name, rights_of_scopes(row.scopes), None, address)
