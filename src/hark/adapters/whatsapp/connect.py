"""Connecting a number: try the token, name the number, switch notifications on, and look after them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from hark.adapters._meta.wire import instant, text_id
from hark.adapters.whatsapp.client import Cloud, app_cloud_of, app_token, cloud_of, make_cloud, rows_of
from hark.adapters.whatsapp.manifest import SCOPES, WEBHOOK_FIELDS
from hark.adapters.whatsapp.webhook import OBJECT
from hark.channels.contract import (
    Account,
    Connected,
    Health,
    PlatformProblem,
    Reconnect,
    Refreshed,
    Rejected,
    TryAgain,
)
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret

Check = tuple[bool, str]
NUMBER_FIELDS = "id,display_phone_number,verified_name,quality_rating,status,name_status,messaging_limit_tier"
_TIERS = {
    "TIER_50": "50",
    "TIER_250": "250",
    "TIER_1K": "1,000",
    "TIER_2K": "2,000",
    "TIER_10K": "10,000",
    "TIER_100K": "100,000",
    "TIER_UNLIMITED": "any number of",
}


async def connect(values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp) -> Connected:
    """Asks WhatsApp whose token this is and which number. Raises Rejected with a sentence for the administrator."""
    app_id, app_secret = (
        _needed(values, "app_id", "app ID"),
        Secret(_needed(values, "app_secret", "app secret")),
    )
    token, waba_id = (
        Secret(_needed(values, "access_token", "access token")),
        _needed(values, "waba_id", "ID of the WhatsApp Business Account"),
    )
    app, cloud = (
        make_cloud(values, app_token(app_id, app_secret), None, http),
        make_cloud(values, token, app_secret, http),
    )
    try:
        state = await token_state(app, token)
        _check_token(state, app_id)
        number = await _find_number(cloud, waba_id, (values.get("phone_number_id") or "").strip())
    except Reconnect as problem:
        raise Rejected(problem.code, f"WhatsApp refuses these credentials. {problem.message}") from problem
    shown = text_id(number.get("display_phone_number")) or ""
    generated = {} if values.get("verify_token") else {"verify_token": Secret(secrets.token_urlsafe(24))}
    return Connected(
        platform_account_id=str(text_id(number.get("id"))),
        name=f"{number.get('verified_name') or 'WhatsApp'} ({shown})" if shown else "WhatsApp",
        generated=generated,
        fields={"phone_number_id": str(text_id(number.get("id"))), "waba_id": waba_id, "app_id": app_id},
        steps=tuple(_steps(state, number, webhook_url)),
        expires_at=_expiry(state),
    )


def _needed(values: Mapping[str, str], key: str, label: str) -> str:
    value = (values.get(key) or "").strip()
    if not value:
        raise Rejected("missing_field", f"The {label} is missing.")
    return value


async def token_state(app: Cloud, token: Secret) -> dict[str, Any]:
    """What Meta knows of a token; a dead one comes with status 200 and an error inside."""
    answer = await app.get("debug_token", input_token=token.reveal())
    data = answer.get("data")
    return data if isinstance(data, dict) else {}


def _check_token(state: Mapping[str, Any], app_id: str) -> None:
    if not state.get("is_valid"):
        raise Rejected("invalid_token", "Meta says that the access token is not valid. Make a new one.")
    if text_id(state.get("app_id")) not in {None, app_id}:
        raise Rejected("other_app", "The access token belongs to another app than the one given.")


def _expiry(state: Mapping[str, Any]) -> datetime | None:
    return instant(state.get("expires_at")) if state.get("expires_at") else None


async def _find_number(cloud: Cloud, waba_id: str, phone_number_id: str) -> dict[str, Any]:
    """The named number of the account, or its only one."""
    rows = rows_of(await cloud.get(f"{waba_id}/phone_numbers", fields=NUMBER_FIELDS, limit="100"))
    fitting = [row for row in rows if phone_number_id in ("", text_id(row.get("id")))]
    if not fitting:
        raise Rejected(
            "no_number",
            "The WhatsApp account has no such number, or the token may not see it. The ID of a number is "
            "not the number itself.",
        )
    if len(fitting) > 1:
        names = ", ".join(f"{row.get('display_phone_number')} ({row.get('id')})" for row in fitting[:5])
        raise Rejected("which_number", f"The account has several numbers; give the ID of one: {names}.")
    return fitting[0]


def _steps(state: Mapping[str, Any], number: Mapping[str, Any], webhook_url: str | None) -> list[str]:
    steps = []
    if lacking := _lacking(state):
        steps.append(f"Grant the token these permissions and connect again: {', '.join(lacking)}.")
    if text_id(number.get("status")) not in {None, "CONNECTED"}:
        steps.append("Register the number: it is not connected to the Cloud API yet.")
    if webhook_url is None:
        steps.append("Give Hark a public https address, so that WhatsApp can reach it.")
    return steps


def _lacking(state: Mapping[str, Any]) -> list[str]:
    granted = state.get("scopes")
    return [one.name for one in SCOPES if one.name not in granted] if isinstance(granted, list) else []


async def subscribe(account: Account, http: GuardedHttp) -> tuple[str, ...]:
    """Subscribes the app to the WhatsApp account, with our address instead of the app's own, and to all fields. An address
    of somebody else's running system stays. May be repeated; returns what is left to do."""
    cloud, path = cloud_of(account, http), f"{account.fields.get('waba_id', '')}/subscribed_apps"
    url, token = account.webhook_url, account.secrets.get("verify_token")
    if not url or not token:
        await cloud.call("POST", path)
        return (f"Set the callback address {url} with the verify token of this account. {_BY_HAND}",)
    current = _address_of(_ours(rows_of(await cloud.get(path)), account))
    if current and urlsplit(current).netloc != urlsplit(url).netloc:
        return (f"Messages of this WhatsApp account go to {current} at present. Take it off there first.",)
    fields = await _subscribe_fields(account, http, url, token)
    if current != url:  # also that of an account of ours which may be gone: a notification names its number
        try:
            address = {"override_callback_uri": url, "verify_token": token.reveal()}
            await cloud.call("POST", path, json=address)
        except Rejected as problem:
            return (f"WhatsApp did not take our address ({problem.message}). {_BY_HAND}",)
    return fields


