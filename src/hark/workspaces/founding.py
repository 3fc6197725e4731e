"""Making workspaces and their first people; used at the first start and by the command line."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from hark.infra.db import Connection
from hark.journal import Fact, fact_of
from hark.kernel.errors import Invalid, NotFound
from hark.kernel.ids import new_id
from hark.workspaces import audit, repository
from hark.workspaces.members import ensure_user
from hark.workspaces.models import Role, Workspace, WorkspaceRow, WorkspaceSettings
from hark.workspaces.rights import Actor
from hark.workspaces.tokens import issue_link


async def found_workspace(connection: Connection, name: str, now: datetime) -> Workspace:
    """A new workspace with its counters and standard settings."""
    workspace = Workspace(new_id(now), name, WorkspaceSettings())
    await repository.INSERT_WORKSPACE.run(
        connection, workspace.id, name, msgspec.to_builtins(workspace.settings), now
    )
    await repository.INSERT_COUNTER.run(connection, workspace.id)
    await repository.INSERT_CASE_COUNTER.run(connection, workspace.id)
    return workspace


async def found_member(
    connection: Connection, workspace_id: UUID, email: str, name: str, role: Role, now: datetime
) -> tuple[UUID, str]:
    """A user of the workspace, without a password, and the token of the link for the first sign-in."""
    user = await ensure_user(connection, email, name, now)
    await repository.PUT_MEMBER.run(connection, workspace_id, user.id, role, now)
    return user.id, await issue_link(connection, user.id, "first_sign_in", now)


async def reset_password(connection: Connection, email: str, now: datetime) -> str:
    """The token of a reset link for the user with this e-mail address."""
    user = await repository.FIND_BY_EMAIL.find(connection, email.strip())
    if user is None:
        raise NotFound(f"There is no user with the e-mail address {email}.")
    return await issue_link(connection, user.id, "reset", now)


async def first_workspace(connection: Connection) -> Workspace | None:
    row = await repository.FIRST_WORKSPACE.find(connection)
    return None if row is None else _workspace(row)


async def load_workspace(connection: Connection, workspace_id: UUID) -> Workspace:
    row = await repository.FIND_WORKSPACE.find(connection, workspace_id)
    if row is None:
        raise NotFound("There is no such workspace.")
    return _workspace(row)


async def change_workspace(
    connection: Connection, actor: Actor, name: str | None, settings: dict[str, object], now: datetime
) -> tuple[Workspace, Fact]:
    """`settings` are merged into those there are; each value is checked."""
    row = await repository.LOCK_WORKSPACE.one(connection, actor.workspace_id)
    merged = {**msgspec.to_builtins(_workspace(row).settings), **settings}
    changed = Workspace(row.id, name or row.name, _settings(merged))
    await repository.UPDATE_WORKSPACE.run(
        connection, row.id, changed.name, {**row.settings, **msgspec.to_builtins(changed.settings)}
    )
    await audit.note(connection, actor, "workspace.changed", now, name=name, settings=settings)
    return changed, fact_of("workspace.changed", now, changed, actor=actor.reference)


def _workspace(row: WorkspaceRow) -> Workspace:
    return Workspace(row.id, row.name, msgspec.convert(row.settings, WorkspaceSettings))


def _settings(values: dict[str, object]) -> WorkspaceSettings:
    settings = msgspec.convert(values, WorkspaceSettings)
    if not 0 <= settings.undo_seconds <= 30:
        raise Invalid("The time to undo is 0 to 30 seconds.", fields={"settings.undo_seconds": "0 to 30"})
    if not (settings.away_after_s == 0 or 60 <= settings.away_after_s <= 86_400):
        raise Invalid(
            "Agents are away after 60 seconds to a day, or never (0).",
            fields={"settings.away_after_s": "0, or 60 to 86400"},
        )
    if not 15 <= settings.offline_grace_s <= 3600:
        raise Invalid(
            "Agents are offline 15 to 3600 seconds after they were lost.",
            fields={"settings.offline_grace_s": "15 to 3600"},
        )
    return settings
