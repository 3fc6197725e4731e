"""What rules may name: everything of the workspace, across modules, for the checks at saving."""

from __future__ import annotations

from uuid import UUID

import msgspec

from hark.automation.checks import Known
from hark.automation.keep import find_row, gather_known, kept_secrets
from hark.flows.automation.gather import calendars_of
from hark.flows.context import Hark
from hark.infra.db import Connection
from hark.sla import repository as sla


async def load_known(
    hark: Hark, connection: Connection, workspace_id: UUID, rule_id: UUID | None = None
) -> Known:
    """With `rule_id` also the webhook secrets that this rule has already. Raises NotFound."""
    known = await gather_known(
        connection,
        workspace_id,
        [adapter.manifest.platform for adapter in hark.registry],
        private_addresses=hark.settings.allow_private_addresses,
    )
    policies = await sla.POLICIES.all(connection, [workspace_id])
    kept: dict[str, str] = {}
    if rule_id is not None:
        kept = kept_secrets(hark.secrets, await find_row(connection, workspace_id, rule_id, hark.clock()))
    return msgspec.structs.replace(
        known,
        policies=frozenset(str(each.id) for each in policies),
        calendars=frozenset(await calendars_of(connection, workspace_id)),
        secrets=frozenset(kept),
    )
