"""What a fresh database gets: a workspace, its administrator, and the sandbox network to try things with."""

from __future__ import annotations

from uuid import UUID

from hark.bootstrap import repository
from hark.channels.accounts.models import ChannelAccount
from hark.flows.connect import connect_account
from hark.flows.context import Hark
from hark.workspaces.founding import first_workspace, found_member, found_workspace
from hark.workspaces.rights import system_actor
from hark.workspaces.tokens import issue_link, link_url

ADMINISTRATOR_NAME = "Administrator"


async def found(hark: Hark) -> str | None:
    """Makes the workspace where there is none. Gives the link with which the administrator signs in for the
    first time, for as long as nobody has; earlier links stop working."""
    async with hark.db.transaction() as connection:
        await repository.LOCK_FOUNDING.run(connection)
        now = hark.clock()
        if await first_workspace(connection) is None:
            workspace = await found_workspace(connection, hark.settings.workspace_name, now)
            _, token = await found_member(
                connection,
                workspace.id,
                hark.settings.administrator_email,
                ADMINISTRATOR_NAME,
                "administrator",
                now,
            )
            return link_url(hark.settings.address, token)
        newcomer = await repository.LONELY_NEWCOMER.find(connection)
        if newcomer is None:
            return None
        token = await issue_link(connection, newcomer.id, "first_sign_in", now)
        return link_url(hark.settings.address, token)


async def connect_sandbox(hark: Hark, access_token: str) -> ChannelAccount | None:
    """Connects the sandbox network to the first workspace, unless it was ever connected there. The network
    must be answering already."""
    async with hark.db.connection() as connection:
        workspace = await first_workspace(connection)
        if workspace is None or await _ever_connected(hark, workspace.id):
            return None
    values = {"base_url": f"http://{hark.settings.own_address}/sandbox", "access_token": access_token}
    return await connect_account(hark, system_actor(workspace.id), "sandbox", values)


async def _ever_connected(hark: Hark, workspace_id: UUID) -> bool:
    async with hark.db.connection() as connection:
        return bool(await repository.EVER_CONNECTED.value(connection, workspace_id, "sandbox"))
