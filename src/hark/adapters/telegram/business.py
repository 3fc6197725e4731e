"""Connected business accounts: what the account remembers of them, and which of its notes is the newest.

Each note has its own key, so that notes arriving in any order add up to the same state.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hark.adapters.telegram.payloads import BusinessConnection, User

REPEATED_FOR = timedelta(hours=24)
"""Telegram repeats an update for 24 h at most; beyond that the time of arrival alone tells which is newer."""


class Note(msgspec.Struct, frozen=True):
    """What one update said about a connection. `update_id` rises, but restarts at a random number after a
    quiet week."""

    update_id: int
    received_at: datetime
    enabled: bool
    can_reply: bool = False
    can_read: bool = False
    can_delete: bool = True
    """Unknown for connections noted before this was read: Telegram decides then."""
    owner_id: str = ""
    owner_name: str = ""


def remembered(connection: BusinessConnection, update_id: int, received_at: datetime) -> dict[str, Any]:
    rights = connection.rights
    note = Note(
        update_id=update_id,
        received_at=received_at,
        enabled=connection.is_enabled,
        can_reply=connection.can_reply or bool(rights and rights.can_reply),
        can_read=bool(rights and rights.can_read_messages),
        can_delete=rights is None or rights.can_delete_sent_messages or rights.can_delete_all_messages,
        owner_id=str(connection.user.id),
        owner_name=_name(connection.user),
    )
    return {f"business:{connection.id}:{update_id}": msgspec.to_builtins(note)}


def _name(user: User) -> str:
    return " ".join(part for part in (user.first_name, user.last_name) if part)


def find_note(state: Mapping[str, Any], connection: str) -> Note | None:
    prefix = f"business:{connection}:"
    notes = [msgspec.convert(value, Note) for key, value in state.items() if key.startswith(prefix)]
    if not notes:
        return None
    latest = max(note.received_at for note in notes)
    return max((n for n in notes if latest - n.received_at <= REPEATED_FOR), key=lambda note: note.update_id)


def alert(connection: BusinessConnection) -> str | None:
    """A sentence where the connection can no longer be used as an inbox."""
    owner = _name(connection.user) or str(connection.user.id)
    if not connection.is_enabled:
        return f"{owner} disconnected the bot from their Telegram Business account."
    if not connection.can_reply and not (connection.rights and connection.rights.can_reply):
        return f"{owner} connected their Telegram Business account without the right to reply."
    return None
