"""Connecting a bot: its token tried, the webhook set, the connection looked at."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit
from uuid import UUID

from hark.adapters.telegram.client import call
from hark.adapters.telegram.manifest import CLOUD
from hark.adapters.telegram.payloads import Me, WebhookInfo
from hark.channels.contract import Account, Connected, Health, PlatformProblem, Reconnect, Rejected
from hark.infra.http import GuardedHttp, is_public
from hark.kernel.secrets import Secret

ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "message_reaction",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
)
"""Named one by one, because `message_reaction` is not among the updates that come unasked."""

MAX_CONNECTIONS = 40
PORTS = frozenset({443, 80, 88, 8443})
_TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{1,200}", re.ASCII)
_NOBODY = UUID(int=0)
_PUBLIC = "With a public https address in HARK_PUBLIC_URL Telegram would send them."


async def connect(values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp) -> Connected:
    """Tries the token and makes the webhook's secret; `subscribe` sets the webhook once the account is
    stored."""
    account = _candidate(values)
    try:
        me = await call(http, account, "getMe", {}, Me)
    except Reconnect as problem:
        raise Rejected(
            "token_refused", "Telegram does not know this bot token.", http_status=problem.http_status
        ) from None
    return Connected(
        platform_account_id=str(me.id),
        name=me.first_name or me.username,
        generated={"webhook_secret": Secret(secrets.token_urlsafe(32))},
        fields={"username": me.username},
    )


def _candidate(values: Mapping[str, str]) -> Account:
    """The account as it would be, to make the first call with."""
    token = values.get("token", "").strip()
    if not _TOKEN.fullmatch(token):
        raise Rejected("bad_token", "A bot token looks like 123456789:AAE… (from @BotFather).")
    return Account(
        id=_NOBODY,
        workspace_id=_NOBODY,
        platform_account_id="",
        name="",
        secrets={"token": Secret(token)},
        fields={"base_url": values.get("base_url", "").strip()},
    )


async def subscribe(account: Account, http: GuardedHttp) -> tuple[str, ...]:
    """Sets the webhook, with our secret and the kinds of updates that we read. At most once per second
    (Telegram's limit). Where Telegram cannot reach us there is none to set: `polling.listen` asks instead."""
    if webhook_obstacle(account.webhook_url, account.base_url(CLOUD)):
        return ()
    parameters = {
        "url": account.webhook_url,
        "secret_token": account.secrets["webhook_secret"].reveal(),
        "allowed_updates": ALLOWED_UPDATES,
        "max_connections": MAX_CONNECTIONS,
    }
    try:
        await call(http, account, "setWebhook", parameters, bool)
    except Rejected as problem:
        return (f"Telegram did not take the webhook address: {problem.message}",)
    return ()


def webhook_obstacle(url: str | None, base_url: str) -> str | None:
    """Why Telegram's own servers cannot reach an address, as a step to take. A Bot API server of one's own
    may stand in the same network, so only Telegram's servers are judged here."""
    if not url:
        return f"Hark does not know its own address yet. {_PUBLIC}"
    if base_url != CLOUD:
        return None
    parts = urlsplit(url)
    if parts.scheme != "https":
        return f"Telegram sends to https only. {_PUBLIC}"
    if _is_private(parts.hostname or ""):
        return f"Telegram cannot reach {parts.hostname}. {_PUBLIC}"
    if (parts.port or 443) not in PORTS:
        return f"Telegram sends to the ports 443, 80, 88 and 8443 only, not to {parts.port}."
    return None


def _is_private(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        name = host.lower().rstrip(".")
        return "." not in name or name.endswith((".localhost", ".local", ".internal", ".test", ".invalid"))


async def check(account: Account, http: GuardedHttp) -> Health:
    checks: dict[str, tuple[bool, str]] = {}
    try:
        me = await call(http, account, "getMe", {}, Me)
        checks["token"] = (True, f"The token belongs to @{me.username}.")
        info = await call(http, account, "getWebhookInfo", {}, WebhookInfo)
    except PlatformProblem as problem:
        checks["webhook" if checks else "token"] = (False, problem.message)
        return Health(ok=False, checks=checks)
    checks["webhook"] = _webhook_check(info, account)
    checks["deliveries"] = _delivery_check(info)
    checks["updates"] = _updates_check(info)
    checks["groups"] = (True, _groups_sentence(me))
    return Health(ok=all(ok for ok, _ in checks.values()), checks=checks)


def _webhook_check(info: WebhookInfo, account: Account) -> tuple[bool, str]:
    obstacle = webhook_obstacle(account.webhook_url, account.base_url(CLOUD))
    if obstacle and not info.url:
        return True, f"Hark asks Telegram for updates itself. {obstacle}"
    if not info.url:
        return False, "No webhook is set: connect this account again."
    if info.url != account.webhook_url:
        return False, "Another program took this bot's webhook; connect the account again to take it back."
    return True, "Telegram sends updates to this address."


def _delivery_check(info: WebhookInfo) -> tuple[bool, str]:
    """The last error stays in Telegram's answer for ever, so it counts only while updates are waiting."""
    if info.pending_update_count and info.last_error_message:
        return False, f"{info.pending_update_count} updates are waiting: {info.last_error_message[:200]}"
    return True, f"{info.pending_update_count} updates are waiting."


def _updates_check(info: WebhookInfo) -> tuple[bool, str]:
    """No list means the default one, which leaves reactions out."""
    missing = set(ALLOWED_UPDATES) - set(info.allowed_updates or ())
    if info.allowed_updates is None:
        missing = {"message_reaction"}
    if info.url and missing:
        return False, f"Not subscribed to {', '.join(sorted(missing))}: connect this account again."
    return True, "All kinds of updates that Hark reads are subscribed to."


def _groups_sentence(me: Me) -> str:
    if me.can_read_all_group_messages:
        return "In groups the bot sees every message; Hark takes those that address a bot."
    return (
        "In groups the bot sees commands and replies to it; for plain mentions turn privacy mode off "
        "(@BotFather, /setprivacy)."
    )
