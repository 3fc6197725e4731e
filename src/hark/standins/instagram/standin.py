"""Instagram put together: faults and calls of the kit around it, people who write, notifications signed and pushed.

`/_control` besides what the kit has: POST edit {mid, text}, unsend {mid}, react {mid, emoji}, seen {mid}, live {on},
clock {advance}, account {dead, scopes}.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import msgspec

from hark.kernel.clock import Clock, utc_now
from hark.standins.facebook.errors import GraphFault, invalid
from hark.standins.facebook.web import Response, read_request, write_response
from hark.standins.instagram.api import Api, Flat
from hark.standins.instagram.comments import Comments
from hark.standins.instagram.messages import Messages
from hark.standins.instagram.notices import Notices
from hark.standins.instagram.world import Media, Message, World
from hark.standins.kit import Accepted, Calls, Fault, FaultGate, Faults

CODES = {401: 190, 403: 200, 404: 803, 429: 4}
CONTROL = "/_control/"


class InstagramStandIn:
    """The API of both logins with one account behind it. Everything is in memory."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self.world = World(clock)
        self.faults, self.calls = Faults(), Calls()
        self.notices = Notices(self.world, self.faults)
        messages, comments = Messages(self.world, self.notices), Comments(self.world, self.notices)
        self.api = Api(self.world, messages, comments, self._handshake)
        self._gate = FaultGate(self._answer, self.faults, self.calls, _refusal, clock=clock)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._gate(scope, receive, send)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            request = await read_request(scope, receive)
        except (ValueError, KeyError) as problem:
            await write_response(Response(400, invalid(f"The body cannot be read: {problem}").body()), send)
            return
        if request.path.startswith(CONTROL):
            answer = self._control(request.path.removeprefix(CONTROL), request.values)
            await write_response(answer, send)
            return
        try:
            response = Response(200, await self.api.answer(request), self._usage())
        except Flat as refusal:
            flat = {"error_type": "OAuthException", "code": 400, "error_message": str(refusal)}
            response = Response(400, flat)
        except GraphFault as fault:
            response = Response(fault.status, fault.body(), self._usage())
        await write_response(response, send)

    def _usage(self) -> dict[str, str]:
        return {"X-App-Usage": '{"call_count":1,"total_time":1,"total_cputime":1}'}

    async def _handshake(self, url: str, token: str) -> bool:
        challenge = self.world.number(10)
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token}
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
                answer = await client.get(url, params=query)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200 and answer.text == challenge

    def values(self, address: str) -> dict[str, str]:
        """The account's own login; `linked_values` are those of its page."""
        app = self.world.app
        return {
            "base_url": address,
            "access_token": self.world.account.token,
            "app_id": app.id,
            "app_secret": app.secret,
        }

    def linked_values(self, address: str) -> dict[str, str]:
        return {**self.values(address), "access_token": self.world.account.page_token}

    async def say(self, text: str, *, person: str = "1", source: str = "dm") -> str:
        """A message; a comment under the newest post; a mention in a post of the person's own."""
        who = self.world.person(person)
        if source == "comment":
            media = next(self.world.own_media())
            return self.comment(media, who.username, text)
        if source == "mention":
            ours = f"@{self.world.account.username}"
            media = self.world.add_media(f"{ours} {text}", owner=who.id)
            self.notices.mention(media, None)
            return media.id
        return self.write(who.username, Message(self.world.mid(), False, self.world.now(), text))

    def write(self, person: str, message: Message) -> str:
        who = self.world.person(person)
        conversation = self.world.conversation(who.id)
        who.consents, conversation.opened_at = True, message.at
        conversation.messages.append(message)
        self.notices.message(conversation, message)
        return message.mid

    def comment(self, media: Media, person: str, text: str, parent: str | None = None) -> str:
        made = self.world.add_comment(media, self.world.person(person).id, text, parent)
        if media.owner is None:
            self.notices.comment(made, media)
        else:
            self.notices.mention(media, made)
        return made.id

    def _control(self, call: str, told: dict[str, Any]) -> Response:
        found = self.world.message(str(told.get("mid")))
        if call == "clock":
            self.world.shift += timedelta(seconds=float(told.get("advance", 0)))
        elif call == "account":
            for key in ("dead", "scopes"):
                setattr(self.world.account, key, told.get(key, getattr(self.world.account, key)))
        elif call == "live":
            for media in self.world.media.values():
                media.live = media.product == "LIVE" and bool(told.get("on", True))
        elif found is not None and call in {"edit", "unsend", "react", "seen"}:
            self._change(call, *found, told)
        else:
            return Response(404, {"error": "unknown"})
        return Response(200, {})

    def _change(self, call: str, conversation: Any, message: Message, told: dict[str, Any]) -> None:
        if call == "edit":
            message.text = str(told["text"])
            self.notices.edited(conversation, message)
        elif call == "unsend":
            message.deleted = True
            self.notices.unsent(conversation, message)
        elif call == "seen":
            self.notices.seen(conversation, message)
        else:
            self.notices.reacted(conversation, message, told.get("emoji"))

    def accepted(self) -> list[Accepted]:
        found = [
            (message.at, Accepted(message.mid, message.text, conversation.person_id))
            for conversation in self.world.conversations.values()
            for message in conversation.messages
            if message.ours
        ]
        found += [
            (comment.at, Accepted(comment.id, comment.text, comment.parent or comment.media_id))
            for comment in self.world.comments.values()
            if comment.author == self.world.account.id
        ]
        return [each for _, each in sorted(found, key=lambda pair: pair[0])]

    def release(self) -> int:
        return self.notices.notifier.release()

    async def aclose(self) -> None:
        await self.notices.notifier.aclose()


def create_standin(clock: Clock = utc_now) -> InstagramStandIn:
    """For `hark sandbox serve` and the fault tests."""
    return InstagramStandIn(clock)


def _refusal(fault: Fault) -> bytes:
    code = CODES.get(fault.status, 2 if fault.status >= 500 else 100)
    return msgspec.json.encode(
        GraphFault(code, "The stand-in was told to fail.", kind="IGApiException").body()
    )
