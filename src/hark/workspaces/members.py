"""Who belongs to a workspace, and as what. A workspace always keeps an administrator."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from hark.infra.db import Connection
from hark.journal import Fact, fact_of
from hark.kernel.errors import Conflict, Invalid, NotFound
from hark.kernel.ids import new_id
from hark.kernel.pages import Page, decode_cursor, encode_cursor
from hark.workspaces import audit, repository
from hark.workspaces.models import Member, Role, UserSecret
from hark.workspaces.rights import Actor
from hark.workspaces.tokens import issue_link


async def list_members(
    connection: Connection, workspace_id: UUID, limit: int, after: str | None
) -> Page[Member]:
    """In the order of names."""
    name, last = decode_cursor(after, tuple[str, UUID]) if after else ("", UUID(int=0))
    rows = await repository.LIST_MEMBERS.all(connection, workspace_id, name, last, limit + 1)
    following = None
    if len(rows) > limit:
        following = encode_cursor(rows[limit - 1].name.lower(), rows[limit - 1].user_id)
    return Page(rows[:limit], following)


async def load_member(connection: Connection, workspace_id: UUID, user_id: UUID) -> Member:
    member = await repository.FIND_MEMBER.find(connection, workspace_id, user_id)
    if member is None or member.removed_at is not None:
        raise NotFound("There is no such member.")
    return member


async def invite(
    connection: Connection, actor: Actor, email: str, name: str, role: Role, now: datetime
) -> tuple[Member, str | None, Fact]:
    """Makes the person a member. The second value is the token of an invitation, None for whom already has a
    password.
    """
    user = await ensure_user(connection, email, name, now)
    present = await repository.FIND_MEMBER.find(connection, actor.workspace_id, user.id)
    if present is not None and present.removed_at is None:
        raise Conflict(
            f"{present.name} is a member already.",
            code="already_member",
            fields={"email": "is a member already"},
        )
    await repository.PUT_MEMBER.run(connection, actor.workspace_id, user.id, role, now)
    token = None if user.password_hash else await issue_link(connection, user.id, "invite", now)
    await audit.note(connection, actor, "member.invited", now, subject=str(user.id), role=role)
    member, fact = await _changed(connection, actor, user.id, now)
    return member, token, fact


async def ensure_user(connection: Connection, email: str, name: str, now: datetime) -> UserSecret:
    """The user of an e-mail address, made where there is none."""
    check_email(email)
    await repository.INSERT_USER.run(connection, new_id(now), email.strip(), name.strip(), "en", now)
    return await repository.FIND_BY_EMAIL.one(connection, email.strip())


def check_email(email: str) -> None:
    """Only the shape: whether it is theirs shows when they use the link."""
    local, at, domain = email.strip().rpartition("@")
    bad = (
        not at
        or not local
        or "." not in domain.strip(".")
        or any(c.isspace() or c < " " for c in email.strip())
    )
    if bad or len(email) > 254:
        raise Invalid("This is not an e-mail address.", fields={"email": "not an e-mail address"})


async def change_role(
    connection: Connection, actor: Actor, user_id: UUID, role: Role, now: datetime
) -> tuple[Member, Fact]:
    before = await load_member(connection, actor.workspace_id, user_id)
    if before.role == "administrator" and role != "administrator":
        await _check_other_administrator(connection, actor.workspace_id, user_id)
    await repository.SET_ROLE.run(connection, actor.workspace_id, user_id, role)
    await audit.note(
        connection, actor, "member.role_changed", now, subject=str(user_id), before=before.role, after=role
    )
    return await _changed(connection, actor, user_id, now)


async def remove(connection: Connection, actor: Actor, user_id: UUID, now: datetime) -> Fact:
    before = await load_member(connection, actor.workspace_id, user_id)
    if before.role == "administrator":
        await _check_other_administrator(connection, actor.workspace_id, user_id)
    await repository.REMOVE_MEMBER.run(connection, actor.workspace_id, user_id, now)
    await audit.note(connection, actor, "member.removed", now, subject=str(user_id), role=before.role)
    return (await _changed(connection, actor, user_id, now))[1]


async def _check_other_administrator(connection: Connection, workspace_id: UUID, user_id: UUID) -> None:
    rows = await repository.LOCK_ADMINISTRATORS.all(connection, workspace_id)
    if all(row[0] == user_id for row in rows):
        raise Conflict(
            "This is the last administrator. Make somebody else one first.", code="last_administrator"
        )


async def _changed(connection: Connection, actor: Actor, user_id: UUID, now: datetime) -> tuple[Member, Fact]:
    member = await repository.FIND_MEMBER.one(connection, actor.workspace_id, user_id)
    return member, fact_of("member.changed", now, member, actor=actor.reference)
