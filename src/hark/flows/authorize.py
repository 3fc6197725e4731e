"""Connecting by OAuth: a person is sent to the platform, comes back with a code, and chooses what to connect.

The code is exchanged in the moment in which it comes back (some are good for 30 seconds). The tokens stay sealed in the
authorization until something of it is connected, and are forgotten with the last of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from hark.channels.accounts import keeping
from hark.channels.accounts.grants import authorizations, repository
from hark.channels.accounts.grants.authorizations import CHOICE_LIFE, Kept
from hark.channels.accounts.grants.repository import AuthorizationRow, AuthorizationStatus, ConnectedIdentity
from hark.channels.accounts.models import ChannelAccount
from hark.channels.contract import Adapter, Authorization, Choice, PlatformProblem
from hark.flows.connect import connect_authorized
from hark.flows.context import Hark
from hark.infra.http import CallFailed
from hark.infra.settings import Settings
from hark.infra.telemetry import logger
from hark.kernel.errors import Conflict, Forbidden, HarkError, Invalid, NotFound
from hark.kernel.ids import new_id
from hark.kernel.text import storable
from hark.workspaces import audit
from hark.workspaces.rights import Actor

CALLBACK = "/authorize/callback"
FINISH_CAP = 25.0
"""Seconds for exchanging the code and listing what it may connect; the person waits, and some codes live for 30."""

CANCELED = frozenset({"access_denied", "user_cancelled_login", "user_cancelled_authorize", "user_denied"})
"""What platforms answer when a person says no (RFC 6749, 4.1.2.1; LinkedIn and Meta have words of their own)."""

INTERRUPTED = "Connecting was interrupted. Begin again."
OVER = {
    "waiting": ("expired", "Ten minutes went by before the platform sent you back. Begin again."),
    "exchanging": ("internal", INTERRUPTED),
    "ready": ("expired", "Half an hour went by without a choice. Begin again."),
}
"""What is said of an authorization that was left in this state."""

State = Literal["waiting", "ready", "failed", "done"]
_STATES: dict[AuthorizationStatus, State] = {
    "waiting": "waiting",
    "exchanging": "waiting",
    "ready": "ready",
    "failed": "failed",
    "done": "done",
}

log = logger(__name__)


class Started(msgspec.Struct, frozen=True):
    """Where to send the person, and under which id to ask how it went."""

    id: UUID
    url: str
    expires_at: datetime


class Offered(msgspec.Struct, frozen=True):
    """What can be connected. `account_id` is the account that it is here already, `connected` whether that one works."""

    id: str
    name: str
    connected: bool
    account_id: UUID | None


class AuthorizationState(msgspec.Struct, frozen=True):
    """How an authorization stands. `account_id` is the account that is being authorized again; `error` a sentence, `code` the
    word for it."""

    id: UUID
    platform: str
    account_id: UUID | None
    state: State
    choices: list[Offered]
    code: str | None
    error: str | None
    expires_at: datetime


class Returned(msgspec.Struct, frozen=True):
    """What the platform put into the address on the way back."""

    state: str
    code: str
    error: str
    description: str


async def begin(
    hark: Hark, actor: Actor, platform: str, values: Mapping[str, str], account_id: UUID | None
) -> Started:
    """`values` are what the platform needs before (`Authorization.needs`); for an account that is here already, those
    that are missing are taken from it. Raises Invalid, NotFound, Conflict `no_authorization`."""
    user_id = _person(actor)
    known = {} if account_id is None else await _known_values(hark, actor, platform, account_id)
    adapter = hark.registry.load(platform)
    oauth = _authorization(adapter)
    given = _checked_values(adapter, oauth, known, values)
    given |= await _prepared(hark, adapter, oauth, given)
    now = hark.clock()
    authorization_id = new_id(now)
    async with hark.db.transaction() as connection:
        begun = await authorizations.begin(
            connection, hark.secrets, actor.workspace_id, user_id, authorization_id, platform, given, account_id, now
        )  # fmt: skip
        await audit.note(
            connection, actor, "authorization.begun", now, subject=str(account_id or ""), platform=platform
        )
        url = oauth.begin(given, redirect_uri(hark.settings), begun.state, begun.challenge)
        _check_url(hark, url)
    return Started(authorization_id, url, begun.expires_at)


async def come_back(hark: Hark, user_id: UUID, workspaces: Collection[UUID], returned: Returned) -> UUID:
    """Takes what the platform sent the person back with; gives the authorization's id. `workspaces` are those in which
    the person may connect accounts. Raises StateRefused; everything else that goes wrong is the authorization's `error`."""
    async with hark.db.transaction() as connection:
        row = await authorizations.take(connection, returned.state, user_id, workspaces, hark.clock())
    adapter = hark.registry.load(row.platform)
    kept = authorizations.unseal(hark.secrets, row.sealed)
    try:
        choices = await _choices(hark, adapter, kept, returned)
    except HarkError as error:
        await _keep(hark, row, "failed", None, f"{error.code}: {error.detail}")
        return row.id
    await _keep(hark, row, "ready", Kept(kept.values, choices=choices))
    return row.id


