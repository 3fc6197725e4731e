"""Who may do what: roles and key scopes as one table of rights.

A right is `<what>:<read|write>`; scopes of API keys are rights. Every route names the right it needs.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from hark.kernel.errors import Forbidden
from hark.workspaces.models import Role

AGENT = frozenset(
    {
        "conversations:read",
        "conversations:write",
        "moderation:write",
        "customers:read",
        "customers:write",
        "tags:read",
        "accounts:read",
        "members:read",
        "workspace:read",
        "live",
    }
)
"""`moderation:write` is hiding, deleting, banning and the like on the platforms; supervisors can keep deleting and banning
for themselves. Agents see accounts and colleagues because they filter by the one and assign to the other."""

SUPERVISOR = AGENT | {"tags:write", "policies:write", "quarantine:read", "deliveries:read"}

ADMINISTRATOR = SUPERVISOR | {
    "accounts:write",
    "members:write",
    "quarantine:write",
    "workspace:write",
    "keys:read",
    "keys:write",
    "audit:read",
}

RIGHTS_OF: dict[Role, frozenset[str]] = {
    "agent": AGENT,
    "supervisor": SUPERVISOR,
    "administrator": ADMINISTRATOR,
}

SCOPES: tuple[str, ...] = (
    "conversations:read",
    "conversations:write",
    "moderation:write",
    "customers:read",
    "customers:write",
    "accounts:read",
    "accounts:write",
    "members:read",
    "members:write",
    "quarantine:read",
    "quarantine:write",
    "live",
)
"""What a key can be given. Keys cannot make keys, nor change the workspace."""

IMPLIED: dict[str, frozenset[str]] = {
    "conversations:read": frozenset({"tags:read", "workspace:read"}),
    "conversations:write": frozenset({"tags:write"}),
    "quarantine:read": frozenset({"deliveries:read"}),
}
"""What a scope brings along beyond its own name."""


class Actor(msgspec.Struct, frozen=True):
    """Who acts in a workspace: a person, a program with a key, or Hark itself."""

    kind: Literal["user", "key", "system"]
    id: UUID | None
    workspace_id: UUID
    name: str
    rights: frozenset[str]
    role: Role | None = None
    address: str = ""

    @property
    def reference(self) -> str:
        """`user:<id>`, `key:<id>` or `system`, as facts and audit records name the actor."""
        return self.kind if self.id is None else f"{self.kind}:{self.id}"

    @property
    def user_id(self) -> UUID | None:
        return self.id if self.kind == "user" else None

    def check_right(self, right: str) -> None:
        """Raises Forbidden, naming what is missing."""
        if right not in self.rights:
            raise Forbidden(f"This needs the right {right!r}.", right=right)


def rights_of_scopes(scopes: list[str]) -> frozenset[str]:
    granted = set(scopes) & set(SCOPES)
    for scope in tuple(granted):
        granted |= IMPLIED.get(scope, frozenset())
    return frozenset(granted)


def user_actor(user_id: UUID, name: str, role: Role, workspace_id: UUID, address: str = "") -> Actor:
    return Actor("user", user_id, workspace_id, name, RIGHTS_OF[role], role, address)


def system_actor(workspace_id: UUID, name: str = "Hark") -> Actor:
    """Hark's own hand, and the command line's: everything is allowed."""
    return Actor("system", None, workspace_id, name, ADMINISTRATOR)
