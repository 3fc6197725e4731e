"""The door's transaction: a change, its facts as the last write, the hint after the commit; and doing a thing only once."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
from litestar import Request

from hark import journal
from hark.api import repository
from hark.flows.automation import follow
from hark.flows.context import Hark
from hark.infra.bus import FACTS
from hark.infra.db import Connection
from hark.journal import Fact
from hark.kernel.errors import Conflict, Invalid
from hark.workspaces.rights import Actor

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[tuple[T, Sequence[Fact]]]]

LONGEST_KEY = 200


class Once(msgspec.Struct, frozen=True):
    """The `Idempotency-Key` of a request, and what the request was."""

    key: str | None
    fingerprint: str


async def provide_once(request: Request[Any, Any, Any]) -> Once:
    key = request.headers.get("idempotency-key") or None
    if key is not None and not (key.isprintable() and len(key) <= LONGEST_KEY):
        raise Invalid(
            f"An Idempotency-Key has 1 to {LONGEST_KEY} printable characters.",
            fields={"Idempotency-Key": f"1 to {LONGEST_KEY} printable characters"},
        )
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + await request.body())
    return Once(key, digest.hexdigest())


async def write(hark: Hark, actor: Actor, work: Work[T]) -> T:
    """Runs `work` in a transaction and records the facts it gives."""

    async def run(connection: Connection) -> tuple[T, Sequence[Fact]]:
        result, facts = await work(connection)
        await _record(hark, connection, actor, facts)
        return result, facts

    result, facts = await hark.db.transact(run)
    _publish(hark, actor, facts)
    return result


async def _record(hark: Hark, connection: Connection, actor: Actor, facts: Sequence[Fact]) -> None:
    await follow(connection, actor.workspace_id, facts, hark.clock())
    await journal.record(connection, actor.workspace_id, facts)


def _publish(hark: Hark, actor: Actor, facts: Sequence[Fact]) -> None:
    if facts:
        hark.bus.publish(FACTS, str(actor.workspace_id))


async def write_once(hark: Hark, actor: Actor, once: Once, shape: type[T], work: Work[T]) -> T:
    """Like `write`; a repeated request gets the first one's answer. Answers are kept sealed: some hold tokens."""
    if once.key is None:
        return await write(hark, actor, work)
    place = (actor.workspace_id, actor.reference, once.key)

    async def run(connection: Connection) -> tuple[T, Sequence[Fact]]:
        if not await repository.CLAIM.run(connection, *place, once.fingerprint, hark.clock()):
            kept = await repository.FIND.one(connection, *place)
            return _repeat(hark, kept, once, shape), ()
        result, facts = await work(connection)
        body = hark.secrets.seal({"body": msgspec.json.encode(result).decode()})
        await repository.KEEP.run(connection, *place, 201, body)
        await _record(hark, connection, actor, facts)
        return result, facts

    result, facts = await hark.db.transact(run)
    _publish(hark, actor, facts)
    return result


def _repeat(hark: Hark, kept: repository.KeptAnswer, once: Once, shape: type[T]) -> T:
    if kept.fingerprint != once.fingerprint:
        raise Conflict("This Idempotency-Key was used for another request.", code="idempotency_key_reused")
    return msgspec.json.decode(hark.secrets.open(kept.body)["body"].reveal(), type=shape)
