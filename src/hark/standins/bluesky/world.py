"""The made-up part of the network: who there is, what they wrote, and which changes the streams tell."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime
from typing import Any

import msgspec

from hark.kernel.clock import Clock

OURS = "did:plc:standinshopstandinshop22"
HANDLE = "shop.test"
PASSWORD = "aaaa-bbbb-cccc-dddd"
POST = "app.bsky.feed.post"
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"

Json = dict[str, Any]


class Record(msgspec.Struct):
    """A record in its present version."""

    uri: str
    cid: str
    value: Json
    indexed_at: datetime


class Refused(Exception):
    """Answered as `{"error", "message"}`."""

    def __init__(
        self, status: int, error: str, message: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(error)
        self.status, self.error, self.message, self.headers = status, error, message or error, headers or {}


class World:
    """`records` by address, in the order of their making; `events` is what a Jetstream tells."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.people: dict[str, Json] = {OURS: {"did": OURS, "handle": HANDLE, "displayName": "Stand-in shop"}}
        self.records: dict[str, Record] = {}
        self.blobs: dict[str, tuple[str, bytes]] = {}
        self.events: list[Json] = []
        self.heard = asyncio.Event()
        self._last = 0

    def person(self, number: str) -> str:
        """Somebody; made at the first mention."""
        did = "did:plc:person" + "".join(_SORTABLE[2 + int(digit)] for digit in number.zfill(18))
        self.people.setdefault(
            did, {"did": did, "handle": f"person{number}.test", "displayName": f"Person {number}"}
        )
        return did

    def did_of(self, handle: str) -> str | None:
        return next((did for did, each in self.people.items() if each["handle"] == handle), None)

    def tid(self) -> str:
        """A key that sorts by time; never twice the same."""
        microseconds = int(self.clock().timestamp() * 1_000_000)
        self._last = max(self._last + 1, microseconds)
        number = self._last << 10
        return "".join(_SORTABLE[(number >> shift) & 31] for shift in range(60, -5, -5))

    def put(self, did: str, collection: str, rkey: str, value: Json) -> Record:
        uri = f"at://{did}/{collection}/{rkey}"
        before = self.records.get(uri)
        cid = "bafyrei" + hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()[:52]
        if before is not None and before.cid == cid:
            return before
        record = Record(uri, cid, value, before.indexed_at if before else self.clock())
        self.records[uri] = record
        self._tell(did, collection, rkey, "update" if before else "create", cid=cid, record=value)
        return record

    def delete(self, did: str, collection: str, rkey: str) -> None:
        if self.records.pop(f"at://{did}/{collection}/{rkey}", None) is not None:
            self._tell(did, collection, rkey, "delete")

    def _tell(self, did: str, collection: str, rkey: str, operation: str, **more: Any) -> None:
        payload = {
            "$type": "network.bsky.jetstream.subscribeEvents#commit",
            "seq": len(self.events) + 1,
            "did": did,
            "time": stamp(self.clock()),
            "rev": self.tid(),
            "operation": operation,
            "collection": collection,
            "rkey": rkey,
            **more,
        }
        self.events.append(payload)
        self.heard.set()
        self.heard = asyncio.Event()

    def of(self, did: str, collection: str) -> list[Record]:
        start = f"at://{did}/{collection}/"
        return [record for uri, record in self.records.items() if uri.startswith(start)]

    def posts(self) -> list[Record]:
        return [record for uri, record in self.records.items() if f"/{POST}/" in uri]

    def blocks(self, who: str, whom: str) -> str | None:
        """The record by which one blocks the other."""
        mine = self.of(who, "app.bsky.graph.block")
        return next((record.uri for record in mine if record.value.get("subject") == whom), None)


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def owner(uri: str) -> str:
    return uri.removeprefix("at://").partition("/")[0]
