"""Connecting a location: the sign-in tried, the location found, notifications switched on; and looking after all of it."""

from __future__ import annotations

from collections.abc import Mapping

from hark.adapters.googlereviews.client import Api, api_of, make_api, resource_of
from hark.adapters.googlereviews.errors import NO_QUOTA
from hark.adapters.googlereviews.manifest import NOTIFICATION_TYPES, PUBLISHER
from hark.adapters.googlereviews.names import location_of
from hark.adapters.googlereviews.tokens import Place, places_of, renewed
from hark.channels.contract import Account, Connected, Health, PlatformProblem, Reconnect, Rejected, TryAgain
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret

Check = tuple[bool, str]

_NEEDED = {"client_id": "client ID", "client_secret": "client secret", "refresh_token": "refresh token"}


async def connect(values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp) -> Connected:
    """Asks Google for a fresh token and the location. Raises Rejected with a sentence for the administrator."""
    for key, label in _NEEDED.items():
        if not (values.get(key) or "").strip():
            raise Rejected("missing_field", f"The {label} is missing.")
    try:
        fresh = await renewed(values, Secret(values["refresh_token"].strip()), http)
        place = _choose(await places_of(make_api(values, fresh.secrets["access_token"], http)), values)
    except Reconnect as problem:
        raise Rejected(problem.code, f"Google refuses these credentials. {problem.message}") from problem
    except TryAgain as problem:
        if problem.code != NO_QUOTA:
            raise
        raise Rejected(problem.code, problem.message, http_status=problem.http_status) from problem
    return Connected(
        place.location,
        place.name,
        generated=fresh.secrets,
        fields={"account": place.account, "location": place.location},
        steps=tuple(_steps(values, webhook_url)),
        expires_at=fresh.expires_at,
    )


def _choose(places: list[Place], values: Mapping[str, str]) -> Place:
    """The named location, or the only one."""
    wanted, account = values.get("location", "").strip(), values.get("account", "").strip()
    asked = location_of(wanted) or location_of(f"locations/{wanted}") if wanted else None
    fitting = [each for each in places if asked in {None, each.location} and account in {"", each.account}]
    if not fitting:
        raise Rejected(
            "no_location", "Whoever signed in does not manage this location in the Business Profile."
        )
    if len(fitting) > 1:
        names = ", ".join(f"{each.name} ({each.location})" for each in fitting[:5])
        raise Rejected("which_location", f"Whoever signed in manages several locations; name one: {names}.")
    return fitting[0]


def _steps(values: Mapping[str, str], webhook_url: str | None) -> list[str]:
    """What Pub/Sub needs and only its owner can set. Without it nothing is missing but some seconds."""
    topic = values.get("pubsub_topic", "").strip()
    if not topic or webhook_url is None:
        return []
    if not values.get("push_token"):
        return ["Make up a long random push token and enter it: without one no notification is believed."]
    return [
        f"In Google Cloud, Pub/Sub: let {PUBLISHER} publish on {topic}, and give the topic a push subscription to "
        f"{webhook_url}?token=<your push token>."
    ]


async def subscribe(account: Account, http: GuardedHttp) -> tuple[str, ...]:
    """Tells Google the topic. A business account has one setting; another topic in it is somebody's running system and stays."""
    topic, owner = account.fields.get("pubsub_topic", "").strip(), account.fields.get("account", "")
    if not topic:
        return ()
    api = api_of(account, http)
    steps = tuple(_steps({**account.fields, "push_token": _has(account, "push_token")}, account.webhook_url))
    try:
        current = (await api.notifications(owner)).get("pubsubTopic")
        if isinstance(current, str) and current not in {"", topic}:
            return (
                f"Google notifies another topic of this business account at present: {current}. It stays.",
                *steps,
            )
        await api.set_notifications(owner, topic, NOTIFICATION_TYPES)
    except Rejected as problem:
        return (f"Google did not take the topic ({problem.message}).", *steps)
    return steps


def _has(account: Account, key: str) -> str:
    return "yes" if account.secrets.get(key) else ""


async def check(account: Account, http: GuardedHttp) -> Health:
    """Sign-in, access to the API, role on the location, verification, and notifications."""
    checks = await _check_reviews(account, http)
    if all(ok for ok, _ in checks.values()):
        api = api_of(account, http)
        checks |= {"verified": await _verified(api, account), "subscription": await _subscribed(api, account)}
    return Health(all(ok for ok, _ in checks.values()), checks)


async def _check_reviews(account: Account, http: GuardedHttp) -> dict[str, Check]:
    """One review asked for: it needs the token, the quota and the role."""
    try:
        found = await api_of(account, http).reviews(f"{resource_of(account)}/reviews", pageSize="1")
    except Reconnect as problem:
        return {"token": (False, problem.message)}
    except Rejected as problem:
        return {"token": (True, "The sign-in is valid."), "role": (False, problem.message)}
    except TryAgain as problem:
        if problem.code != NO_QUOTA:
            raise
        return {"token": (True, "The sign-in is valid."), "quota": (False, problem.message)}
    count = found.get("totalReviewCount")
    read = (
        f"The reviews can be read; there are {count}."
        if isinstance(count, int)
        else "The reviews can be read."
    )
    return {
        "token": (True, "The sign-in is valid and renewed by itself."),
        "quota": (True, "Google has granted this project access."),
        "role": (True, read),
    }


async def _verified(api: Api, account: Account) -> Check:
    try:
        found = await api.standing(account.platform_account_id)
    except PlatformProblem:
        return (
            True,
            "Google does not say whether the location is verified; its API for that may be switched off.",
        )
    if found.get("hasVoiceOfMerchant") is False:
        return (
            False,
            "The location is not verified: Google takes no answers. Verify it in the Business Profile.",
        )
    return True, "The location is verified, so answers are taken."


async def _subscribed(api: Api, account: Account) -> Check:
    topic = account.fields.get("pubsub_topic", "").strip()
    if not topic:
        return True, "No notifications: Hark asks Google every two minutes."
    if not account.secrets.get("push_token"):
        return False, "The push token is missing: no notification is believed. Make one up and enter it."
    try:
        found = await api.notifications(account.fields.get("account", ""))
    except Rejected as problem:
        return False, f"Google does not tell its notifications: {problem.message}"
    types = found.get("notificationTypes")
    missing = [name for name in NOTIFICATION_TYPES if not isinstance(types, list) or name not in types]
    if found.get("pubsubTopic") != topic:
        return False, f"Google notifies another topic: {found.get('pubsubTopic') or 'none'}."
    if missing:
        return False, f"Google does not notify of {', '.join(missing)}."
    return True, "Google notifies of new and changed reviews."
