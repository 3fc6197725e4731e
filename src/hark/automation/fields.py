"""What conditions may ask about: fields, their operators, and which values these take. The page builds its forms from this."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["word", "list", "text", "number", "duration", "flag", "hours"]

OPERATORS: dict[Kind, tuple[str, ...]] = {
    "word": ("is", "is_not", "any_of", "none_of", "is_known", "is_unknown"),
    "list": ("has_any", "has_all", "has_none", "is_empty"),
    "text": ("contains", "contains_not", "has_word", "has_no_word", "matches", "matches_not", "is_empty"),
    "number": ("at_least", "at_most"),
    "duration": ("at_least", "at_most"),
    "flag": ("is",),
    "hours": ("open", "closed"),
}
WITHOUT_VALUE = frozenset({"is_known", "is_unknown", "is_empty"})
ONE_WORD = frozenset({"is", "is_not"})
PATTERNS = frozenset({"matches", "matches_not"})

References = Literal["account", "agent", "team", "tag", "calendar", "platform"]


class Field(msgspec.Struct, frozen=True):
    """`choices`: the only values; `refers_to`: values are ids (tags, platforms: names) of these. `of_message`: about the
    message of the event."""

    name: str
    kind: Kind
    choices: tuple[str, ...] = ()
    refers_to: References | None = None
    of_message: bool = False


PRIORITIES = ("low", "medium", "high", "urgent")
STATUSES = ("open", "pending", "resolved", "closed")
SENTIMENTS = ("positive", "neutral", "negative", "unknown")
SOURCES = ("dm", "comment", "mention", "review")

_ALL = (
    Field("text", "text", of_message=True),
    Field("content_type", "word", of_message=True),
    Field("written_by", "word", ("customer", "agent", "bot"), of_message=True),
    Field("emoji_only", "flag", of_message=True),
    Field("has_link", "flag", of_message=True),
    Field("has_attachment", "flag", of_message=True),
    Field("first_message", "flag", of_message=True),
    Field("rating", "number"),
    Field("language", "word"),
    Field("sentiment", "word", SENTIMENTS),
    Field("source", "word", SOURCES),
    Field("platform", "word", refers_to="platform"),
    Field("account", "word", refers_to="account"),
    Field("post_id", "word"),
    Field("post_kind", "word", ("organic", "ad", "unknown")),
    Field("post_text", "text"),
    Field("status", "word", STATUSES),
    Field("status_before", "word", STATUSES),
    Field("priority", "word", PRIORITIES),
    Field("tags", "list", refers_to="tag"),
    Field("assigned_to", "word", refers_to="agent"),
    Field("team", "word", refers_to="team"),
    Field("answered", "flag"),
    Field("snoozed", "flag"),
    Field("customer_messages", "number"),
    Field("previous_conversations", "number"),
    Field("customer_name", "text"),
    Field("customer_handle", "text"),
    Field("customer_language", "word"),
    Field("customer_notes", "text"),
    Field("followers", "number"),
    Field("verified", "flag"),
    Field("business_hours", "hours", refers_to="calendar"),
    Field("age", "duration"),
    Field("waiting", "duration"),
    Field("since_customer_message", "duration"),
    Field("since_our_message", "duration"),
    Field("clock", "word", ("first_response", "next_response", "resolution")),
    Field("act", "word", ("hide", "unhide", "like", "unlike", "delete", "edit", "react", "ban", "unban")),
)
FIELDS: dict[str, Field] = {field.name: field for field in _ALL}
