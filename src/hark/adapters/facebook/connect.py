"""Connecting a page: try the token, name the page, switch notifications on, and look after them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from hark.adapters._meta.graph import Graph
from hark.adapters._meta.login import ManagedPage, exchanged, managed_pages
from hark.adapters._meta.tokens import (
    Check,
    check_address,
    check_scopes,
    check_subscription,
    check_token,
    lacking_scopes,
    needed,
    register_address,
    token_state,
    validity,
)
from hark.adapters._meta.wire import instant, text_id
from hark.adapters.facebook.client import app_graph_of, app_token, graph_of, make_graph
from hark.adapters.facebook.manifest import NEEDED, TASKS, WEBHOOK_FIELDS
from hark.channels.contract import Account, Connected, Health, PlatformProblem, Reconnect, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret

SHORT = timedelta(days=7)
"""A token that ends sooner was not exchanged for a long-lived one yet."""


class Page(msgspec.Struct, frozen=True):
    id: str
    name: str
    token: Secret
    missing_tasks: tuple[str, ...] = ()


async def connect(values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp) -> Connected:
    """Asks Facebook whose token this is. Raises Rejected with a sentence for the administrator."""
    app_id, app_secret = (
        needed(values, "app_id", "app ID"),
        Secret(needed(values, "app_secret", "app secret")),
    )
    token = Secret(needed(values, "page_access_token", "page access token"))
    app = make_graph(values, app_token(app_id, app_secret), None, http)
    try:
        state = await token_state(app, token)
        check_token(state, app_id)
        graph = make_graph(values, token, app_secret, http)
        page = await _find_page(graph, state, values.get("page_id", ""), app_id)
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
        expires_at=instant(state.get("expires_at")) if page.token == token else None,
    )


async def _find_page(graph: Graph, state: Mapping[str, Any], page_id: str, app_id: str) -> Page:
    if str(state.get("type", "PAGE")).upper() == "USER":
        return await _page_of_user(await _lasting(graph, state, app_id), page_id)
    answer = await graph.get("me", fields="id,name")
    found = text_id(answer.get("id"))
    if found is None or (page_id and found != page_id):
        raise Rejected("other_page", "The access token belongs to another page than the one given.")
    return Page(found, str(answer.get("name") or found), graph.token)


async def _lasting(graph: Graph, state: Mapping[str, Any], app_id: str) -> Graph:
    """A person's token of an hour makes page tokens of an hour: it is exchanged for one of 60 days first."""
    expires = instant(state.get("expires_at"))
    if expires is None or expires > utc_now() + SHORT or graph.app_secret is None:
        return graph
    token = await exchanged(graph, app_id, graph.app_secret, graph.token)
    return msgspec.structs.replace(graph, token=token)


async def _page_of_user(graph: Graph, page_id: str) -> Page:
    """The page of a person's token: the named one, or the only one."""
    fitting = [page for page in await managed_pages(graph) if page_id in ("", page.id)]
    if not fitting:
        raise Rejected("no_page", "This person manages no such page, or gave the app no access to it.")
    if len(fitting) > 1:
        names = ", ".join(f"{page.name} ({page.id})" for page in fitting[:5])
        raise Rejected("which_page", f"This person manages several pages; give the ID of one: {names}.")
    page = fitting[0]
    return Page(page.id, page.name, page.token, missing_tasks(page))


def missing_tasks(page: ManagedPage) -> tuple[str, ...]:
    return tuple(task for task in TASKS if task not in (page.tasks or TASKS))


def _steps(state: Mapping[str, Any], page: Page, webhook_url: str | None) -> list[str]:
    steps = [f"Let the page have the task {task} for the person who connects." for task in page.missing_tasks]
    if lacking := lacking_scopes(state, NEEDED):
        steps.append(f"Grant the app these permissions and connect again: {', '.join(lacking)}.")
    if webhook_url is None:
        steps.append("Give Hark a public https address, so that Facebook can reach it.")
    return steps


async def subscribe(account: Account, http: GuardedHttp) -> tuple[str, ...]:
    """Registers our address with the app, then the app with the page. Both may be repeated. Returns what is
    left to do."""
    steps = await register_address(
        app_graph_of(account, http),
        account.fields.get("app_id", ""),
        "page",
        account.webhook_url,
        account.secrets.get("verify_token"),
        WEBHOOK_FIELDS,
    )
    await graph_of(account, http).call(
        "POST",
        f"{account.platform_account_id}/subscribed_apps",
        query={"subscribed_fields": ",".join(WEBHOOK_FIELDS)},
    )
    return steps


async def check(account: Account, http: GuardedHttp) -> Health:
    """Token, permissions, subscription and where notifications go."""
    graph, app_id = graph_of(account, http), account.fields.get("app_id", "")
    checks = await _check_rights(account, http)
    checks["subscription"] = await check_subscription(
        graph, account.platform_account_id, app_id, WEBHOOK_FIELDS, "page"
    )
    checks["webhook"] = await check_address(app_graph_of(account, http), app_id, "page", account.webhook_url)
    return Health(all(ok for ok, _ in checks.values()), checks)


async def _check_rights(account: Account, http: GuardedHttp) -> dict[str, Check]:
    try:
        state = await token_state(app_graph_of(account, http), graph_of(account, http).token)
        check_token(state, account.fields.get("app_id", ""))
    except PlatformProblem as problem:
        return {"token": (False, problem.message)}
    return {"token": (True, validity(state)), "scopes": check_scopes(state, NEEDED)}
