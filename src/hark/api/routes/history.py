"""Fetching from the platforms: what is newer now, and everything there was before connecting."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from hark.channels.accounts.models import ChannelAccount
from hark.channels.accounts.views import account_view
from hark.flows import history
from hark.flows.context import Hark
from hark.flows.history import FetchReport
from hark.workspaces.rights import Actor


class Fetch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`accounts` null means all that can be asked."""

    since: Annotated[datetime, Meta(tz=True)]
    accounts: Annotated[list[UUID], Meta(max_length=200)] | None = None


@post("/api/v1/fetch", right="accounts:write", tags=["accounts"], operation_id="fetchSince", status_code=200)
async def fetch(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], data: JSONBody[Fetch]
) -> FetchReport:
    """Asks the platforms now for what is newer than `since`. Each account has its own time-out; one that fails hides
    nothing of the others."""
    return await history.fetch_since(hark, actor.workspace_id, data.since, data.accounts)


@post(
    "/api/v1/accounts/{account_id:uuid}/import",
    right="accounts:write",
    tags=["accounts"],
    operation_id="importHistory",
    status_code=202,
)
async def import_history(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], account_id: FromPath[UUID]
) -> ChannelAccount:
    """Begins to import everything that the platform still has; `history` of the account tells how far it is."""
    row = await history.request_import(hark, actor, account_id)
    return account_view(row, hark.registry, hark.settings.address)


HANDLERS: list[Any] = [fetch, import_history]
