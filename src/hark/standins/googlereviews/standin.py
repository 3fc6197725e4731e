"""Google put together: faults and calls of the kit around it, people who review, and Pub/Sub pushes.

A push goes to where `/_control/push` {url} tells, as its owner would set the subscription by hand. Further: POST
/_control/review {text, stars, name}, /_control/edit {id, text, stars}, /_control/delete {id}.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from hark.kernel.clock import Clock, utc_now
from hark.standins.googlereviews import oauth
from hark.standins.googlereviews.api import Api, Refusal, Request
from hark.standins.googlereviews.world import Review, Settings, World, written
from hark.standins.kit import Accepted, Calls, Fault, FaultGate, Faults, Notifier


class GoogleReviewsStandIn:
    """The APIs and the people who review the business. Everything is in memory."""

    def __init__(self, settings: Settings | None = None, clock: Clock = utc_now) -> None:
        self.world = World(clock, settings or Settings())
        self.faults, self.calls = Faults(), Calls()
        self.notifier = Notifier(self.faults, _unsigned)
        self.api = Api(self.world)
        self.push_to: str | None = None
        self._gate = FaultGate(self._answer, self.faults, self.calls, _refusal, clock=clock)
        self._numbers = itertools.count(9_000_000_000_000_001)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._gate(scope, receive, send)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        request = await _read(scope, receive)
        headers: dict[str, str] = {}
        try:
            if request.path == "token":
                status, body, headers = oauth.token(self.world, dict(parse_qsl(request.body.decode())))
            elif request.path == "o/oauth2/v2/auth":
                status, body, headers = oauth.consent(self.world, request.query)
            elif request.path.startswith("_control/"):
                status, body = 200, self._control(request.path.removeprefix("_control/"), request.json())
            else:
                status, body = 200, self.api.handle(request)
        except Refusal as refusal:
            status, body = refusal.status, refusal.body
        await _write(send, status, body, headers)

    def _control(self, what: str, told: dict[str, Any]) -> dict[str, Any]:
        if what == "push":
            self.push_to = told.get("url")
        elif what == "review":
            return {
                "id": self.review(
                    told.get("text"), int(told.get("stars", 5)), str(told.get("name", "Somebody"))
                ).id
            }
        elif what == "edit":
            self.edit(self.world.reviews[str(told["id"])], int(told["stars"]), told.get("text"))
        elif what == "delete":
            self.world.reviews.pop(str(told["id"]))
        else:
            raise Refusal(404, "NOT_FOUND", "There is no such control.")
        return {}

    def values(self, address: str) -> dict[str, str]:
        """What connects an account to it, when it listens at `address`."""
        return {
            "client_id": self.world.client_id,
            "client_secret": self.world.client_secret,
            "refresh_token": self.world.refresh_token,
            "pubsub_topic": self.world.topic,
            "push_token": self.world.push_token,
            "base_url": address,
        }

    async def say(self, text: str, *, person: str = "1", source: str = "review") -> str:
        """Somebody reviews the business."""
        return self.review(text, 1 + len(self.world.reviews) % 5, f"Person {person}").id

    def review(self, text: str | None, stars: int, name: str) -> Review:
        made = self.world.add(name, stars, text)
        self._push("NEW_REVIEW", made)
        return made

    def edit(self, review: Review, stars: int, text: str | None) -> None:
        self.world.change(review, stars, text)
        self._push("UPDATED_REVIEW", review)

    def _push(self, kind: str, review: Review) -> None:
        wanted = kind in self.world.setting.get("notificationTypes", ())
        if self.push_to is None or not wanted or self.world.setting.get("pubsubTopic") != self.world.topic:
            return
        place = f"{self.world.account}/{self.world.location}"
        told = {"notificationType": kind, "locationName": place, "reviewName": f"{place}/reviews/{review.id}"}
        message = {
            "data": base64.b64encode(msgspec.json.encode(told)).decode(),
            "messageId": str(next(self._numbers)),
            "publishTime": written(self.world.clock()),
        }
        body = {"message": message, "subscription": "projects/stand-in/subscriptions/reviews"}
        url = f"{self.push_to}?{urlencode({'token': self.world.push_token})}"
        self.notifier.push(url, msgspec.json.encode(body))

    def accepted(self) -> list[Accepted]:
        return [Accepted(f"{review}/reply", text, review) for review, text in self.world.given]

    def release(self) -> int:
        return self.notifier.release()

    async def aclose(self) -> None:
        await self.notifier.aclose()


def create_standin(clock: Clock = utc_now) -> GoogleReviewsStandIn:
    """For `hark sandbox serve` and the fault tests."""
    return GoogleReviewsStandIn(clock=clock)


def _unsigned(body: bytes) -> Mapping[str, str]:
    """Pub/Sub proves itself by the token in the address."""
    return {}


def _refusal(fault: Fault) -> bytes:
    words = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
    told = {
        "code": fault.status,
        "message": "The stand-in was told to fail.",
        "status": words.get(fault.status, "INTERNAL"),
    }
    return msgspec.json.encode({"error": told})


async def _read(scope: Any, receive: Any) -> Request:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode()))
    return Request(scope["method"], scope["path"].lstrip("/"), query, headers, body)


async def _write(send: Any, status: int, body: Any, headers: dict[str, str]) -> None:
    content = b"" if body is None else msgspec.json.encode(body)
    told = {"content-type": "application/json", "content-length": str(len(content)), **headers}
    encoded = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": content})
