"""Who asks, and whether they may: cookie sessions with CSRF protection, bearer keys, and the right of each route.

Every route names what it needs as `right=` in its options: a right of `workspaces.rights`, `SIGNED_IN`, or `PUBLIC`. One guard
on the whole application enforces it, and an application with a route that names nothing does not start.
"""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from litestar import WebSocket
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from hark.flows.context import Hark
from hark.kernel.errors import Forbidden, HarkError, NotFound, Unauthenticated
from hark.realtime.hub import Hub
from hark.workspaces import repository
from hark.workspaces.api_keys import PREFIX, find_key_actor
from hark.workspaces.lifetime import lifetime_of
from hark.workspaces.models import Membership, SessionRow
from hark.workspaces.rights import Actor, user_actor
from hark.workspaces.sessions import find_session

PUBLIC = "public"
SIGNED_IN = "signed_in"
COOKIE = "hark_session"
CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Connection = ASGIConnection[Any, Any, Any, Any]


class Identity(msgspec.Struct, frozen=True):
    """Who a request comes from. `session` and `memberships` are there for people in a browser only."""

    actor: Actor
    session: SessionRow | None = None
    memberships: tuple[Membership, ...] = ()
    token_hash: bytes = b""


async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Runs before every handler; leaves the actor in `scope["auth"]` and the identity in `scope["user"]`."""
    if connection.scope.get("method") == "OPTIONS":
        return
    hark: Hark = connection.app.state.hark
    right = handler.opt["right"]
    unsafe = connection.scope.get("method", "GET") not in SAFE_METHODS
    if right == PUBLIC:
        if unsafe:
            check_origin(connection, hark)
        return
    identity = await identify(hark, connection)
    if identity.session is not None and isinstance(connection, WebSocket):
        check_origin(connection, hark, needed=True)
    elif identity.session is not None and unsafe:
        check_origin(connection, hark)
        check_csrf(connection, identity.session)
    if right != SIGNED_IN:
        identity.actor.check_right(right)
    elif identity.session is None:
        raise Forbidden("Only a signed-in person can do this, not a key.")
    connection.scope["auth"] = identity.actor
    connection.scope["user"] = identity


async def identify(hark: Hark, connection: Connection) -> Identity:
    """By bearer key where there is one, else by cookie. Raises Unauthenticated."""
    header = connection.headers.get("authorization", "")
    if header:
        return await _by_key(hark, header, client_address(connection))
    token = connection.cookies.get(COOKIE)
    if not token:
        raise Unauthenticated("Sign in first, or send a key.")
    return await _by_session(hark, connection, token)


async def _by_key(hark: Hark, header: str, address: str) -> Identity:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.startswith(PREFIX):
        raise Unauthenticated("The Authorization header does not hold a key.")
    async with hark.db.connection() as connection:
        actor = await find_key_actor(connection, token, hark.clock(), address)
    if actor is None:
        raise Unauthenticated("This key is unknown, expired or revoked.")
    return Identity(actor)


async def _by_session(hark: Hark, request: Connection, token: str) -> Identity:
    async with hark.db.connection() as connection:
        session = await find_session(connection, token, hark.clock(), lifetime_of(hark.settings))
        if session is None:
            raise Unauthenticated("You are signed out. Sign in again.")
        memberships = await repository.MEMBERSHIPS.all(connection, session.user_id)
    chosen = choose_workspace(memberships, asked_workspace(request))
    actor = user_actor(session.user_id, session.name, chosen.role, chosen.id, client_address(request))
    return Identity(actor, session, tuple(memberships), session.token_hash)


def choose_workspace(memberships: list[Membership], asked: UUID | None) -> Membership:
    """The workspace that was asked for, or the first. A foreign one looks like one that is not there."""
    if not memberships:
        raise Forbidden("You belong to no workspace. Ask an administrator.", code="no_workspace")
    if asked is None:
        return memberships[0]
    for membership in memberships:
        if membership.id == asked:
            return membership
    raise NotFound("There is no such workspace.")


def asked_workspace(connection: Connection) -> UUID | None:
    """From the header `X-Workspace`, or from the query where a browser cannot set headers (WebSocket, image)."""
    given = connection.headers.get("x-workspace", connection.query_params.get("workspace"))
    if given is None:
        return None
    try:
        return UUID(given)
    except ValueError as error:
        raise NotFound("There is no such workspace.") from error


def check_csrf(connection: Connection, session: SessionRow) -> None:
    given = connection.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), session.csrf_token.encode()):
        raise Forbidden("The X-CSRF-Token header is missing or wrong.", code="csrf")


def check_origin(connection: Connection, hark: Hark, *, needed: bool = False) -> None:
    """A browser says where a request comes from: only our own page may ask. `needed` refuses requests without Origin."""
    origin = connection.headers.get("origin")
    if origin is None:
        if needed:
            raise _foreign()
        return
    if not origin_allowed(origin, connection.headers.get("host", ""), hark.settings.address):
        raise _foreign()


def origin_allowed(origin: str, host: str, address: str) -> bool:
    """The host that the request itself names, or the public address."""
    parts = urlsplit(origin)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return False
    return parts.netloc.lower() == host.lower() or origin.rstrip("/") == address


def client_address(connection: Connection) -> str:
    """The peer; behind a proxy that is trusted by the server's settings, whom the proxy names."""
    client = connection.scope.get("client")
    return client[0] if client else ""


def provide_actor(request: Connection) -> Actor:
    return request.scope["auth"]  # type: ignore[no-any-return]


def provide_identity(request: Connection) -> Identity:
    return request.scope["user"]  # type: ignore[no-any-return]


def provide_hub(request: Connection) -> Hub:
    return request.app.state.hub  # type: ignore[no-any-return]


def provide_hark(request: Connection) -> Hark:
    return request.app.state.hark  # type: ignore[no-any-return]


def _foreign() -> HarkError:
    return Forbidden("This request comes from another page.", code="foreign_origin")
