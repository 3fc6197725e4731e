"""Connecting a page: try the token, name the page, switch notifications on, and look after them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from hark.adapters._meta.graph import Graph, embedded_problem, rows_of
from hark.adapters._meta.wire import instant, text_id
from hark.adapters.facebook.client import app_graph_of, app_token, graph_of, make_graph
from hark.adapters.facebook.manifest import SCOPES, TASKS, WEBHOOK_FIELDS
from hark.channels.contract import Account, Connected, Health, PlatformProblem, Reconnect, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret

Check = tuple[bool, str]


class Page(msgspec.Struct, frozen=True):
    id: str
    name: str
    token: Secret
    missing_tasks: tuple[str, ...] = ()


async def connect(values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp) -> Connected:
    """Asks Facebook whose token this is. Raises Rejected with a sentence for the administrator."""
    app_id, app_secret = (
        _needed(values, "app_id", "app ID"),
        Secret(_needed(values, "app_secret", "app secret")),
    )
    token = Secret(_needed(values, "page_access_token", "page access token"))
    app = make_graph(values, app_token(app_id, app_secret), None, http)
    try:
        state = await _token_state(app, token)
        _check_token(state, app_id)
        page = await _find_page(make_graph(values, token, app_secret, http), state, values.get("page_id", ""))
    except Reconnect as problem:
        raise Rejected(problem.code, f"Facebook refuses these credentials. {problem.message}") from problem
    generated = {} if page.token == token else {"page_access_token": page.token}
    if not values.get("verify_token"):
        generated["verify_token"] = Secret(secrets.token_urlsafe(24))
    return Connected(
        page.id,
        page.name,
        generated=generated,
        fields={"page_id": page.id, "app_id": app_id},
        steps=tuple(_steps(state, page, webhook_url)),
    )


def _needed(values: Mapping[str, str], key: str, label: str) -> str:
    value = (values.get(key) or "").strip()
    if not value:
        raise Rejected("missing_field", f"The {label} is missing.")
    return value


async def _token_state(app: Graph, token: Secret) -> dict[str, Any]:
    """What Facebook knows of a token; a dead one comes with status 200 and an error inside."""
    answer = await app.get("debug_token", input_token=token.reveal())
    data = answer.get("data")
    return data if isinstance(data, dict) else {}


def _check_token(state: Mapping[str, Any], app_id: str) -> None:
    if not state.get("is_valid"):
        problem = embedded_problem(state.get("error"))
        sentence = problem.message if problem else "Facebook says that the access token is not valid."
        raise Rejected("invalid_token", sentence)
    if text_id(state.get("app_id")) not in {None, app_id}:
        raise Rejected("other_app", "The access token belongs to another app than the one given.")


async def _find_page(graph: Graph, state: Mapping[str, Any], page_id: str) -> Page:
    if str(state.get("type", "PAGE")).upper() == "USER":
        return await _page_of_user(graph, page_id)
    answer = await graph.get("me", fields="id,name")
    found = text_id(answer.get("id"))
    if found is None or (page_id and found != page_id):
        raise Rejected("other_page", "The access token belongs to another page than the one given.")
    return Page(found, str(answer.get("name") or found), graph.token)


async def _page_of_user(graph: Graph, page_id: str) -> Page:
    """The page of a person's token: the named one, or the only one."""
    rows = [
        row async for page in graph.pages("me/accounts", fields="id,name,access_token,tasks") for row in page
    ]
    fitting = [row for row in rows if page_id in ("", text_id(row.get("id"))) and row.get("access_token")]
    if not fitting:
        raise Rejected("no_page", "This person manages no such page, or gave the app no access to it.")
    if len(fitting) > 1:
        names = ", ".join(f"{row.get('name')} ({row.get('id')})" for row in fitting[:5])
        raise Rejected("which_page", f"This person manages several pages; give the ID of one: {names}.")
    row = fitting[0]
    missing = tuple(task for task in TASKS if task not in (row.get("tasks") or TASKS))
    found = str(text_id(row.get("id")))
    return Page(found, str(row.get("name") or found), Secret(str(row["access_token"])), missing)


