"""The webhook and what it is told about: registered, switched on again where X switched it off, and asked for what was
missed meanwhile. Everything here may be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from hark.adapters.x.client import Api, Who, api_of, data_of, next_token, rows_of
from hark.adapters.x.manifest import ACCOUNT_ACTIVITY, PRIVATE_EVENTS, PUBLIC_EVENTS
from hark.adapters.x.wire import text_id
from hark.channels.contract import Account, PlatformProblem
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now

LONGEST_ADDRESS = 200
REPLAYED = timedelta(hours=24)
_POLLING = "Until then Hark looks for news every few minutes."


async def subscribe(account: Account, http: GuardedHttp) -> tuple[str, ...]:
    """Sets everything up; the sentences say what is left to do by hand."""
    unfit = unfit_address(account.webhook_url, account.fields)
    if unfit:
        return (f"{unfit} {_POLLING}",)
    if not account.secrets.get("bearer_token"):
        return (f"Give the API key and its secret, so that Hark may register the webhook. {_POLLING}",)
    api = api_of(account, http)
    try:
        webhook_id = await _webhook(api, str(account.webhook_url))
        if account.fields.get("product") == ACCOUNT_ACTIVITY:
            await _subscribe_all(api, webhook_id)
        else:
            await subscribe_each(api, webhook_id, account)
    except PlatformProblem as problem:
        return (f"X did not set up the webhook ({problem.message}). {_POLLING}",)
    return ()


def unfit_address(url: str | None, fields: Mapping[str, str]) -> str | None:
    """Why X would not take an address as webhook. A stand-in on this machine takes one on this machine."""
    if not url:
        return "Give Hark a public https address, so that X can deliver to it."
    parts = urlsplit(url)
    local = parts.hostname == urlsplit(fields.get("base_url", "")).hostname
    if parts.scheme != "https" and not local:
        return "X delivers to https addresses only."
    if parts.port is not None and not local:
        return "X delivers to addresses without a port only."
    if len(url) > LONGEST_ADDRESS:
        return f"X takes addresses of at most {LONGEST_ADDRESS} characters."
    return None


async def _webhook(api: Api, url: str) -> str:
    """The id of our webhook. One that X has switched off is switched on, and X sends again what it kept."""
    found = await webhook_of(api, url)
    if found is None:
        answer = await api.call("POST", "webhooks", json={"url": url}, purpose="setup", who="app")
        return text_id(data_of(answer).get("id")) or ""
    webhook_id = text_id(found.get("id")) or ""
    if found.get("valid") is False:
        await api.call("PUT", f"webhooks/{webhook_id}", purpose="setup", who="app")
        await replay(api, webhook_id)
    return webhook_id


async def webhook_of(api: Api, url: str) -> Mapping[str, Any] | None:
    answer = await api.call("GET", "webhooks", purpose="setup", who="app")
    return next((row for row in rows_of(answer) if row.get("url") == url), None)


async def replay(api: Api, webhook_id: str) -> None:
    """What was lost comes again under the same ids. It is an extra: the lists are looked through in any case."""
    now = utc_now()
    body = {
        "webhook_id": webhook_id,
        "from_date": f"{now - REPLAYED:%Y%m%d%H%M}",
        "to_date": f"{now:%Y%m%d%H%M}",
    }
    try:
        await api.call("POST", "webhooks/replay", json=body, purpose="setup", who="app")
    except PlatformProblem:
        return


async def _subscribe_all(api: Api, webhook_id: str) -> None:
    path = f"account_activity/webhooks/{webhook_id}/subscriptions/all"
    if not await subscribed_to_all(api, webhook_id):
        await api.call("POST", path, json={}, purpose="setup")


async def subscribed_to_all(api: Api, webhook_id: str) -> bool:
    path = f"account_activity/webhooks/{webhook_id}/subscriptions/all"
    try:
        answer = await api.call("GET", path, purpose="setup")
    except PlatformProblem as problem:
        if problem.http_status in {404, 409}:
            return False
        raise
    return data_of(answer).get("subscribed") is True


async def subscribe_each(api: Api, webhook_id: str | None, account: Account) -> None:
    """One subscription for each kind of event. One that leads to another webhook is led to ours. Without a webhook the
    events are on the stream only."""
    have = await subscriptions_of(api, account.platform_account_id)
    hook = {"webhook_id": webhook_id} if webhook_id else {}
    for event in (*PRIVATE_EVENTS, *PUBLIC_EVENTS):
        row = have.get(event)
        if row is None:
            about = {"user_id": account.platform_account_id}
            body = {"event_type": event, "filter": about, "tag": "hark", **hook}
            who: Who = "oauth2" if event in PRIVATE_EVENTS else "app"
            await api.call("POST", "activity/subscriptions", json=body, purpose="setup", who=who)
        elif webhook_id and text_id(row.get("webhook_id")) != webhook_id:
            path = f"activity/subscriptions/{text_id(row.get('subscription_id'))}"
            await api.call("PUT", path, json={"tag": "hark", **hook}, purpose="setup", who="app")


async def subscriptions_of(api: Api, account_id: str) -> dict[str, Mapping[str, Any]]:
    """What the app is subscribed to for this account, by event; each is worth more with a webhook."""
    found: dict[str, Mapping[str, Any]] = {}
    token: str | None = None
    for _ in range(10):
        query = {"max_results": "1000", **({"pagination_token": token} if token else {})}
        answer = await api.call("GET", "activity/subscriptions", query=query, purpose="setup", who="app")
        for row in rows_of(answer):
            about = row.get("filter")
            if isinstance(about, dict) and text_id(about.get("user_id")) == account_id:
                event = str(row.get("event_type"))
                if event not in found or not found[event].get("webhook_id"):
                    found[event] = row
        token = next_token(answer)
        if token is None:
            break
    return found
