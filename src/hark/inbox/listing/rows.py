"""Rows of lists that are no conversations or messages."""

from __future__ import annotations

import msgspec


class Counts(msgspec.Struct, frozen=True):
    """Badges of the inbox; each stops at 1,000. `unread` counts open conversations with something unread."""

    open: int
    mine: int
    unassigned: int
    unread: int
    pending: int