async def look(hark: Hark, actor: Actor, authorization_id: UUID) -> AuthorizationState:
    async with hark.db.connection() as connection:
        row = await authorizations.load(connection, actor.workspace_id, _person(actor), authorization_id)
        kept = authorizations.unseal(hark.secrets, row.sealed)
        here = await repository.CONNECTED_OF.all(
            connection, row.workspace_id, row.platform, [choice.id for choice in kept.choices]
        )
    return _shown(row, kept, {each.platform_account_id: each for each in here}, hark.clock())


async def connect_choice(hark: Hark, actor: Actor, authorization_id: UUID, choice_id: str) -> ChannelAccount:
    """Connects one of the choices; with the last of them the tokens are forgotten."""
    async with hark.db.connection() as connection:
        row = await authorizations.load(connection, actor.workspace_id, _person(actor), authorization_id)
    if row.status != "ready" or row.expires_at <= hark.clock():
        raise Conflict("This authorization is used up or too old. Begin again.", code="authorization_over")
    kept = authorizations.unseal(hark.secrets, row.sealed)
    chosen = next((choice for choice in kept.choices if choice.id == choice_id), None)
    if chosen is None:
        raise NotFound("There is no such choice.")
    complete = msgspec.structs.replace(chosen, values=kept.values | dict(chosen.values))
    account = await connect_authorized(hark, actor, row.platform, complete, row.account_id)
    await _note_connected(hark, row, choice_id)
    return account


def redirect_uri(settings: Settings) -> str:
    """What has to be entered at the platform as the allowed address to return to."""
    return settings.address + CALLBACK


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise Forbidden("Only a signed-in person can do this, not a key.")
    return actor.user_id


def _authorization(adapter: Adapter) -> Authorization:
    if adapter.authorization is None:
        words = f"{adapter.manifest.name} is connected by pasting its values."
        raise Conflict(words, code="no_authorization")
    return adapter.authorization


async def _known_values(hark: Hark, actor: Actor, platform: str, account_id: UUID) -> dict[str, str]:
    async with hark.db.connection() as connection:
        row = await keeping.load_row(connection, actor.workspace_id, account_id)
    if row.platform != platform:
        raise NotFound("There is no such account.")
    stored = {key: value.reveal() for key, value in hark.secrets.open(row.secrets).items()}
    return row.fields | stored


def _checked_values(
    adapter: Adapter, oauth: Authorization, known: Mapping[str, str], values: Mapping[str, str]
) -> dict[str, str]:
    asked = (*oauth.needs, *oauth.optional)
    fields = {field.key: field for field in adapter.manifest.fields}
    given = {key: value.strip() for key, value in values.items() if value.strip()}
    filled = {key: field.default for key, field in fields.items() if field.default}
    filled |= dict(known) | given
    problems = {f"values.{key}": "is not asked for" for key in values if key not in asked}
    problems |= {f"values.{key}": "is needed" for key in oauth.needs if not filled.get(key)}
    problems |= {f"values.{key}": "is too long" for key, value in given.items() if len(value) > 4000}
    if problems:
        raise Invalid(f"The values do not fit what {adapter.manifest.name} asks for.", fields=problems)
    return {key: filled[key] for key in asked if filled.get(key)}


def _check_url(hark: Hark, url: str) -> None:
    """The person's browser goes there: never anywhere but to a server."""
    parts = urlsplit(url)
    allowed = {"https", "http"} if hark.settings.allow_private_addresses else {"https"}
    if parts.scheme not in allowed or not parts.hostname:
        raise Invalid("The platform's address is not one that a browser may be sent to.")


