"""The whole as one application, with the limits that Mastodon documents."""

from __future__ import annotations

import re
from collections import deque
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec

from hark.kernel.clock import Clock, utc_now
from hark.standins.kit import Accepted, Calls, Fault, FaultGate, Faults
from hark.standins.kit.asked import Asked, Told, door
from hark.standins.kit.gate import App
from hark.standins.mastodon import lists, stream
from hark.standins.mastodon.statuses import Statuses
from hark.standins.mastodon.world import (
    CHARACTERS,
    DOMAIN,
    LINK,
    NAME,
    OURS,
    TOKEN,
    Json,
    Refused,
    World,
    stamp,
)

CODE = "code-of-the-stand-in"
STREAM = "/api/v1/streaming/user"
SCOPES = ["read", "write"]
_STATUS = re.compile(r"/api/v1/statuses/(\d+)(?:/(\w+))?")
_ACCOUNT = re.compile(r"/api/v1/accounts/(\d+)(?:/(\w+))?")


class Window:
    """At most `limit` calls in `seconds`."""

    def __init__(self, clock: Clock, limit: int, seconds: int) -> None:
        self.clock, self.limit, self.seconds = clock, limit, seconds
        self._calls: deque[datetime] = deque()

    def take(self) -> dict[str, str]:
        now = self.clock()
        while self._calls and self._calls[0] <= now - timedelta(seconds=self.seconds):
            self._calls.popleft()
        resets = (self._calls[0] if self._calls else now) + timedelta(seconds=self.seconds)
        left = self.limit - len(self._calls)
        headers = {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(max(0, left - 1)),
            "x-ratelimit-reset": stamp(resets),
        }
        if left <= 0:
            raise Refused(429, "Too many requests", headers)
        self._calls.append(now)
        return headers


