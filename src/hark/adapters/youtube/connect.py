"""Connecting a channel: Google's consent, the tokens, whose channel it is, and whether all of it still holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from hark.adapters.youtube.client import get, secret_of, token_call
from hark.adapters.youtube.manifest import CONSENT_URL, SCOPE
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
)
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret

Check = tuple[bool, str]


def begin(values: Mapping[str, str], redirect_uri: str, state: str, code_challenge: str) -> str:
    """The address of Google's consent page. `prompt=consent` makes Google give a refresh token every time."""
    query = {
        "client_id": values["client_id"],
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": SCOPE,
        "access_type": "offline",
        "prompt": "consent",
        "state": state,
        "code_challenge": code_challenge,
        "code_challenge_method": "S256",
    }
    return f"{CONSENT_URL}?{urlencode(query)}"


async def finish(
    values: Mapping[str, str], code: str, redirect_uri: str, code_verifier: str, http: GuardedHttp
) -> tuple[Choice, ...]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": code_verifier,
        "client_id": values["client_id"],
        "client_secret": values["client_secret"],
    }
    tokens = await token_call(values, form, http)
    refresh_token = tokens.get("refresh_token")
    if not isinstance(refresh_token, str):
        raise Rejected("no_refresh_token", "Google gave no lasting authorization. Begin again.")
    given = {"access_token": str(tokens["access_token"]), "refresh_token": refresh_token}
    channels = await _channels(_temporary(values, given["access_token"]), http)
    if not channels:
        raise Rejected(
            "no_channel", "This Google account has no YouTube channel. Choose the channel's account."
        )
    return tuple(Choice(each, name, {**given, "channel_id": each}) for each, name in channels)


AUTHORIZATION = Authorization(
    needs=("client_id", "client_secret"), begin=begin, finish=finish, optional=("base_url",)
)


async def connect(values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp) -> Connected:
    """Makes an access token and asks whose channel it is. Raises Rejected with a sentence for the administrator."""
    tokens = await token_call(values, _renewing(values), http)
    token = str(tokens["access_token"])
    try:
        channels = await _channels(_temporary(values, token), http)
    except Reconnect as problem:
        raise Rejected(problem.code, f"YouTube refuses these credentials. {problem.message}") from problem
    wanted = (values.get("channel_id") or "").strip()
    fitting = [(each, name) for each, name in channels if wanted in ("", each)]
    if not fitting:
        raise Rejected(
            "no_channel", "The token does not belong to this channel. Authorize as the owner of the channel."
        )
    channel, name = fitting[0]
    return Connected(
        platform_account_id=channel,
        name=name,
        generated={"access_token": Secret(token)},
        fields={"channel_id": channel},
        expires_at=_expiry(tokens),
    )


def _renewing(values: Mapping[str, str]) -> dict[str, str]:
    missing = [key for key in ("client_id", "client_secret", "refresh_token") if not values.get(key)]
    if missing:
        words = ", ".join(key.replace("_", " ") for key in missing)
        raise Rejected("missing_field", f"These are missing: {words}.")
    return {
        "grant_type": "refresh_token",
        "client_id": values["client_id"],
        "client_secret": values["client_secret"],
        "refresh_token": values["refresh_token"],
    }


def _temporary(values: Mapping[str, str], token: str) -> Account:
    """An account that is not connected yet, to call with."""
    fields = {"base_url": values["base_url"]} if values.get("base_url") else {}
    return Account(
        id=UUID(int=0),
        workspace_id=UUID(int=0),
        platform_account_id="",
        name="",
        secrets={"access_token": Secret(token)},
        fields=fields,
    )


async def _channels(account: Account, http: GuardedHttp) -> list[tuple[str, str]]:
    answer = await get(account, http, "channels", part="snippet", mine="true")
    rows = answer.get("items")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [(str(row["id"]), _title(row)) for row in found if row.get("id")]


def _title(row: Mapping[str, Any]) -> str:
    snippet = row.get("snippet")
    title = snippet.get("title") if isinstance(snippet, dict) else None
    return title if isinstance(title, str) and title else str(row["id"])


def _expiry(tokens: Mapping[str, Any]) -> datetime | None:
    seconds = tokens.get("expires_in")
    if not isinstance(seconds, int | float) or not 0 < seconds < 10**8:
        return None
    return utc_now() + timedelta(seconds=seconds)


async def refresh(account: Account, http: GuardedHttp) -> Refreshed:
    """A new access token; Google's last an hour. Raises Reconnect where the owner has to authorize again."""
    values = {
        **account.fields,
        "client_secret": secret_of(account, "client_secret").reveal(),
        "refresh_token": secret_of(account, "refresh_token").reveal(),
    }
    try:
        tokens = await token_call(values, _renewing(values), http)
    except Rejected as problem:
        raise Reconnect(problem.code, problem.message, http_status=problem.http_status) from problem
    secrets = {"access_token": Secret(str(tokens["access_token"]))}
    if isinstance(tokens.get("refresh_token"), str):
        secrets["refresh_token"] = Secret(tokens["refresh_token"])
    return Refreshed(secrets=secrets, expires_at=_expiry(tokens))


async def check(account: Account, http: GuardedHttp) -> Health:
    """Two units: whose token it is, and whether comments can be moderated with it."""
    checks: dict[str, Check] = {}
    try:
        channels = dict(await _channels(account, http))
        name = channels.get(account.platform_account_id)
        checks["token"] = (
            (True, f"The token belongs to {name}.")
            if name is not None
            else (False, "The token belongs to another channel. Connect again as the channel's owner.")
        )
        await get(
            account,
            http,
            "commentThreads",
            part="id",
            allThreadsRelatedToChannelId=account.platform_account_id,
            moderationStatus="heldForReview",
            maxResults="1",
        )
        checks["scopes"] = (True, "Comments can be read, answered and moderated.")
    except PlatformProblem as problem:
        checks["scopes" if checks else "token"] = (False, problem.message)
    return Health(all(ok for ok, _ in checks.values()), checks)
