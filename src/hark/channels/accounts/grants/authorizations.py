"""Authorizations under way: a person is at the platform, or is back and chooses what to connect.

A state works once and for ten minutes; the database holds only its hash. What was given before, the PKCE verifier and
afterwards the tokens are kept sealed, and are forgotten with the last choice.
"""

from __future__ import annotations

import base64
import hashlib
import secrets as randomness
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hark.channels.accounts.grants import repository
from hark.channels.accounts.grants.repository import AuthorizationRow, AuthorizationStatus
from hark.channels.contract import Choice
from hark.infra.db import Connection
from hark.infra.secrets import SecretBox
from hark.kernel.errors import NotFound

STATE_LIFE = timedelta(minutes=10)
"""For the way to the platform and back."""
CHOICE_LIFE = timedelta(minutes=30)
"""For choosing, once back."""


class Begun(msgspec.Struct, frozen=True):
    """`state` and `challenge` travel through the browser; neither is kept in clear."""

    state: str
    challenge: str
    expires_at: datetime


class Kept(msgspec.Struct, frozen=True):
    """What an authorization knows beside its row."""

    values: dict[str, str]
    verifier: str = ""
    choices: tuple[Choice, ...] = ()
    connected: tuple[str, ...] = ()
    """Ids of choices that were connected by this authorization."""


class StateRefused(Exception):
    """What came back fits no authorization that is under way. `code`: unknown_state, used_state, expired_state,
    not_allowed, signed_out."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def begin(
    connection: Connection,
    box: SecretBox,
    workspace_id: UUID,
    user_id: UUID,
    authorization_id: UUID,
    platform: str,
    values: Mapping[str, str],
    account_id: UUID | None,
    now: datetime,
) -> Begun:
    state, verifier = randomness.token_urlsafe(32), randomness.token_urlsafe(48)
    sealed = seal(box, Kept(dict(values), verifier))
    await repository.BEGIN.run(
        connection, workspace_id, authorization_id, user_id, platform, account_id, hash_state(state), sealed, now,
        now + STATE_LIFE,
    )  # fmt: skip
    return Begun(state, challenge_of(verifier), now + STATE_LIFE)


async def take(
    connection: Connection, state: str, user_id: UUID, workspaces: Collection[UUID], now: datetime
) -> AuthorizationRow:
    """Uses up a state of `user_id`, who may still connect accounts in `workspaces`. Raises StateRefused; somebody else's
    state is unknown, and stays good for its owner."""
    hashed = hash_state(state)
    row = await repository.FIND_BY_STATE.find(connection, hashed)
    if row is None or row.user_id != user_id:
        raise StateRefused("unknown_state")
    if row.workspace_id not in workspaces:
        raise StateRefused("not_allowed")
    if row.status == "waiting" and row.expires_at <= now:
        raise StateRefused("expired_state")
    taken = await repository.TAKE.find(connection, hashed, now)
    if taken is None:
        raise StateRefused("used_state")
    return taken


async def load(
    connection: Connection, workspace_id: UUID, user_id: UUID, authorization_id: UUID, *, lock: bool = False
) -> AuthorizationRow:
    """One's own authorization; those of others look as if they were not there."""
    statement = repository.LOCK_AUTHORIZATION if lock else repository.FIND_AUTHORIZATION
    row = await statement.find(connection, workspace_id, authorization_id, user_id)
    if row is None:
        raise NotFound("There is no such authorization.")
    return row


async def keep(
    connection: Connection,
    box: SecretBox,
    row: AuthorizationRow,
    status: AuthorizationStatus,
    kept: Kept | None,
    expires_at: datetime,
    error: str | None = None,
) -> None:
    """`kept` None forgets everything."""
    sealed = b"" if kept is None else seal(box, kept)
    await repository.SET_AUTHORIZATION.run(
        connection, row.workspace_id, row.id, status, sealed, error, expires_at
    )


def left_to_choose(choices: Sequence[Choice], connected: Sequence[str]) -> list[Choice]:
    return [choice for choice in choices if choice.id not in connected]


def seal(box: SecretBox, kept: Kept) -> bytes:
    return box.seal({"kept": msgspec.json.encode(kept).decode()})


def unseal(box: SecretBox, sealed: bytes) -> Kept:
    opened = box.open(sealed).get("kept")
    return Kept({}) if opened is None else msgspec.json.decode(opened.reveal(), type=Kept)


def hash_state(state: str) -> bytes:
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).digest()


def challenge_of(verifier: str) -> str:
    """PKCE S256 (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
