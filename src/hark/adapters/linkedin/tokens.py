"""Signing in with LinkedIn: the consent page, the code against tokens, refreshing, and what LinkedIn says of a token.

A code is valid for 30 minutes, an access token for 60 days, a refresh token for 365 days from the consent: refreshing
does not put its end off. LinkedIn's programme for refresh tokens is for approved apps; others get none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from hark.adapters.linkedin import urns
from hark.adapters.linkedin.client import Rest, auth_base, call_oauth, make_rest
from hark.adapters.linkedin.lists import elements, has_next
from hark.adapters.linkedin.manifest import MANIFEST
from hark.channels.contract import (
    Account,
    Authorization,
    Choice,
    Reconnect,
    Refreshed,
    Rejected,
    TryAgain,
)
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret

WRITING_ROLES = frozenset(
    {"ADMINISTRATOR", "CONTENT_ADMIN", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"}
)
"""Roles that read and write comments; recruiting roles write, and read empty lists without an error."""
MOST_PAGES = 5


class Role(msgspec.Struct, frozen=True):
    """A role of whoever signed in on a page."""

    organization: str
    role: str
    person: str | None


class TokenState(msgspec.Struct, frozen=True):
    active: bool
    expires_at: datetime | None
    scopes: frozenset[str]


def begin(values: Mapping[str, str], redirect_uri: str, state: str, code_challenge: str) -> str:
    """LinkedIn's consent page. It has no PKCE for apps with a secret; `state` protects the way back."""
    asked = {
        "response_type": "code",
        "client_id": values["client_id"],
        "redirect_uri": redirect_uri,
        "state": state,
        "scope": " ".join(scope.name for scope in MANIFEST.scopes),
    }
    return f"{auth_base(values)}/oauth/v2/authorization?{urlencode(asked)}"


async def finish(
    values: Mapping[str, str], code: str, redirect_uri: str, code_verifier: str, http: GuardedHttp
) -> tuple[Choice, ...]:
    """The pages that whoever consented may connect."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": values["client_id"],
        "client_secret": values["client_secret"],
    }
    try:
        answer = await call_oauth(values, "accessToken", form, http)
    except Reconnect as problem:
        words = "LinkedIn did not take the sign-in; it is valid for 30 minutes. Start again."
        raise Rejected(problem.code, words, http_status=problem.http_status) from problem
    token = _text(answer.get("access_token"))
    if token is None:
        raise Rejected("no_token", "LinkedIn's answer to the sign-in has no token. Start again.")
    return await _choices({**values, **_token_values(answer, utc_now())}, Secret(token), http)


def _token_values(answer: Mapping[str, Any], now: datetime) -> dict[str, str]:
    values = {key: found for key in ("access_token", "refresh_token") if (found := _text(answer.get(key)))}
    ends = _later(now, answer.get("refresh_token_expires_in"))
    return (
        {**values, "refresh_expires_at": ends.isoformat()} if ends and "refresh_token" in values else values
    )


async def _choices(values: dict[str, str], token: Secret, http: GuardedHttp) -> tuple[Choice, ...]:
    rest = make_rest(values, token, http)
    roles = best_roles(await roles_of(rest))
    if not roles:
        raise Rejected(
            "no_page",
            "Whoever signed in has no role on a page. Give them the role of a super or content admin.",
        )
    known = {field.key for field in MANIFEST.fields}
    kept = {key: value for key, value in values.items() if key in known}
    return tuple(
        [
            Choice(
                each.organization,
                await name_of(rest, each.organization),
                {**kept, "organization": each.organization},
            )
            for each in roles
        ]
    )


async def roles_of(rest: Rest) -> list[Role]:
    """The pages of whoever signed in."""
    roles: list[Role] = []
    start = 0
    for _ in range(MOST_PAGES):
        answer = await rest.get(f"organizationAcls?q=roleAssignee&state=APPROVED&start={start}&count=100")
        rows = elements(answer)
        roles += [role for row in rows if (role := _role(row)) is not None]
        start += len(rows)
        if not rows or not has_next(answer):
            break
    return roles


def best_roles(roles: list[Role]) -> list[Role]:
    """One per page: a role that can read and write before one that cannot."""
    ranked = sorted(roles, key=lambda role: role.role not in WRITING_ROLES)
    best: dict[str, Role] = {}
    for role in ranked:
        best.setdefault(role.organization, role)
    return list(best.values())


def _role(row: Any) -> Role | None:
    if not isinstance(row, dict) or row.get("state", "APPROVED") != "APPROVED":
        return None
    organization = urns.urn(row.get("organization") or row.get("organizationTarget"))
    return (
        Role(organization, str(row.get("role") or ""), urns.urn(row.get("roleAssignee")))
        if organization
        else None
    )


async def name_of(rest: Rest, organization: str) -> str:
    """The page's name; its number where the name cannot be had."""
    try:
        answer = await rest.get(f"organizations/{urns.id_of(organization)}")
    except (Rejected, TryAgain):
        return organization
    return _text(answer.get("localizedName")) or organization


async def refresh(account: Account, http: GuardedHttp) -> Refreshed:
    """A new access token. Without a refresh token a token that is still good stays; a dead one needs a person."""
    token = account.secrets.get("refresh_token")
    if not token:
        return await _kept(account, http)
    form = {"grant_type": "refresh_token", "refresh_token": token.reveal(), **client_of(account)}
    answer = await call_oauth(account.fields, "accessToken", form, http)
    now = utc_now()
    values = _token_values(answer, now)
    if "access_token" not in values:
        raise TryAgain("no_token", "LinkedIn's answer has no token.")
    secrets = {key: Secret(value) for key, value in values.items() if key != "refresh_expires_at"}
    ends = values.get("refresh_expires_at")
    return Refreshed(
        secrets, _later(now, answer.get("expires_in")), {"refresh_expires_at": ends} if ends else {}
    )


async def _kept(account: Account, http: GuardedHttp) -> Refreshed:
    state = await introspect(account.fields, account.secrets.get("access_token"), client_of(account), http)
    if not state.active:
        raise Reconnect(
            "expired",
            "The access token has ended and there is no refresh token. Sign in with LinkedIn again.",
        )
    return Refreshed({}, state.expires_at)


def client_of(account: Account) -> dict[str, str]:
    secret = account.secrets.get("client_secret")
    if not secret or not account.fields.get("client_id"):
        raise Reconnect("no_client", "The client ID or secret is missing. Sign in with LinkedIn again.")
    return {"client_id": account.fields["client_id"], "client_secret": secret.reveal()}


async def introspect(
    fields: Mapping[str, str], token: Secret | None, client: Mapping[str, str], http: GuardedHttp
) -> TokenState:
    """What LinkedIn knows of a token. It costs none of the day's calls."""
    if not token:
        return TokenState(False, None, frozenset())
    answer = await call_oauth(fields, "introspectToken", {**client, "token": token.reveal()}, http)
    ends, scope = answer.get("expires_at"), answer.get("scope")
    at = urns.instant(ends * 1000) if isinstance(ends, int) and not isinstance(ends, bool) else None
    scopes = scope.replace(",", " ").split() if isinstance(scope, str) else []
    return TokenState(answer.get("active") is True, at, frozenset(scopes))


def _later(now: datetime, seconds: Any) -> datetime | None:
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds < 10**9:
        return None
    return (now + timedelta(seconds=seconds)).astimezone(UTC).replace(microsecond=0)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


AUTHORIZATION = Authorization(
    needs=("client_id", "client_secret"),
    begin=begin,
    finish=finish,
    optional=("application_id", "api_version", "base_url"),
)
