"""One-time links: first sign-in, invitation, reset. The database holds only hashes; a link works once and
expires.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from hark.infra.db import Connection
from hark.kernel.errors import NotFound
from hark.workspaces import repository
from hark.workspaces.models import LinkRow, Purpose
from hark.workspaces.sessions import hash_token

LIFETIME: dict[Purpose, timedelta] = {
    "first_sign_in": timedelta(days=7),
    "invite": timedelta(days=7),
    "reset": timedelta(hours=2),
}


async def issue_link(connection: Connection, user_id: UUID, purpose: Purpose, now: datetime) -> str:
    """The token of a new link; earlier links of the user stop working."""
    token = secrets.token_urlsafe(32)
    await repository.VOID_LINKS.run(connection, user_id, now)
    await repository.INSERT_LINK.run(
        connection, hash_token(token), user_id, purpose, now, now + LIFETIME[purpose]
    )
    return token


def link_url(public_url: str, token: str) -> str:
    """The address of the page that takes the link."""
    return f"{public_url.rstrip('/')}/welcome?token={token}"


async def load_link(connection: Connection, token: str, now: datetime) -> LinkRow:
    row = await repository.FIND_LINK.find(connection, hash_token(token), now)
    if row is None:
        raise _gone()
    return row


async def use_link(connection: Connection, token: str, now: datetime) -> LinkRow:
    """Takes the link; of two that come at once one gets it."""
    row = await load_link(connection, token, now)
    if await repository.USE_LINK.value(connection, hash_token(token), now) is None:
        raise _gone()
    return row


def _gone() -> NotFound:
    return NotFound("This link was used already or has expired. Ask for a new one.", code="link_expired")
