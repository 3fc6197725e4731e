"""How a connection is: token, app, webhook, subscription, product and plan, each with a sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from datetime import date
from typing import Any

from hark.adapters.x.client import Api, api_of
from hark.adapters.x.listen import listens
from hark.adapters.x.manifest import (
    ACCOUNT_ACTIVITY,
    ACCOUNT_ACTIVITY_ENDS,
    ENTERPRISE,
    PRIVATE_EVENTS,
    PUBLIC_EVENTS,
    SCOPES,
)
from hark.adapters.x.people import handle_of
from hark.adapters.x.subscribe import subscribed_to_all, subscriptions_of, unfit_address, webhook_of
from hark.adapters.x.tokens import GRANTED
from hark.adapters.x.wire import text_id
from hark.channels.contract import Account, Health, PlatformProblem, Reconnect
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now

Line = tuple[bool, str]

_POLLS = "Hark looks for news every few minutes instead."
_STREAMS = "Hark listens to X's stream of events instead, and looks for news every few minutes."


async def check(account: Account, http: GuardedHttp) -> Health:
    """One line per part. Without a webhook an account works all the same, by polling.

    Raises Reconnect where X refuses tokens that can be renewed: whoever asks renews them and asks again.
    """
    api = api_of(account, http)
    try:
        token = await _token(api, account)
    except Reconnect as problem:
        if problem.http_status == 401 and account.secrets.get("oauth2_refresh_token"):
            raise
        token = False, problem.message
    except PlatformProblem as problem:
        token = False, problem.message
    checks: dict[str, Line] = {"token": token, **_scopes(account)}
    checks |= await _deliveries(api, account)
    checks["product"] = product_line(account.fields.get("product", ""), utc_now().date())
    checks["plan"] = _plan(account)
    return Health(all(ok for ok, _ in checks.values()), checks)


async def _told(line: Awaitable[Line]) -> Line:
    try:
        return await line
    except PlatformProblem as problem:
        return False, problem.message


async def _token(api: Api, account: Account) -> Line:
    found, name = handle_of(await api.get("users/me"))
    if found != account.platform_account_id:
        return False, f"The tokens belong to {name}, another account. Connect this one again."
    kind = "OAuth 2" if account.secrets.get("oauth2_access_token") else "OAuth 1.0a"
    if account.state.get("revoked") is True:
        return True, f"X accepts the {kind} tokens of {name} again."
    return True, f"X accepts the {kind} tokens of {name}."


def _scopes(account: Account) -> dict[str, Line]:
    """Known only where the account was authorized by OAuth 2 through Hark."""
    granted = account.secrets.get(GRANTED)
    if not granted:
        return {}
    have = granted.reveal().split()
    missing = [scope for scope in SCOPES if scope.name not in have]
    if not missing:
        return {"scopes": (True, "Everything that was asked for is granted.")}
    names = ", ".join(scope.name for scope in missing)
    needed = any(scope.required for scope in missing)
    return {"scopes": (not needed, f"Not granted: {names}. Authorize the account again and agree to it.")}


async def _deliveries(api: Api, account: Account) -> dict[str, Line]:
    unfit = unfit_address(account.webhook_url, account.fields)
    if unfit:
        return {"webhook": (True, f"{unfit} {_STREAMS if listens(account) else _POLLS}")}
    if not account.secrets.get("bearer_token"):
        return {"webhook": (False, f"The app-only token is missing: give API key and secret. {_POLLS}")}
    try:
        found = await webhook_of(api, str(account.webhook_url))
    except PlatformProblem as problem:
        return {"webhook": (False, problem.message)}
    lines = {"webhook": _webhook(found)}
    if found is not None:
        by = _account_activity if account.fields.get("product") == ACCOUNT_ACTIVITY else _activity
        lines["subscription"] = await _told(by(api, account, found))
    return lines


def _webhook(found: Mapping[str, Any] | None) -> Line:
    if found is None:
        return False, f"X does not know our webhook: renew the subscription. {_POLLS}"
    if found.get("valid") is False:
        return False, (
            "X switched our webhook off, because it did not answer X's challenge rightly: check the API key secret and that the"
            " address is reachable, then renew the subscription."
        )
    return True, "X delivers to our webhook."


async def _activity(api: Api, account: Account, webhook: Mapping[str, Any]) -> Line:
    have = await subscriptions_of(api, account.platform_account_id)
    ours = {
        event for event, row in have.items() if text_id(row.get("webhook_id")) == text_id(webhook.get("id"))
    }
    missing = [event for event in (*PRIVATE_EVENTS, *PUBLIC_EVENTS) if event not in ours]
    if not missing:
        return True, "All kinds of events are subscribed to."
    remedy = "renew the subscription"
    if not account.secrets.get("oauth2_access_token"):
        remedy = "authorize the account by OAuth 2, which these events need"
    return False, f"Not subscribed to {', '.join(missing)}: {remedy}. {_POLLS}"


async def _account_activity(api: Api, account: Account, webhook: Mapping[str, Any]) -> Line:
    if await subscribed_to_all(api, text_id(webhook.get("id")) or ""):
        return True, "The account's activity is subscribed to."
    return False, f"The account's activity is not subscribed to: renew the subscription. {_POLLS}"


def product_line(product: str, today: date) -> Line:
    """What becomes of the event product that the account uses."""
    if product != ACCOUNT_ACTIVITY:
        return True, "Events come by the X Activity API."
    ends = f"{ACCOUNT_ACTIVITY_ENDS:%Y-%m-%d}"
    left = (ACCOUNT_ACTIVITY_ENDS - today).days
    if left <= 0:
        return False, f"X ended the Account Activity API on {ends}: change the event product to activity."
    return (
        False,
        f"X ends the Account Activity API on {ends}, in {left} days: change the event product to activity before.",
    )


def _plan(account: Account) -> Line:
    if account.fields.get("plan") == ENTERPRISE:
        return True, "Enterprise plan: everybody may be answered publicly."
    return (
        True,
        "Self-serve plan: X lets the app answer publicly only people who named or quoted the account.",
    )
