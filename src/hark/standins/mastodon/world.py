"""The made-up server's memory: who there is, what they posted, whom it told."""

from __future__ import annotations

import asyncio
import html
import re
from datetime import datetime
from typing import Any

import msgspec

from hark.kernel.clock import Clock

OURS = "109000000000000001"
NAME = "shop"
DOMAIN = "social.standin.test"
TOKEN = "token-of-the-stand-in"
CHARACTERS = 500
LINK = 23

Json = dict[str, Any]

_NAMED = re.compile(r"(?<![\w/])@([A-Za-z0-9_]+)(?:@([\w.-]+\w))?")
_ADDRESS = re.compile(r"https?://[^\s]+")


class Refused(Exception):
    """Answered as `{"error"}`."""

    def __init__(self, status: int, error: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(error)
        self.status, self.error, self.headers = status, error, headers or {}


class Person(msgspec.Struct):
    id: str
    name: str
    shown: str


class Media(msgspec.Struct):
    """`looks` until it is ready."""

    id: str
    kind: str
    mime_type: str
    content: bytes
    description: str
    looks: int = 0


class Status(msgspec.Struct):
    id: str
    author: str
    text: str
    at: datetime
    visibility: str
    in_reply_to: str | None = None
    spoiler: str = ""
    mentions: list[str] = []
    media: list[str] = []
    edited_at: datetime | None = None
    favourites: set[str] = msgspec.field(default_factory=set)


class World:
    """Ids are numbers as text, and grow. `told` are the notifications of our account, `subscribers` the open streams."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.people: dict[str, Person] = {OURS: Person(OURS, NAME, "Stand-in shop")}
        self.statuses: dict[str, Status] = {}
        self.media: dict[str, Media] = {}
        self.told: list[tuple[str, str, str, str, datetime]] = []
        self.blocked: set[str] = set()
        self.read: set[str] = set()
        self.subscribers: list[asyncio.Queue[tuple[str, str]]] = []
        self._count = 0

    def next_id(self) -> str:
        self._count += 1
        return str(int(self.clock().timestamp() * 1000) * 65_536 + self._count % 65_536)

    def person(self, number: str) -> Person:
        """Somebody; made at the first mention."""
        found = Person(f"10900000000{int(number) + 1000:07}", f"person{number}", f"Person {number}")
        return self.people.setdefault(found.id, found)

    def named_in(self, text: str) -> list[str]:
        by_name = {person.name: person.id for person in self.people.values()}
        found = (by_name.get(match[1]) for match in _NAMED.finditer(text))
        return list(dict.fromkeys(each for each in found if each))

    def post(self, author: str, text: str, **more: Any) -> Status:
        status = Status(self.next_id(), author, text, self.clock(), mentions=self.named_in(text), **more)
        self.statuses[status.id] = status
        if OURS in status.mentions and author != OURS and author not in self.blocked:
            self.tell("mention", author, status)
        elif author == OURS:
            self.push("update", self.shown(status))
        return status

    def tell(self, kind: str, person: str, status: Status) -> None:
        self.told.append((str(len(self.told) + 1), kind, person, status.id, self.clock()))
        self.push("notification", self.notification(self.told[-1]))

    def push(self, event: str, payload: Any) -> None:
        data = payload if isinstance(payload, str) else msgspec.json.encode(payload).decode()
        for queue in self.subscribers:
            queue.put_nowait((event, data))

    def edit(self, status: Status, text: str) -> None:
        status.text, status.edited_at, status.mentions = text, self.clock(), self.named_in(text)
        self.push("status.update", self.shown(status))

    def remove(self, status_id: str) -> None:
        if self.statuses.pop(status_id, None) is not None:
            self.told = [each for each in self.told if each[3] != status_id]
            self.push("delete", status_id)

    def account(self, person: Person) -> Json:
        url = f"https://{DOMAIN}/@{person.name}"
        return {
            "id": person.id,
            "username": person.name,
            "acct": person.name,
            "display_name": person.shown,
            "url": url,
            "avatar_static": f"https://{DOMAIN}/missing.png",
            "emojis": [],
        }

    def shown(self, status: Status) -> Json:
        above = self.statuses.get(status.in_reply_to or "")
        mentions = [self.people[each] for each in status.mentions]
        return {
            "id": status.id,
            "created_at": stamp(status.at),
            "edited_at": stamp(status.edited_at) if status.edited_at else None,
            "account": self.account(self.people[status.author]),
            "content": content_of(status.text),
            "in_reply_to_id": status.in_reply_to,
            "in_reply_to_account_id": above.author if above else None,
            "visibility": status.visibility,
            "sensitive": bool(status.spoiler),
            "spoiler_text": status.spoiler,
            "language": "en",
            "uri": f"https://{DOMAIN}/statuses/{status.id}",
            "url": f"https://{DOMAIN}/@{self.people[status.author].name}/{status.id}",
            "reblog": None,
            "media_attachments": [self.file(self.media[each]) for each in status.media],
            "mentions": [{"id": each.id, "username": each.name, "acct": each.name} for each in mentions],
            "emojis": [],
            "poll": None,
            "card": None,
            "favourited": OURS in status.favourites,
        }

    def file(self, media: Media) -> Json:
        ready = media.looks <= 0
        return {
            "id": media.id,
            "type": media.kind,
            "url": f"https://{DOMAIN}/media/{media.id}" if ready else None,
            "description": media.description or None,
            "meta": {},
        }

    def notification(self, told: tuple[str, str, str, str, datetime]) -> Json:
        number, kind, person, status_id, at = told
        shown = self.shown(self.statuses[status_id])
        return {
            "id": number,
            "type": kind,
            "created_at": stamp(at),
            "account": self.account(self.people[person]),
            "status": shown,
        }


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def content_of(text: str) -> str:
    """As Mastodon sets a text: paragraphs, line breaks, names and links."""
    marked = _NAMED.sub(
        lambda found: f'<span class="h-card"><a class="u-url mention">@<span>{found[1]}</span></a></span>',
        html.escape(text, quote=False),
    )
    paragraphs = marked.split("\n\n")
    return "".join(f"<p>{paragraph.replace(chr(10), '<br />')}</p>" for paragraph in paragraphs)


def length_of(text: str) -> int:
    """Links are 23 characters, domains of names none."""
    return len(_NAMED.sub(lambda found: f"@{found[1]}", _ADDRESS.sub("x" * LINK, text)))
