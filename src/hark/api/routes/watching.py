"""How connected accounts are, and what their calls use up."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from hark.flows import doctor, metering
from hark.flows.context import Hark
from hark.flows.doctor import AccountHealth
from hark.flows.metering import AccountUsage
from hark.workspaces.rights import Actor

Days = Annotated[
    int | None, QueryParameter(ge=1, le=90, description="Days back from today; 30 when not given.")
]


@get(
    "/api/v1/accounts/{account_id:uuid}/health",
    right="accounts:read",
    tags=["accounts"],
    operation_id="getAccountHealth",
)
async def get_health(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], account_id: FromPath[UUID]
) -> AccountHealth:
    """One line per part of the connection, each with its cause and what to do. Told from what is stored: the platform is
    asked every five minutes, or by `checkAccount`."""
    return await doctor.account_health(hark, actor.workspace_id, account_id)


@get(
    "/api/v1/accounts/{account_id:uuid}/usage",
    right="accounts:read",
    tags=["accounts"],
    operation_id="getAccountUsage",
)
async def get_usage(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    account_id: FromPath[UUID],
    days: Days = None,
) -> AccountUsage:
    """Calls, units and cost by day and kind; the day's budgets; and what the platform says is left."""
    return await metering.account_usage(hark, actor.workspace_id, account_id, days or metering.DAYS)


HANDLERS: list[Any] = [get_health, get_usage]
