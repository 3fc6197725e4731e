"""A system of somebody's own that speaks the webhook channel: it posts signed events, and takes answers at its callback."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections import deque
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import msgspec

from hark.kernel.clock import Clock, utc_now
from hark.standins.kit import Accepted, Calls, Fault, FaultGate, Faults, Notifier
from hark.standins.kit.asked import Asked, Told, door

PER_SECOND = 20
TOLERANCE = 300
CALLBACK = "/callback"
ABILITIES = "reply,quote,private_reply,typing,mark_read,hide,unhide,like,unlike,delete,edit,react,ban,unban"
_SIGNATURE = re.compile(r"t=(\d+)((?:,v1=[0-9a-f]{64})+)")


class Taken(msgspec.Struct, frozen=True):
    """An answer as it came, and the id that it was given."""

    id: str
    body: dict[str, Any]
    at: datetime


class WebhookStandIn:
    """A web shop with a chat and product pages. `taken` are answers by our reference; repeated ones are told apart."""

    def __init__(self, clock: Clock = utc_now, seed: int = 1) -> None:
        self.clock = clock
        self.secret = secrets.token_urlsafe(32)
        self.url: str | None = None
        self.taken: dict[str, Taken] = {}
        self.actions: list[dict[str, Any]] = []
        self.faults, self.calls = Faults(seed), Calls()
        self.notifier = Notifier(self.faults, self._sign)
        self._recent: deque[datetime] = deque()
        self._ids = count(1)
        self._app = FaultGate(door(self._handle), self.faults, self.calls, _refusal, clock=clock)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)

    def values(self, address: str) -> dict[str, str]:
        return {
            "channel": "Web shop",
            "base_url": address + CALLBACK,
            "signing_secret": self.secret,
            "abilities": ABILITIES,
            "looks_up": "yes",
        }

    async def say(self, text: str, *, person: str = "1", source: str = "dm") -> str:
        message_id = f"shop-{next(self._ids)}"
        about = {} if source == "dm" else {"post": {"id": "lamp", "url": "https://shop.example/lamp"}}
        event = {
            "type": "message",
            "id": message_id,
            "source": source,
            "thread": {"id": f"chat-{person}", **about},
            "author": {"id": person, "name": f"Person {person}"},
            "at": self.clock().isoformat(),
            "text": text,
        }
        self.push(event)
        return message_id

    def push(self, *events: dict[str, Any]) -> None:
        """Tells Hark, one request for all."""
        if self.url is not None:
            self.notifier.push(self.url, msgspec.json.encode({"events": events}))

    def accepted(self) -> list[Accepted]:
        return [Accepted(one.id, one.body["text"], one.body["thread"]) for one in self.taken.values()]

    def release(self) -> int:
        return self.notifier.release()

    async def aclose(self) -> None:
        await self.notifier.aclose()

    def _digest(self, seconds: str, body: bytes) -> str:
        return hmac.new(self.secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()

    def _sign(self, body: bytes) -> dict[str, str]:
        """By the machine's own clock, as Hark judges it."""
        seconds = str(int(utc_now().timestamp()))
        return {"x-hark-signature": f"t={seconds},v1={self._digest(seconds, body)}"}

    def _is_signed(self, asked: Asked) -> bool:
        given = _SIGNATURE.fullmatch(asked.headers.get("x-hark-signature", ""))
        if given is None or abs(utc_now().timestamp() - int(given.group(1))) > TOLERANCE:
            return False
        expected = self._digest(given.group(1), asked.body)
        return any(hmac.compare_digest(expected, one) for one in given.group(2).split(",v1=")[1:])

    async def _handle(self, asked: Asked) -> Told:
        if not asked.path.startswith(CALLBACK):
            return _error(404, "not_found", "There is nothing here.")
        body = asked.json()
        if body.get("type") == "hello":
            self.secret = body.get("signing_secret", self.secret)
        if not self._is_signed(asked):
            return _error(401, "bad_signature", "The signature does not fit.")
        if asked.method == "GET":
            found = self.taken.get(asked.path.removeprefix(CALLBACK + "/"))
            return Told(_named(found)) if found else _error(404, "not_found", "There is no such answer.")
        return self._post(body)

    def _post(self, body: dict[str, Any]) -> Told:
        kind = body.get("type")
        if kind in {"hello", "ping"}:
            self.url = body.get("webhook_url") or self.url
            return Told({"ok": True})
        if kind == "action":
            self.actions.append(body)
            return Told({"ok": True})
        if kind != "message":
            return _error(400, "unknown_type", f"{kind} is not known here.")
        known = self.taken.get(str(body.get("id")))
        if known is not None:
            return Told(_named(known))
        if not self._may():
            return Told(error_body("too_many", "Slower, please."), 429, {"retry-after": "1"})
        taken = Taken(f"answer-{next(self._ids)}", body, self.clock())
        self.taken[str(body["id"])] = taken
        return Told(_named(taken))

    def _may(self) -> bool:
        now = self.clock()
        while self._recent and now - self._recent[0] >= timedelta(seconds=1):
            self._recent.popleft()
        if len(self._recent) >= PER_SECOND:
            return False
        self._recent.append(now)
        return True


def _named(taken: Taken) -> dict[str, Any]:
    return {"id": taken.id, "at": taken.at.isoformat()}


def error_body(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def _error(status: int, code: str, message: str) -> Told:
    return Told(error_body(code, message), status)


def _refusal(fault: Fault) -> bytes:
    return msgspec.json.encode(error_body(fault.code, "A fault that was asked for."))
