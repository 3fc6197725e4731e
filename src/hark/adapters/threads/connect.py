"""Connecting a profile, logging in, new tokens ahead of the end of the old ones, and the health check.

https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from hark.adapters._meta.graph import Graph, rows_of
from hark.adapters._meta.login import token_in
from hark.adapters._meta.tokens import Check, needed
from hark.adapters._meta.wire import instant, text_id
from hark.adapters.threads.client import graph_of, make_graph, token_graph
from hark.adapters.threads.manifest import BASE_URL, NAME, SCOPES
from hark.channels.contract import (
    Account,
    Authorization,
    Choice,
    Connected,
    Health,
    PlatformProblem,
    Reconnect,
    Refreshed,
    Rejected,
    TryAgain,
)
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret

DIALOG = "https://threads.net"
LIFE, YOUNG = timedelta(days=60), timedelta(days=1)
DAY = timedelta(days=1)
KEPT = ("app_id", "app_secret", "verify_token", "base_url")


async def connect(values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp) -> Connected:
    """Asks whose token this is. Raises Rejected with a sentence for the administrator."""
    app_id = needed(values, "app_id", "Threads app ID")
    needed(values, "app_secret", "Threads app secret")
    token = Secret(needed(values, "access_token", "access token"))
    try:
        profile_id, handle = await _whose(make_graph(values, token, http))
    except Reconnect as problem:
        raise Rejected(problem.code, f"Threads refuses this token. {problem.message}") from problem
    generated = {} if values.get("verify_token") else {"verify_token": Secret(secrets.token_urlsafe(24))}
    return Connected(
        profile_id,
        f"@{handle}",
        generated=generated,
        fields={"app_id": app_id, "username": handle},
        steps=(_step(webhook_url),),
        expires_at=instant(values.get("token_expires_at")),
    )


async def _whose(graph: Graph) -> tuple[str, str]:
    answer = await graph.get("me", fields="id,username")
    profile_id = text_id(answer.get("id"))
    if profile_id is None:
        raise Rejected("no_profile", "Threads did not say which profile the token belongs to.")
    return profile_id, text_id(answer.get("username")) or profile_id


def _step(webhook_url: str | None) -> str:
    if webhook_url is None:
        return (
            "Replies and mentions are fetched every few minutes. With a public https address Threads could tell them at"
            " once."
        )
    return (
        "Replies and mentions are fetched every few minutes. To have them at once: in the app's dashboard, use case"
        f" Threads, Webhooks, set the callback address {webhook_url} with the verify token of this account, and"
        " subscribe to replies, mentions and delete."
    )


async def check(account: Account, http: GuardedHttp) -> Health:
    """Token, rights, and how many replies are left today."""
    graph = graph_of(account, http)
    checks: dict[str, Check] = {}
    try:
        profile_id, _ = await _whose(graph)
        same = profile_id == account.platform_account_id
        other = "The access token belongs to another profile. Connect the profile again."
        checks["token"] = (
            same,
            "The access token is valid; it is renewed before it ends." if same else other,
        )
        checks["scopes"], checks["quota"] = await _check_replies(graph)
    except PlatformProblem as problem:
        checks["token"] = (False, problem.message)
    return Health(all(ok for ok, _ in checks.values()), checks)


async def _check_replies(graph: Graph) -> tuple[Check, Check]:
    """The call needs the rights to publish and to manage replies."""
    try:
        answer = await graph.get("me/threads_publishing_limit", fields="reply_quota_usage,reply_config")
    except (Rejected, Reconnect) as problem:
        return (False, f"Replies cannot be published. {problem.message}"), (True, "It is not known.")
    row = next(iter(rows_of(answer)), {})
    config = row.get("reply_config")
    used, total = (
        row.get("reply_quota_usage"),
        config.get("quota_total") if isinstance(config, dict) else None,
    )
    if not isinstance(used, int) or not isinstance(total, int):
        return (True, "Replies may be published."), (True, "Threads does not say how many replies are left.")
    left = max(0, total - used)
    graph.http.meter.quota("send", remaining=left, resets_at=utc_now() + DAY, limit=total)
    sentence = f"{left} of {total} replies in 24 hours are left."
    return (True, "Replies may be published."), (left > 0, sentence)


async def refresh(account: Account, http: GuardedHttp) -> Refreshed:
    """Another 60 days; an expired token needs a person."""
    token = account.secrets.get("access_token")
    if not token:
        raise Reconnect("no_token", "The profile has no access token. Connect it again.")
    values = {"grant_type": "th_refresh_token", "access_token": token.reveal()}
    try:
        answer = await token_graph(account.fields, http).open("GET", "refresh_access_token", values)
    except Rejected as refusal:
        raise TryAgain(
            refusal.code,
            f"Threads did not renew the token yet. {refusal.message}",
            retry_after=YOUNG.total_seconds(),
            scope="account",
        ) from refusal
    return Refreshed({"access_token": token_in(answer)}, expires_at=_end(answer))


def begin(values: Mapping[str, str], redirect_uri: str, state: str, code_challenge: str) -> str:
    """The dialog's address. Threads has no PKCE; the state protects."""
    query = {
        "client_id": values.get("app_id", ""),
        "redirect_uri": redirect_uri,
        "scope": ",".join(scope.name for scope in SCOPES),
        "response_type": "code",
        "state": state,
    }
    base = (values.get("base_url") or "").rstrip("/")
    host = DIALOG if base in ("", BASE_URL) else base
    return f"{host}/oauth/authorize?{urlencode(query)}"


async def finish(
    values: Mapping[str, str], code: str, redirect_uri: str, code_verifier: str, http: GuardedHttp
) -> tuple[Choice, ...]:
    """The code against a token of an hour, that against one of 60 days."""
    secret = needed(values, "app_secret", "Threads app secret")
    form = {
        "client_id": needed(values, "app_id", "Threads app ID"),
        "client_secret": secret,
        "grant_type": "authorization_code",
        "redirect_uri": redirect_uri,
        "code": code.removesuffix("#_"),
    }
    short = token_in(await token_graph(values, http).open("POST", "oauth/access_token", form))
    exchange = {"grant_type": "th_exchange_token", "client_secret": secret, "access_token": short.reveal()}
    lasting = await token_graph(values, http).open("GET", "access_token", exchange)
    token = token_in(lasting)
    profile_id, handle = await _whose(make_graph(values, token, http))
    kept = {key: values[key] for key in KEPT if values.get(key)}
    given = {"access_token": token.reveal(), "token_expires_at": _end(lasting).isoformat()}
    return (Choice(profile_id, f"@{handle} ({NAME})", {**kept, **given}),)


def _end(answer: Mapping[str, Any]) -> datetime:
    seconds = answer.get("expires_in")
    known = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**9
    return utc_now() + (timedelta(seconds=seconds) if known and isinstance(seconds, int) else LIFE)


AUTHORIZATION = Authorization(
    needs=("app_id", "app_secret"), begin=begin, finish=finish, optional=("base_url",)
)
