"""Connecting by either login, and new tokens ahead of the end of the old ones.

https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from hark.adapters._meta.login import dialog_address, long_lived_token, managed_pages, rows_named, token_in
from hark.adapters._meta.tokens import needed
from hark.adapters._meta.wire import text_id
from hark.adapters.instagram.client import (
    FACEBOOK,
    INSTAGRAM,
    login_graph,
    login_of,
    make_graph,
    token_graph,
    uses_page,
    version_of,
)
from hark.adapters.instagram.manifest import INSTAGRAM_SCOPES, INSTAGRAM_URL, PAGE_SCOPES
from hark.channels.contract import Account, Authorization, Choice, Reconnect, Refreshed, Rejected, TryAgain
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret

DIALOG = "https://www.instagram.com"
LIFE = timedelta(days=60)
YOUNG = timedelta(days=1)
"""A token can be renewed once it is a day old."""
KEPT = (
    "app_id",
    "app_secret",
    "instagram_app_id",
    "instagram_app_secret",
    "verify_token",
    "graph_version",
    "base_url",
)


def begin(values: Mapping[str, str], redirect_uri: str, state: str, code_challenge: str) -> str:
    """The dialog's address: Instagram's own unless `login` says facebook. Neither has PKCE; the state protects."""
    if _login(values) == FACEBOOK:
        return dialog_address(values, version_of(values), PAGE_SCOPES, redirect_uri, state)
    query = {
        "client_id": values.get("instagram_app_id") or values.get("app_id", ""),
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": ",".join(scope.name for scope in INSTAGRAM_SCOPES),
        "state": state,
    }
    base = (values.get("base_url") or DIALOG).rstrip("/")
    return f"{base}/oauth/authorize?{urlencode(query)}"


async def finish(
    values: Mapping[str, str], code: str, redirect_uri: str, code_verifier: str, http: GuardedHttp
) -> tuple[Choice, ...]:
    """What can be connected with the code: the account itself, or the accounts linked to the person's pages."""
    code = code.removesuffix("#_")
    if _login(values) == FACEBOOK:
        return await _linked_accounts(values, code, redirect_uri, http)
    return (await _own_account(values, code, redirect_uri, http),)


def _login(values: Mapping[str, str]) -> str:
    return login_of({"login": values.get("login") or INSTAGRAM})


async def _own_account(values: Mapping[str, str], code: str, redirect_uri: str, http: GuardedHttp) -> Choice:
    app_id = values.get("instagram_app_id") or needed(values, "app_id", "Instagram app ID")
    secret = values.get("instagram_app_secret") or needed(values, "app_secret", "Instagram app secret")
    form = {
        "client_id": app_id,
        "client_secret": secret,
        "grant_type": "authorization_code",
        "redirect_uri": redirect_uri,
        "code": code,
    }
    answer = await login_graph(values, http).open("POST", "oauth/access_token", form)
    short = token_in(next(iter(rows_named(answer)), {}))
    exchange = {"grant_type": "ig_exchange_token", "client_secret": secret, "access_token": short.reveal()}
    lasting = await token_graph(values, INSTAGRAM_URL, http).open("GET", "access_token", exchange)
    token = token_in(lasting)
    me = await make_graph(values, INSTAGRAM, token, None, http).get("me", fields="user_id,username")
    user_id, handle = text_id(me.get("user_id")), text_id(me.get("username"))
    if user_id is None:
        raise Rejected("no_account", "Instagram did not say which account this is. Start again.")
    return Choice(
        user_id,
        f"@{handle or user_id}",
        {
            **_kept(values),
            "login": INSTAGRAM,
            "account_id": user_id,
            "access_token": token.reveal(),
            "token_expires_at": _end(lasting).isoformat(),
        },
    )


async def _linked_accounts(
    values: Mapping[str, str], code: str, redirect_uri: str, http: GuardedHttp
) -> tuple[Choice, ...]:
    app_id, secret = needed(values, "app_id", "app ID"), Secret(needed(values, "app_secret", "app secret"))
    nobody = make_graph(values, FACEBOOK, Secret(""), None, http)
    token = await long_lived_token(nobody, app_id, secret, code, redirect_uri)
    person = make_graph(values, FACEBOOK, token, secret, http)
    choices = tuple(
        Choice(
            page.instagram_id,
            f"@{page.instagram_name or page.instagram_id} ({page.name})",
            {
                **_kept(values),
                "login": FACEBOOK,
                "account_id": page.instagram_id,
                "page_id": page.id,
                "access_token": page.token.reveal(),
            },
        )
        for page in await managed_pages(person, instagram=True)
        if page.instagram_id
    )
    if not choices:
        raise Rejected(
            "not_linked",
            "None of the pages that you chose has a professional Instagram account. Link one, then start again.",
        )
    return choices


def _kept(values: Mapping[str, str]) -> dict[str, str]:
    return {key: values[key] for key in KEPT if values.get(key)}


def _end(answer: Mapping[str, Any]) -> datetime:
    seconds = answer.get("expires_in")
    known = isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < 10**9
    return utc_now() + (timedelta(seconds=float(seconds)) if known and seconds else LIFE)


async def refresh(account: Account, http: GuardedHttp) -> Refreshed:
    """Another 60 days for a token of Instagram Login. A page's token has no end of its own, and a dead one of either kind
    needs a person."""
    if uses_page(account):
        raise Reconnect("page_token", "The page's token is no longer valid. Connect the account again.")
    token = account.secrets["access_token"]
    values = {"grant_type": "ig_refresh_token", "access_token": token.reveal()}
    try:
        answer = await token_graph(account.fields, INSTAGRAM_URL, http).open(
            "GET", "refresh_access_token", values
        )
    except Rejected as refusal:
        raise TryAgain(
            refusal.code,
            f"Instagram did not renew the token yet. {refusal.message}",
            retry_after=YOUNG.total_seconds(),
            scope="account",
        ) from refusal
    return Refreshed({"access_token": token_in(answer)}, expires_at=_end(answer))


AUTHORIZATION = Authorization(
    needs=("app_id", "app_secret"),
    begin=begin,
    finish=finish,
    optional=("login", "instagram_app_id", "instagram_app_secret", "graph_version", "base_url"),
)
