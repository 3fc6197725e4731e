"""The stand-in put together as one ASGI application."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from hark.kernel.clock import Clock, utc_now
from hark.standins.kit import Accepted, Calls, FaultGate, Faults, Notifier
from hark.standins.x.auth import Keys
from hark.standins.x.calls import Answer, Asked, Route
from hark.standins.x.errors import Refusal, problem, refusal_of
from hark.standins.x.events import STREAM, Events
from hark.standins.x.files import Files
from hark.standins.x.limits import Limits
from hark.standins.x.messages import Messages
from hark.standins.x.posts import Posts
from hark.standins.x.render import Renderer
from hark.standins.x.setup import Setup
from hark.standins.x.stream import Streams
from hark.standins.x.world import Dm, Person, Post, World

TRIES, AGAIN = 3, 0.2
"""X documents no repetition of a failed delivery; a few are made here, and what fails them all is sent again on request."""


class Teller:
    """Tells webhooks and the stream what happened."""

    def __init__(self, events: Events, notifier: Notifier, streams: Streams) -> None:
        self._events, self._notifier, self._streams = events, notifier, streams

    def post(self, post: Post) -> None:
        self._push(self._events.of_post(post))

    def delete(self, post: Post) -> None:
        self._push(self._events.of_delete(post))

    def dm(self, dm: Dm) -> None:
        self._push(self._events.of_dm(dm))

    def read(self, reader: Person, last: Dm) -> None:
        self._push(self._events.of_read(reader, last))

    def revoke(self) -> None:
        self._push(self._events.of_revoke())

    def again(self, url: str) -> None:
        """What was given up on."""
        lost = [each for each in self._notifier.given_up if each.url == url]
        self._notifier.given_up = [each for each in self._notifier.given_up if each.url != url]
        self._push([(url, each.body) for each in lost])

    def _push(self, bodies: list[tuple[str, bytes]]) -> None:
        for url, body in bodies:
            if url == STREAM:
                self._streams.put(body)
            else:
                self._notifier.push(url, body)


class XStandIn:
    """X with one app, one account of ours, and three people."""

    def __init__(self, clock: Clock = utc_now, seed: int = 1, scale: float = 1.0) -> None:
        self.world = World(clock)
        self.keys = Keys(self.world)
        self.faults, self.calls = Faults(seed), Calls()
        self.limits = Limits(self.world, scale)
        self.notifier = Notifier(self.faults, self.sign, again=AGAIN, tries=TRIES)
        renderer = Renderer(self.world)
        self.streams = Streams()
        self.tell = Teller(Events(self.world, renderer), self.notifier, self.streams)
        self.posts = Posts(self.world, renderer, self.tell)
        self.files = Files(self.world)
        self.setup = Setup(self.world, self.keys.consumer_secret, self.tell.again)
        messages = Messages(self.world, renderer, self.tell)
        self._routes: list[Route] = [
            *self.posts.routes(),
            *messages.routes(),
            *self.files.routes(),
            *self.setup.routes(),
        ]
        self._gate = FaultGate(self._answer_to, self.faults, self.calls, refusal_of, clock=clock)

    # What tests and `hark sandbox` ask -------------------------------------------------------------------------------

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await self._gate(scope, receive, send)

    def values(self, address: str) -> dict[str, str]:
        granted = self.keys.give()
        return {
            "base_url": address,
            "consumer_key": self.keys.consumer_key,
            "consumer_secret": self.keys.consumer_secret,
            "access_token": self.keys.token,
            "access_token_secret": self.keys.token_secret,
            "client_id": self.keys.client_id,
            "client_secret": self.keys.client_secret,
            "oauth2_access_token": granted["access_token"],
            "oauth2_refresh_token": granted["refresh_token"],
        }

    async def say(self, text: str, *, person: str = "1", source: str = "dm") -> str:
        """A comment is an answer to our first post; like a mention it names us, so that it may be answered."""
        who = self.world.person(person)
        if source == "dm":
            return self.write(who, text).id
        named = text if f"@{self.world.us.handle}" in text else f"{text} @{self.world.us.handle}"
        return self.publish(who, named, answers=self.world.first.id if source == "comment" else None).id

    def write(self, who: Person, text: str) -> Dm:
        dm = self.world.dm(who.id, self.world.pair(who.id), text)
        self.tell.dm(dm)
        return dm

    def publish(self, who: Person, text: str, **more: Any) -> Post:
        post = self.world.post(who.id, text, **more)
        self.tell.post(post)
        return post

    def accepted(self) -> list[Accepted]:
        return [found for own in self.world.created if (found := self._accepted(own)) is not None]

    def _accepted(self, own: str) -> Accepted | None:
        if own in self.world.dms:
            dm = self.world.dms[own]
            return Accepted(own, dm.text, dm.conversation)
        post = self.world.posts.get(own)
        return Accepted(own, post.text, post.conversation) if post else None

    def release(self) -> int:
        return self.notifier.release()

    async def aclose(self) -> None:
        self.streams.end()
        await self.notifier.aclose()

    def sign(self, body: bytes) -> Mapping[str, str]:
        """Both headers, as X sends them to apps that have keys of both kinds."""
        return {
            "x-twitter-webhooks-signature": _signature(self.keys.consumer_secret, body),
            "x-twitter-webhooks-signature-oauth2": _signature(self.keys.client_secret, body),
        }

    # The API ---------------------------------------------------------------------------------------------------------

    async def _answer_to(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope.get("query_string", b"").decode()
        asked = Asked(
            scope["method"],
            scope["path"],
            dict(parse_qsl(query, keep_blank_values=True)),
            headers,
            await _read(receive),
        )
        url = f"http://{headers.get('host', '')}{scope['path']}" + (f"?{query}" if query else "")
        try:
            if asked.path == "/2/activity/stream":
                self._check_app(asked, url)
                await self.streams.serve(receive, send)
                return
            answer = await self._handle(asked, url)
        except Refusal as refusal:
            answer = Answer(refusal.body, refusal.status, refusal.headers)
        await _respond(send, answer)

    async def _handle(self, asked: Asked, url: str) -> Answer:
        if asked.method == "GET" and asked.path == "/i/oauth2/authorize":
            return self._authorize(asked)
        if asked.method == "POST" and asked.path == "/2/oauth2/token":
            return Answer(self.keys.exchange(asked.form(), asked.headers))
        if asked.method == "POST" and asked.path == "/oauth2/token":
            return Answer(self.keys.app_only(asked.form(), asked.headers))
        found, ids = self._find(asked)
        who = self.keys.caller(asked.method, url, asked.headers, found.scopes)
        if who not in found.who:
            detail = "This kind of authentication is forbidden for this endpoint."
            raise problem(403, detail, "unsupported-authentication")
        headers = self.limits.count(asked.method, asked.path)
        try:
            answer = found.handler(msgspec.structs.replace(asked, who=who, ids=ids))
            answer = await answer if isinstance(answer, Awaitable) else answer
        except Refusal as refusal:
            raise Refusal(refusal.status, refusal.body, {**headers, **refusal.headers}) from refusal
        return msgspec.structs.replace(answer, headers={**headers, **answer.headers})

    def _check_app(self, asked: Asked, url: str) -> None:
        if self.keys.caller(asked.method, url, asked.headers, frozenset()) != "app":
            detail = "This kind of authentication is forbidden for this endpoint."
            raise problem(403, detail, "unsupported-authentication")

    def _find(self, asked: Asked) -> tuple[Route, tuple[str, ...]]:
        for each in self._routes:
            fits = each.pattern.fullmatch(asked.path)
            if fits and each.method == asked.method:
                return each, fits.groups()
        raise problem(404, "Not Found")

    def _authorize(self, asked: Asked) -> Answer:
        """The person agrees at once."""
        code = self.keys.code(asked.query.get("code_challenge", ""), asked.query.get("redirect_uri", ""))
        back = urlencode({"state": asked.query.get("state", ""), "code": code})
        return Answer(b"", 302, {"location": f"{asked.query.get('redirect_uri', '')}?{back}"})


def create_standin(clock: Clock = utc_now) -> XStandIn:
    return XStandIn(clock)


def _signature(secret: str, body: bytes) -> str:
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


async def _read(receive: Any) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def _respond(send: Any, answer: Answer) -> None:
    raw = isinstance(answer.body, bytes)
    body = answer.body if raw else msgspec.json.encode(answer.body)
    kind = "application/problem+json" if answer.status >= 400 else "application/json; charset=utf-8"
    headers = {"content-type": kind, "content-length": str(len(body)), **answer.headers}
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
