"""OAuth 2: the way to the account's tokens (authorization code with PKCE), and new ones for old ones.

X gives a new refresh token with every access token, and the old one is used up by it: whoever calls stores both together.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from hark.adapters.x.client import make_api
from hark.adapters.x.errors import problem_of, problem_of_failure, read_problem, unreadable
from hark.adapters.x.manifest import AUTHORIZE_URL, BASE_URL, MANIFEST, SCOPES
from hark.adapters.x.people import handle_of
from hark.channels.contract import (
    Account,
    Authorization,
    Choice,
    PlatformProblem,
    Reconnect,
    Refreshed,
    Rejected,
    TryAgain,
)
from hark.infra.http import Answer, CallFailed, GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret

LIFETIME = 7200
GRANTED = "oauth2_scopes"
"""Under this key the account keeps what was granted: X has no call that tells it later."""
_AUTHORIZE_AGAIN = "X no longer accepts the account's refresh token. Authorize the account again."
_NO_CODE = "X did not accept the authorization: it must be completed within 30 seconds. Begin again."
_KEPT = (
    "client_id",
    "client_secret",
    "consumer_key",
    "consumer_secret",
    "bearer_token",
    "plan",
    "product",
    "owned_app",
    "base_url",
)


class Tokens(msgspec.Struct, frozen=True):
    access: Secret
    refresh: Secret | None
    expires_at: datetime
    scopes: tuple[str, ...] = ()


def begin(values: Mapping[str, str], redirect_uri: str, state: str, code_challenge: str) -> str:
    query = {
        "response_type": "code",
        "client_id": values["client_id"],
        "redirect_uri": redirect_uri,
        "scope": " ".join(scope.name for scope in SCOPES),
        "state": state,
        "code_challenge": code_challenge,
        "code_challenge_method": "S256",
    }
    address = AUTHORIZE_URL
    base = values.get("base_url", "").rstrip("/")
    if base and base != BASE_URL:  # a stand-in asks on its own address
        address = f"{base}/i/oauth2/authorize"
    return f"{address}?{urlencode(query, quote_via=quote)}"


async def finish(
    values: Mapping[str, str], code: str, redirect_uri: str, code_verifier: str, http: GuardedHttp
) -> tuple[Choice, ...]:
    """The account that authorized, with its tokens. Raises Rejected with a sentence."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": code_verifier,
    }
    try:
        tokens = await _ask(values, Secret(values.get("client_secret", "")), form, http)
    except Reconnect as problem:
        raise Rejected(problem.code, _NO_CODE, http_status=problem.http_status) from problem
    api = make_api(values, {"oauth2_access_token": tokens.access}, http)
    answer = await api.get("users/me")
    account_id, name = handle_of(answer)
    given = {key: values[key] for key in _KEPT if values.get(key)}
    given["oauth2_access_token"] = tokens.access.reveal()
    if tokens.refresh is not None:
        given["oauth2_refresh_token"] = tokens.refresh.reveal()
    if tokens.scopes:
        given[GRANTED] = " ".join(tokens.scopes)
    return (Choice(account_id, name, given),)


AUTHORIZATION = Authorization(
    needs=("client_id",),
    begin=begin,
    finish=finish,
    optional=tuple(key for key in _KEPT if key != "client_id"),
)


async def refresh(account: Account, http: GuardedHttp) -> Refreshed:
    """New tokens. Accounts that only have OAuth 1.0a tokens, which do not end, have nothing to renew."""
    token = account.secrets.get("oauth2_refresh_token")
    if not token:
        raise Reconnect("no_refresh_token", _AUTHORIZE_AGAIN)
    form = {"grant_type": "refresh_token", "refresh_token": token.reveal()}
    secret = account.secrets.get("client_secret") or Secret("")
    tokens = await _ask(account.fields, secret, form, http)
    secrets = {"oauth2_access_token": tokens.access}
    if tokens.refresh is not None:
        secrets["oauth2_refresh_token"] = tokens.refresh
    return Refreshed(secrets, expires_at=tokens.expires_at)


async def app_token(values: Mapping[str, str], consumer_secret: Secret, http: GuardedHttp) -> Secret:
    """The app-only bearer token, which does not end."""
    answer = await _post(
        values,
        "oauth2/token",
        {"grant_type": "client_credentials"},
        _basic(values.get("consumer_key", ""), consumer_secret),
        http,
    )
    token = answer.get("access_token")
    if not isinstance(token, str) or not token:
        raise TryAgain("unreadable_answer", "X's answer could not be read.")
    return Secret(token)


async def _ask(
    values: Mapping[str, str], client_secret: Secret, form: Mapping[str, str], http: GuardedHttp
) -> Tokens:
    """Confidential clients prove themselves by a header, public ones name themselves."""
    client_id = values.get("client_id", "")
    headers = _basic(client_id, client_secret) if client_secret else {}
    answer = await _post(values, "2/oauth2/token", {**form, "client_id": client_id}, headers, http)
    access, renewed = answer.get("access_token"), answer.get("refresh_token")
    if not isinstance(access, str) or not access:
        raise TryAgain("unreadable_answer", "X's answer could not be read.")
    seconds = answer.get("expires_in")
    life = seconds if isinstance(seconds, int | float) and 0 < seconds < 10**9 else LIFETIME
    return Tokens(
        Secret(access),
        Secret(renewed) if isinstance(renewed, str) and renewed else None,
        utc_now() + timedelta(seconds=life),
        tuple(str(answer.get("scope") or "").split()),
    )


async def _post(
    values: Mapping[str, str],
    path: str,
    form: Mapping[str, str],
    headers: Mapping[str, str],
    http: GuardedHttp,
) -> dict[str, Any]:
    base = (values.get("base_url") or BASE_URL).rstrip("/")
    try:
        guarded = http.allowing(MANIFEST.hosts, base)
        answer = await guarded.call("POST", f"{base}/{path}", headers=headers, form=form)
    except CallFailed as failure:
        raise problem_of_failure(failure, "setup") from failure
    value = answer.json()
    if answer.status == 200:
        if isinstance(value, dict):
            return value
        raise unreadable(answer, "setup")
    raise _refused(answer, value)


def _refused(answer: Answer, value: Any) -> PlatformProblem:
    """Errors here are plain OAuth: `{"error", "error_description"}`."""
    if answer.status in {400, 401, 403}:
        told = read_problem(value)
        code = told.title if told and told.title else f"http_{answer.status}"
        return Reconnect(code[:60], _AUTHORIZE_AGAIN, http_status=answer.status)
    return problem_of(answer, "setup")


def _basic(user: str, secret: Secret) -> dict[str, str]:
    """Both parts are percent-encoded first (RFC 6749, 2.3.1)."""
    pair = f"{quote(user, safe='')}:{quote(secret.reveal(), safe='')}"
    return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
