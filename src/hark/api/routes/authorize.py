"""Connecting by OAuth: beginning, coming back from the platform, choosing what to connect."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from hark.api.auth import PUBLIC, identify
from hark.api.parameters import Short
from hark.api.routes.accounts import Values
from hark.channels.accounts.grants.authorizations import StateRefused
from hark.channels.accounts.models import ChannelAccount
from hark.flows import authorize
from hark.flows.authorize import AuthorizationState, Returned, Started
from hark.flows.context import Hark
from hark.kernel.errors import HarkError
from hark.workspaces.rights import RIGHTS_OF, Actor

SETTINGS = "/settings/channels"
LONGEST = 4000


class NewAuthorization(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`values` has what the platform's `authorization.needs` names. `account_id` authorizes that account again."""

    platform: Short
    values: Values = {}
    account_id: UUID | None = None


class Chosen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`choice` is the id of one of the authorization's choices."""

    choice: Annotated[str, Meta(min_length=1, max_length=500)]


@post(
    "/api/v1/accounts/authorizations",
    right="accounts:write",
    tags=["accounts"],
    operation_id="beginAuthorization",
)
async def begin_authorization(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], data: JSONBody[NewAuthorization]
) -> Started:
    """Begins connecting by OAuth: send the person's browser to `url`. Works once and for ten minutes."""
    return await authorize.begin(hark, actor, data.platform, data.values, data.account_id)


@get(
    "/api/v1/accounts/authorizations/{authorization_id:uuid}",
    right="accounts:write",
    tags=["accounts"],
    operation_id="getAuthorization",
)
async def get_authorization(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], authorization_id: FromPath[UUID]
) -> AuthorizationState:
    """How one's authorization stands, and what can be connected with it."""
    return await authorize.look(hark, actor, authorization_id)


@post(
    "/api/v1/accounts/authorizations/{authorization_id:uuid}/connect",
    right="accounts:write",
    tags=["accounts"],
    operation_id="connectAuthorized",
)
async def connect_authorized(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    authorization_id: FromPath[UUID],
    data: JSONBody[Chosen],
) -> ChannelAccount:
    """Connects one of the choices. An account that is here already gets the new credentials and keeps its conversations."""
    return await authorize.connect_choice(hark, actor, authorization_id, data.choice)


@get(
    authorize.CALLBACK,
    right=PUBLIC,
    tags=["accounts"],
    operation_id="finishAuthorization",
    status_code=303,
)
async def finish_authorization(
    request: Request[Any, Any, Any], hark: NamedDependency[Hark]
) -> Response[None]:
    """Where the platform sends the person back to. Answers by sending them on to the page."""
    try:
        told = {"authorization": str(await _come_back(request, hark))}
    except StateRefused as refused:
        told = {"authorization_refused": refused.code}
    headers = {
        "location": f"{hark.settings.address}{SETTINGS}?{urlencode(told)}",
        "cache-control": "no-store",
    }
    return Response(None, status_code=303, headers=headers)


async def _come_back(request: Request[Any, Any, Any], hark: Hark) -> UUID:
    """Whoever holds the state must be signed in as the person whom it was made for: somebody who only follows a foreign
    link would otherwise connect a stranger's account."""
    try:
        identity = await identify(hark, request)
    except HarkError as error:
        raise StateRefused("signed_out") from error
    if identity.session is None:
        raise StateRefused("signed_out")
    workspaces = {each.id for each in identity.memberships if "accounts:write" in RIGHTS_OF[each.role]}
    return await authorize.come_back(hark, identity.session.user_id, workspaces, _returned(request))


def _returned(request: Request[Any, Any, Any]) -> Returned:
    given = [
        str(request.query_params.get(key, ""))[:LONGEST]
        for key in ("state", "code", "error", "error_description")
    ]
    return Returned(*given)


HANDLERS: list[Any] = [begin_authorization, get_authorization, connect_authorized, finish_authorization]
