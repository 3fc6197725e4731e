"""The Data API's comments as one ASGI application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from hark.kernel.clock import Clock, utc_now
from hark.standins.kit import Accepted, Calls, Fault, FaultGate, Faults
from hark.standins.kit.asked import Asked, Told, door
from hark.standins.youtube.render import Renderer
from hark.standins.youtube.world import Comment, World

_REASONS = {
    400: "badRequest",
    401: "authError",
    403: "forbidden",
    404: "commentNotFound",
    429: "rateLimitExceeded",
    500: "internalError",
    503: "backendError",
}
LONGEST = 10_000


class ApiProblem(Exception):
    def __init__(self, status: int, reason: str, message: str = "") -> None:
        super().__init__(message or reason)
        self.status, self.reason, self.message = status, reason, message or reason

    def told(self) -> Told:
        return Told(error_body(self.status, self.reason, self.message), self.status)


def error_body(status: int, reason: str, message: str) -> dict[str, Any]:
    row = {"message": message, "domain": "youtube", "reason": reason}
    return {"error": {"code": status, "message": message, "errors": [row]}}


def _refusal(fault: Fault) -> bytes:
    reason = _REASONS.get(fault.status, "backendError")
    return msgspec.json.encode(error_body(fault.status, reason, "a fault that was asked for"))


class YouTubeStandIn:
    """One channel. Viewers comment by `say`; there is nothing that it pushes."""

    def __init__(self, clock: Clock = utc_now, seed: int = 1) -> None:
        self.world = World(clock)
        self.faults, self.calls = Faults(seed), Calls()
        self._render = Renderer(self.world)
        self._routes: dict[tuple[str, str], tuple[int, Callable[[Asked], Awaitable[Told]]]] = {
            ("GET", "commentThreads"): (1, self._threads),
            ("POST", "commentThreads"): (50, self._begin),
            ("GET", "comments"): (1, self._comments),
            ("POST", "comments"): (50, self._answer),
            ("PUT", "comments"): (50, self._edit),
            ("DELETE", "comments"): (50, self._delete),
            ("POST", "comments/setModerationStatus"): (50, self._moderate),
            ("GET", "videos"): (1, self._videos),
            ("GET", "channels"): (1, self._channels),
        }
        self._app = FaultGate(door(self._handle), self.faults, self.calls, _refusal, clock=clock)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)

    def values(self, address: str) -> dict[str, str]:
        world = self.world
        return {
            "base_url": address,
            "client_id": world.client_id,
            "client_secret": world.client_secret,
            "refresh_token": world.refresh_token,
        }

    async def say(self, text: str, *, person: str = "1", source: str = "comment") -> str:
        return self.world.write(person, text).id

    def accepted(self) -> list[Accepted]:
        ours = [one for one in self.world.comments.values() if one.author == self.world.channel]
        return [Accepted(one.id, one.text, one.parent or one.id) for one in ours]

    def release(self) -> int:
        return 0

    async def aclose(self) -> None:
        """Nothing runs in the background."""

    async def _handle(self, asked: Asked) -> Told:
        if asked.path == "/token":
            return self._token(asked)
        try:
            route = self._routes.get((asked.method, asked.path.removeprefix("/youtube/v3/")))
            if route is None:
                raise ApiProblem(404, "notFound")
            if not self.world.token_valid(asked.bearer):
                raise ApiProblem(401, "authError", "Request had invalid authentication credentials.")
            if not self.world.spend(route[0]):
                raise ApiProblem(403, "quotaExceeded", "you have exceeded your quota.")
            return await route[1](asked)
        except ApiProblem as problem:
            return problem.told()

    def _token(self, asked: Asked) -> Told:
        form, world = asked.form(), self.world
        if form.get("client_secret") != world.client_secret:
            return Told({"error": "invalid_client"}, 401)
        if form.get("grant_type") == "authorization_code" and form.get("code_verifier"):
            return Told(self._fresh() | {"refresh_token": world.refresh_token})
        if form.get("refresh_token") != world.refresh_token:
            return Told({"error": "invalid_grant"}, 400)
        return Told(self._fresh())

    def _fresh(self) -> dict[str, Any]:
        return {"access_token": self.world.new_token(), "expires_in": 3599, "token_type": "Bearer"}

    async def _threads(self, asked: Asked) -> Told:
        query = asked.query
        if query.get("videoId") in self.world.disabled:
            raise ApiProblem(403, "commentsDisabled")
        if query.get("allThreadsRelatedToChannelId", self.world.channel) != self.world.channel:
            raise ApiProblem(404, "channelNotFound")
        status = query.get("moderationStatus", "published")
        tops = self.world.threads(status)
        wants = "replies" in query.get("part", "")
        return Told(self._page(tops, query, lambda top: self._render.thread(top, status, replies=wants)))

    async def _comments(self, asked: Asked) -> Told:
        query = asked.query
        if "id" in query:
            rows = [
                self.world.comments[each] for each in query["id"].split(",") if each in self.world.comments
            ]
            return Told({"items": [self._render.comment(row, moderating=True) for row in rows]})
        parent = query.get("parentId", "")
        if parent not in self.world.comments:
            raise ApiProblem(404, "commentNotFound", "The specified comments cannot be found.")
        return Told(self._page(self.world.replies(parent), query, self._render.comment))

    def _page(
        self, rows: list[Comment], query: dict[str, str], show: Callable[[Comment], dict[str, Any]]
    ) -> dict[str, Any]:
        """A page begins after the comment that its token names, so that new ones move nothing."""
        size = min(100, int(query.get("maxResults", "20")))
        token = query.get("pageToken")
        ids = [row.id for row in rows]
        at = ids.index(token) + 1 if token in ids else 0
        some = rows[at : at + size]
        answer: dict[str, Any] = {
            "items": [show(row) for row in some],
            "pageInfo": {"totalResults": len(some)},
        }
        if at + size < len(rows):
            answer["nextPageToken"] = some[-1].id
        return answer

    def _text(self, asked: Asked, snippet: dict[str, Any]) -> str:
        text = str(snippet.get("textOriginal") or "")
        if not text.strip():
            raise ApiProblem(400, "commentTextRequired")
        if len(text) > LONGEST:
            raise ApiProblem(400, "commentTextTooLong")
        return text

    async def _begin(self, asked: Asked) -> Told:
        snippet = asked.json().get("snippet") or {}
        text = self._text(asked, (snippet.get("topLevelComment") or {}).get("snippet") or {})
        top = self.world.write(self.world.channel, text, video=snippet.get("videoId"))
        return Told(self._render.thread(top, "published", replies=False))

    async def _answer(self, asked: Asked) -> Told:
        snippet = asked.json().get("snippet") or {}
        text, parent = self._text(asked, snippet), self.world.comments.get(str(snippet.get("parentId")))
        if parent is None:
            raise ApiProblem(404, "parentCommentNotFound")
        if parent.parent is not None:
            raise ApiProblem(400, "operationNotSupported", "parentId must be a top-level comment")
        if parent.status != "published":
            raise ApiProblem(403, "parentCommentIsPrivate")
        return Told(self._render.comment(self.world.write(self.world.channel, text, parent=parent.id)))

    async def _edit(self, asked: Asked) -> Told:
        body = asked.json()
        comment = self._own(str(body.get("id")))
        self.world.edit(comment.id, self._text(asked, body.get("snippet") or {}))
        return Told(self._render.comment(comment))

    async def _delete(self, asked: Asked) -> Told:
        self.world.remove(self._own(asked.query.get("id", "")).id)
        return Told(None, 204)

    def _own(self, comment_id: str) -> Comment:
        comment = self.world.comments.get(comment_id)
        if comment is None:
            raise ApiProblem(404, "commentNotFound")
        if comment.author != self.world.channel:
            raise ApiProblem(403, "forbidden")
        return comment

    async def _moderate(self, asked: Asked) -> Told:
        status, ban = asked.query.get("moderationStatus"), asked.query.get("banAuthor") == "true"
        comment = self.world.comments.get(asked.query.get("id", ""))
        if comment is None:
            raise ApiProblem(404, "commentNotFound")
        if status not in {"published", "heldForReview", "rejected"}:
            raise ApiProblem(400, "operationNotSupported")
        if ban and status != "rejected":
            raise ApiProblem(400, "banWithoutReject")
        comment.status = status
        if ban:
            self.world.banned.add(comment.author)
        return Told(None, 204)

    async def _videos(self, asked: Asked) -> Told:
        video = asked.query.get("id", "")
        if video not in self.world.videos:
            return Told({"items": []})
        snippet = {
            "title": self.world.videos[video],
            "channelTitle": self.world.title,
            "publishedAt": "2026-10-01T08:00:00Z",
            "thumbnails": {
                "default": {"url": f"https://i.ytimg.example/{video}/default.jpg"},
                "high": {"url": f"https://i.ytimg.example/{video}/hq.jpg"},
            },
        }
        return Told({"items": [{"id": video, "snippet": snippet}]})

    async def _channels(self, asked: Asked) -> Told:
        return Told({"items": [{"id": self.world.channel, "snippet": {"title": self.world.title}}]})
