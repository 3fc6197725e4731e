"""Whether those who are connected may still be: sessions and keys are looked up again every few seconds, and
at once on a hint.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from hark.infra.db import Connection
from hark.realtime.client import Client, Reason
from hark.workspaces import repository
from hark.workspaces.rights import RIGHTS_OF, Actor, rights_of_scopes
from hark.workspaces.sessions import Lifetime

EVERY = 3.0
"""Seconds between two looks; a right that was taken away is gone within 5."""


async def recheck(
    connection: Connection, clients: Collection[Client], now: datetime, lifetime: Lifetime
) -> None:
    """Gives every client the rights it has now, and ends those that have none any more."""
    people = [client for client in clients if client.actor.kind == "user"]
    programs = [client for client in clients if client.actor.kind == "key"]
    roles = await _roles(connection, people, now, lifetime)
    scopes = await _scopes(connection, programs, now)
    for client in people:
        in_workspaces = roles.get(client.proof)
        actor = None if in_workspaces is None else in_workspaces.get(client.actor.workspace_id)
        _settle(client, actor, "removed" if in_workspaces is not None else "signed_out")
    for client in programs:
        rights = scopes.get(client.proof)
        actor = None if rights is None else msgspec.structs.replace(client.actor, rights=rights)
        _settle(client, actor, "removed")


def _settle(client: Client, actor: Actor | None, reason: Reason) -> None:
    if actor is None or "live" not in actor.rights:
        client.end(reason)
    else:
        client.actor = actor


async def _roles(
    connection: Connection, people: list[Client], now: datetime, lifetime: Lifetime
) -> dict[bytes, dict[UUID, Actor]]:
    """By token hash and workspace. A session without any workspace is there with an empty mapping."""
    if not people:
        return {}
    found: dict[bytes, dict[UUID, Actor]] = {}
    actors = {client.proof: client.actor for client in people}
    rows = await repository.LIVE_SESSIONS.all(connection, list(actors), now, now - lifetime.idle)
    for token_hash, workspace_id, role in rows:
        of_session = found.setdefault(token_hash, {})
        if workspace_id is not None and role in RIGHTS_OF:
            of_session[workspace_id] = msgspec.structs.replace(
                actors[token_hash], workspace_id=workspace_id, role=role, rights=RIGHTS_OF[role]
            )
    return found


async def _scopes(
    connection: Connection, programs: list[Client], now: datetime
) -> dict[bytes, frozenset[str]]:
    if not programs:
        return {}
    rows = await repository.LIVE_KEYS.all(connection, [client.proof for client in programs], now)
    return {token_hash: rights_of_scopes(scopes) for token_hash, scopes in rows}
