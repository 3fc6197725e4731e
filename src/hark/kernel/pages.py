"""Keyset pages: a list and the cursor after its last row."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Generic, TypeVar

import msgspec

from hark.kernel.errors import Invalid

T = TypeVar("T")

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class Page(msgspec.Struct, Generic[T], frozen=True):
    """`items` in order; `next` is the value for `after`, or null on the last page."""

    items: list[T]
    next: str | None = None


def encode_cursor(*keys: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(keys)).decode().rstrip("=")


def decode_cursor(cursor: str, shape: Any) -> Any:
    """The keys of a cursor as `shape` (a tuple type). A cursor that was not made by `encode_cursor` is refused."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=shape)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise Invalid(
            "The cursor is not one that this list gave out.", fields={"after": "unknown cursor"}
        ) from error


def bounded(limit: int | None) -> int:
    """A page size within 1..200; 50 when not given."""
    if limit is None:
        return DEFAULT_LIMIT
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid(f"A page has 1 to {MAX_LIMIT} items.", fields={"limit": f"1..{MAX_LIMIT}"})
    return limit