_BY_HAND = (
    f"In the app's dashboard, Webhooks, WhatsApp Business Account: subscribe to {', '.join(WEBHOOK_FIELDS)}."
)


async def _subscribe_fields(account: Account, http: GuardedHttp, url: str, token: Secret) -> tuple[str, ...]:
    """An app has one address and one list of fields for all WhatsApp accounts. Where it has an address already, that stays,
    and only the fields are added to."""
    path = f"{account.fields.get('app_id', '')}/subscriptions"
    try:
        app = app_cloud_of(account, http)
        rows = rows_of(await app.get(path))
        known = next((row for row in rows if row.get("object") == OBJECT), None)
        missing = _missing_fields(known)
        elsewhere = (
            urlsplit(str(known.get("callback_url"))).netloc != urlsplit(url).netloc if known else False
        )
        if elsewhere:
            return (f"The app does not tell of everything. {_BY_HAND}",) if missing else ()
        if missing or (known is not None and known.get("callback_url") != url):
            form = {
                "object": OBJECT,
                "callback_url": url,
                "verify_token": token.reveal(),
                "fields": ",".join(WEBHOOK_FIELDS),
                "include_values": "true",
            }
            await app.call("POST", path, form=form)
    except PlatformProblem as problem:
        return (f"Meta did not take the list of fields ({problem.message}). {_BY_HAND}",)
    return ()


def _missing_fields(known: Mapping[str, Any] | None) -> list[str]:
    """Fields of ours that a subscription lacks; they come as names, or as objects with one."""
    given = known.get("fields") if known else None
    rows = given if isinstance(given, list) else []
    names = {row.get("name") if isinstance(row, dict) else row for row in rows}
    return [field for field in WEBHOOK_FIELDS if field not in names]


def _ours(rows: list[dict[str, Any]], account: Account) -> dict[str, Any] | None:
    for row in rows:
        app = row.get("whatsapp_business_api_data")
        if isinstance(app, dict) and text_id(app.get("id")) == account.fields.get("app_id"):
            return row
    return None


