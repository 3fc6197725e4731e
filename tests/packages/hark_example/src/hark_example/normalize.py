"""A letter into a message. Pure."""

from datetime import UTC, datetime

import msgspec

from hark.channels.contract import (
    Author,
    InboundEvent,
    Message,
    Source,
    Thread,
    Unrecognized,
)


class Letter(msgspec.Struct):
    """`ring` is the number on the pigeon's leg; `flown_at` seconds since 1970."""

    ring: str
    loft: str
    text: str = ""
    kind: str = "letter"
    flown_at: float | None = None
    answers: str | None = None


def normalize(payload: bytes, received_at: datetime) -> list[InboundEvent]:
    try:
        letter = msgspec.json.decode(payload, type=Letter)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unrecognized(f"not a letter: {error}") from error
    if not letter.ring or not letter.loft:
        raise Unrecognized("a letter without ring or loft")
    author = Author(id=letter.loft, name=letter.loft)
    shown = letter.kind == "letter" and bool(letter.text)
    return [
        Message(
            id=letter.ring,
            thread=Thread(source=Source.DM, key=letter.loft, customer=author),
            author=author,
            at=_moment(letter.flown_at, received_at),
            text=letter.text or None,
            quoted=letter.answers,
            unsupported=None if shown else letter.kind or "letter",
        )
    ]


def _moment(seconds: float | None, received_at: datetime) -> datetime:
    if seconds is None or not 0 <= seconds < 4_102_444_800:
        return received_at
    return datetime.fromtimestamp(seconds, UTC)
