"""How a bot hears: setWebhook, deleteWebhook, getWebhookInfo, getUpdates. One way at a time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from hark.standins.telegram.errors import ApiError, bad, flood
from hark.standins.telegram.outbox import Outbox, Webhook
from hark.standins.telegram.requests import Parameters
from hark.standins.telegram.world import Bot, Json, World

PORTS = frozenset({443, 80, 88, 8443})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MAX_POLL = 50
MAX_BATCH = 100
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


def set_webhook(world: World, bot: Bot, parameters: Parameters) -> bool:
    outbox = world.outboxes[bot.id]
    url = parameters.text("url")
    _subscribe(outbox, parameters)
    if parameters.flag("drop_pending_updates"):
        outbox.clear()
    if not url:
        outbox.webhook = None
        return True
    _check_pace(world, bot)
    _check_url(world, url)
    secret = parameters.text("secret_token")
    if secret and not _SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    connections = parameters.find_number("max_connections") or 40
    outbox.webhook = Webhook(url, secret, min(100, max(1, connections)))
    world.on_update(bot, None)
    return True


def _check_pace(world: World, bot: Bot) -> None:
    """Once per second."""
    last = world.webhook_set.get(bot.id)
    if last is not None and world.now() - last < world.settings.delay_scale:
        raise flood(1)
    world.webhook_set[bot.id] = world.now()


def _check_url(world: World, url: str) -> None:
    parts = urlsplit(url)
    if world.settings.https_only:
        if parts.scheme != "https":
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if (parts.port or 443) not in PORTS:
            raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if parts.hostname not in LOOPBACK:
        raise bad("bad webhook: the stand-in calls loopback addresses only")


def _subscribe(outbox: Outbox, parameters: Parameters) -> None:
    """Not naming the kinds keeps what was named before; an empty list means the default."""
    named = parameters.json("allowed_updates")
    if isinstance(named, list):
        outbox.allowed = tuple(str(kind) for kind in named)


def delete_webhook(world: World, bot: Bot, parameters: Parameters) -> bool:
    outbox = world.outboxes[bot.id]
    outbox.webhook = None
    if parameters.flag("drop_pending_updates"):
        outbox.clear()
    return True


def webhook_info(world: World, bot: Bot, parameters: Parameters) -> Json:
    outbox = world.outboxes[bot.id]
    info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": len(outbox.pending)}
    if outbox.webhook is not None:
        info |= {
            "url": outbox.webhook.url,
            "max_connections": outbox.webhook.max_connections,
            "ip_address": "127.0.0.1",
        }
        if outbox.webhook.last_error_at is not None:
            info |= {
                "last_error_date": outbox.webhook.last_error_at,
                "last_error_message": outbox.webhook.last_error,
            }
    if outbox.allowed:
        info["allowed_updates"] = list(outbox.allowed)
    return info


async def get_updates(world: World, bot: Bot, parameters: Parameters) -> list[Json]:
    outbox = world.outboxes[bot.id]
    if outbox.webhook is not None:
        raise ApiError(
            409,
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        )
    _subscribe(outbox, parameters)
    outbox.confirm(parameters.find_number("offset") or 0)
    limit = min(MAX_BATCH, max(1, parameters.find_number("limit") or MAX_BATCH))
    await _wait(outbox, min(MAX_POLL, max(0, parameters.find_number("timeout") or 0)))
    outbox.drop_expired(world.now())
    return [update.body for _, update in sorted(outbox.pending.items())[:limit]]


async def _wait(outbox: Outbox, seconds: int) -> None:
    """Until there is something, or time is up. A second poller ends the first one's call."""
    ended = asyncio.Event()
    if outbox.poller is not None:
        outbox.poller.set()
    outbox.poller = ended
    try:
        await _first_of(outbox, ended, seconds)
    finally:
        if outbox.poller is ended:
            outbox.poller = None
    if ended.is_set():
        raise ApiError(
            409, "terminated by other getUpdates request; make sure that only one bot instance is running"
        )


async def _first_of(outbox: Outbox, ended: asyncio.Event, seconds: int) -> None:
    if outbox.pending or not seconds:
        return
    outbox.arrived.clear()
    waits = [asyncio.ensure_future(event.wait()) for event in (outbox.arrived, ended)]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


SUBSCRIPTIONS: dict[str, Callable[[World, Bot, Parameters], Any]] = {
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": webhook_info,
    "getupdates": get_updates,
}
DESCRIPTIONS = {"setwebhook": "Webhook was set", "deletewebhook": "Webhook was deleted"}
