"""What Meta knows of an access token (`debug_token`), and the address to which an app's notifications go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from hark.adapters._meta.graph import Graph, embedded_problem, rows_of
from hark.adapters._meta.wire import instant, text_id
from hark.channels.contract import PlatformProblem, Rejected
from hark.kernel.secrets import Secret

Check = tuple[bool, str]


def needed(values: Mapping[str, str], key: str, label: str) -> str:
    """A value that connecting cannot do without. Raises Rejected."""
    value = (values.get(key) or "").strip()
    if not value:
        raise Rejected("missing_field", f"The {label} is missing.")
    return value


async def token_state(app: Graph, token: Secret) -> dict[str, Any]:
    """What Meta knows of a token; a dead one comes with status 200 and an error inside."""
    answer = await app.get("debug_token", input_token=token.reveal())
    data = answer.get("data")
    return data if isinstance(data, dict) else {}


def check_token(state: Mapping[str, Any], app_id: str, name: str = "Facebook") -> None:
    """Raises Rejected for a token that is dead, or another app's."""
    if not state.get("is_valid"):
        problem = embedded_problem(state.get("error"))
        sentence = problem.message if problem else f"{name} says that the access token is not valid."
        raise Rejected("invalid_token", sentence)
    if text_id(state.get("app_id")) not in {None, app_id}:
        raise Rejected("other_app", "The access token belongs to another app than the one given.")


def lacking_scopes(state: Mapping[str, Any], wanted: Iterable[str]) -> list[str]:
    granted = state.get("scopes")
    return [scope for scope in wanted if scope not in granted] if isinstance(granted, list) else []


def check_scopes(state: Mapping[str, Any], wanted: Iterable[str]) -> Check:
    lacking = lacking_scopes(state, wanted)
    if lacking:
        return False, f"Missing: {', '.join(lacking)}. Connect again and grant them."
    return True, "All permissions are granted."


def validity(state: Mapping[str, Any]) -> str:
    expires, access = instant(state.get("expires_at")), instant(state.get("data_access_expires_at"))
    until = f"until {expires:%Y-%m-%d}" if expires else "without scheduled expiry"
    reading = f"; data may be read until {access:%Y-%m-%d}" if access else ""
    return f"The access token is valid {until}{reading}."


async def register_address(
    app: Graph, app_id: str, about: str, url: str | None, token: Secret | None, fields: tuple[str, ...]
) -> tuple[str, ...]:
    """An app has one address per object (page, instagram) for all its accounts. One that points elsewhere is somebody's
    running system and stays. Returns what is left to do."""
    by_hand = (
        f"In the app's dashboard, Webhooks, {about.title()}: set the callback address {url} with the verify token of"
        f" this account, and subscribe to {', '.join(fields)}."
    )
    if not url or not token:
        return (by_hand,)
    path = f"{app_id}/subscriptions"
    try:
        current = await current_address(app, app_id, about)
        if current and urlsplit(current).netloc != urlsplit(url).netloc:
            return (f"The app delivers its {about} notifications to {current} at present. {by_hand}",)
        if current and current != url:
            return ()
        given = {"object": about, "callback_url": url, "verify_token": token.reveal()}
        form = {**given, "fields": ",".join(fields), "include_values": "true"}
        await app.call("POST", path, form=form)
    except PlatformProblem as problem:
        return (f"{app.voice.name} did not take our address ({problem.message}). {by_hand}",)
    return ()


async def current_address(app: Graph, app_id: str, about: str) -> str | None:
    rows = rows_of(await app.get(f"{app_id}/subscriptions"))
    return next((text_id(row.get("callback_url")) for row in rows if row.get("object") == about), None)


async def check_address(app: Graph, app_id: str, about: str, url: str | None) -> Check:
    """Whether the app's notifications come to this installation; all its accounts may share one address."""
    if not url:
        return False, "Hark has no public https address that notifications could be sent to."
    try:
        current = await current_address(app, app_id, about)
    except PlatformProblem as problem:
        return False, problem.message
    if current is None:
        return False, "The app has no callback address; connect again to register ours."
    if urlsplit(current).netloc != urlsplit(url).netloc:
        return (
            False,
            f"The app delivers to {current}. Set our address in the app's dashboard, or connect again.",
        )
    return True, "Notifications come to this address."


async def check_subscription(
    graph: Graph, asset: str, app_id: str | None, fields: tuple[str, ...], thing: str
) -> Check:
    """Whether our app is subscribed to the asset. Meta takes an app that failed to answer for an hour off it."""
    try:
        rows = rows_of(await graph.get(f"{asset}/subscribed_apps"))
    except PlatformProblem as problem:
        return False, problem.message
    ours = next((row for row in rows if app_id is None or text_id(row.get("id")) == app_id), None)
    if ours is None:
        return False, f"The app is not subscribed to the {thing}; connect again to renew it."
    subscribed = ours.get("subscribed_fields")
    missing = [name for name in fields if name not in subscribed] if isinstance(subscribed, list) else []
    if missing:
        return False, f"Not subscribed: {', '.join(missing)}. Connect again to renew it."
    return True, "Notifications are switched on."
