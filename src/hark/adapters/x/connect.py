"""Connecting an account: whose tokens these are, and what is left to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from hark.adapters.x.client import make_api
from hark.adapters.x.manifest import (
    ACCOUNT_ACTIVITY,
    ACCOUNT_ACTIVITY_ENDS,
    ACTIVITY,
    ENTERPRISE,
    MANIFEST,
    SELF_SERVE,
)
from hark.adapters.x.people import handle_of
from hark.adapters.x.prices import USER_READ
from hark.adapters.x.subscribe import unfit_address
from hark.adapters.x.tokens import LIFETIME, app_token
from hark.channels.contract import Connected, PlatformProblem, Reconnect, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret

_OLD_KEYS = {
    "consumer_key": "API key",
    "consumer_secret": "API key secret",
    "access_token": "access token",
    "access_token_secret": "access token secret",
}
_CHOICES = {
    "plan": (SELF_SERVE, ENTERPRISE),
    "product": (ACTIVITY, ACCOUNT_ACTIVITY),
    "owned_app": ("yes", "no"),
}


async def connect(values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp) -> Connected:
    """Asks X whose tokens these are. Raises Rejected with a sentence for the administrator."""
    given = {key: value.strip() for key, value in values.items() if value.strip()}
    _check_choices(given)
    _check_tokens(given)
    secret_keys = {field.key for field in MANIFEST.fields if field.secret}
    secrets = {key: Secret(value) for key, value in given.items() if key in secret_keys}
    try:
        answer = await make_api(given, secrets, http).get("users/me", price=USER_READ)
    except Reconnect as problem:
        raise Rejected(problem.code, f"X refuses these credentials. {problem.message}") from problem
    account_id, name = handle_of(answer)
    generated, steps = await _app_access(given, secrets, http)
    steps += _steps(given, webhook_url)
    renewed = secrets.get("oauth2_access_token") is not None
    return Connected(
        account_id,
        name,
        generated=generated,
        steps=tuple(steps),
        expires_at=utc_now() + timedelta(seconds=LIFETIME) if renewed else None,
    )


def _check_choices(given: Mapping[str, str]) -> None:
    for key, allowed in _CHOICES.items():
        if given.get(key, allowed[0]) not in allowed:
            label = next(field.label for field in MANIFEST.fields if field.key == key)
            raise Rejected("unknown_choice", f"{label}: give {' or '.join(allowed)}.")


def _check_tokens(given: Mapping[str, str]) -> None:
    """Four keys of OAuth 1.0a, or the tokens of OAuth 2."""
    if given.get("oauth2_access_token"):
        if given.get("oauth2_refresh_token") and not given.get("client_id"):
            raise Rejected(
                "missing_field", "The OAuth 2 client ID is missing: without it the tokens cannot be renewed."
            )
        return
    missing = [label for key, label in _OLD_KEYS.items() if not given.get(key)]
    if missing:
        raise Rejected(
            "missing_field",
            f"Authorize the account on X, or give all four keys of OAuth 1.0a. Missing: {', '.join(missing)}.",
        )


async def _app_access(
    given: Mapping[str, str], secrets: Mapping[str, Secret], http: GuardedHttp
) -> tuple[dict[str, Secret], list[str]]:
    """The token by which the app itself calls."""
    if given.get("bearer_token"):
        return {}, []
    if not given.get("consumer_key") or not given.get("consumer_secret"):
        return {}, [
            "Give API key and secret, or the app-only bearer token: only the app itself may set up the webhook."
        ]
    try:
        return {"bearer_token": await app_token(given, secrets["consumer_secret"], http)}, []
    except PlatformProblem as problem:
        return {}, [f"X gave no app-only token ({problem.message}). Check API key and secret."]


def _steps(given: Mapping[str, str], webhook_url: str | None) -> list[str]:
    steps: list[str] = []
    if unfit := unfit_address(webhook_url, given):
        steps.append(f"{unfit} Until then Hark looks for news every few minutes.")
    if not given.get("consumer_secret") and not given.get("client_secret"):
        steps.append("Give the API key secret: it proves that deliveries come from X.")
    if given.get("product") == ACCOUNT_ACTIVITY:
        ends = f"{ACCOUNT_ACTIVITY_ENDS:%Y-%m-%d}"
        steps.append(
            f"X ends the Account Activity API on {ends}. Change the event product to activity before."
        )
    elif not given.get("oauth2_access_token"):
        steps.append(
            "Authorize the account by OAuth 2: the X Activity API delivers messages and mentions only to apps so authorized."
        )
    if given.get("oauth2_access_token") and not given.get("oauth2_refresh_token"):
        steps.append(
            "Without a refresh token X ends the access after two hours: authorize with offline.access."
        )
    return steps
