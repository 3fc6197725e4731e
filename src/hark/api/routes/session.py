"""Signing in and out, links from e-mails, and one's own account."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody
from msgspec import UNSET, Meta, UnsetType

from hark.api.auth import (
    COOKIE,
    PUBLIC,
    SIGNED_IN,
    Identity,
    asked_workspace,
    choose_workspace,
    client_address,
)
from hark.api.version import VERSION
from hark.flows.context import Hark
from hark.infra.bus import ACCESS
from hark.infra.db import Connection
from hark.kernel.errors import Forbidden, Unauthenticated
from hark.workspaces import audit, repository
from hark.workspaces.lifetime import lifetime_of
from hark.workspaces.models import Membership, Purpose, Role, SessionRow, User
from hark.workspaces.passwords import check_password, hash_password, password_matches
from hark.workspaces.rights import user_actor
from hark.workspaces.sessions import NewSession, begin_session, end_other_sessions, end_session, find_session
from hark.workspaces.sign_in import sign_in
from hark.workspaces.tokens import load_link, use_link

Name = Annotated[str, Meta(min_length=1, max_length=120)]
Password = Annotated[str, Meta(min_length=1, max_length=256, description="10 to 256 characters")]
Token = Annotated[str, Meta(min_length=1, max_length=200)]


class Session(msgspec.Struct, frozen=True):
    """Who is signed in. `csrf_token` goes into the header X-CSRF-Token of every request that changes something."""

    user: User
    csrf_token: str
    workspaces: list[Membership]
    workspace_id: UUID
    role: Role
    version: str


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: Annotated[str, Meta(min_length=1, max_length=254)]
    password: Password


class Redeem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`password` becomes the password; `name` replaces the name."""

    token: Token
    password: Password
    name: Name | None = None


class Link(msgspec.Struct, frozen=True):
    """Whom a link is for."""

    email: str
    name: str
    purpose: Purpose


class MePatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name | UnsetType = UNSET
    locale: Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)] | UnsetType = (
        UNSET
    )
    settings: dict[str, Any] | UnsetType = UNSET


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    current: Password
    new: Password


@post("/api/v1/session", right=PUBLIC, tags=["session"], operation_id="signIn", status_code=200)
async def create_session(
    request: Request[Any, Any, Any], hark: NamedDependency[Hark], data: JSONBody[Credentials]
) -> Response[Session]:
    """Signs in by e-mail and password and sets the session cookie. At most 10 failed tries a minute."""
    begun = await sign_in(
        hark.db,
        hark.clock,
        lifetime_of(hark.settings),
        data.email,
        data.password,
        address=client_address(request),
        user_agent=request.headers.get("user-agent", ""),
    )
    return await _signed_in(hark, request, begun, "session.begun")


@get("/api/v1/session", right=SIGNED_IN, tags=["session"], operation_id="getSession")
async def get_session(identity: NamedDependency[Identity]) -> Session:
    """Who is signed in, in which workspace, and the CSRF token."""
    return _session(identity)


@delete("/api/v1/session", right=SIGNED_IN, tags=["session"], operation_id="signOut", status_code=204)
async def delete_session(identity: NamedDependency[Identity], hark: NamedDependency[Hark]) -> Response[None]:
    """Ends this session; its live connections are closed."""
    async with hark.db.transaction() as connection:
        await end_session(connection, identity.token_hash)
    hark.bus.publish(ACCESS, str(identity.actor.id))
    cookie = Cookie(key=COOKIE, path="/", max_age=0)
    return Response(None, status_code=204, cookies=[cookie])


@get("/api/v1/session/token", right=PUBLIC, tags=["session"], operation_id="getLink")
async def get_link(hark: NamedDependency[Hark], token: FromQuery[str]) -> Link:
    """Whom a first sign-in, invitation or reset link is for, while it is good."""
    async with hark.db.connection() as connection:
        row = await load_link(connection, token, hark.clock())
    return Link(row.email, row.name, row.purpose)


