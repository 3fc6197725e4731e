"""`hark user`: people and their links, from the command line."""

from __future__ import annotations

from uuid import UUID

from hark.flows.context import Hark
from hark.infra.bus import ACCESS
from hark.kernel.errors import NotFound
from hark.workspaces.founding import first_workspace, found_member, load_workspace, reset_password
from hark.workspaces.models import Role
from hark.workspaces.tokens import link_url


async def create_user(hark: Hark, workspace_id: UUID | None, email: str, name: str, role: Role) -> str:
    """A member of the workspace (the first one where none is named); gives the link for the first sign-in."""
    async with hark.db.transaction() as connection:
        if workspace_id is None:
            workspace = await first_workspace(connection)
        else:
            workspace = await load_workspace(connection, workspace_id)
        if workspace is None:
            raise NotFound("There is no workspace yet: start Hark once with `hark serve`.")
        user_id, token = await found_member(connection, workspace.id, email, name, role, hark.clock())
    hark.bus.publish(ACCESS, str(user_id))
    return link_url(hark.settings.address, token)


async def reset_user(hark: Hark, email: str) -> str:
    async with hark.db.transaction() as connection:
        token = await reset_password(connection, email, hark.clock())
    return link_url(hark.settings.address, token)
