"""Connecting a page: whose token it is, which page, notifications on; and looking after all of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from hark.adapters.linkedin import urns
from hark.adapters.linkedin.client import auth_base, make_rest, rest_of, version_of
from hark.adapters.linkedin.manifest import AUTH_URL, EVENT_TYPE, MANIFEST, OLD_SCOPES, WARN_MONTHS
from hark.adapters.linkedin.tokens import (
    WRITING_ROLES,
    Role,
    TokenState,
    best_roles,
    client_of,
    introspect,
    name_of,
    roles_of,
)
from hark.channels.contract import Account, Connected, Health, Reconnect, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret

Check = tuple[bool, str]

REMIND = timedelta(days=14)
"""Before the end of what only a person can renew."""
RENEW = timedelta(days=3)
"""Before the end of the webhook subscription."""


async def connect(values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp) -> Connected:
    """Asks LinkedIn whose token this is. Raises Rejected with a sentence for the administrator."""
    client = {key: _needed(values, key, label) for key, label in _CLIENT.items()}
    token = Secret(_needed(values, "access_token", "access token"))
    try:
        state = await introspect(values, token, client, http)
        if not state.active:
            raise Rejected(
                "invalid_token", "LinkedIn says that the access token is not valid. Sign in again."
            )
        rest = make_rest(values, token, http)
        role = _choose(best_roles(await roles_of(rest)), values.get("organization", ""))
        name = await name_of(rest, role.organization)
    except Reconnect as problem:
        raise Rejected(problem.code, f"LinkedIn refuses these credentials. {problem.message}") from problem
    fields = {"organization": role.organization, **({"person": role.person} if role.person else {})}
    steps = tuple(_steps(values, state, role, webhook_url))
    return Connected(role.organization, name, fields=fields, steps=steps, expires_at=state.expires_at)


_CLIENT = {"client_id": "client ID", "client_secret": "client secret"}


def _needed(values: Mapping[str, str], key: str, label: str) -> str:
    value = (values.get(key) or "").strip()
    if not value:
        raise Rejected("missing_field", f"The {label} is missing.")
    return value


def _choose(roles: list[Role], wanted: str) -> Role:
    """The named page, or the only one."""
    asked = urns.organization_urn(wanted) if wanted.strip() else None
    if wanted.strip() and asked is None:
        raise Rejected("bad_page", "The page is given as urn:li:organization:… or as its number.")
    fitting = [role for role in roles if asked in {None, role.organization}]
    if not fitting:
        raise Rejected(
            "no_page", "Whoever signed in has no role on this page. Make them a super or content admin."
        )
    if len(fitting) > 1:
        names = ", ".join(role.organization for role in fitting[:5])
        raise Rejected("which_page", f"Whoever signed in has several pages; name one: {names}.")
    return fitting[0]


def _steps(values: Mapping[str, str], state: TokenState, role: Role, webhook_url: str | None) -> list[str]:
    steps = [sentence for ok, sentence in (_scopes(state), _role(role)) if not ok]
    if webhook_url is None:
        steps.append(
            "Give Hark a public https address, so that LinkedIn can reach it; until then it asks every 10 minutes."
        )
    elif not values.get("application_id"):
        steps.append(
            "Enter the App ID (developer portal, the number in the app's address) for notifications at once."
        )
    return steps


def _scopes(state: TokenState) -> Check:
    lacking = [
        scope.name
        for scope in MANIFEST.scopes
        if scope.name not in state.scopes and OLD_SCOPES.get(scope.name) not in state.scopes
    ]
    if not lacking:
        return True, "All permissions are granted."
    return False, (
        f"Missing: {', '.join(lacking)}. Add the product Community Management API to the app, then sign in again."
    )


def _role(role: Role) -> Check:
    if role.role in WRITING_ROLES:
        return True, f"Whoever signed in is {role.role} of the page."
    return False, (
        f"Whoever signed in is only {role.role or 'nothing'} of the page: LinkedIn lists no comments then and says nothing. "
        "Make them a super or content admin."
    )


def _pushed_to(account: Account) -> str | None:
    """Where LinkedIn can bring notifications; None where the app is not named or our address is not one that it takes
    (https only)."""
    url = account.webhook_url or ""
    reachable = url.startswith("https://") or auth_base(account.fields) != AUTH_URL
    return url if url and reachable and account.fields.get("application_id", "").strip() else None


async def subscribe(account: Account, http: GuardedHttp) -> tuple[str, ...]:
    """Sets or renews the page's notifications to our address. Returns what is left to do."""
    url = _pushed_to(account)
    if url is None:
        return ()
    by_hand = f"In the developer portal, Webhooks: add the address {url}; LinkedIn asks it for proof. Then check the account."
    try:
        await rest_of(account, http).act("PUT", await _subscription(account, http), {"webhook": url})
    except Rejected as problem:
        return (f"LinkedIn did not take our address ({problem.message}). {by_hand}",)
    return ()


