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


class RuleField(msgspec.Struct, frozen=True):
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
    RuleField("text", "text", of_message=True),
    RuleField("content_type", "word", of_message=True),
    RuleField("written_by", "word", ("customer", "agent", "bot"), of_message=True),
    RuleField("emoji_only", "flag", of_message=True),
    RuleField("has_link", "flag", of_message=True),
    RuleField("has_attachment", "flag", of_message=True),
    RuleField("first_message", "flag", of_message=True),
    RuleField("rating", "number"),
    RuleField("language", "word"),
    RuleField("sentiment", "word", SENTIMENTS),
    RuleField("source", "word", SOURCES),
    RuleField("platform", "word", refers_to="platform"),
    RuleField("account", "word", refers_to="account"),
    RuleField("post_id", "word"),
    RuleField("post_kind", "word", ("organic", "ad", "unknown")),
    RuleField("post_text", "text"),
    RuleField("status", "word", STATUSES),
    RuleField("status_before", "word", STATUSES),
    RuleField("priority", "word", PRIORITIES),
    RuleField("tags", "list", refers_to="tag"),
    RuleField("assigned_to", "word", refers_to="agent"),
    RuleField("team", "word", refers_to="team"),
    RuleField("answered", "flag"),
    RuleField("snoozed", "flag"),
    RuleField("customer_messages", "number"),
    RuleField("previous_conversations", "number"),
    RuleField("customer_name", "text"),
    RuleField("customer_handle", "text"),
    RuleField("customer_language", "word"),
    RuleField("customer_notes", "text"),
    RuleField("followers", "number"),
    RuleField("verified", "flag"),
    RuleField("business_hours", "hours", refers_to="calendar"),
    RuleField("age", "duration"),
    RuleField("waiting", "duration"),
    RuleField("since_customer_message", "duration"),
    RuleField("since_our_message", "duration"),
    RuleField("clock", "word", ("first_response", "next_response", "resolution")),
    RuleField("act", "word", ("hide", "unhide", "like", "unlike", "delete", "edit", "react", "ban", "unban")),
)
FIELDS: dict[str, RuleField] = {field.name: field for field in _ALL}
