"""Identifiers: UUIDv7, so that ids made later sort later and inserts stay at the end of an index."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62
_RAND_A = 0xFFF
_RAND_B = (1 << 62) - 1


def new_id(at: datetime) -> UUID:
    """A UUIDv7 (RFC 9562) whose first 48 bits are `at` in milliseconds; the rest is random."""
    return _compose(at, int.from_bytes(os.urandom(10), "big"))


def derived_id(at: datetime, *parts: str) -> UUID:
    """A UUIDv7 that is the same for the same instant and parts, so that a shuffled run sorts as the ordered one."""
    digest = hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=10).digest()
    return _compose(at, int.from_bytes(digest, "big"))


def _compose(at: datetime, entropy: int) -> UUID:
    milliseconds = max(0, int(at.timestamp() * 1000)) & ((1 << 48) - 1)
    rand_a = (entropy >> 62) & _RAND_A
    return UUID(int=milliseconds << 80 | _VERSION | rand_a << 64 | _VARIANT | entropy & _RAND_B)
