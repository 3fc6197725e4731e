"""Connecting an account of any server, and looking after the connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

import msgspec

from hark.adapters.mastodon.client import Nothing, Server, make_server, server_of
from hark.adapters.mastodon.instance import fields_of, read_instance
from hark.adapters.mastodon.manifest import SCOPES
from hark.adapters.mastodon.payloads import Person
from hark.channels.contract import Account, Connected, Health, PlatformProblem, Reconnect, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret

Check = tuple[bool, str]


class _Application(msgspec.Struct):
    scopes: list[str] | None = None


class _Policy(msgspec.Struct):
    for_not_following: str = "accept"
    for_not_followers: str = "accept"
    for_new_accounts: str = "accept"
    for_private_mentions: str = "accept"


async def connect(values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp) -> Connected:
    """Asks the server whose token this is. Raises Rejected with a sentence."""
    base, token = address_in(values), Secret(_needed(values, "access_token", "access token"))
    server = make_server({"base_url": base}, token, http)
    try:
        person = await server.get("/api/v1/accounts/verify_credentials", Person)
    except Reconnect as problem:
        raise Rejected(problem.code, f"The server refuses this access token. {problem.message}") from problem
    instance = await read_instance(server)
    domain = instance.domain or urlsplit(base).hostname or ""
    fields = fields_of(instance, base, person.avatar_static or person.avatar)
    return Connected(
        person.id,
        f"@{person.acct or person.username}@{domain}",
        fields={**fields, "base_url": base},
        steps=await _steps(server),
    )


def address_in(values: Mapping[str, str]) -> str:
    """The server's address. Raises Rejected for one that is none."""
    base = _needed(values, "base_url", "server").rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.path:
        raise Rejected(
            "bad_address", "Give the server as https:// and its name, for example https://mastodon.social."
        )
    return base


def _needed(values: Mapping[str, str], key: str, label: str) -> str:
    value = (values.get(key) or "").strip()
    if not value:
        raise Rejected("missing_field", f"The {label} is missing.")
    return value


async def _steps(server: Server) -> tuple[str, ...]:
    """What is left to do by hand. What cannot be asked now shows when the connection is checked."""
    try:
        found = await _check_scopes(server), await _check_filters(server)
    except PlatformProblem:
        return ()
    return tuple(sentence for ok, sentence in found if not ok)


async def check(account: Account, http: GuardedHttp) -> Health:
    """Token, permissions, filters that would keep customers out, the server's own limits."""
    try:
        server = server_of(account, http)
        checks = {"token": await _check_token(server, account)}
    except PlatformProblem as problem:
        return Health(False, {"token": (False, problem.message)})
    checks["scopes"] = await _safely(lambda: _check_scopes(server))
    checks["subscription"] = await _safely(lambda: _check_notifications(server))
    checks["incoming"] = await _safely(lambda: _check_filters(server))
    checks["limits"] = await _safely(lambda: _check_limits(server, account))
    return Health(all(ok for ok, _ in checks.values()), checks)


async def _safely(look: Callable[[], Awaitable[Check]]) -> Check:
    try:
        return await look()
    except PlatformProblem as problem:
        return False, problem.message


async def _check_token(server: Server, account: Account) -> Check:
    person = await server.get("/api/v1/accounts/verify_credentials", Person)
    if person.id != account.platform_account_id:
        return False, "The access token belongs to another account. Connect it again."
    return True, "The access token is valid; Mastodon's tokens do not expire."


async def _check_scopes(server: Server) -> Check:
    """Older servers do not tell."""
    try:
        application = await server.get("/api/v1/apps/verify_credentials", _Application)
    except Rejected:
        return True, "The server does not tell which permissions the token has."
    if application.scopes is None:
        return True, "The server does not tell which permissions the token has."
    granted = set(application.scopes)
    missing = [name for name in SCOPES if name not in granted and name.partition(":")[0] not in granted]
    if missing:
        return False, f"The application lacks {', '.join(missing)}. Connect the account again and grant them."
    return True, "All permissions are granted."


async def _check_notifications(server: Server) -> Check:
    await server.get("/api/v1/notifications", list[Nothing], {"limit": 1, "types": ["mention"]})
    return True, "Mentions and replies can be read."


async def _check_filters(server: Server) -> Check:
    """A server may hold back what strangers write, and customers are strangers."""
    try:
        policy = await server.get("/api/v2/notifications/policy", _Policy)
    except Rejected:
        return True, "The server does not filter notifications."
    held = {
        "people the account does not follow": policy.for_not_following,
        "people who do not follow the account": policy.for_not_followers,
        "new accounts": policy.for_new_accounts,
        "unasked direct messages": policy.for_private_mentions,
    }
    kept = [who for who, what in held.items() if what != "accept"]
    if kept:
        return (
            False,
            f"In Mastodon's notification settings, accept {', '.join(kept)}: at present they do not come through.",
        )
    return True, "Everybody can write to the account."


async def _check_limits(server: Server, account: Account) -> Check:
    instance = await read_instance(server)
    now = fields_of(instance, account.base_url(""), None)
    before = account.fields.get("max_characters")
    if now.get("max_characters", before) != before:
        return (
            False,
            f"The server takes {now['max_characters']} characters now. Connect the account again to use them.",
        )
    return True, f"The server takes {before or '500'} characters."
