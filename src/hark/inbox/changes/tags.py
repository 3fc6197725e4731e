"""The workspace's tags. Conversations show tags by name, so renaming or removing one goes through all that have it.

Facts tell only of the tag: whoever applies `tag.changed` renames it, and whoever applies `tag.removed` takes it out,
in every conversation that they hold. That way renaming a tag of 100,000 conversations is one fact.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from hark.inbox.changes import repository
from hark.inbox.models import Tag
from hark.infra.db import Connection
from hark.journal import Fact, fact_of
from hark.kernel.errors import Conflict, Invalid, NotFound
from hark.kernel.ids import new_id
from hark.workspaces.rights import Actor


async def create_tag(
    connection: Connection, actor: Actor, name: str, color: str, now: datetime
) -> tuple[Tag, list[Fact]]:
    tag = await repository.INSERT_TAG.find(
        connection, actor.workspace_id, new_id(now), _name(name), color, now
    )
    if tag is None:
        raise _taken()
    return tag, [fact_of("tag.changed", now, tag, actor=actor.reference)]


async def change_tag(
    connection: Connection, actor: Actor, tag_id: UUID, name: str | None, color: str | None, now: datetime
) -> tuple[Tag, list[Fact]]:
    before = await _lock(connection, actor.workspace_id, tag_id)
    after_name = before.name if name is None else _name(name)
    try:
        tag = await repository.UPDATE_TAG.one(
            connection, actor.workspace_id, tag_id, after_name, color or before.color
        )
    except asyncpg.UniqueViolationError as error:
        raise _taken() from error
    if tag.name != before.name:
        await repository.RENAME_SHOWN.run(connection, actor.workspace_id, before.name, tag.name)
        await repository.RENAME_LISTED.run(connection, actor.workspace_id, before.name, tag.name)
    return tag, [fact_of("tag.changed", now, tag, actor=actor.reference)]


async def remove_tag(
    connection: Connection, actor: Actor, tag_id: UUID, now: datetime
) -> tuple[None, list[Fact]]:
    tag = await _lock(connection, actor.workspace_id, tag_id)
    await repository.REMOVE_SHOWN.run(connection, actor.workspace_id, tag.name)
    await repository.REMOVE_LISTED.run(connection, actor.workspace_id, tag.name)
    await repository.DELETE_TAG.run(connection, actor.workspace_id, tag_id)
    return None, [fact_of("tag.removed", now, tag, actor=actor.reference)]


async def _lock(connection: Connection, workspace_id: UUID, tag_id: UUID) -> Tag:
    tag = await repository.LOCK_TAG.find(connection, workspace_id, tag_id)
    if tag is None:
        raise NotFound("There is no such tag.")
    return tag


def _name(given: str) -> str:
    name = given.strip()
    if not name or "," in name:
        raise Invalid("A tag has a name without commas.", fields={"name": "is empty or has a comma"})
    return name


def _taken() -> Conflict:
    return Conflict(
        "There is a tag with this name already.", code="tag_exists", fields={"name": "exists already"}
    )
