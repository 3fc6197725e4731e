"""What the stand-in knows: one channel with videos, viewers, their comments, and the day's units."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from hark.kernel.clock import Clock

DAY_UNITS = 10_000
TOKEN_LIFE = timedelta(hours=1)
INLINE = 5
"""A list of threads brings along at most so many replies of each."""
_PACIFIC = ZoneInfo("America/Los_Angeles")


class Comment(msgspec.Struct):
    """`parent` is the thread's first comment; `status` published, heldForReview, rejected or likelySpam."""

    id: str
    author: str
    text: str
    at: datetime
    updated_at: datetime
    parent: str | None = None
    video: str | None = None
    status: str = "published"
    likes: int = 0


class World:
    """Everything in memory."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.client_id, self.client_secret = "standin.apps.googleusercontent.com", secrets.token_hex(12)
        self.channel, self.title = "UCstandin0000000000000001", "Nordlicht"
        self.refresh_token = "1//" + secrets.token_urlsafe(30)
        self.tokens: dict[str, datetime] = {}
        self.comments: dict[str, Comment] = {}
        self.banned: set[str] = set()
        self.videos = {"dEmOvIdEo01": "A lamp for long nights"}
        self.disabled: set[str] = set()
        self.used: dict[str, int] = {}
        self.day_units = DAY_UNITS
        self._ids = count(1)

    def new_token(self) -> str:
        token = "ya29." + secrets.token_urlsafe(24)
        self.tokens[token] = self.clock() + TOKEN_LIFE
        return token

    def token_valid(self, token: str) -> bool:
        return token in self.tokens and self.tokens[token] > self.clock()

    def spend(self, units: int) -> bool:
        """Counts units of the Pacific day; False where they are used up."""
        day = self.clock().astimezone(_PACIFIC).date().isoformat()
        if self.used.get(day, 0) + units > self.day_units:
            return False
        self.used[day] = self.used.get(day, 0) + units
        return True

    def write(self, author: str, text: str, *, parent: str | None = None, **more: Any) -> Comment:
        number, now = next(self._ids), self.clock()
        own = f"Ugx{number:021}AaABAg" if parent is None else f"{parent}.{number:022}"
        video = None if parent else more.pop("video", next(iter(self.videos)))
        comment = Comment(own, author, text, now, now, parent=parent, video=video, **more)
        self.comments[comment.id] = comment
        return comment

    def edit(self, comment_id: str, text: str) -> Comment:
        comment = self.comments[comment_id]
        comment.text = text
        comment.updated_at = max(self.clock(), comment.at + timedelta(seconds=1))
        return comment

    def remove(self, comment_id: str) -> None:
        """A comment goes with all its replies."""
        for each in [one.id for one in self.comments.values() if comment_id in (one.id, one.parent)]:
            del self.comments[each]

    def threads(self, status: str) -> list[Comment]:
        """First comments, newest first; with held ones, threads in which anything is held."""
        found = [
            one
            for one in self.comments.values()
            if one.parent is None and (one.status == status or self._has(one.id, status))
        ]
        return sorted(found, key=lambda one: (one.at, one.id), reverse=True)

    def _has(self, thread: str, status: str) -> bool:
        return status != "published" and any(one.status == status for one in self.replies(thread, None))

    def replies(self, thread: str, status: str | None = "published") -> list[Comment]:
        """Newest first."""
        found = [
            one for one in self.comments.values() if one.parent == thread and status in (None, one.status)
        ]
        return sorted(found, key=lambda one: (one.at, one.id), reverse=True)
