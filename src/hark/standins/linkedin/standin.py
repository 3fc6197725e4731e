"""LinkedIn put together: faults and calls of the kit around it, people who write, notifications signed and pushed.

`/_control` besides what the kit has: POST edit {id, text}, POST delete {id}, POST like.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from hark.kernel.clock import Clock, utc_now
from hark.standins.kit import Accepted, Calls, Fault, FaultGate, Faults, Notifier
from hark.standins.linkedin.api import Api
from hark.standins.linkedin.http import Answer, Refusal, read_request, write_answer
from hark.standins.linkedin.oauth import OAuth
from hark.standins.linkedin.world import Comment, Settings, World

EVENT_TYPE = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"


class LinkedInStandIn:
    """The API and its page's people. Everything is in memory."""

    def __init__(self, settings: Settings | None = None, clock: Clock = utc_now) -> None:
        self.world = World(clock, settings or Settings())
        self.faults, self.calls = Faults(), Calls()
        self.notifier = Notifier(self.faults, self._sign)
        self.api, self.oauth = Api(self.world, self._notify, self._is_ours), OAuth(self.world)
        self._gate = FaultGate(self._answer, self.faults, self.calls, _refusal, clock=clock)
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._gate(scope, receive, send)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        request = await read_request(scope, receive)
        try:
            if request.path.startswith("oauth/v2/"):
                answer = self.oauth.handle(request)
            elif request.path.startswith("rest/"):
                answer = await self.api.handle(request)
            else:
                answer = self._control(request.path, msgspec.json.decode(request.body or b"{}"))
        except Refusal as refusal:
            answer = Answer(refusal.status, refusal.body)
        await write_answer(send, answer)

    def _control(self, path: str, told: dict[str, Any]) -> Answer:
        comment = self.world.comments.get(str(told.get("id")))
        if path == "_control/edit" and comment is not None:
            self.edit(comment, str(told["text"]))
        elif path == "_control/delete" and comment is not None:
            self.delete(comment)
        elif path == "_control/like":
            self._notify(self.world.note("LIKE", self.world.post))
        else:
            return Answer(404, {"error": "unknown"})
        return Answer(200, {})

    def values(self, address: str) -> dict[str, str]:
        """What connects an account to it, when it listens at `address`."""
        return {
            "client_id": self.world.client_id,
            "client_secret": self.world.client_secret,
            "application_id": self.world.application,
            "access_token": self.world.token.access,
            "refresh_token": self.world.token.refresh,
            "base_url": address,
        }

    async def say(self, text: str, *, person: str = "1", source: str = "comment") -> str:
        """Somebody comments the page's post, or writes a post that mentions the page."""
        who = f"urn:li:person:person{person}"
        return self.mention(who, text) if source == "mention" else self.comment(who, text).urn

    def comment(self, who: str, text: str, parent: str | None = None, picture: str | None = None) -> Comment:
        made = self.world.add_comment(who, text, self.world.post, parent, picture)
        self._notify(self.world.note_comment("COMMENT", made))
        return made

    def mention(self, who: str, text: str) -> str:
        activity = self.world.add_post(who, text, self.world.clock())
        share: str = self.world.posts[activity]["share"]
        told = {"owner": who, "text": text, "entity": share, "mediaCategory": "NONE"}
        self._notify(self.world.note("SHARE_MENTION", activity, share, {"share": told}))
        return share

    def edit(self, comment: Comment, text: str) -> None:
        comment.text, comment.changed = text, self.world.clock()
        self._notify(self.world.note_comment("COMMENT_EDIT", comment))

    def delete(self, comment: Comment) -> None:
        self.world.comments.pop(comment.urn)
        self._notify(self.world.note_comment("COMMENT_DELETE", comment))

    def accepted(self) -> list[Accepted]:
        return [Accepted(each.urn, each.text, each.parent or each.post) for each in self.world.accepted]

    def release(self) -> int:
        return self.notifier.release()

    @property
    def idle(self) -> bool:
        return not self._tasks and self.notifier.idle

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.notifier.aclose()

    def _notify(self, notification: dict[str, Any]) -> None:
        if self.world.webhook is not None:
            task = asyncio.get_running_loop().create_task(self._push(self.world.webhook, notification))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _push(self, url: str, notification: dict[str, Any]) -> None:
        await asyncio.sleep(self.world.settings.notice_delay)
        self.notifier.push(url, msgspec.json.encode({"type": EVENT_TYPE, "notifications": [notification]}))

    def _sign(self, body: bytes) -> Mapping[str, str]:
        return {"x-li-signature": self._hmac(b"hmacsha256=" + body)}

    def _hmac(self, content: bytes) -> str:
        return hmac.new(self.world.client_secret.encode(), content, hashlib.sha256).hexdigest()

    async def _is_ours(self, url: str) -> bool:
        """The validation of an address: it must sign a code that nobody can foresee."""
        code = str(uuid.UUID(bytes=secrets.token_bytes(16)))
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=3) as client:
                answer = await client.get(url, params={"challengeCode": code})
        except httpx.TransportError:
            return False
        wanted = {"challengeCode": code, "challengeResponse": self._hmac(code.encode())}
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        return answer.status_code == 200 and is_json and answer.json() == wanted


def create_standin(clock: Clock = utc_now) -> LinkedInStandIn:
    """For `hark sandbox serve` and the fault tests."""
    return LinkedInStandIn(clock=clock)


def _refusal(fault: Fault) -> bytes:
    return msgspec.json.encode({"message": "The stand-in was told to fail.", "status": fault.status})
