"""Connecting an account by either login: whose token is it, switch notifications on, and look after them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from hark.adapters._meta.graph import Graph, rows_of
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
from hark.adapters.instagram.client import (
    FACEBOOK,
    INSTAGRAM,
    app_graph,
    app_graph_of,
    graph_of,
    login_of,
    make_graph,
    owner_of,
    uses_page,
)
from hark.adapters.instagram.manifest import PAGE_FIELDS, PAGE_NEEDED, WEBHOOK_FIELDS
from hark.channels.contract import Account, Connected, Health, PlatformProblem, Reconnect, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret

PROFESSIONAL = frozenset({"BUSINESS", "MEDIA_CREATOR", "CREATOR"})
ACCESS_STEP = (
    "In the Instagram app: Settings, Messages and story replies, Message controls, Connected tools: allow access to"
    " messages. Without it Instagram tells no direct messages."
)


class Found(msgspec.Struct, frozen=True):
    """The account behind a token. `lacking` are permissions that are missing."""

    id: str
    handle: str
    page_id: str = ""
    lacking: tuple[str, ...] = ()
    expires_at: Any = None


async def connect(values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp) -> Connected:
    """Asks whose token this is. Raises Rejected with a sentence for the administrator."""
    app_id, app_secret = (
        needed(values, "app_id", "app ID"),
        Secret(needed(values, "app_secret", "app secret")),
    )
    token = Secret(needed(values, "access_token", "access token"))
    login = login_of(values, token.reveal())
    graph = make_graph(values, login, token, app_secret, http)
    try:
        if login == FACEBOOK:
            found = await _behind_page(graph, app_graph(values, app_secret, http), values, app_id)
        else:
            found = await _own(graph, values)
    except Reconnect as problem:
        raise Rejected(problem.code, f"Instagram refuses these credentials. {problem.message}") from problem
    if values.get("account_id") and values["account_id"] != found.id:
        raise Rejected(
            "other_account", f"The access token belongs to another account, @{found.handle} ({found.id})."
        )
    known = {"account_id": found.id, "username": found.handle, "app_id": app_id, "login": login}
    return Connected(
        found.id,
        f"@{found.handle}",
        generated={} if values.get("verify_token") else {"verify_token": Secret(secrets.token_urlsafe(24))},
        fields={**known, **({"page_id": found.page_id} if found.page_id else {})},
        steps=tuple(_steps(found, login, webhook_url)),
        expires_at=found.expires_at,
    )


async def _own(graph: Graph, values: Mapping[str, str]) -> Found:
    """`/me` has two ids: notifications and messages use `user_id`; `id` is only this app's name for the account."""
    answer = await graph.get("me", fields="id,user_id,username,account_type,name")
    user_id, handle = text_id(answer.get("user_id")), text_id(answer.get("username"))
    if user_id is None:
        raise Rejected("no_account", "Instagram did not say which account the token belongs to.")
    kind = answer.get("account_type")
    if isinstance(kind, str) and kind.upper() not in PROFESSIONAL:
        raise Rejected(
            "personal_account",
            "This is a personal account. Switch it to a professional one in the Instagram app, then connect again.",
        )
    return Found(user_id, handle or user_id, expires_at=instant(values.get("token_expires_at")))


async def _behind_page(graph: Graph, app: Graph, values: Mapping[str, str], app_id: str) -> Found:
    state = await token_state(app, graph.token)
    check_token(state, app_id)
    if str(state.get("type", "PAGE")).upper() == "USER":
        raise Rejected(
            "user_token", "This is a person's token. Give the token of the page, or connect by login."
        )
    page = values.get("page_id") or "me"
    answer = await graph.get(page, fields="id,instagram_business_account{id,username}")
    linked = answer.get("instagram_business_account")
    account_id = text_id(linked.get("id")) if isinstance(linked, dict) else None
    if not isinstance(linked, dict) or account_id is None:
        raise Rejected(
            "not_linked",
            "No professional Instagram account is linked to this page. Link it in the page's settings, then connect again.",
        )
    handle = text_id(linked.get("username")) or account_id
    return Found(
        account_id,
        handle,
        page_id=text_id(answer.get("id")) or "",
        lacking=tuple(lacking_scopes(state, PAGE_NEEDED)),
        expires_at=instant(state.get("expires_at")) if state.get("expires_at") else None,
    )


