"""Facts: what happened, each with the complete new state of what it is about.

Because a fact carries the state and not a difference, a client applies it by replacing what it has under the same id, and
ends where a fresh load ends, whatever it missed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

FactKind = Literal[
    "conversation.changed",
    "message.added",
    "message.changed",
    "message.removed",
    "customer.changed",
    "post.changed",
    "account.changed",
    "member.changed",
    "tag.changed",
    "tag.removed",
    "quarantine.changed",
    "workspace.changed",
    "clock.changed",
    "sla.changed",
    "assignment.changed",
    "agent.changed",
    "rule.ran",
]

_ENCODER = msgspec.json.Encoder()


class Fact(msgspec.Struct, frozen=True):
    """A fact to record. `body` is the JSON of the struct it is about; `actor` is `user:<id>`, `key:<id>` or None for the
    platform."""

    kind: FactKind
    at: datetime
    body: bytes
    conversation_id: UUID | None = None
    actor: str | None = None


class StoredFact(msgspec.Struct, frozen=True):
    workspace_id: UUID
    seq: int
    kind: str
    at: datetime
    conversation_id: UUID | None
    actor: str | None
    body: bytes


class _Frame(msgspec.Struct):
    type: str
    seq: int
    at: datetime
    conversation_id: UUID | None
    actor: str | None
    data: msgspec.Raw


def fact_of(
    kind: FactKind,
    at: datetime,
    state: object,
    *,
    conversation_id: UUID | None = None,
    actor: str | None = None,
) -> Fact:
    """A fact about `state` (a struct, encoded here once)."""
    return Fact(kind=kind, at=at, body=_ENCODER.encode(state), conversation_id=conversation_id, actor=actor)


def encode_fact(fact: StoredFact) -> bytes:
    """The frame that live clients receive; encoded once for all of them."""
    return _ENCODER.encode(
        _Frame(
            type=fact.kind,
            seq=fact.seq,
            at=fact.at,
            conversation_id=fact.conversation_id,
            actor=fact.actor,
            data=msgspec.Raw(fact.body),
        )
    )