def _address_of(row: Mapping[str, Any] | None) -> str | None:
    return text_id(row.get("override_callback_uri")) if row else None


async def check(account: Account, http: GuardedHttp) -> Health:
    """Token, permissions, subscription, and how WhatsApp rates the number."""
    checks = {
        **await _check_rights(account, http),
        **await _check_subscription(account, http),
        **await _check_number(account, http),
    }
    return Health(all(ok for ok, _ in checks.values()), checks)


async def _check_rights(account: Account, http: GuardedHttp) -> dict[str, Check]:
    try:
        state = await token_state(app_cloud_of(account, http), cloud_of(account, http).token)
        _check_token(state, account.fields.get("app_id", ""))
    except PlatformProblem as problem:
        return {"token": (False, problem.message)}
    lacking = _lacking(state)
    rights = (
        f"Missing: {', '.join(lacking)}. Grant them and connect again."
        if lacking
        else "All permissions are granted."
    )
    expires = _expiry(state)
    until = f"until {expires:%Y-%m-%d}" if expires else "without scheduled expiry"
    return {"token": (True, f"The access token is valid {until}."), "scopes": (not lacking, rights)}


async def _check_subscription(account: Account, http: GuardedHttp) -> dict[str, Check]:
    try:
        rows = rows_of(
            await cloud_of(account, http).get(f"{account.fields.get('waba_id', '')}/subscribed_apps")
        )
    except PlatformProblem as problem:
        return {"subscription": (False, problem.message)}
    ours = _ours(rows, account)
    if ours is None:
        sentence = "The app is not subscribed to the WhatsApp account; connect again to renew it."
        return {"subscription": (False, sentence)}
    current = _address_of(ours)
    if current and account.webhook_url and urlsplit(current).netloc != urlsplit(account.webhook_url).netloc:
        return {"subscription": (False, f"Messages go to {current} instead of here. Connect again.")}
    return {"subscription": (True, "Notifications are switched on.")}


async def _check_number(account: Account, http: GuardedHttp) -> dict[str, Check]:
    try:
        number = await cloud_of(account, http).get(account.platform_account_id, fields=NUMBER_FIELDS)
    except PlatformProblem as problem:
        return {"number": (False, problem.message)}
    status, quality = text_id(number.get("status")), text_id(number.get("quality_rating"))
    if status not in {None, "CONNECTED"}:
        sentence = f"The number is {str(status).lower()}. See WhatsApp Manager."
        return {"number": (False, sentence)}
    if quality == "RED":
        sentence = (
            "The quality of the number is low: people block or report it. Send less that was not asked for."
        )
        return {"number": (False, sentence)}
    tier = _TIERS.get(text_id(number.get("messaging_limit_tier")) or "")
    limit = f" Templates may go to {tier} people a day." if tier else ""
    return {
        "number": (True, f"The number is connected, its quality {(quality or 'unknown').lower()}.{limit}")
    }


async def refresh(account: Account, http: GuardedHttp) -> Refreshed:
    """Another 60 days for a token that expires. Raises Reconnect where Meta refuses."""
    token, secret = account.secrets.get("access_token"), account.secrets.get("app_secret")
    if not token or not secret:
        raise Reconnect(
            "no_token", "The access token or the app secret is missing. Connect the number again."
        )
    cloud = make_cloud(account.fields, app_token(account.fields.get("app_id", ""), secret), None, http)
    try:
        answer = await cloud.get(
            "oauth/access_token",
            grant_type="fb_exchange_token",
            client_id=account.fields.get("app_id", ""),
            client_secret=secret.reveal(),
            set_token_expires_in_60_days="true",  # noqa: S106 - a choice, not a secret
            fb_exchange_token=token.reveal(),
        )
    except (Rejected, TryAgain) as problem:
        if problem.http_status is None or problem.http_status >= 429:
            raise
        raise Reconnect(
            problem.code, f"Meta does not extend the access token. {problem.message}"
        ) from problem
    renewed = text_id(answer.get("access_token"))
    if renewed is None:
        raise Reconnect("no_token", "Meta gave no new access token. Connect the number again.")
    state = await token_state(cloud, Secret(renewed))
    return Refreshed(secrets={"access_token": Secret(renewed)}, expires_at=_expiry(state))
