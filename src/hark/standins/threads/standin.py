"""Threads put together: faults and calls of the kit around it, people who write, notifications signed and pushed.

The webhook is set in the app's dashboard; here that is `/_control/webhook` {url, verify_token}. Further: POST delete {id},
clock {advance}, profile {dead, scopes}.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from hark.kernel.clock import Clock, utc_now
from hark.standins.facebook.errors import GraphFault, invalid
from hark.standins.facebook.notifier import is_loopback
from hark.standins.facebook.web import Response, read_request, write_response
from hark.standins.kit import Accepted, Calls, Fault, FaultGate, Faults, Notifier
from hark.standins.threads.api import Api, Consented, permalink
from hark.standins.threads.world import Post, World

CODES = {401: 190, 403: 10, 404: 100, 429: 4}
CONTROL = "/_control/"


class ThreadsStandIn:
    """The API with one profile behind it. Everything is in memory."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self.world = World(clock)
        self.callback: str | None = None
        self.faults, self.calls = Faults(), Calls()
        self.notifier = Notifier(self.faults, self._sign)
        self.api = Api(self.world, self._replied)
        self._gate = FaultGate(self._answer, self.faults, self.calls, _refusal, clock=clock)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._gate(scope, receive, send)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            request = await read_request(scope, receive)
            if request.path.startswith(CONTROL):
                response = self._control(request.path.removeprefix(CONTROL), request.values)
            else:
                response = Response(200, self.api.answer(request))
        except Consented as consent:
            response = Response(302, b"", {"location": str(consent)})
        except GraphFault as fault:
            response = Response(fault.status, fault.body())
        except (ValueError, KeyError) as problem:
            response = Response(400, invalid(f"The body cannot be read: {problem}").body())
        await write_response(response, send)

    def values(self, address: str) -> dict[str, str]:
        profile = self.world.profile
        return {
            "base_url": address,
            "access_token": profile.token,
            "app_id": profile.app_id,
            "app_secret": profile.secret,
        }

    async def say(self, text: str, *, person: str = "1", source: str = "comment") -> str:
        """Somebody replies to the profile's first post, or mentions the profile in a post of their own."""
        name = f"customer.{person}" if person.isdigit() else person
        if source == "mention":
            post = self.world.add(name, f"@{self.world.profile.username} {text}")
            self._push("mentions", post)
            return post.id
        return self.reply(self.world.first, name, text).id

    def reply(self, to: Post, username: str, text: str) -> Post:
        post = self.world.add(username, text, to)
        self._replied(post)
        return post

    def _replied(self, post: Post) -> None:
        if post.parent is not None:
            self._push("replies", post)

    def delete(self, post: Post) -> None:
        post.deleted = True
        self._push("delete", post)

    def _push(self, field: str, post: Post) -> None:
        if self.callback is None:
            return
        value: dict[str, Any] = {
            "id": post.id,
            "username": post.username,
            "text": post.text,
            "media_type": "IMAGE" if post.image else "TEXT_POST",
            "permalink": permalink(post),
            "timestamp": post.at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        }
        root = self.world.posts.get(post.root or "")
        if field == "replies" and root is not None:
            value["replied_to"] = {"id": post.parent}
            value["root_post"] = {"id": root.id, "owner_id": self.world.profile.id, "username": root.username}
        if field == "delete":
            value = {"id": post.id, "owner_id": self.world.profile.id}
        body = {
            "app_id": self.world.profile.app_id,
            "topic": "interaction" if field == "mentions" else "moderate",
            "target_id": post.root or post.id,
            "time": int(self.world.now().timestamp()),
            "subscription_id": "1",
            "has_uid_field": False,
            "values": {"field": field, "value": value},
        }
        encoded = json.dumps(body, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode()
        self.notifier.push(self.callback, encoded)

    def _sign(self, body: bytes) -> Mapping[str, str]:
        digest = hmac.new(self.world.profile.secret.encode(), body, hashlib.sha256).hexdigest()
        return {"x-hub-signature-256": f"sha256={digest}"}

    def _control(self, call: str, told: dict[str, Any]) -> Response:
        profile, post = self.world.profile, self.world.alive(str(told.get("id")))
        if call == "webhook" and is_loopback(str(told.get("url"))):
            self.callback = str(told["url"])
        elif call == "delete" and post is not None:
            self.delete(post)
        elif call == "clock":
            self.world.shift += timedelta(seconds=float(told.get("advance", 0)))
        elif call == "profile":
            profile.dead, profile.scopes = bool(told.get("dead")), list(told.get("scopes", profile.scopes))
        else:
            return Response(404, {"error": "unknown"})
        return Response(200, {})

    def accepted(self) -> list[Accepted]:
        ours = [post for post in self.world.posts.values() if post.username == self.world.profile.username]
        return [Accepted(post.id, post.text, post.parent) for post in ours if post.parent]

    def release(self) -> int:
        return self.notifier.release()

    async def aclose(self) -> None:
        await self.notifier.aclose()


def create_standin(clock: Clock = utc_now) -> ThreadsStandIn:
    """For `hark sandbox serve` and the fault tests."""
    return ThreadsStandIn(clock)


def _refusal(fault: Fault) -> bytes:
    code = CODES.get(fault.status, 2 if fault.status >= 500 else 100)
    return msgspec.json.encode(
        GraphFault(code, "The stand-in was told to fail.", kind="THApiException").body()
    )
