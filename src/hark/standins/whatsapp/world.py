"""What the stand-in knows: one business account with a number, people, files, templates, and what was sent."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from itertools import count

import msgspec

from hark.kernel.clock import Clock

WINDOW = timedelta(hours=24)
FILE_LIFE = timedelta(minutes=5)
MEGABYTE = 1024 * 1024
SIZES = {"image": 5 * MEGABYTE, "video": 16 * MEGABYTE, "audio": 16 * MEGABYTE, "document": 100 * MEGABYTE}
TYPES = {
    "image": ("image/jpeg", "image/png"),
    "video": ("video/mp4", "video/3gpp"),
    "audio": ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"),
}


class Person(msgspec.Struct):
    """Somebody on WhatsApp. `hidden`: the number is not shown, only the user id."""

    number: str
    user_id: str
    name: str
    username: str | None = None
    hidden: bool = False
    wrote_at: datetime | None = None
    blocked_us: bool = False
    blocked: bool = False


class File(msgspec.Struct):
    id: str
    kind: str
    content: bytes
    sha256: str
    located_at: datetime | None = None


class Letter(msgspec.Struct, frozen=True):
    """What our number sent."""

    id: str
    to: str
    kind: str
    text: str
    at: datetime
    reference: str | None
    body: dict[str, object]


class Template(msgspec.Struct, frozen=True):
    name: str
    language: str
    body: str
    blanks: int
    status: str = "APPROVED"


class World:
    """Everything in memory."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.app_id, self.app_secret = "482915736620114", secrets.token_hex(16)
        self.token = "EAA" + secrets.token_urlsafe(40)
        self.waba_id, self.number_id = "102290129340398", "106540352242922"
        self.number = "15550783881"
        self.scopes = ["whatsapp_business_messaging", "whatsapp_business_management"]
        self.token_valid = True
        self.quality = "GREEN"
        self.subscribed = False
        self.callback: str | None = None
        self.app_callback: str | None = None
        self.app_fields: list[str] = []
        self.people: dict[str, Person] = {}
        self.files: dict[str, File] = {}
        self.letters: list[Letter] = []
        self.marks: list[dict[str, object]] = []
        self.templates = [
            Template("order_update", "en", "Hi {{1}}, your order {{2}} is ready.", 2),
            Template("welcome_back", "de", "Willkommen zurück!", 0),
            Template("rejected_one", "en", "Buy now!", 0, status="REJECTED"),
        ]
        self._ids = count(1)

    def wamid(self, ours: bool) -> str:
        return f"wamid.HBg{'AR' if ours else 'AS'}{next(self._ids):020}A="

    def file_id(self) -> str:
        return str(4_490_709_327_384_000 + next(self._ids))

    def person(self, key: str) -> Person:
        """The person of a number, user id, or short key; made when new."""
        for one in self.people.values():
            if key in (one.number, one.user_id):
                return one
        if key not in self.people:
            number = f"4917{int(key):08}" if key.isdigit() and len(key) < 9 else key
            self.people[key] = Person(
                number, f"DE.{9_812_034_551_187_000 + len(self.people)}", f"Person {key}"
            )
        return self.people[key]

    def find(self, key: str) -> Person | None:
        return next((one for one in self.people.values() if key in (one.number, one.user_id)), None)

    def window_open(self, person: Person) -> bool:
        return person.wrote_at is not None and self.clock() - person.wrote_at <= WINDOW