async def _choices(hark: Hark, adapter: Adapter, kept: Kept, returned: Returned) -> tuple[Choice, ...]:
    name = adapter.manifest.name
    if returned.error:
        raise _declined(name, returned)
    if not returned.code:
        raise Conflict(f"{name} sent you back without a code. Begin again.", code="no_code")
    found = await _finish(hark, adapter, kept, returned.code)
    if not found:
        words = f"Nothing on {name} can be connected with this permission: sign in there as somebody who manages it."
        raise Conflict(words, code="nothing_to_connect")
    return found


async def _prepared(
    hark: Hark, adapter: Adapter, oauth: Authorization, given: Mapping[str, str]
) -> Mapping[str, str]:
    if oauth.prepare is None:
        return {}
    manifest = adapter.manifest
    http = hark.http.allowing(manifest.hosts, given.get("base_url") or manifest.base_url)
    try:
        async with asyncio.timeout(FINISH_CAP):
            return await oauth.prepare(given, redirect_uri(hark.settings), http)
    except PlatformProblem as problem:
        raise Conflict(problem.message, code="refused") from problem
    except (CallFailed, TimeoutError) as error:
        raise Conflict(f"{manifest.name} could not be reached. Begin again.", code="unreachable") from error


async def _finish(hark: Hark, adapter: Adapter, kept: Kept, code: str) -> tuple[Choice, ...]:
    manifest = adapter.manifest
    http = hark.http.allowing(manifest.hosts, kept.values.get("base_url") or manifest.base_url)
    finish = _authorization(adapter).finish
    try:
        async with asyncio.timeout(FINISH_CAP):
            return await finish(kept.values, code, redirect_uri(hark.settings), kept.verifier, http)
    except PlatformProblem as problem:
        raise Conflict(problem.message, code="refused") from problem
    except (CallFailed, TimeoutError) as error:
        raise Conflict(f"{manifest.name} could not be reached. Begin again.", code="unreachable") from error
    except Exception as error:
        log.exception("an adapter failed while authorizing", platform=manifest.platform)
        raise Conflict(INTERRUPTED, code="internal") from error


def _declined(name: str, returned: Returned) -> Conflict:
    if returned.error in CANCELED:
        return Conflict(f"The permission was not given on {name}. Nothing was connected.", code="canceled")
    told = storable(returned.description or returned.error)[:300].strip().rstrip(".")
    return Conflict(f"{name} refused: {told}.", code="declined")


async def _keep(
    hark: Hark,
    row: AuthorizationRow,
    status: AuthorizationStatus,
    kept: Kept | None,
    error: str | None = None,
) -> None:
    async with hark.db.transaction() as connection:
        until = hark.clock() + CHOICE_LIFE
        await authorizations.keep(connection, hark.secrets, row, status, kept, until, error)


async def _note_connected(hark: Hark, row: AuthorizationRow, choice_id: str) -> None:
    async with hark.db.transaction() as connection:
        locked = await authorizations.load(connection, row.workspace_id, row.user_id, row.id, lock=True)
        kept = authorizations.unseal(hark.secrets, locked.sealed)
        connected = (*kept.connected, choice_id)
        over = row.account_id is not None or not authorizations.left_to_choose(kept.choices, connected)
        after = None if over else msgspec.structs.replace(kept, connected=connected)
        status: AuthorizationStatus = "done" if over else "ready"
        await authorizations.keep(connection, hark.secrets, locked, status, after, locked.expires_at)


def _shown(
    row: AuthorizationRow, kept: Kept, here: Mapping[str, ConnectedIdentity], now: datetime
) -> AuthorizationState:
    state, (code, error) = _STATES[row.status], _told(row.error)
    if row.status in OVER and row.expires_at <= now:
        state, (code, error) = "failed", OVER[row.status]
    offered = [_offered(choice, kept.connected, here.get(choice.id)) for choice in kept.choices]
    return AuthorizationState(
        id=row.id,
        platform=row.platform,
        account_id=row.account_id,
        state=state,
        choices=offered if state == "ready" else [],
        code=code,
        error=error,
        expires_at=row.expires_at,
    )


def _told(error: str | None) -> tuple[str | None, str | None]:
    if error is None:
        return None, None
    code, _, sentence = error.partition(": ")
    return code, sentence


def _offered(choice: Choice, connected: tuple[str, ...], here: ConnectedIdentity | None) -> Offered:
    works = here is not None and here.status in {"connected", "paused"}
    return Offered(choice.id, choice.name, works or choice.id in connected, None if here is None else here.id)
