"""Texts that platforms approved beforehand."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from hark.flows.context import Hark
from hark.flows.templates import TemplateList, list_templates
from hark.workspaces.rights import Actor


@get(
    "/api/v1/accounts/{account_id:uuid}/templates",
    right="accounts:read",
    tags=["accounts"],
    operation_id="listTemplates",
)
async def list_all(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    account_id: FromPath[UUID],
    fresh: Annotated[
        bool, QueryParameter(description="Asks the platform, however young the list is.")
    ] = False,
) -> TemplateList:
    """What may be sent when the reply window is closed. Kept for ten minutes; `stale` where the platform could not be
    asked."""
    return await list_templates(hark, actor.workspace_id, account_id, fresh=fresh)


HANDLERS: list[Any] = [list_all]
