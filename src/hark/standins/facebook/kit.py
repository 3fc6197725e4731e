"""The server as every stand-in is: faults and calls of the kit around it, and people who write on request."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from hark.kernel.clock import Clock, utc_now
from hark.standins.facebook import faults as own
from hark.standins.facebook.app import StandIn as Server
from hark.standins.facebook.errors import GraphFault
from hark.standins.facebook.notifier import Settings
from hark.standins.kit import Accepted, Calls, Fault, FaultGate, Faults
from hark.standins.kit.gate import App

CODES = {401: 190, 403: 200, 404: 803, 429: 4}
FIRST_PERSON = 6_600_000_000_000_000
RETRIES = 0.05
"""Waits between repetitions of a notification are so much of the platform's."""


class KitFaults(own.Faults):
    """The platform's notifier asks it what goes wrong, and the kit's rules answer."""

    def __init__(self, kit: Faults) -> None:
        super().__init__()
        self.kit = kit

    def for_hook(self, do: str, field: str) -> own.Fault | None:
        webhook = self.kit.webhook
        if do == "withhold":
            return own.Fault(do=do) if self.kit.withholds() else None
        if do == "duplicate" and webhook.copies > 1:
            return own.Fault(do=do, copies=self.kit.chance.randint(1, webhook.copies) - 1)
        if do == "shuffle" and webhook.shuffle:
            return own.Fault(do=do)
        if do == "delay" and webhook.delay:
            return own.Fault(do=do, seconds=webhook.delay / RETRIES)
        return super().for_hook(do, field)


class FacebookStandIn:
    """A Graph API with a page, an app and people."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self.server = Server(clock, Settings(time_scale=RETRIES))
        self.faults, self.calls = Faults(), Calls()
        self.server.notifier.faults = KitFaults(self.faults)
        self._gate = FaultGate(cast("App", self.server), self.faults, self.calls, _refusal, clock=clock)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._gate(scope, receive, send)

    def values(self, address: str) -> dict[str, str]:
        world = self.server.world
        return {
            "base_url": address,
            "page_access_token": world.only_page().token,
            "app_id": world.app.id,
            "app_secret": world.app.secret,
        }

    async def say(self, text: str, *, person: str = "1", source: str = "dm") -> str:
        play, who = self.server.play, self._person(person)
        if source == "comment":
            return str(play.comment({"person": who, "message": text})["comment"])
        if source == "mention":
            told = play.mention({"message": text, "in_comment": True})
            return str(told["comment"])
        if source == "review":
            return str(play.review({"person": who, "text": text})["review"])
        return str(play.write({"person": who, "text": text})["mid"])

    def _person(self, person: str) -> str:
        """The first person is there from the beginning; others come when they first write."""
        world = self.server.world
        if person == "1":
            return next(iter(world.people))
        known = str(FIRST_PERSON + int(person))
        if known not in world.people:
            world.add_person("Customer", person, known)
        return known

    def accepted(self) -> list[Accepted]:
        world = self.server.world
        found = [
            (message.at, Accepted(message.mid, message.text, conversation.person_id))
            for conversation in world.conversations.values()
            for message in conversation.messages
            if message.by_page
        ]
        found += [
            (comment.at, Accepted(comment.id, comment.message, comment.parent_id or comment.post_id))
            for comment in world.comments.values()
            if comment.author_id == comment.page_id
        ]
        return [each for _, each in sorted(found, key=lambda pair: pair[0])]

    def release(self) -> int:
        return self.server.notifier.release()

    async def aclose(self) -> None:
        await self.server.notifier.aclose()


def create_standin(clock: Clock = utc_now) -> FacebookStandIn:
    """For `hark sandbox serve` and the fault tests."""
    return FacebookStandIn(clock)


def _refusal(fault: Fault) -> bytes:
    code = CODES.get(fault.status, 2 if fault.status >= 500 else 100)
    return msgspec.json.encode(GraphFault(code, "The stand-in was told to fail.").body())
