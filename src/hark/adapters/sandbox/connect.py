"""Connecting: credentials tried, the webhook set, the connection looked at."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from uuid import UUID

from hark.adapters.sandbox.client import call, decoded
from hark.adapters.sandbox.manifest import MANIFEST
from hark.adapters.sandbox.payloads import Me, WebhookState
from hark.channels.contract import Account, Connected, Health, PlatformProblem, Reconnect, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret

_NOBODY = UUID(int=0)


async def connect(values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp) -> Connected:
    account = _candidate(values)
    try:
        me = decoded(await call(account, http, "GET", "/me"), Me)
    except Reconnect as problem:
        raise Rejected(
            "token_refused", "The network does not know this access token.", http_status=problem.http_status
        ) from problem
    return Connected(
        platform_account_id=me.id,
        name=me.name,
        generated={"webhook_secret": Secret(secrets.token_urlsafe(32))},
    )


def _candidate(values: Mapping[str, str]) -> Account:
    """The account as it would be, to make the first call with."""
    token = values.get("access_token", "").strip()
    if not token:
        raise Rejected("token_missing", "The access token is missing.")
    base_url = values.get("base_url", "").strip() or MANIFEST.base_url
    return Account(
        id=_NOBODY,
        workspace_id=_NOBODY,
        platform_account_id="",
        name="",
        secrets={"access_token": Secret(token)},
        fields={"base_url": base_url},
    )


async def subscribe(account: Account, http: GuardedHttp) -> tuple[str, ...]:
    """Gives the network our address and the secret to sign with; it asks the address by itself whether it
    is ours."""
    secret = account.secrets.get("webhook_secret")
    if account.webhook_url is None or not secret:
        return ("Give Hark an address that the network can reach, and connect again.",)
    await call(account, http, "PUT", "/webhook", json={"url": account.webhook_url, "secret": secret.reveal()})
    return ()


async def check(account: Account, http: GuardedHttp) -> Health:
    checks: dict[str, tuple[bool, str]] = {}
    try:
        me = decoded(await call(account, http, "GET", "/me"), Me)
        checks["token"] = (True, f"The token belongs to {me.name}.")
        hook = decoded(await call(account, http, "GET", "/webhook"), WebhookState)
        checks["webhook"] = _webhook_check(hook, account)
    except PlatformProblem as problem:
        checks["webhook" if checks else "token"] = (False, problem.message)
    return Health(ok=all(ok for ok, _ in checks.values()), checks=checks)


def _webhook_check(hook: WebhookState, account: Account) -> tuple[bool, str]:
    if hook.url != account.webhook_url:
        return False, "The network sends its events to another address."
    if not hook.verified:
        return False, "The network has not been able to confirm our address yet."
    if hook.failing_since is not None:
        return False, "The network's latest events could not be delivered."
    return True, "Events arrive at our address."
