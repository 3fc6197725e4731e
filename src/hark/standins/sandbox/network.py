"""The network's memory: items, people, the events that they cause, and who listens to changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from hark.kernel.clock import Clock
from hark.kernel.ids import new_id
from hark.standins.sandbox.errors import ApiProblem
from hark.standins.sandbox.models import Account, Change, Event, Item, Media, Person, State
from hark.standins.sandbox.seed import seeded

KEPT_EVENTS = 50_000
"""How far back the history reaches; older events are forgotten."""

_SLOW_LISTENER = 1000


class Network:
    """State and the few things that every action does to it. Actions themselves are in `people.py` and
    `business.py`.

    `emitted` is called with every new event (the webhook sender), `dirty` after every change (the state
    file).
    """

    def __init__(self, clock: Clock, token: str, state: State | None = None) -> None:
        self.clock = clock
        self.state = state or seeded(self._milliseconds(), token)
        self.files: dict[str, bytes] = {}
        self.emitted: Callable[[Event], None] = lambda event: None
        self.dirty: Callable[[], None] = lambda: None
        self._listeners: set[asyncio.Queue[Change | None]] = set()
        self._references: dict[str, list[str]] = {}
        for item in self.state.items.values():
            self._remember_reference(item)

    # Time and names

    def now(self) -> int:
        return self._milliseconds()

    def _milliseconds(self) -> int:
        return int(self.clock().timestamp() * 1000)

    def new_name(self, prefix: str) -> str:
        return f"{prefix}_{new_id(self.clock()).hex}"

    @property
    def account(self) -> Account:
        return self.state.account

    # Finding

    def load_item(self, item_id: str) -> Item:
        item = self.state.items.get(item_id)
        if item is None or item.deleted:
            raise ApiProblem(404, "not_found", "There is no such message, or it was deleted.")
        return item

    def load_person(self, person_id: str) -> Person:
        person = self.state.people.get(person_id)
        if person is None:
            raise ApiProblem(404, "person_gone", "There is nobody of that name.")
        return person

    def by_reference(self, reference: str) -> list[Item]:
        return [self.state.items[name] for name in self._references.get(reference, ())]

    def thread(self, key: str, source: str) -> list[Item]:
        return [item for item in self.state.items.values() if item.thread == key and item.source == source]

    # Changing

    def add(self, item: Item) -> Item:
        """Stores a new item, tells the page and the webhook."""
        self.state.items[item.id] = item
        self._remember_reference(item)
        self.tell("item", item)
        self.emit(item.source if item.source != "dm" else "message", at=item.at, item=self.described(item))
        return item

    def _remember_reference(self, item: Item) -> None:
        if item.reference:
            self._references.setdefault(item.reference, []).append(item.id)

    def emit(self, kind: str, *, at: int | None = None, **fields: Any) -> Event:
        at = self.now() if at is None else at
        name = self.new_name("ev")
        body = msgspec.json.encode({"id": name, "kind": kind, "at": at, **fields})
        event = Event(id=name, at=at, body=msgspec.Raw(body))
        self.state.history.append(event)
        del self.state.history[:-KEPT_EVENTS]
        self.emitted(event)
        self.tell("event", noted(event))
        return event

    def tell(self, what: str, data: Any) -> None:
        """To the open pages. One that does not read is let go; it fetches everything when it comes back."""
        self.dirty()
        for queue in list(self._listeners):
            if queue.qsize() > _SLOW_LISTENER:
                self._listeners.discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(Change(type=what, data=data))

    def listen(self) -> asyncio.Queue[Change | None]:
        queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self._listeners.add(queue)
        return queue

    def forget(self, queue: asyncio.Queue[Change | None]) -> None:
        self._listeners.discard(queue)

    def close_streams(self) -> None:
        """Ends the streams of all open pages, so that a server can stop."""
        for queue in self._listeners:
            queue.put_nowait(None)
        self._listeners.clear()

    def reset(self) -> None:
        """Back to the first day; token and webhook stay."""
        fresh = seeded(self.now(), self.account.token)
        fresh.webhook = self.state.webhook
        self.state = fresh
        self.files.clear()
        self._references.clear()
        self.tell("reset", None)

    # Describing, as the API and the webhook do

    def described(self, item: Item) -> dict[str, Any]:
        partner = self.state.people.get(item.thread) if item.source == "dm" else None
        fields = {
            "id": item.id,
            "thread": item.thread,
            "author": self.author(item.author),
            "text": item.text or None,
            "media": [self.described_media(name) for name in item.media],
            "partner": self.author(partner.id) if partner else None,
            "post": self.described_post(item.post),
            "quoted": item.quoted or (item.in_reply_to if item.in_reply_to != item.thread else None),
            "rating": item.rating,
            "button": item.button,
            "content": item.content,
            "reference": item.reference,
        }
        return {key: value for key, value in fields.items() if value not in (None, [])}

    def author(self, who: str) -> dict[str, Any]:
        if who == self.account.id:
            return {"id": who, "name": self.account.name, "handle": self.account.handle}
        person = self.state.people.get(who)
        if person is None:
            return {"id": who}
        return {"id": who, "name": person.name, "handle": person.handle, "language": person.language}

    def described_media(self, name: str) -> dict[str, Any]:
        media = self.state.media[name]
        return {
            "kind": media.kind,
            "id": media.id,
            "name": media.name,
            "mime_type": media.mime_type,
            "size": media.size,
            **({"alt": media.alt} if media.alt else {}),
        }

    def described_post(self, name: str | None) -> dict[str, Any] | None:
        post = self.state.posts.get(name or "")
        if post is None:
            return None
        return {"id": post.id, "text": post.text, "author_name": self.account.name}

    def keep_file(self, name: str, mime_type: str, content: bytes, kind: str) -> Media:
        media = Media(
            id=self.new_name("md"), kind=kind, name=name[:200] or kind, mime_type=mime_type, size=len(content)
        )
        self.state.media[media.id] = media
        self.files[media.id] = content
        return media


class _Noted(msgspec.Struct):
    """What the page's list of events shows of one."""

    id: str
    kind: str
    at: int
    status: str | None = None
    item: dict[str, Any] = {}
    change: dict[str, Any] = {}
    emoji: list[str] = []


def noted(event: Event) -> dict[str, Any]:
    shape = msgspec.json.decode(event.body, type=_Noted)
    words = shape.item.get("text") or shape.change.get("text") or " ".join(shape.emoji)
    return {
        "id": shape.id,
        "kind": shape.kind,
        "at": shape.at,
        "status": shape.status,
        "text": words[:80],
        "echo": "reference" in shape.item,
    }
