"""Sessions of browsers. The cookie holds a random token; the database only its SHA-256.

A session ends some time after its last use, and some longer time after its beginning, whichever comes first.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hark.infra.db import Connection
from hark.workspaces import repository
from hark.workspaces.models import SessionRow

TOUCH_EVERY = timedelta(minutes=5)
"""How old `last_seen_at` may become before a request writes it anew."""


class Lifetime(msgspec.Struct, frozen=True):
    """How long a session lasts: `idle` after its last use, `absolute` after its beginning."""

    idle: timedelta = timedelta(days=14)
    absolute: timedelta = timedelta(days=60)


class NewSession(msgspec.Struct, frozen=True):
    """`token` is for the cookie and is known nowhere else."""

    token: str
    csrf_token: str
    user_id: UUID


def hash_token(token: str) -> bytes:
    """Tokens have 256 random bits, so one round of SHA-256 is enough to hide them."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


async def begin_session(
    connection: Connection,
    user_id: UUID,
    now: datetime,
    lifetime: Lifetime,
    *,
    user_agent: str = "",
    address: str = "",
) -> NewSession:
    """A new session with a new token: a token from before signing in is never taken over."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    await repository.INSERT_SESSION.run(
        connection, hash_token(token), user_id, csrf, now, now + lifetime.absolute, user_agent[:300], address
    )
    return NewSession(token, csrf, user_id)


async def find_session(
    connection: Connection, token: str, now: datetime, lifetime: Lifetime
) -> SessionRow | None:
    """The session of a cookie while it is good; notes its use."""
    row = await repository.FIND_SESSION.find(connection, hash_token(token), now, now - lifetime.idle)
    if row is not None and now - row.last_seen_at > TOUCH_EVERY:
        await repository.TOUCH_SESSION.run(connection, row.token_hash, now)
    return row


async def end_session(connection: Connection, token_hash: bytes) -> None:
    await repository.DELETE_SESSION.run(connection, token_hash)


async def end_other_sessions(connection: Connection, user_id: UUID, keep: bytes = b"") -> None:
    """After a change of password nobody else stays signed in."""
    await repository.DELETE_OTHER_SESSIONS.run(connection, user_id, keep)