def _steps(state: Mapping[str, Any], page: Page, webhook_url: str | None) -> list[str]:
    steps = [f"Let the page have the task {task} for the person who connects." for task in page.missing_tasks]
    if lacking := _lacking(state):
        steps.append(f"Grant the app these permissions and connect again: {', '.join(lacking)}.")
    if webhook_url is None:
        steps.append("Give Hark a public https address, so that Facebook can reach it.")
    return steps


def _lacking(state: Mapping[str, Any]) -> list[str]:
    granted = state.get("scopes")
    return [scope for scope in SCOPES if scope not in granted] if isinstance(granted, list) else []


async def subscribe(account: Account, http: GuardedHttp) -> tuple[str, ...]:
    """Registers our address with the app, then the app with the page. Both may be repeated. Returns what is
    left to do."""
    steps = await _register_address(account, http)
    await graph_of(account, http).call(
        "POST",
        f"{account.platform_account_id}/subscribed_apps",
        query={"subscribed_fields": ",".join(WEBHOOK_FIELDS)},
    )
    return steps


async def _register_address(account: Account, http: GuardedHttp) -> tuple[str, ...]:
    """An app has one address for all its pages. One that points elsewhere is somebody's running system and
    stays."""
    url, token = account.webhook_url, account.secrets.get("verify_token")
    by_hand = (
        f"In the app's dashboard, Webhooks, Page: set the callback address {url} with the verify token of this"
        f" account, and subscribe to {', '.join(WEBHOOK_FIELDS)}."
    )
    if not url or not token:
        return (by_hand,)
    graph, path = app_graph_of(account, http), f"{account.fields.get('app_id', '')}/subscriptions"
    try:
        current = await _current_address(graph, path)
        if current and urlsplit(current).netloc != urlsplit(url).netloc:
            return (f"The app delivers its page notifications to {current} at present. {by_hand}",)
        if current and current != url:
            return ()
        fields = {"object": "page", "callback_url": url, "verify_token": token.reveal()}
        await graph.call(
            "POST", path, form={**fields, "fields": ",".join(WEBHOOK_FIELDS), "include_values": "true"}
        )
    except PlatformProblem as problem:
        return (f"Facebook did not take our address ({problem.message}). {by_hand}",)
    return ()


async def _current_address(graph: Graph, path: str) -> str | None:
    rows = rows_of(await graph.get(path))
    return next((text_id(row.get("callback_url")) for row in rows if row.get("object") == "page"), None)


async def check(account: Account, http: GuardedHttp) -> Health:
    """Token, permissions and subscription. An app that failed to answer for an hour is taken off the page
    by Facebook."""
    checks = {**await _check_rights(account, http), **await _check_subscription(account, http)}
    return Health(all(ok for ok, _ in checks.values()), checks)


async def _check_rights(account: Account, http: GuardedHttp) -> dict[str, Check]:
    try:
        app, token = app_graph_of(account, http), graph_of(account, http).token
        state = await _token_state(app, token)
        _check_token(state, account.fields.get("app_id", ""))
    except PlatformProblem as problem:
        return {"token": (False, problem.message)}
    lacking = _lacking(state)
    rights = f"Missing: {', '.join(lacking)}." if lacking else "All permissions are granted."
    return {"token": (True, _validity(state)), "permissions": (not lacking, rights)}


def _validity(state: Mapping[str, Any]) -> str:
    expires, access = instant(state.get("expires_at")), instant(state.get("data_access_expires_at"))
    until = f"until {expires:%Y-%m-%d}" if expires else "without scheduled expiry"
    reading = f"; data may be read until {access:%Y-%m-%d}" if access else ""
    return f"The access token is valid {until}{reading}."


async def _check_subscription(account: Account, http: GuardedHttp) -> dict[str, Check]:
    try:
        rows = rows_of(await graph_of(account, http).get(f"{account.platform_account_id}/subscribed_apps"))
    except PlatformProblem as problem:
        return {"subscription": (False, problem.message)}
    ours = next((row for row in rows if text_id(row.get("id")) == account.fields.get("app_id")), None)
    if ours is None:
        return {"subscription": (False, "The app is not subscribed to the page; connect again to renew it.")}
    fields = ours.get("subscribed_fields")
    missing = [name for name in WEBHOOK_FIELDS if name not in fields] if isinstance(fields, list) else []
    sentence = f"Not subscribed: {', '.join(missing)}." if missing else "Notifications are switched on."
    return {"subscription": (not missing, sentence)}
