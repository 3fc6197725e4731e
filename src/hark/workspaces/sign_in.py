"""Signing in by e-mail and password.

At most 10 failed tries a minute count against an account and against an address. A person at an address from
which the
account was signed in before has a count apart, so that somebody guessing elsewhere cannot lock them out.
Unknown accounts
take the same time and get the same answer as wrong passwords.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hark.infra.db import Connection, Database
from hark.kernel.clock import Clock
from hark.kernel.errors import TooMany, Unauthenticated
from hark.workspaces import repository
from hark.workspaces.models import UserSecret
from hark.workspaces.passwords import password_matches
from hark.workspaces.sessions import Lifetime, NewSession, begin_session

TRIES = 10
PER = timedelta(minutes=1)


async def sign_in(
    db: Database,
    clock: Clock,
    lifetime: Lifetime,
    email: str,
    password: str,
    *,
    address: str,
    user_agent: str,
) -> NewSession:
    """A session, or Unauthenticated, or TooMany. The hash is computed outside of any transaction."""
    now = clock()
    async with db.transaction() as connection:
        user = await repository.FIND_BY_EMAIL.find(connection, email)
        keys = await _keys(connection, user, email, address, now)
        await _count_try(connection, keys, now)
    good = user is not None and user.disabled_at is None
    matches = await password_matches(password, user.password_hash if user is not None and good else None)
    if user is None or not matches:
        raise Unauthenticated("E-mail address or password is wrong.", code="wrong_credentials")
    async with db.transaction() as connection:
        await repository.FORGIVE_TRIES.run(connection, keys, now)
        return await begin_session(connection, user.id, now, lifetime, user_agent=user_agent, address=address)


async def _keys(
    connection: Connection, user: UserSecret | None, email: str, address: str, now: datetime
) -> list[str]:
    account = f"account:{email.strip().casefold()[:320]}"
    if user is not None and await repository.KNOWN_ADDRESS.value(connection, user.id, address, now):
        account += f"@{address}"
    return sorted([account, f"address:{address}"])


async def _count_try(connection: Connection, keys: list[str], now: datetime) -> None:
    """Counts and adds under a lock per key (in sorted order), so that parallel tries cannot slip through
    together.
    """
    for key in keys:
        await repository.LOCK_KEY.run(connection, key)
    for key in keys:
        if await repository.COUNT_TRIES.value(connection, key, now - PER) >= TRIES:
            raise TooMany("Too many tries to sign in. Wait a minute.", retry_after=PER.total_seconds())
    await repository.ADD_TRY.run(connection, keys, now)
