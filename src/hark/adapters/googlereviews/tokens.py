"""Signing in with Google: the consent page (PKCE), the code against tokens, the locations to choose from, refreshing.

An access token lasts an hour. A refresh token lasts until it is withdrawn or unused for six months, but seven days only
while the app's consent screen is in testing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from hark.adapters.googlereviews.client import Api, call_token, make_api, own_address
from hark.adapters.googlereviews.manifest import CONSENT_URL, MANIFEST, SCOPE
from hark.adapters.googlereviews.names import account_of, location_of
from hark.channels.contract import Account, Authorization, Choice, Reconnect, Refreshed, Rejected, TryAgain
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret

MOST_PAGES = 20
LOCATION_FIELDS = "name,title,storefrontAddress"


class Place(msgspec.Struct, frozen=True):
    """A location of a business account."""

    account: str
    location: str
    name: str


def begin(values: Mapping[str, str], redirect_uri: str, state: str, code_challenge: str) -> str:
    """Google's consent page. `prompt=consent`: only then does Google give a refresh token again."""
    asked = {
        "response_type": "code",
        "client_id": values["client_id"],
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "access_type": "offline",
        "prompt": "consent",
        "state": state,
        "code_challenge": code_challenge,
        "code_challenge_method": "S256",
    }
    return f"{own_address(values) or CONSENT_URL}/o/oauth2/v2/auth?{urlencode(asked)}"


async def finish(
    values: Mapping[str, str], code: str, redirect_uri: str, code_verifier: str, http: GuardedHttp
) -> tuple[Choice, ...]:
    """The locations that whoever consented may connect."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": code_verifier,
        "client_id": values["client_id"],
        "client_secret": values["client_secret"],
    }
    try:
        answer = await call_token(values, form, http)
    except Reconnect as problem:
        words = "Google did not take the sign-in; it is valid for a few minutes. Start again."
        raise Rejected(problem.code, words, http_status=problem.http_status) from problem
    tokens = {key: text for key in ("access_token", "refresh_token") if (text := _text(answer.get(key)))}
    if len(tokens) < 2:
        raise Rejected(
            "no_token", "Google gave no lasting access. Remove Hark from your Google account and start again."
        )
    places = await places_of(make_api(values, Secret(tokens["access_token"]), http))
    if not places:
        raise Rejected("no_location", "Whoever signed in manages no location in the Business Profile.")
    known = {field.key for field in MANIFEST.fields}
    kept = {key: value for key, value in values.items() if key in known} | tokens
    return tuple(
        Choice(each.location, each.name, {**kept, "account": each.account, "location": each.location})
        for each in places
    )


async def places_of(api: Api) -> list[Place]:
    """All locations of all business accounts of whoever signed in, each once."""
    places: dict[str, Place] = {}
    for row in await _pages(api.accounts, "accounts", pageSize="20"):
        account = account_of(row.get("name"))
        if account is not None:
            for place in await _places(api, account):
                places.setdefault(place.location, place)
    return list(places.values())


async def _places(api: Api, account: str) -> list[Place]:
    async def ask(**query: str) -> dict[str, Any]:
        return await api.locations(account, **query)

    rows = await _pages(ask, "locations", pageSize="100", readMask=LOCATION_FIELDS)
    return [
        Place(account, location, _name(row, location))
        for row in rows
        if (location := location_of(row.get("name")))
    ]


async def _pages(ask: Any, key: str, **query: str) -> list[dict[str, Any]]:
    """All rows of a list; more pages than `MOST_PAGES` are not read."""
    rows: list[dict[str, Any]] = []
    token: str | None = None
    for _ in range(MOST_PAGES):
        answer = await ask(**query, **({"pageToken": token} if token else {}))
        found = answer.get(key)
        rows += [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
        token = _text(answer.get("nextPageToken"))
        if token is None:
            break
    return rows


def _name(row: Mapping[str, Any], location: str) -> str:
    """The title, with the street where several have the same."""
    address = row.get("storefrontAddress")
    lines = address.get("addressLines") if isinstance(address, dict) else None
    street = ", ".join(line for line in lines if isinstance(line, str)) if isinstance(lines, list) else ""
    title = _text(row.get("title")) or location
    return f"{title} ({street})" if street else title


async def refresh(account: Account, http: GuardedHttp) -> Refreshed:
    token = account.secrets.get("refresh_token")
    if not token:
        raise Reconnect("no_refresh_token", "The account has no refresh token. Sign in with Google again.")
    secret = account.secrets.get("client_secret")
    values = {**account.fields, "client_secret": secret.reveal() if secret else ""}
    return await renewed(values, token, http)


async def renewed(values: Mapping[str, str], token: Secret, http: GuardedHttp) -> Refreshed:
    """A new access token for a refresh token, which Google keeps as a rule."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": token.reveal(),
        "client_id": values.get("client_id", ""),
        "client_secret": values.get("client_secret", ""),
    }
    answer = await call_token(values, form, http)
    access, other = _text(answer.get("access_token")), _text(answer.get("refresh_token"))
    if access is None:
        raise TryAgain("no_token", "Google's answer has no token.")
    secrets = {"access_token": Secret(access), **({"refresh_token": Secret(other)} if other else {})}
    return Refreshed(secrets, _ends(answer.get("expires_in")))


def _ends(seconds: Any) -> datetime | None:
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds < 10**7:
        return None
    return utc_now() + timedelta(seconds=seconds)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


AUTHORIZATION = Authorization(
    needs=("client_id", "client_secret"),
    begin=begin,
    finish=finish,
    optional=("pubsub_topic", "push_token", "base_url"),
)