@post("/api/v1/session/token", right=PUBLIC, tags=["session"], operation_id="redeemLink", status_code=200)
async def redeem_link(
    request: Request[Any, Any, Any], hark: NamedDependency[Hark], data: JSONBody[Redeem]
) -> Response[Session]:
    """Uses a link: sets the password, ends all other sessions of the user, signs in."""
    now = hark.clock()
    async with hark.db.connection() as connection:
        link = await load_link(connection, data.token, now)
    check_password(data.password, link.email)
    hashed = await hash_password(data.password)
    async with hark.db.transaction() as connection:
        link = await use_link(connection, data.token, now)
        await repository.SET_PASSWORD.run(connection, link.user_id, hashed)
        if data.name is not None:
            user = await repository.FIND_USER.one(connection, link.user_id)
            await repository.UPDATE_USER.run(connection, user.id, data.name, user.locale, user.settings)
        await end_other_sessions(connection, link.user_id)
        begun = await begin_session(
            connection,
            link.user_id,
            now,
            lifetime_of(hark.settings),
            user_agent=request.headers.get("user-agent", ""),
            address=client_address(request),
        )
    hark.bus.publish(ACCESS, str(link.user_id))
    return await _signed_in(hark, request, begun, f"link.{link.purpose}")


@patch("/api/v1/me", right=SIGNED_IN, tags=["session"], operation_id="updateMe")
async def update_me(
    identity: NamedDependency[Identity], hark: NamedDependency[Hark], data: JSONBody[MePatch]
) -> User:
    """Changes one's own name, locale and personal settings (merged)."""
    async with hark.db.transaction() as connection:
        user = await repository.FIND_USER.one(connection, identity.actor.id)
        changed = User(
            user.id,
            user.email,
            user.name if data.name is UNSET else data.name,
            user.locale if data.locale is UNSET else data.locale,
            user.settings if data.settings is UNSET else user.settings | data.settings,
        )
        await repository.UPDATE_USER.run(connection, user.id, changed.name, changed.locale, changed.settings)
    return changed


@post(
    "/api/v1/me/password", right=SIGNED_IN, tags=["session"], operation_id="changePassword", status_code=204
)
async def change_password(
    identity: NamedDependency[Identity], hark: NamedDependency[Hark], data: JSONBody[PasswordChange]
) -> None:
    """Sets a new password and ends all other sessions."""
    actor = identity.actor
    async with hark.db.connection() as connection:
        secret = await repository.FIND_SECRET.one(connection, actor.id)
    if not await password_matches(data.current, secret.password_hash):
        raise Forbidden(
            "The present password is wrong.", code="wrong_password", fields={"current": "is wrong"}
        )
    check_password(data.new, secret.email)
    hashed = await hash_password(data.new)
    async with hark.db.transaction() as connection:
        await repository.SET_PASSWORD.run(connection, secret.id, hashed)
        await end_other_sessions(connection, secret.id, identity.token_hash)
        await audit.note(connection, actor, "password.changed", hark.clock(), subject=str(secret.id))
    hark.bus.publish(ACCESS, str(actor.id))


async def _signed_in(
    hark: Hark, request: Request[Any, Any, Any], begun: NewSession, action: str
) -> Response[Session]:
    async with hark.db.transaction() as connection:
        identity = await _begun_identity(hark, connection, request, begun)
        await audit.note(connection, identity.actor, action, hark.clock(), subject=str(begun.user_id))
    https = hark.settings.address.startswith("https:") or request.scope["scheme"] == "https"
    cookie = Cookie(
        key=COOKIE,
        value=begun.token,
        path="/",
        httponly=True,
        samesite="lax",
        secure=https,
        max_age=int(lifetime_of(hark.settings).absolute.total_seconds()),
    )
    return Response(_session(identity), status_code=200, cookies=[cookie])


async def _begun_identity(
    hark: Hark, connection: Connection, request: Request[Any, Any, Any], begun: NewSession
) -> Identity:
    row = await find_session(connection, begun.token, hark.clock(), lifetime_of(hark.settings))
    if row is None:
        raise Unauthenticated("You are signed out. Sign in again.")
    memberships = await repository.MEMBERSHIPS.all(connection, row.user_id)
    chosen = choose_workspace(memberships, asked_workspace(request))
    actor = user_actor(row.user_id, row.name, chosen.role, chosen.id, client_address(request))
    return Identity(actor, row, tuple(memberships), row.token_hash)


def _session(identity: Identity) -> Session:
    row, actor = _row(identity), identity.actor
    role = next(found.role for found in identity.memberships if found.id == actor.workspace_id)
    user = User(row.user_id, row.email, row.name, row.locale, row.settings)
    return Session(user, row.csrf_token, list(identity.memberships), actor.workspace_id, role, VERSION)


def _row(identity: Identity) -> SessionRow:
    if identity.session is None:
        raise Forbidden("Only a signed-in person can do this, not a key.")
    return identity.session


HANDLERS = [create_session, get_session, delete_session, get_link, redeem_link, update_me, change_password]
