"""hark user create, hark user reset."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from hark.cli.terminal import Json, Where, note, opened, put, put_json, run


def create(
    email: str,
    *,
    name: str = "",
    role: Literal["administrator", "supervisor", "agent"] = "agent",
    workspace: UUID | None = None,
    where: Where | None = None,
    json: Json = False,
) -> None:
    """Add a user to a workspace and print the link for the first sign-in.

    Parameters
    ----------
    email
        The user's e-mail address.
    name
        The name that customers and colleagues see; the part of the address before the @ otherwise.
    role
        What the user may do.
    workspace
        The workspace's id; the first one otherwise.
    """
    from hark.bootstrap.users import create_user

    async def work() -> str:
        async with opened(where or Where()) as hark:
            return await create_user(hark, workspace, email, name or email.split("@")[0], role)

    _show(email, run(work()), json)


def reset(email: str, *, where: Where | None = None, json: Json = False) -> None:
    """Print a link with which the user sets a new password. It works once, for two hours."""
    from hark.bootstrap.users import reset_user

    async def work() -> str:
        async with opened(where or Where()) as hark:
            return await reset_user(hark, email)

    _show(email, run(work()), json)


def _show(email: str, link: str, json: bool) -> None:
    if json:
        put_json({"email": email, "link": link})
    else:
        note(f"Give this link to {email}; it works once:")
        put(link)