class MastodonStandIn:
    """Nothing is pushed to an address here, so faults of webhooks have no effect; a stream tells what the lists have."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self.faults = Faults()
        self.calls = Calls()
        self.world = World(clock)
        self.statuses = Statuses(self.world)
        self.tokens = {TOKEN}
        self.applications: dict[str, str] = {}
        self.windows = {
            "all": Window(clock, 300, 300),
            "media": Window(clock, 30, 1800),
            "delete": Window(clock, 30, 1800),
        }
        self.post = self.world.post(OURS, "Our new blend is here.", visibility="public")
        self._gate = FaultGate(cast("App", self._route), self.faults, self.calls, _refusal, clock=clock)
        self._api = door(self._handle)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._gate(scope, receive, send)

    async def _route(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        proven = headers.get(b"authorization", b"").decode().removeprefix("Bearer ") in self.tokens
        if scope["path"] == STREAM and proven:
            await receive()
            await stream.stream(self.world, receive, send)
        else:
            await self._api(scope, receive, send)

    async def _handle(self, asked: Asked) -> Told:
        try:
            told = self._open(asked)
            if told is not None:
                return told
            if asked.bearer not in self.tokens:
                raise Refused(401, "The access token is invalid")
            headers = self.windows["all"].take()
            own = self._own_window(asked)
            headers = own.take() if own else headers
            told = self._carry_out(asked)
            return msgspec.structs.replace(told, headers={**headers, **told.headers})
        except Refused as refusal:
            return Told({"error": refusal.error}, refusal.status, refusal.headers)

    def _own_window(self, asked: Asked) -> Window | None:
        if asked.method == "POST" and asked.path == "/api/v2/media":
            return self.windows["media"]
        return self.windows["delete"] if asked.method == "DELETE" else None

    def _open(self, asked: Asked) -> Told | None:
        """What needs no account: the server about itself, applications, tokens."""
        if asked.path == "/api/v2/instance":
            return Told(_instance())
        if asked.path == "/api/v1/apps":
            client = f"client-{len(self.applications) + 1}"
            self.applications[client] = f"secret-of-{client}"
            return Told(
                {
                    "client_id": client,
                    "client_secret": self.applications[client],
                    "name": asked.json().get("client_name"),
                }
            )
        if asked.path == "/oauth/token":
            body = asked.json()
            known = self.applications.get(str(body.get("client_id")))
            if known is None or known != body.get("client_secret") or body.get("code") != CODE:
                return Told(
                    {
                        "error": "invalid_grant",
                        "error_description": "The provided authorization grant is invalid",
                    },
                    400,
                )
            return Told({"access_token": TOKEN, "token_type": "Bearer", "scope": " ".join(SCOPES)})
        return None

    def _carry_out(self, asked: Asked) -> Told:
        method, path, world = asked.method, asked.path, self.world
        fixed = {
            ("GET", "/api/v1/accounts/verify_credentials"): lambda: Told(world.account(world.people[OURS])),
            ("GET", "/api/v1/apps/verify_credentials"): lambda: Told({"name": "Hark", "scopes": SCOPES}),
            ("GET", "/api/v2/notifications/policy"): lambda: Told(_policy()),
            ("GET", "/api/v1/notifications"): lambda: lists.notifications(world, asked),
            ("GET", "/api/v1/conversations"): lambda: lists.conversations(world, asked),
            ("POST", "/api/v1/statuses"): lambda: self.statuses.create(asked),
            ("POST", "/api/v2/media"): lambda: self.statuses.upload(asked),
        }
        known = fixed.get((method, path))
        if known is not None:
            return known()
        if found := _STATUS.fullmatch(path):
            return self._status(method, found[1], found[2], asked)
        if found := _ACCOUNT.fullmatch(path):
            return self._account(found[1], found[2], asked)
        if path.startswith("/api/v1/media/"):
            return self.statuses.look_at_media(path.rpartition("/")[2])
        if path.startswith("/api/v1/conversations/") and path.endswith("/read"):
            world.read.add(path.split("/")[4])
            return Told({})
        raise Refused(404, "Not Found")

    def _status(self, method: str, status_id: str, what: str | None, asked: Asked) -> Told:
        if what == "context":
            return self.statuses.context(status_id)
        if what in {"favourite", "unfavourite"}:
            return self.statuses.favourite(status_id, given=what == "favourite")
        if method == "PUT":
            return self.statuses.change(status_id, asked)
        if method == "DELETE":
            return self.statuses.delete(status_id)
        return Told(self.world.shown(self.statuses.find(status_id)))

    def _account(self, person: str, what: str | None, asked: Asked) -> Told:
        if person not in self.world.people:
            raise Refused(404, "Record not found")
        if what == "statuses":
            return lists.own_statuses(self.world, asked)
        if what in {"block", "unblock"}:
            (self.world.blocked.add if what == "block" else self.world.blocked.discard)(person)
            return Told({"id": person, "blocking": what == "block"})
        return Told(self.world.account(self.world.people[person]))

    def values(self, address: str) -> dict[str, str]:
        return {"base_url": address, "access_token": TOKEN}

    async def say(self, text: str, *, person: str = "1", source: str = "dm") -> str:
        who = self.world.person(person)
        named = f"@{NAME} {text}"
        if source == "dm":
            return self.world.post(who.id, named, visibility="direct").id
        if source == "comment":
            return self.world.post(who.id, named, visibility="public", in_reply_to=self.post.id).id
        return self.world.post(who.id, named, visibility="public").id

    def accepted(self) -> list[Accepted]:
        ours = [
            each for each in self.world.statuses.values() if each.author == OURS and each.id != self.post.id
        ]
        return [Accepted(each.id, each.text, each.in_reply_to or "") for each in ours]

    def release(self) -> int:
        return 0

    async def aclose(self) -> None:
        """Nothing runs in the background."""


def _instance() -> Json:
    return {
        "domain": DOMAIN,
        "version": "4.5.0",
        "configuration": {
            "urls": {},
            "statuses": {
                "max_characters": CHARACTERS,
                "max_media_attachments": 4,
                "characters_reserved_per_url": LINK,
            },
            "media_attachments": {"image_size_limit": 16_777_216, "video_size_limit": 103_809_024},
        },
    }


def _policy() -> Json:
    names = (
        "for_not_following",
        "for_not_followers",
        "for_new_accounts",
        "for_private_mentions",
        "for_limited_accounts",
    )
    return dict.fromkeys(names, "accept")


def create_standin(clock: Clock = utc_now) -> MastodonStandIn:
    """For `hark sandbox serve` and the fault tests."""
    return MastodonStandIn(clock)


def _refusal(fault: Fault) -> bytes:
    names = {401: "The access token is invalid", 403: "This action is not allowed", 429: "Too many requests"}
    return msgspec.json.encode({"error": names.get(fault.status, "The stand-in was told to fail.")})
