"""Rows of stored files."""

from __future__ import annotations

import msgspec


class StoredFile(msgspec.Struct, frozen=True):
    """Where a file's bytes lie. `mime_type` is what we found it to be."""

    name: str | None
    mime_type: str | None
    blob_key: str | None
    thumbnail_key: str | None
