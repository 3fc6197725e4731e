"""A bot's updates until they are delivered or confirmed: numbered, filtered by subscription, kept for a day."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

KEPT = 24 * 3600
"""Seconds for which an update waits: from the date of its message, from its creation for other kinds."""
_UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that come only when `allowed_updates` names them."""


class Pending(msgspec.Struct):
    id: int
    body: dict[str, Any]
    queue: str
    """Order is kept within a queue: roughly a chat, or a user where there is no chat."""
    expires: float


class Webhook(msgspec.Struct):
    url: str
    secret: str = ""
    max_connections: int = 40
    last_error_at: int | None = None
    last_error: str = ""
    gone_since: float | None = None
    """Since when the address has answered 410."""


class Outbox:
    """`arrived` is set whenever there is something new, for whoever waits in `getUpdates`."""

    def __init__(self, first: int) -> None:
        self.pending: dict[int, Pending] = {}
        self.queues: dict[str, dict[int, Pending]] = {}
        self.webhook: Webhook | None = None
        self.allowed: tuple[str, ...] = ()
        self.arrived = asyncio.Event()
        self.last = first
        self.poller: asyncio.Event | None = None

    def add(self, kind: str, body: dict[str, Any], now: float) -> Pending | None:
        """None where the bot has not subscribed to the kind. The day runs from the message's date, except that a date of long
        ago (a test's fixed clock) must not make the update expire before it was ever sent."""
        if not self.wants(kind):
            return None
        dated = (body.get("edit_date") or body.get("date")) if "message" in kind or "post" in kind else None
        return self._put({"update_id": self.last + 1, kind: body}, body, max(float(dated or now), now))

    def add_raw(self, update: dict[str, Any], now: float) -> Pending:
        """An update as it is; it gets a number when it brings none."""
        body = next((value for value in update.values() if isinstance(value, dict)), {})
        return self._put({"update_id": self.last + 1, **update}, body, now)

    def _put(self, update: dict[str, Any], body: dict[str, Any], since: float) -> Pending:
        number = int(update["update_id"])
        self.last = max(self.last, number)
        pending = Pending(number, update, queue_of(body), since + KEPT)
        self.pending[number] = pending
        self.queues.setdefault(pending.queue, {})[number] = pending
        self.arrived.set()
        return pending

    def wants(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in _UNASKED

    def first(self, queue: str) -> Pending | None:
        return next(iter(self.queues.get(queue, {}).values()), None)

    def remove(self, number: int) -> None:
        update = self.pending.pop(number, None)
        if update is None:
            return
        queue = self.queues[update.queue]
        del queue[number]
        if not queue:
            del self.queues[update.queue]

    def clear(self) -> None:
        self.pending.clear()
        self.queues.clear()

    def confirm(self, offset: int) -> None:
        """Everything below `offset` is gone. A negative one keeps the last of that number."""
        ids = sorted(self.pending)
        confirmed = ids[:offset] if offset < 0 else [number for number in ids if number < offset]
        for number in confirmed:
            self.remove(number)

    def drop_expired(self, now: float) -> None:
        for number in [number for number, update in self.pending.items() if update.expires <= now]:
            self.remove(number)


def queue_of(body: dict[str, Any]) -> str:
    within = body.get("message") if isinstance(body.get("message"), dict) else None
    chat = (body.get("chat") or (within or {}).get("chat") or {}).get("id")
    person = (body.get("from") or body.get("user") or {}).get("id")
    return f"{body.get('business_connection_id', '')}:{chat if chat is not None else person}"