async def _subscription(account: Account, http: GuardedHttp) -> str:
    """The address of this page's subscription: it hangs on the app and on whoever signed in."""
    person = account.fields.get("person") or await _person(account, http)
    application = urns.encoded(f"urn:li:developerApplication:{account.fields['application_id'].strip()}")
    key = (
        f"(developerApplication:{application},user:{urns.encoded(person)}"
        f",entity:{urns.encoded(account.platform_account_id)},eventType:{EVENT_TYPE})"
    )
    return f"eventSubscriptions/{key}"


async def _person(account: Account, http: GuardedHttp) -> str:
    roles = await roles_of(rest_of(account, http))
    found = next((role.person for role in roles if role.person), None)
    if found is None:
        raise Rejected("no_role", "Whoever signed in has no role on a page any more.")
    return found


async def check(account: Account, http: GuardedHttp) -> Health:
    """Token, scopes, role, version and subscription."""
    now = utc_now()
    checks: dict[str, Check] = {"version": _version(version_of(account.fields), now)}
    try:
        state = await introspect(
            account.fields, account.secrets.get("access_token"), client_of(account), http
        )
    except (Reconnect, Rejected) as problem:
        checks["token"] = (False, problem.message)
        return _health(checks)
    checks["token"] = _token(account, state, now)
    if state.active:
        checks["scopes"] = _scopes(state)
        checks |= await _at_the_api(account, http, now)
    return _health(checks)


def _health(checks: Mapping[str, Check]) -> Health:
    return Health(all(ok for ok, _ in checks.values()), checks)


def _token(account: Account, state: TokenState, now: datetime) -> Check:
    """Good, and for how long; a person is reminded two weeks before only they can renew it."""
    if not state.active:
        return False, "The access token has ended or was withdrawn. Sign in with LinkedIn again."
    until = f" until {state.expires_at:%Y-%m-%d}" if state.expires_at else ""
    refreshing = bool(account.secrets.get("refresh_token"))
    ends = _end_of_refresh(account) if refreshing else state.expires_at
    if ends is not None and ends - now < REMIND:
        return False, f"LinkedIn's consent ends on {ends:%Y-%m-%d}. Sign in with LinkedIn again before."
    if not refreshing:
        return (
            True,
            f"The access token is valid{until}; the app has no refresh token, so sign in again before.",
        )
    consent = f"; the consent ends on {ends:%Y-%m-%d}" if ends else ""
    return True, f"The access token is valid{until} and is renewed by itself{consent}."


def _end_of_refresh(account: Account) -> datetime | None:
    try:
        at = datetime.fromisoformat(account.fields.get("refresh_expires_at", ""))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _version(version: str, now: datetime) -> Check:
    """How old the API version is; LinkedIn answers 426 to one that it has switched off."""
    if not (version.isascii() and version.isdecimal() and len(version) == 6 and 1 <= int(version[4:]) <= 12):
        return False, f"The API version “{version}” is not of the form YYYYMM."
    age = (now.year - int(version[:4])) * 12 + now.month - int(version[4:])
    if age >= WARN_MONTHS:
        return False, (
            f"The API version {version} is {age} months old; LinkedIn switches it off after about 12. Set a newer one in "
            "the account's settings."
        )
    return True, f"The API version {version} is {age} months old."


async def _at_the_api(account: Account, http: GuardedHttp, now: datetime) -> dict[str, Check]:
    try:
        roles = best_roles(await roles_of(rest_of(account, http)))
        ours = next((role for role in roles if role.organization == account.platform_account_id), None)
        if ours is None:
            return {
                "role": (
                    False,
                    "Whoever signed in has no role on the page any more. Sign in as an administrator.",
                )
            }
        return {"role": _role(ours), "subscription": await _subscribed(account, http, now)}
    except (Reconnect, Rejected) as problem:
        return {"role": (False, problem.message)}


async def _subscribed(account: Account, http: GuardedHttp, now: datetime) -> Check:
    url = _pushed_to(account)
    if url is None:
        return True, "No webhook: Hark asks LinkedIn every ten minutes."
    try:
        found = await rest_of(account, http).get(await _subscription(account, http))
    except Rejected as problem:
        if problem.http_status != 404:
            raise
        return False, "The page's notifications are off. Check the address in the developer portal, Webhooks."
    return _judge(found, url, now)


def _judge(found: Mapping[str, Any], url: str, now: datetime) -> Check:
    ends = urns.instant(found.get("expiresAt"))
    if found.get("webhook") != url:
        return False, f"LinkedIn notifies another address: {found.get('webhook')}."
    if ends is not None and ends - now < RENEW:
        return False, f"The page's notifications end on {ends:%Y-%m-%d %H:%M} UTC; they are being renewed."
    until = f" until {ends:%Y-%m-%d}" if ends else ""
    return True, f"The page's notifications come to us{until}."
