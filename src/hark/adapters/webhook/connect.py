"""Connecting a system: it is greeted at its callback address, and told where to post and with which secret to sign."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit
from uuid import UUID

from hark.adapters.webhook.client import post
from hark.adapters.webhook.manifest import SHORTEST_SECRET
from hark.channels.contract import (
    Ability,
    Account,
    Connected,
    Health,
    PlatformProblem,
    Reconnect,
    Rejected,
    Unconfirmed,
)
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret

Check = tuple[bool, str]


async def connect(values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp) -> Connected:
    """Says hello to the callback address. Raises Rejected with a sentence for the administrator."""
    channel = (values.get("channel") or "").strip()
    if not channel:
        raise Rejected("missing_field", "The channel needs a name.")
    address = _address(values.get("base_url") or "")
    abilities = _abilities(values.get("abilities") or "")
    given = (values.get("signing_secret") or "").strip()
    if given and len(given) < SHORTEST_SECRET:
        raise Rejected("weak_secret", f"The signing secret needs at least {SHORTEST_SECRET} characters.")
    secret = given or secrets.token_urlsafe(32)
    account = Account(
        id=UUID(int=0),
        workspace_id=UUID(int=0),
        platform_account_id=channel,
        name=channel,
        secrets={"signing_secret": Secret(secret)},
        fields={"base_url": address},
    )
    hello = {
        "type": "hello",
        "channel": channel,
        "webhook_url": webhook_url,
        **({} if given else {"signing_secret": secret}),
    }
    try:
        await post(account, http, hello, creates=False)
    except (Reconnect, Unconfirmed) as problem:
        raise Rejected(problem.code, problem.message, http_status=problem.http_status) from problem
    steps = (
        () if webhook_url else ("Give Hark a public https address, so that the other system can reach it.",)
    )
    return Connected(
        platform_account_id=channel,
        name=channel,
        generated={} if given else {"signing_secret": Secret(secret)},
        fields={"base_url": address, "abilities": abilities},
        steps=steps,
    )


def _address(text: str) -> str:
    parts = urlsplit(text.strip())
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment:
        raise Rejected("bad_address", "The callback address is a web address without ? and #.")
    if parts.username or parts.password:
        raise Rejected(
            "bad_address", "The callback address must not contain a password; requests are signed."
        )
    return text.strip().rstrip("/")


def _abilities(text: str) -> str:
    words = [word for part in text.replace(";", ",").split(",") if (word := part.strip().lower())]
    known = {ability.value for ability in Ability} - {Ability.TEMPLATE.value}
    strange = [word for word in words if word not in known]
    if strange:
        raise Rejected(
            "unknown_ability", f"Not known: {', '.join(strange)}. Known: {', '.join(sorted(known))}."
        )
    return ",".join(dict.fromkeys(words)) or Ability.REPLY.value


async def check(account: Account, http: GuardedHttp) -> Health:
    """Asks the callback address for a sign of life."""
    try:
        await post(account, http, {"type": "ping", "channel": account.platform_account_id}, creates=False)
    except PlatformProblem as problem:
        return Health(False, {"webhook": (False, problem.message)})
    return Health(True, {"webhook": (True, "The callback address answers and accepts our signature.")})
