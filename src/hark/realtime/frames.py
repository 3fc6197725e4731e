"""What travels over a live connection, in both directions. The server's fact frames are made by `journal.encode_fact`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class Viewer(msgspec.Struct, frozen=True):
    """A colleague who has a conversation open."""

    user_id: UUID
    name: str
    typing: bool


class Hello(msgspec.Struct, frozen=True, tag_field="type", tag="hello"):
    """The first frame. What is loaded after it is at least as new as `seq`; facts are kept from `first_seq` on."""

    seq: int
    first_seq: int
    server_time: datetime
    user_id: UUID | None


class Reload(msgspec.Struct, frozen=True, tag_field="type", tag="reload"):
    """Too much was missed: load everything afresh; facts go on after `seq`."""

    seq: int


class Skipped(msgspec.Struct, frozen=True, tag_field="type", tag="skipped"):
    """A fact that one has no right to see; keeps the sequence dense."""

    seq: int


class ViewersChanged(msgspec.Struct, frozen=True, tag_field="type", tag="presence"):
    """Everybody who has the conversation open now."""

    conversation_id: UUID
    viewers: list[Viewer]


class Ping(msgspec.Struct, frozen=True, tag_field="type", tag="ping"):
    """Asks for a pong."""


class Pong(msgspec.Struct, frozen=True, tag_field="type", tag="pong"):
    """Answers a ping."""


class Bye(msgspec.Struct, frozen=True, tag_field="type", tag="bye"):
    """The last frame: slow_client, signed_out, removed or server_stopping."""

    reason: str


class Resume(msgspec.Struct, frozen=True, tag_field="type", tag="resume"):
    """From the client: everything after `seq`, please."""

    seq: int


class Looking(msgspec.Struct, frozen=True, tag_field="type", tag="presence"):
    """From the client: the conversation that is open (null: none), and whether a reply is being written."""

    conversation_id: UUID | None = None
    typing: bool = False


class Active(msgspec.Struct, frozen=True, tag_field="type", tag="active"):
    """From the client: the person last did something `idle` seconds ago. Said on coming and, at most every half minute,
    while they work; it keeps them from being shown as away."""

    idle: int = 0


ClientFrame = Resume | Looking | Active | Ping | Pong

_DECODER: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)
_ENCODER = msgspec.json.Encoder()


def decode_client(data: str | bytes) -> ClientFrame | None:
    """A frame of the client, None for what is none: a newer page may say more than we understand."""
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def encode(frame: msgspec.Struct) -> str:
    return _ENCODER.encode(frame).decode()
