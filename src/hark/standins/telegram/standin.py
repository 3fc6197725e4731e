"""The server as every stand-in is: faults and calls of the kit around it."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from hark.kernel.clock import Clock, utc_now
from hark.standins.kit import Accepted, Calls, Fault, FaultGate, Faults
from hark.standins.kit.gate import App
from hark.standins.telegram.app import Server
from hark.standins.telegram.world import DEFAULT_TOKEN, Settings, World

FIRST_PERSON = 1000


class TelegramStandIn:
    """A Bot API with people. Telegram keeps the order within a chat, so `withhold` holds back everything, `copies` sends each
    update so often, and `shuffle` has no effect."""

    def __init__(self, settings: Settings | None = None, clock: Clock = utc_now) -> None:
        self.server = Server(settings, World(settings, lambda: clock().timestamp()))
        self.faults = Faults()
        self.calls = Calls()
        self._gate = FaultGate(cast("App", self.server), self.faults, self.calls, _refusal, clock=clock)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._gate(scope, receive, send)

    def values(self, address: str) -> dict[str, str]:
        return {"base_url": address, "token": DEFAULT_TOKEN}

    async def say(self, text: str, *, person: str = "1", source: str = "dm") -> str:
        delivery = self.server.delivery
        delivery.duplicates = self.faults.webhook.copies - 1
        if self.faults.withholds():
            delivery.open.clear()
        told = await self.server.control.do_message({"user": FIRST_PERSON + int(person), "text": text})
        return str(told["message"]["message_id"])

    def accepted(self) -> list[Accepted]:
        bot = self.server.world.some_bot(None)
        ours = [
            (message, room)
            for room in self.server.world.rooms.values()
            for message in room.messages.values()
            if message["from"]["id"] == bot.id
        ]
        ours.sort(key=lambda each: (each[0]["date"], each[0]["message_id"]))
        return [
            Accepted(str(message["message_id"]), message.get("text", ""), str(room.chat["id"]))
            for message, room in ours
        ]

    def release(self) -> int:
        held = 0 if self.server.delivery.open.is_set() else 1
        self.server.delivery.open.set()
        return held

    async def aclose(self) -> None:
        await self.server.delivery.close()


def create_standin(clock: Clock = utc_now) -> TelegramStandIn:
    """For `hark sandbox serve` and the fault tests."""
    return TelegramStandIn(clock=clock)


def _refusal(fault: Fault) -> bytes:
    body: dict[str, Any] = {
        "ok": False,
        "error_code": fault.status,
        "description": "The stand-in was told to fail.",
    }
    if fault.status == 429 and fault.retry_after is not None and fault.retry_after.isdecimal():
        body["parameters"] = {"retry_after": int(fault.retry_after)}
    return msgspec.json.encode(body)
