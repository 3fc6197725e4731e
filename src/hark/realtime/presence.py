"""Who is online, who has which conversation open, who is writing. Ephemeral: nothing of it is stored.

Each process tells the others over the bus what its clients look at, on every change and again every `REFRESH` seconds;
what was not heard of for `GONE` seconds has gone (a process that was killed says no goodbye).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from time import monotonic
from uuid import UUID

import msgspec

from hark.infra.bus import PRESENCE, Bus
from hark.realtime.frames import Viewer

REFRESH = 15.0
GONE = 45.0


class Seen(msgspec.Struct, frozen=True):
    """A client of some process, as the bus tells it. `client` is unique within `node`; `gone` takes it back."""

    node: str
    client: int
    workspace_id: UUID
    user_id: UUID
    name: str
    conversation_id: UUID | None = None
    typing: bool = False
    gone: bool = False


_DECODER = msgspec.json.Decoder(Seen)
Place = tuple[UUID, UUID]
"""Workspace and conversation."""


class Presence:
    """`on_change(workspace, conversation)` is called when the viewers of a conversation became others."""

    def __init__(self, bus: Bus, on_change: Callable[[UUID, UUID], None]) -> None:
        self.node = secrets.token_hex(6)
        self._bus = bus
        self._on_change = on_change
        self._seen: dict[tuple[str, int], tuple[float, Seen]] = {}

    def listen(self) -> Callable[[], None]:
        return self._bus.subscribe(PRESENCE, self._hear)

    def tell(self, seen: Seen) -> None:
        """What a client of this process does now."""
        self._apply(seen)
        self._bus.publish(PRESENCE, msgspec.json.encode(seen).decode())

    def refresh(self) -> None:
        """Repeats what this process's clients do, and forgets whom nobody repeated."""
        now = monotonic()
        for heard, seen in list(self._seen.values()):
            if seen.node == self.node:
                self.tell(seen)
            elif now - heard > GONE:
                self._apply(msgspec.structs.replace(seen, gone=True))

    def viewers(self, workspace_id: UUID, conversation_id: UUID) -> list[Viewer]:
        """Each person once, whatever number of tabs they have open, by name."""
        found: dict[UUID, Viewer] = {}
        for seen in self._of(workspace_id):
            if seen.conversation_id == conversation_id:
                before = found.get(seen.user_id)
                typing = seen.typing or (before is not None and before.typing)
                found[seen.user_id] = Viewer(seen.user_id, seen.name, typing)
        return sorted(found.values(), key=lambda viewer: (viewer.name, viewer.user_id))

    def online(self, workspace_id: UUID) -> set[UUID]:
        return {seen.user_id for seen in self._of(workspace_id)}

    def places(self, workspace_id: UUID) -> set[UUID]:
        """Conversations that somebody has open."""
        return {seen.conversation_id for seen in self._of(workspace_id) if seen.conversation_id is not None}

    def _of(self, workspace_id: UUID) -> Iterable[Seen]:
        return (seen for _, seen in self._seen.values() if seen.workspace_id == workspace_id)

    def _hear(self, payload: str) -> None:
        try:
            seen = _DECODER.decode(payload)
        except msgspec.DecodeError:
            return
        if seen.node != self.node:
            self._apply(seen)

    def _apply(self, seen: Seen) -> None:
        key = (seen.node, seen.client)
        before = self._seen.pop(key, None)
        if not seen.gone:
            self._seen[key] = (monotonic(), seen)
        for place in _changed(before[1] if before else None, seen):
            self._on_change(seen.workspace_id, place)


def _changed(before: Seen | None, after: Seen) -> set[UUID]:
    """Conversations whose viewers are others now."""
    old = (before.conversation_id, before.typing) if before else (None, False)
    new = (None, False) if after.gone else (after.conversation_id, after.typing)
    if old == new:
        return set()
    return {place for place in (old[0], new[0]) if place is not None}
