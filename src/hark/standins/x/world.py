"""Who and what there is on the made-up X: people, posts, direct messages, files, subscriptions. All in memory."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hark.kernel.clock import Clock, utc_now

EPOCH = 1_288_834_974_657
MOST_MENTIONS = 800
DM_DAYS = timedelta(days=30)
MEDIA_LIFE = timedelta(hours=24)


class Person(msgspec.Struct):
    id: str
    handle: str
    name: str
    accepts_messages: bool = True
    blocked: bool = False


class Post(msgspec.Struct):
    """`versions` are all ids of an edited post, oldest first; `named` the ids of people named in the words themselves."""

    id: str
    author: str
    text: str
    at: datetime
    conversation: str
    answers: str | None = None
    quotes: str | None = None
    reposts: str | None = None
    named: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    hidden: bool = False


class Dm(msgspec.Struct):
    id: str
    sender: str
    conversation: str
    text: str
    at: datetime
    media: tuple[str, ...] = ()


class Media(msgspec.Struct):
    """A file of ours on its way into a message; `state` is succeeded, pending or failed."""

    id: str
    category: str
    total: int
    until: datetime
    pieces: dict[int, bytes] = {}
    state: str = "uploading"
    alt: str | None = None
    asked: int = 0

    @property
    def content(self) -> bytes:
        return b"".join(self.pieces[index] for index in sorted(self.pieces))


class Webhook(msgspec.Struct):
    id: str
    url: str
    created_at: datetime
    valid: bool = True
    all_activity: bool = False


class Subscription(msgspec.Struct):
    id: str
    event: str
    person: str
    webhook: str | None
    created_at: datetime
    tag: str | None = None
    direction: str | None = None


class World:
    """`shift` moves the clock of X against ours."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._sequence = itertools.count(1)
        self.shift = timedelta(0)
        self.us = Person("4100200300", "fjord_lamps", "Fjord Lamps")
        self.people = {
            person.id: person
            for person in (
                self.us,
                Person("1700300400500600700", "ada_example", "Ada Example"),
                Person("2255667788", "ben_example", "Ben Example"),
                Person("990011", "cleo_example", "Cleo Example"),
            )
        }
        self.posts: dict[str, Post] = {}
        self.dms: dict[str, Dm] = {}
        self.media: dict[str, Media] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.liked: set[str] = set()
        self.created: list[str] = []
        self.first = self.post(self.us.id, "The oak lamp is back in stock.")

    def now(self) -> datetime:
        return self._clock() + self.shift

    def new_id(self) -> str:
        """An id that carries its time, as X's do; later ones are larger."""
        milliseconds = int(self.now().timestamp() * 1000) - EPOCH
        return str((milliseconds << 22) | (next(self._sequence) & 0x3FFFFF))

    def person(self, which: str) -> Person:
        """By id, or the n-th of those who are not us."""
        if which in self.people and which != self.us.id:
            return self.people[which]
        others = [person for person in self.people.values() if person is not self.us]
        return others[(int(which) - 1) % len(others) if which.isdigit() else 0]

    def post(self, author: str, text: str, **more: Any) -> Post:
        own = self.new_id()
        answers = more.get("answers")
        root = self.posts[answers].conversation if answers in self.posts else answers or own
        named = tuple(person.id for person in self.people.values() if f"@{person.handle}" in text)
        post = Post(own, author, text, self.now(), root, named=named, versions=(own,), **more)
        self.posts[own] = post
        return post

    def edit(self, post_id: str, text: str) -> Post:
        """A new id; the old one stays in the history."""
        old = self.posts.pop(post_id)
        own = self.new_id()
        post = msgspec.structs.replace(old, id=own, text=text, at=self.now(), versions=(*old.versions, own))
        self.posts[own] = post
        return post

    def dm(self, sender: str, conversation: str, text: str, media: tuple[str, ...] = ()) -> Dm:
        dm = Dm(self.new_id(), sender, conversation, text, self.now(), media)
        self.dms[dm.id] = dm
        return dm

    def pair(self, other: str) -> str:
        return "-".join(sorted((self.us.id, other), key=int))

    def mentions(self) -> list[Post]:
        """Posts of others that name us or answer us (an answer carries our name), newest first."""
        found = [post for post in self.posts.values() if post.author != self.us.id and self._names_us(post)]
        return sorted(found, key=lambda post: int(post.id), reverse=True)[:MOST_MENTIONS]

    def _names_us(self, post: Post) -> bool:
        answered = self.posts.get(post.answers or "")
        return self.us.id in post.named or (answered is not None and answered.author == self.us.id)

    def may_answer(self, post: Post) -> bool:
        """The rule of self-serve plans: its author named us in the words, or quoted us."""
        quoted = self.posts.get(post.quotes or "")
        return self.us.id in post.named or (quoted is not None and quoted.author == self.us.id)

    def dms_of(self, conversation: str | None = None) -> list[Dm]:
        oldest = self.now() - DM_DAYS
        found = [
            dm for dm in self.dms.values() if dm.at >= oldest and conversation in {None, dm.conversation}
        ]
        return sorted(found, key=lambda dm: int(dm.id), reverse=True)
