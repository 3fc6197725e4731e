"""The workspace and its members."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from hark.api.parameters import After, Limit, Short
from hark.api.writing import Once, write, write_once
from hark.flows.context import Hark
from hark.infra.bus import ACCESS
from hark.infra.db import Connection
from hark.journal import Fact
from hark.kernel.errors import Invalid
from hark.kernel.pages import Page, bounded
from hark.realtime.hub import Hub
from hark.workspaces import founding, members
from hark.workspaces.models import ListedMember, Member, Role, Workspace
from hark.workspaces.rights import Actor
from hark.workspaces.tokens import link_url


class WorkspacePatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`settings` are merged into those there are."""

    name: Short | UnsetType = UNSET
    settings: dict[str, Any] | UnsetType = UNSET


class ModerationPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What agents may do on the platforms themselves; supervisors always may."""

    agents_may_delete: bool | UnsetType = UNSET
    agents_may_ban: bool | UnsetType = UNSET


class NewMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: Annotated[str, Meta(min_length=3, max_length=254)]
    name: Short
    role: Role


class Invited(msgspec.Struct, frozen=True):
    """`invite_url` is for the person; null where they have a password already."""

    member: Member
    invite_url: str | None


class RoleChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    role: Role


@get("/api/v1/workspace", right="workspace:read", tags=["workspace"], operation_id="getWorkspace")
async def get_workspace(hark: NamedDependency[Hark], actor: NamedDependency[Actor]) -> Workspace:
    """The workspace with its settings."""
    async with hark.db.connection() as connection:
        return await founding.load_workspace(connection, actor.workspace_id)


@patch("/api/v1/workspace", right="workspace:write", tags=["workspace"], operation_id="updateWorkspace")
async def update_workspace(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], data: JSONBody[WorkspacePatch]
) -> Workspace:
    """Renames the workspace or changes settings."""

    async def work(connection: Connection) -> tuple[Workspace, list[Fact]]:
        changed, fact = await founding.change_workspace(
            connection, actor, data.name or None, data.settings or {}, hark.clock()
        )
        return changed, [fact]

    return await write(hark, actor, work)


@patch(
    "/api/v1/workspace/moderation",
    right="policies:write",
    tags=["workspace"],
    operation_id="updateModeration",
)
async def update_moderation(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], data: JSONBody[ModerationPatch]
) -> Workspace:
    """Keeps deleting or banning on the platforms for supervisors, or gives it to agents again."""
    given = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not UNSET}

    async def work(connection: Connection) -> tuple[Workspace, list[Fact]]:
        changed, fact = await founding.change_workspace(connection, actor, None, given, hark.clock())
        return changed, [fact]

    return await write(hark, actor, work)


@get("/api/v1/members", right="members:read", tags=["members"], operation_id="listMembers")
async def list_members(
    hark: NamedDependency[Hark],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    limit: Limit = None,
    after: After = None,
) -> Page[ListedMember]:
    """The people of the workspace by name, and whether they are online."""
    async with hark.db.connection() as connection:
        page = await members.list_members(connection, actor.workspace_id, bounded(limit), after)
    online = hub.presence.online(actor.workspace_id)
    return Page([_with_online(member, online) for member in page.items], page.next)


@post("/api/v1/members", right="members:write", tags=["members"], operation_id="inviteMember")
async def invite_member(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    once: NamedDependency[Once],
    data: JSONBody[NewMember],
) -> Invited:
    """Makes somebody a member and gives the link by which they choose a password. No mail is sent."""

    async def work(connection: Connection) -> tuple[Invited, list[Fact]]:
        member, token, fact = await members.invite(
            connection, actor, data.email, data.name, data.role, hark.clock()
        )
        url = link_url(hark.settings.address, token) if token else None
        return Invited(member, url), [fact]

    return await write_once(hark, actor, once, Invited, work)


@patch("/api/v1/members/{user_id:uuid}", right="members:write", tags=["members"], operation_id="updateMember")
async def update_member(
    hark: NamedDependency[Hark],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    user_id: FromPath[UUID],
    data: JSONBody[RoleChange],
) -> ListedMember:
    """Changes a role. It acts on open sessions at once."""

    async def work(connection: Connection) -> tuple[Member, list[Fact]]:
        member, fact = await members.change_role(connection, actor, user_id, data.role, hark.clock())
        return member, [fact]

    member = await write(hark, actor, work)
    hark.bus.publish(ACCESS, str(user_id))
    return _with_online(member, hub.presence.online(actor.workspace_id))


@delete(
    "/api/v1/members/{user_id:uuid}", right="members:write", tags=["members"], operation_id="removeMember"
)
async def remove_member(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], user_id: FromPath[UUID]
) -> None:
    """Takes somebody out of the workspace. It acts on open sessions at once."""
    if user_id == actor.id:
        raise Invalid("You cannot remove yourself.", code="own_membership")

    async def work(connection: Connection) -> tuple[None, list[Fact]]:
        return None, [await members.remove(connection, actor, user_id, hark.clock())]

    await write(hark, actor, work)
    hark.bus.publish(ACCESS, str(user_id))


def _with_online(member: Member, online: set[UUID]) -> ListedMember:
    return ListedMember(**msgspec.structs.asdict(member), online=member.user_id in online)


HANDLERS = [
    get_workspace,
    update_workspace,
    update_moderation,
    list_members,
    invite_member,
    update_member,
    remove_member,
]