def _steps(found: Found, login: str, webhook_url: str | None) -> list[str]:
    steps = [ACCESS_STEP] if login == FACEBOOK else []
    if found.lacking:
        steps.append(f"Grant the app these permissions and connect again: {', '.join(found.lacking)}.")
    if webhook_url is None:
        steps.append("Give Hark a public https address, so that Instagram can reach it.")
    return steps


async def subscribe(account: Account, http: GuardedHttp) -> tuple[str, ...]:
    """Registers our address with the app, then the app with the account or its page. Both may be repeated. Returns what
    is left to do."""
    steps = await register_address(
        app_graph_of(account, http),
        account.fields.get("app_id", ""),
        "instagram",
        account.webhook_url,
        account.secrets.get("verify_token"),
        _fields(account),
    )
    graph, owner = graph_of(account, http), owner_of(account)
    if uses_page(account) and rows_of(await graph.get(f"{owner}/subscribed_apps")):
        # Any field of the page will do, and naming fields would replace those of a connection of the page itself.
        return steps
    fields = "messages" if uses_page(account) else ",".join(WEBHOOK_FIELDS)
    await graph.call("POST", f"{owner}/subscribed_apps", query={"subscribed_fields": fields})
    return steps


def _fields(account: Account) -> tuple[str, ...]:
    return PAGE_FIELDS if uses_page(account) else WEBHOOK_FIELDS


async def check(account: Account, http: GuardedHttp) -> Health:
    """Token, permissions, subscription and where notifications go."""
    graph, app_id = graph_of(account, http), account.fields.get("app_id", "")
    if uses_page(account):
        checks = await _check_page_rights(account, http)
        subscription = await check_subscription(graph, owner_of(account), app_id, (), "page")
    else:
        checks = await _check_own_rights(graph, account)
        subscription = await check_subscription(graph, owner_of(account), None, WEBHOOK_FIELDS, "account")
    checks["subscription"] = subscription
    checks["webhook"] = await check_address(
        app_graph_of(account, http), app_id, "instagram", account.webhook_url
    )
    return Health(all(ok for ok, _ in checks.values()), checks)


async def _check_own_rights(graph: Graph, account: Account) -> dict[str, Check]:
    """Instagram Login tells no scopes: the calls that need them are tried."""
    try:
        answer = await graph.get("me", fields="user_id,username")
    except PlatformProblem as problem:
        return {"token": (False, problem.message)}
    if text_id(answer.get("user_id")) != account.platform_account_id:
        return {"token": (False, "The access token belongs to another account. Connect the account again.")}
    checks: dict[str, Check] = {"token": (True, "The access token is valid; it is renewed before it ends.")}
    try:
        await graph.get("me/conversations", platform=INSTAGRAM, limit="1", fields="id")
        checks["scopes"] = (True, "Messages may be read.")
    except PlatformProblem as problem:
        checks["scopes"] = (False, f"Messages cannot be read. {problem.message}")
    return checks


async def _check_page_rights(account: Account, http: GuardedHttp) -> dict[str, Check]:
    try:
        graph = graph_of(account, http)
        state = await token_state(app_graph_of(account, http), graph.token)
        check_token(state, account.fields.get("app_id", ""))
        answer = await graph.get(owner_of(account), fields="instagram_business_account{id}")
    except PlatformProblem as problem:
        return {"token": (False, problem.message)}
    linked = answer.get("instagram_business_account")
    still = isinstance(linked, dict) and text_id(linked.get("id")) == account.platform_account_id
    role = (
        "The page is linked to the account."
        if still
        else ("The page is no longer linked to this Instagram account. Link it again in the page's settings.")
    )
    return {
        "token": (True, validity(state)),
        "scopes": check_scopes(state, PAGE_NEEDED),
        "role": (still, role),
    }
