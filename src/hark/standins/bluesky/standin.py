"""The whole as one application: the account's server, behind it the AppView and the chat, a directory and a stream beside it."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlsplit

import msgspec

from hark.kernel.clock import Clock, utc_now
from hark.standins.bluesky import appview, repo, stream
from hark.standins.bluesky.chat import Chat
from hark.standins.bluesky.sessions import COSTS, Sessions
from hark.standins.bluesky.world import HANDLE, OURS, PASSWORD, POST, Json, Refused, World, stamp
from hark.standins.kit import Accepted, Calls, Fault, FaultGate, Faults
from hark.standins.kit.asked import Asked, Told, door
from hark.standins.kit.gate import App

CHAT_SERVICE = "did:web:chat.standin.test"
DECLARATION = "chat.bsky.actor.declaration"

NAMES = {
    400: "InvalidRequest",
    401: "AuthenticationRequired",
    403: "Forbidden",
    404: "NotFound",
    429: "RateLimitExceeded",
    502: "UpstreamFailure",
    503: "NotEnoughResources",
}


class BlueskyStandIn:
    """Nothing is pushed here, so faults of webhooks have no effect; a stream tells what the lists have."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self.faults = Faults()
        self.calls = Calls()
        self.world = World(clock)
        self.sessions = Sessions(clock)
        self.chat = Chat(clock, lambda did: self.world.people[did])
        self._api = door(self._handle)
        self._gate = FaultGate(cast("App", self._api), self.faults, self.calls, _refusal, clock=clock)
        post = {"$type": POST, "text": "Our new blend is here.", "createdAt": stamp(clock())}
        self.post = self.world.put(OURS, POST, self.world.tid(), post)
        self.world.put(OURS, DECLARATION, "self", {"$type": DECLARATION, "allowIncoming": "all"})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            if scope["path"] == stream.PATH:
                await stream.stream(self.world, scope, receive, send)
            else:
                await send({"type": "websocket.close"})
            return
        await self._gate(scope, receive, send)

    async def _handle(self, asked: Asked) -> Told:
        try:
            return self._answer(asked)
        except Refused as refusal:
            body = {"error": refusal.error, "message": refusal.message}
            return Told(body, refusal.status, refusal.headers)

    def _answer(self, asked: Asked) -> Told:
        address = f"http://{asked.headers.get('host', '')}"
        if asked.path.startswith("/did:"):
            return Told(self._document(asked.path[1:], address))
        method = asked.path.removeprefix("/xrpc/")
        if method == "com.atproto.server.createSession":
            return Told(self.sessions.log_in(asked, address))
        if method == "com.atproto.server.refreshSession":
            return Told(self.sessions.renew(asked, address))
        if method == "com.atproto.sync.getBlob":
            return repo.get_blob(self.world, OURS, asked)
        headers = self.sessions.calls.take(1)
        did = self.sessions.check(asked)
        if method in COSTS:
            headers = self.sessions.points.take(COSTS[method])
        told = self._carry_out(method, did, asked)
        return msgspec.structs.replace(told, headers={**headers, **told.headers})

    def _document(self, did: str, address: str) -> Json:
        if did not in self.world.people:
            raise Refused(404, "NotFound")
        return {"id": did, "service": [{"id": "#atproto_pds", "serviceEndpoint": address}]}

    def _carry_out(self, method: str, did: str, asked: Asked) -> Told:
        if method == "com.atproto.server.getSession":
            return Told({"did": did, "handle": HANDLE, "active": True})
        known = repo.METHODS.get(method) or appview.METHODS.get(method)
        if known is not None:
            return known(self.world, did, asked)
        if (
            method.startswith("chat.bsky.")
            and asked.headers.get("atproto-proxy") == f"{CHAT_SERVICE}#bsky_chat"
        ):
            if not self.sessions.messages:
                raise Refused(400, "InvalidToken", "Bad token method")
            return self.chat.handle(method, did, asked)
        raise Refused(501, "MethodNotImplemented", "Method Not Implemented")

    def values(self, address: str) -> dict[str, str]:
        return {
            "handle": HANDLE,
            "app_password": PASSWORD,
            "base_url": address,
            "stream_url": f"ws://{urlsplit(address).netloc}{stream.PATH}",
            "chat_service": CHAT_SERVICE,
            "directory_url": address,
        }

    async def say(self, text: str, *, person: str = "1", source: str = "dm") -> str:
        did = self.world.person(person)
        if source == "dm":
            return self.chat.write(self.chat.with_(did, OURS), did, text).id
        record: Json = {"$type": POST, "text": text, "createdAt": stamp(self.world.clock())}
        if source == "comment":
            ours = {"uri": self.post.uri, "cid": self.post.cid}
            record["reply"] = {"root": ours, "parent": ours}
        else:
            name = f"@{HANDLE}"
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": OURS}
            record["text"] = f"{name} {text}"
            record["facets"] = [{"index": {"byteStart": 0, "byteEnd": len(name)}, "features": [feature]}]
        return self.world.put(did, POST, self.world.tid(), record).uri

    def accepted(self) -> list[Accepted]:
        lines = [
            (line.at, Accepted(line.id, line.text, talk.id))
            for talk in self.chat.talks.values()
            for line in talk.lines
            if line.sender == OURS
        ]
        for record in self.world.of(OURS, POST):
            reply = record.value.get("reply")
            if reply is not None:
                lines.append(
                    (record.indexed_at, Accepted(record.uri, record.value["text"], reply["parent"]["uri"]))
                )
        return [accepted for _, accepted in sorted(lines, key=lambda each: each[0])]

    def release(self) -> int:
        return 0

    async def aclose(self) -> None:
        """Nothing runs in the background."""


def create_standin(clock: Clock = utc_now) -> BlueskyStandIn:
    """For `hark sandbox serve` and the fault tests."""
    return BlueskyStandIn(clock)


def _refusal(fault: Fault) -> bytes:
    name = NAMES.get(fault.status, "InternalServerError")
    return msgspec.json.encode({"error": name, "message": "The stand-in was told to fail."})
