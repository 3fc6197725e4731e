"""hark account list, connect, check, refresh."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hark.cli.terminal import Json, Where, note, opened, put, put_json, put_table, run

if TYPE_CHECKING:
    from hark.bootstrap.accounts import CheckedAccount


def list_accounts(*, where: Where | None = None, json: Json = False) -> None:
    """The connected accounts with their state and webhook address."""
    from hark.bootstrap.accounts import list_all

    async def work() -> list[Any]:
        async with opened(where or Where()) as hark:
            return await list_all(hark)

    found = run(work())
    if json:
        put_json(found)
    elif not found:
        note("No account is connected. Connect one with `hark account connect telegram`, or in the page.")
    else:
        rows = [
            [str(each.id), each.platform, each.name, each.status, each.webhook_url or ""] for each in found
        ]
        put_table(["id", "platform", "name", "status", "webhook"], rows)


def connect(
    platform: str,
    values: list[str] | None = None,
    /,
    *,
    workspace: UUID | None = None,
    where: Where | None = None,
    json: Json = False,
) -> None:
    """Connect an account. Values are given as name=value; those that are missing are asked for.

    Secrets are better left out here and typed when asked: the shell keeps a history.

    Parameters
    ----------
    platform
        For example telegram, facebook, sandbox.
    values
        Connection values as name=value, for example base_url=https://example.com.
    workspace
        The workspace's id; the first one otherwise.
    """
    from hark.bootstrap.accounts import connect_to, fields_of

    given = dict(_pair(value) for value in values or [])
    for field in fields_of(platform):
        if field.required and not field.default and field.key not in given:
            given[field.key] = _ask(field.label, field.secret)

    async def work() -> Any:
        async with opened(where or Where()) as hark:
            return await connect_to(hark, workspace, platform, given)

    account = run(work())
    if json:
        put_json(account)
        return
    put(f"Connected {account.name} ({account.platform}), {account.id}.")
    if account.webhook_url:
        put(f"Webhook address: {account.webhook_url}")
    for step in account.steps:
        put(f"Still to do: {step}")


def check(account: UUID | None = None, *, where: Where | None = None, json: Json = False) -> int:
    """Ask the platforms whether the connections work: one account, or all of them.

    Ends with status 1 when one does not.
    """
    from hark.bootstrap.accounts import check_all

    async def work() -> list[CheckedAccount]:
        async with opened(where or Where()) as hark:
            return await check_all(hark, account)

    checked = run(work())
    if json:
        put_json(checked)
    else:
        for each in checked:
            put(f"{'ok  ' if each.ok else 'BAD '} {each.platform}: {each.name}")
            for line in each.checks:
                put(f"     {'ok  ' if line.ok else 'BAD '} {line.name}: {line.detail}")
    return 0 if all(each.ok for each in checked) else 1


def refresh(account: UUID, *, where: Where | None = None, json: Json = False) -> None:
    """Renew an account's tokens now. Hark does so by itself before they end; this is for trying it out, and for an
    account that has to be connected again although the platform still renews its access.
    """
    from hark.bootstrap.accounts import refresh_one

    async def work() -> Any:
        async with opened(where or Where()) as hark:
            return await refresh_one(hark, account)

    ends = run(work())
    if json:
        put_json({"token_expires_at": ends})
    else:
        put(
            "The tokens are renewed."
            if ends is None
            else f"The tokens are renewed and end {ends:%Y-%m-%d %H:%M} UTC."
        )


def _pair(value: str) -> tuple[str, str]:
    from hark.kernel.errors import Invalid

    name, sign, rest = value.partition("=")
    if not sign:
        raise Invalid(f"{value!r} is not of the form name=value.")
    return name, rest


def _ask(label: str, secret: bool) -> str:
    from hark.kernel.errors import Invalid

    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        if not line:
            raise Invalid(f"{label} is needed: give it as name=value or on standard input.")
        return line.strip()
    if secret:
        from getpass import getpass

        return getpass(f"{label}: ").strip()
    return input(f"{label}: ").strip()
