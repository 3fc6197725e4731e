"""Google in memory: a business account with a location, its reviews with their answers, and the tokens."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hark.kernel.clock import Clock

TOKEN_SECONDS = 3600
STARS = ("ONE", "TWO", "THREE", "FOUR", "FIVE")


class Settings(msgspec.Struct):
    """`queries_a_minute` 0 is a project whose access has not been granted; `moderates` says how answers are judged."""

    verified: bool = True
    queries_a_minute: int = 300
    edits_a_minute: int = 10
    moderates: str = "APPROVED"


class Answer(msgspec.Struct):
    text: str
    at: datetime


class Review(msgspec.Struct):
    id: str
    name: str
    stars: int
    text: str | None
    written: datetime
    changed: datetime
    answer: Answer | None = None


class World:
    def __init__(self, clock: Clock, settings: Settings) -> None:
        self.clock, self.settings = clock, settings
        self.client_id, self.client_secret = "stand-in-client", "stand-in-client-secret"
        self.account, self.location, self.title = "accounts/5100051", "locations/5200052", "Stand-in Bakery"
        self.refresh_token = "stand-in-refresh-token"
        self.push_token = "stand-in-push-token"
        self.topic = "projects/stand-in/topics/reviews"
        self.setting: dict[str, Any] = {"name": f"{self.account}/notificationSetting"}
        self.access: dict[str, datetime] = {}
        self.codes: dict[str, tuple[datetime, str]] = {}
        self.reviews: dict[str, Review] = {}
        self.given: list[tuple[str, str]] = []
        self._last = clock()

    def now(self) -> datetime:
        """Later than any time before, so that the order by time is the order of events."""
        self._last = max(self.clock(), self._last + timedelta(microseconds=1))
        return self._last

    def new_token(self) -> str:
        token = secrets.token_urlsafe(24)
        self.access[token] = self.clock() + timedelta(seconds=TOKEN_SECONDS)
        return token

    def add(self, name: str, stars: int, text: str | None) -> Review:
        now = self.now()
        review = Review(f"AbStandIn{len(self.reviews) + 1:06d}", name, stars, text, now, now)
        self.reviews[review.id] = review
        return review

    def change(self, review: Review, stars: int, text: str | None) -> None:
        review.stars, review.text, review.changed = stars, text, self.now()

    def answer(self, review: Review, text: str) -> Answer:
        """The first answer, or one in its place."""
        review.answer = Answer(text, self.now())
        return review.answer

    def listed(self) -> list[Review]:
        return sorted(self.reviews.values(), key=lambda review: review.changed, reverse=True)


def written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
