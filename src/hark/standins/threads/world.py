"""The made-up Threads: one profile, people, posts and replies at every depth."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from hark.kernel.clock import Clock

EVERY_SCOPE = (
    "threads_basic",
    "threads_read_replies",
    "threads_manage_replies",
    "threads_content_publish",
    "threads_manage_mentions",
    "threads_delete",
)
DAY = timedelta(days=1)
REPLIES_A_DAY = 1000


class Profile(msgspec.Struct):
    id: str = "24000000000000777"
    username: str = "standin.bakery"
    token: str = "THAA-stand-in-token"
    code: str = "stand-in-code"
    app_id: str = "770000000000777"
    secret: str = "stand-in-app-secret"
    token_ends: datetime | None = None
    dead: bool = False
    scopes: list[str] = msgspec.field(default_factory=lambda: list(EVERY_SCOPE))


class Post(msgspec.Struct):
    """`parent` None begins a thread of its own; `root` is that beginning."""

    id: str
    username: str
    at: datetime
    text: str
    parent: str | None = None
    root: str | None = None
    image: str | None = None
    hidden: str = "NOT_HUSHED"
    deleted: bool = False


class Container(msgspec.Struct):
    """What is prepared: seen by nobody until it is published. `looks` until a picture is fetched."""

    id: str
    text: str
    parent: str | None
    image: str | None
    at: datetime
    looks: int = 1


class World:
    def __init__(self, clock: Clock, seed: int = 1) -> None:
        self.clock, self.chance = clock, random.Random(seed)
        self.shift = timedelta()
        self.profile = Profile()
        self.posts: dict[str, Post] = {}
        self.containers: dict[str, Container] = {}
        self.published: deque[datetime] = deque()
        self.first = self.add(self.profile.username, "Fresh bread every morning")

    def now(self) -> datetime:
        return self.clock() + self.shift

    def number(self, digits: int = 17) -> str:
        return str(self.chance.randrange(10 ** (digits - 1), 10**digits))

    def add(self, username: str, text: str, parent: Post | None = None, image: str | None = None) -> Post:
        root = (parent.root or parent.id) if parent else None
        post = Post(self.number(), username, self.now(), text, (parent and parent.id) or None, root, image)
        self.posts[post.id] = post
        return post

    def alive(self, post_id: str) -> Post | None:
        post = self.posts.get(post_id)
        return None if post is None or post.deleted else post

    def newest(self) -> Iterator[Post]:
        yield from (post for post in reversed(self.posts.values()) if not post.deleted)

    def used_replies(self) -> int:
        while self.published and self.published[0] <= self.now() - DAY:
            self.published.popleft()
        return len(self.published)
