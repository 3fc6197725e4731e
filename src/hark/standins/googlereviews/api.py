"""The Business Profile APIs, all at one address, with their refusals and limits."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hark.standins.googlereviews.world import STARS, Answer, Review, World, written

MOST_BYTES = 4096
MOST_ROWS = 50
_REVIEW = re.compile(r"v4/(accounts/\d+)/(locations/\d+)/reviews(?:/([\w-]+))?(/reply)?")


class Refusal(Exception):
    """An error in Google's form."""

    def __init__(self, status: int, word: str, message: str, **info: Any) -> None:
        super().__init__(message)
        self.status = status
        details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", **info}] if info else []
        self.body = {"error": {"code": status, "message": message, "status": word, "details": details}}


class Request(msgspec.Struct, frozen=True):
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        try:
            value = msgspec.json.decode(self.body or b"{}")
        except msgspec.DecodeError as error:
            raise Refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.") from error
        if not isinstance(value, dict):
            raise Refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")
        return value


class Api:
    def __init__(self, world: World) -> None:
        self.world = world
        self._queries: deque[datetime] = deque()
        self._edits: deque[datetime] = deque()

    def handle(self, request: Request) -> Any:
        """The body of the answer."""
        self._check(request)
        if found := _REVIEW.fullmatch(request.path):
            return self._reviews(
                request, f"{found.group(1)}/{found.group(2)}", found.group(3), bool(found.group(4))
            )
        account, location = self.world.account, self.world.location
        known: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "v1/accounts"): lambda _: {"accounts": [{"name": account, "type": "PERSONAL"}]},
            ("GET", f"v1/{account}/locations"): self._locations,
            ("GET", f"v1/{account}/notificationSetting"): lambda _: self.world.setting,
            ("PATCH", f"v1/{account}/notificationSetting"): self._set_notifications,
            ("GET", f"v1/{location}/VoiceOfMerchantState"): lambda _: {
                "hasVoiceOfMerchant": self.world.settings.verified
            },
        }
        handler = known.get((request.method, request.path))
        if handler is None:
            raise Refusal(404, "NOT_FOUND", "Requested entity was not found.")
        return handler(request)

    def _check(self, request: Request) -> None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        ends = self.world.access.get(token)
        if ends is None or ends <= self.world.clock():
            raise Refusal(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        self._limit(self._queries, self.world.settings.queries_a_minute, "queries")

    def _limit(self, times: deque[datetime], most: int, what: str) -> None:
        now = self.world.clock()
        while times and now - times[0] >= timedelta(minutes=1):
            times.popleft()
        if len(times) >= most:
            words = f"Quota exceeded for quota metric '{what}' and limit '{what} per minute'."
            metadata = {"quota_limit_value": str(most)}
            raise Refusal(429, "RESOURCE_EXHAUSTED", words, reason="RATE_LIMIT_EXCEEDED", metadata=metadata)
        times.append(now)

    def _reviews(self, request: Request, place: str, name: str | None, of_reply: bool) -> Any:
        if place != f"{self.world.account}/{self.world.location}":
            raise Refusal(403, "PERMISSION_DENIED", "The caller does not have permission.")
        if name is None:
            return self._list(request)
        review = self.world.reviews.get(name)
        if review is None:
            raise Refusal(404, "NOT_FOUND", "Requested entity was not found.")
        if not of_reply and request.method == "GET":
            return self.shown(review)
        if of_reply and request.method == "PUT":
            return self._put(request, review)
        if of_reply and request.method == "DELETE" and review.answer is not None:
            self._limit(self._edits, self.world.settings.edits_a_minute, "edits")
            review.answer = None
            return {}
        raise Refusal(404, "NOT_FOUND", "Requested entity was not found.")

    def _list(self, request: Request) -> Any:
        size, token = request.query.get("pageSize", str(MOST_ROWS)), request.query.get("pageToken", "0")
        if not size.isdecimal() or not 0 < int(size) <= MOST_ROWS or not token.isdecimal():
            raise Refusal(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
        if request.query.get("orderBy", "updateTime desc") != "updateTime desc":
            raise Refusal(400, "INVALID_ARGUMENT", "This stand-in orders by updateTime desc only.")
        rows, start = self.world.listed(), int(token)
        end = start + int(size)
        stars = [review.stars for review in rows]
        answer: dict[str, Any] = {"totalReviewCount": len(rows)}
        if rows:
            answer |= {
                "reviews": [self.shown(row) for row in rows[start:end]],
                "averageRating": sum(stars) / len(stars),
            }
        return {**answer, "nextPageToken": str(end)} if end < len(rows) else answer

    def _put(self, request: Request, review: Review) -> Any:
        text = request.json().get("comment")
        if not self.world.settings.verified:
            raise Refusal(403, "PERMISSION_DENIED", "The location is not verified.")
        if not isinstance(text, str) or not 0 < len(text.encode()) <= MOST_BYTES:
            raise Refusal(400, "INVALID_ARGUMENT", "The reply comment is empty or too long.")
        self._limit(self._edits, self.world.settings.edits_a_minute, "edits")
        answer = self.world.answer(review, text)
        self.world.given.append((review.id, text))
        return self._answer(answer)

    def _answer(self, answer: Answer) -> dict[str, Any]:
        state = self.world.settings.moderates
        told = {"comment": answer.text, "updateTime": written(answer.at), "reviewReplyState": state}
        return {**told, "policyViolation": "OFF_TOPIC"} if state == "REJECTED" else told

    def shown(self, review: Review) -> dict[str, Any]:
        return {
            "name": f"{self.world.account}/{self.world.location}/reviews/{review.id}",
            "reviewId": review.id,
            "reviewer": {
                "displayName": review.name,
                "profilePhotoUrl": f"https://lh3.googleusercontent.com/a/{review.id}",
            },
            "starRating": STARS[review.stars - 1],
            **({"comment": review.text} if review.text else {}),
            "createTime": written(review.written),
            "updateTime": written(review.changed),
            **({"reviewReply": self._answer(review.answer)} if review.answer else {}),
        }

    def _locations(self, request: Request) -> Any:
        if "name" not in request.query.get("readMask", "").split(","):
            raise Refusal(400, "INVALID_ARGUMENT", "readMask is required.")
        address = {"addressLines": ["1 Main Street"], "locality": "Nowhere"}
        return {
            "locations": [
                {"name": self.world.location, "title": self.world.title, "storefrontAddress": address}
            ]
        }

    def _set_notifications(self, request: Request) -> Any:
        mask = request.query.get("updateMask", "").split(",")
        given = {key: value for key, value in request.json().items() if key in mask}
        if set(given) - {"pubsubTopic", "notificationTypes"}:
            raise Refusal(400, "INVALID_ARGUMENT", "Unknown field in updateMask.")
        self.world.setting |= given
        return self.world.setting
