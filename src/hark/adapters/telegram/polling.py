"""Long polling: how a bot hears where Telegram cannot reach us. One program at a time may ask.

An offset only confirms: once the call after a batch has gone out, what it names is gone from Telegram's list and further
calls need none. That matters because the numbers of updates restart at a random one after a quiet week: an old offset that
was sent again would confirm what nobody has seen.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from hark.adapters.telegram.client import call
from hark.adapters.telegram.connect import ALLOWED_UPDATES, webhook_obstacle
from hark.adapters.telegram.manifest import CLOUD
from hark.adapters.telegram.payloads import WebhookInfo
from hark.adapters.telegram.webhook import split
from hark.channels.contract import Account, Emit, PlatformProblem, Rejected, TryAgain
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now

WAIT = 50
"""Seconds that Telegram may hold the answer back (its largest)."""
PATIENCE = WAIT + 10.0
MOST = 100
CONFIRMED_AFTER = timedelta(hours=24)
"""Telegram keeps unconfirmed updates for so long; an older offset has nothing left to confirm."""

OFFSET, OFFSET_AT = "offset", "offset_at"


def listens(account: Account) -> bool:
    """Only where no webhook is possible."""
    return webhook_obstacle(account.webhook_url, account.base_url(CLOUD)) is not None


async def listen(account: Account, http: GuardedHttp, emit: Emit) -> None:
    """Asks for updates until cancelled; each batch is confirmed by the call after it, so only once it is stored."""
    await _leave_webhook(account, http)
    offset = _known_offset(account)
    await emit((), {})
    while True:
        updates = await _ask(account, http, offset)
        offset = None
        if updates:
            items = split(msgspec.json.encode(updates))
            offset = max(msgspec.json.decode(update, type=_Numbered).update_id for update in updates) + 1
            await emit(items, {OFFSET: offset, OFFSET_AT: utc_now()})


class _Numbered(msgspec.Struct):
    update_id: int


def _known_offset(account: Account) -> int | None:
    """What was stored and perhaps not confirmed before the last stream ended."""
    offset, at = account.state.get(OFFSET), account.state.get(OFFSET_AT)
    if not isinstance(offset, int) or not isinstance(at, str):
        return None
    return offset if utc_now() - datetime.fromisoformat(at) < CONFIRMED_AFTER else None


async def _leave_webhook(account: Account, http: GuardedHttp) -> None:
    """A bot hears in one way at a time. What waits for the webhook is kept and comes by the first call."""
    info = await call(http, account, "getWebhookInfo", {}, WebhookInfo)
    if info.url:
        await call(http, account, "deleteWebhook", {"drop_pending_updates": False}, bool)


async def _ask(account: Account, http: GuardedHttp, offset: int | None) -> list[msgspec.Raw]:
    parameters: dict[str, Any] = {"timeout": WAIT, "limit": MOST, "allowed_updates": ALLOWED_UPDATES}
    if offset is not None:
        parameters["offset"] = offset
    try:
        return await call(http, account, "getUpdates", parameters, list[msgspec.Raw], timeout=PATIENCE)
    except Rejected as problem:
        raise _conflict(problem) from None


def _conflict(problem: Rejected) -> PlatformProblem:
    """Both ways out need a person, or the end of the other program; until then we try again now and then."""
    if problem.code in {"webhook_active", "other_poller"}:
        return TryAgain(problem.code, problem.message, http_status=problem.http_status)
    return problem
