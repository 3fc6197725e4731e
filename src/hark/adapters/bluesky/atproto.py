"""Names of the AT Protocol: addresses of records, keys made of times, and times themselves."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class RecordAddress(NamedTuple):
    did: str
    collection: str
    rkey: str


def address_of(uri: str) -> RecordAddress | None:
    """The parts of `at://did/collection/rkey`; None for anything else."""
    if not uri.startswith("at://"):
        return None
    parts = uri[5:].split("/")
    if len(parts) != 3 or not all(parts) or not parts[0].startswith("did:"):
        return None
    return RecordAddress(*parts)


def owner_of(uri: str) -> str | None:
    address = address_of(uri)
    return address.did if address else None


def web_address(uri: str) -> str | None:
    """Where a person can see a post."""
    address = address_of(uri)
    if address is None or address.collection != "app.bsky.feed.post":
        return None
    return f"https://bsky.app/profile/{address.did}/post/{address.rkey}"


def tid_of(reference: UUID) -> str:
    """A record key from our reference, so that a repeated send writes the same record. The reference begins with the
    milliseconds of its making, as a TID begins with microseconds; the rest is taken from the reference's chance."""
    milliseconds, chance = reference.int >> 80, reference.int & ((1 << 20) - 1)
    microseconds = milliseconds * 1000 + chance % 1000
    return _tid((microseconds << 10) | (chance >> 10))


def tid_from(*parts: str) -> str:
    """A record key that is the same for the same parts: a like of one post, a block of one person."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    return _tid(int.from_bytes(digest, "big"))


def _tid(number: int) -> str:
    number &= (1 << 63) - 1
    return "".join(_SORTABLE[(number >> shift) & 31] for shift in range(60, -5, -5))


def instant(text: str | None) -> datetime | None:
    """An ISO time as aware UTC; None for what is no time, or none that a calendar of ours has."""
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at >= EARLIEST else None


def written_at(made: str | None, indexed: str | None, received_at: datetime) -> datetime:
    """When a post was written: its author's clock, unless the network had it earlier."""
    found = [at for at in (instant(made), instant(indexed)) if at is not None]
    return min(found, default=received_at)


def timestamp(at: datetime) -> str:
    """As records write times."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
