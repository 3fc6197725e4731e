"""Authors, times and reactions as events name them."""

from __future__ import annotations

from datetime import datetime

from hark.adapters._meta.payloads import Id, Time
from hark.adapters._meta.wire import instant, text_id
from hark.channels.contract import Author

ANONYMOUS = "anonymous:"
"""Prefix of made-up author ids: Meta hides some authors, and two hidden ones must not become one
person."""

EMOJI = {
    "like": "👍",
    "dislike": "👎",
    "love": "❤️",
    "wow": "😮",
    "haha": "😆",
    "smile": "😆",
    "sad": "😢",
    "sorry": "😢",
    "anger": "😡",
    "angry": "😡",
    "care": "🤗",
    "thankful": "🌸",
    "pride": "🏳️‍🌈",
}


REACTION_NAMES = {
    "👍": "like",
    "👎": "dislike",
    "❤": "love",
    "😮": "wow",
    "😆": "smile",
    "😢": "sad",
    "😡": "angry",
}
"""Reactions to direct messages, which have fewer names than those to posts."""


def author_of(page_id: str, user_id: Id, name: str | None, thing: str) -> Author:
    """The author of `thing`; a made-up one when Meta does not say who it was."""
    known = text_id(user_id)
    if known is None:
        return Author(id=f"{ANONYMOUS}{thing}", name=name or None)
    return Author(id=known, name=name or None, us=known == page_id)


def first_instant(*candidates: Time, fallback: datetime) -> datetime:
    """The first time that is given and plausible; the time of receipt when none is."""
    return next((at for at in map(instant, candidates) if at is not None), fallback)


def emoji_of(name: str | None) -> str | None:
    """A reaction by name as emoji; an unknown name stays as it is."""
    return EMOJI.get(name.lower(), name) if name else None


def reaction_name(emoji: str) -> str:
    """An emoji by Meta's name for it; it comes back in notifications as that emoji. Raises KeyError for one without a name."""
    return REACTION_NAMES[emoji.replace("\ufe0f", "")]
