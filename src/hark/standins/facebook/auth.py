"""Who calls: tokens, their states, rights, and the proof of the app secret."""

from __future__ import annotations

import hashlib
import hmac

import msgspec

from hark.standins.facebook.errors import GraphFault, invalid, no_permission
from hark.standins.facebook.web import Request
from hark.standins.facebook.world import Page, World

TOKEN_ERRORS = {
    "458": "Error validating access token: The user has not authorized the application.",
    "460": "Error validating access token: The session has been invalidated because the user changed their password.",
    "463": "Error validating access token: Session has expired.",
}


class Caller(msgspec.Struct):
    """`page` for a page's token; `is_app` and `is_user` for the other two kinds."""

    page: Page | None = None
    is_app: bool = False
    is_user: bool = False

    def acting_page(self, scope: str) -> Page:
        if self.page is None:
            raise GraphFault(190, "A page access token is required for this call")
        if scope not in self.page.scopes:
            raise no_permission(scope)
        return self.page


def caller_of(request: Request, world: World) -> Caller:
    token = given_token(request)
    if not token:
        raise GraphFault(190, "An access token is required to request this resource.", status=401)
    caller = find(token, world)
    if caller is None:
        raise GraphFault(190, f"Malformed access token {token}", status=401)
    _check_proof(request, token, world)
    if caller.page is not None:
        check_state(caller.page)
    return caller


def given_token(request: Request) -> str:
    given = request.text("access_token")
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    return given or (value if kind.lower() in {"bearer", "oauth"} else "")


def find(token: str, world: World) -> Caller | None:
    if token == f"{world.app.id}|{world.app.secret}":
        return Caller(is_app=True)
    if token == world.app.user_token:
        return Caller(is_user=True)
    page = next((page for page in world.pages.values() if page.token == token), None)
    return Caller(page=page) if page else None


def check_state(page: Page) -> None:
    if page.token_state != "ok":
        raise GraphFault(190, TOKEN_ERRORS[page.token_state], subcode=int(page.token_state), status=401)


def _check_proof(request: Request, token: str, world: World) -> None:
    given = request.values.get("appsecret_proof")
    if given is None:
        return
    right = hmac.new(world.app.secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(str(given), right):
        raise invalid("Invalid appsecret_proof provided in the API argument")
