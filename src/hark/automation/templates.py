"""Ready rules to begin with, in the languages of the page. They come switched off and without what only the workspace knows
(`needs`: a calendar, a team, a tag), which the form then asks for."""

from __future__ import annotations

from typing import Literal

import msgspec

from hark.automation.models import (
    AddTags,
    AssignTeam,
    AutomaticReply,
    Close,
    EventName,
    Moderate,
    Notify,
    RuleCondition,
    RuleGroup,
    SetPriority,
    SetStatus,
)
from hark.automation.words import COARSE, SPAM

Locale = Literal["en", "de"]
Needs = Literal["calendar", "team", "tag"]


class RuleTemplate(msgspec.Struct, frozen=True):
    """`rule` is a draft in which empty ids stand for what has still to be chosen (`needs`)."""

    key: str
    name: str
    about: str
    needs: list[Needs]
    event: EventName
    after_s: int | None
    conditions: RuleGroup
    actions: list[TemplateAction]
    stop: bool = False


class NeedsTeam(msgspec.Struct, frozen=True, tag_field="type", tag="assign_team"):
    """`assign_team` with the team still to be chosen."""

    team_id: None = None


TemplateAction = AddTags | Close | Moderate | NeedsTeam | Notify | AutomaticReply | SetPriority | SetStatus
__all__ = ["AssignTeam", "RuleTemplate", "templates"]


class _Words(msgspec.Struct, frozen=True):
    name: str
    about: str


_TEXTS: dict[str, dict[Locale, _Words]] = {
    "out_of_office": {
        "en": _Words("Out of office", "Outside business hours, say when you will be back."),
        "de": _Words("Außerhalb der Öffnungszeiten", "Sagt außerhalb der Öffnungszeiten, ab wann wieder jemand da ist."),
    },
    "greeting": {
        "en": _Words("Greeting", "Answer the first direct message at once, until somebody gets to it."),
        "de": _Words("Begrüßung", "Antwortet sofort auf die erste Direktnachricht, bis jemand Zeit hat."),
    },
    "auto_close": {
        "en": _Words(
            "Close after silence",
            "Resolve a case when the customer has said nothing for three days after our answer.",
        ),
        "de": _Words(
            "Schließen nach Stille",
            "Löst einen Fall, wenn nach unserer Antwort drei Tage lang nichts mehr kam.",
        ),
    },
    "hide_profanity": {
        "en": _Words("Hide profanity", "Hide public comments with coarse words, and tell the supervisors."),
        "de": _Words(
            "Schimpfwörter verbergen",
            "Verbirgt öffentliche Kommentare mit Schimpfwörtern und sagt der Leitung Bescheid.",
        ),
    },
    "vip_to_seniors": {
        "en": _Words("VIPs to the seniors", "What carries your VIP tag goes to a team of its own, with high priority."),
        "de": _Words(
            "VIPs an die Erfahrenen",
            "Was euer VIP-Schlagwort trägt, geht mit hoher Priorität an ein eigenes Team.",
        ),
    },
    "angry_comment": {
        "en": _Words(
            "Angry public comment is urgent",
            "Angry words in public get urgent priority, and the supervisors hear of it.",
        ),
        "de": _Words(
            "Wütender Kommentar ist dringend",
            "Wütende Worte in der Öffentlichkeit werden dringend, und die Leitung erfährt davon.",
        ),
    },
    "spam": {
        "en": _Words("Spam is done", "Comments that advertise are hidden and resolved."),
        "de": _Words("Spam erledigen", "Kommentare, die werben, werden verborgen und gelöst."),
    },
    "emoji_only": {
        "en": _Words("Nothing but emoji is done", "A comment of emoji alone is liked and resolved."),
        "de": _Words("Nur Emojis: erledigt", "Ein Kommentar nur aus Emojis bekommt ein Like und ist gelöst."),
    },
}  # fmt: skip

_OUT = {
    "en": "Hello {{customer.first_name}}, thank you for your message. We are closed right now and back on {{opens_at}}.",
    "de": "Hallo {{customer.first_name}}, danke für die Nachricht. Gerade ist geschlossen; wir sind ab {{opens_at}} wieder da.",
}
_HELLO = {
    "en": "Hello {{customer.first_name}}, thank you for writing to {{workspace.name}}. Somebody will answer you soon.",
    "de": "Hallo {{customer.first_name}}, danke für deine Nachricht an {{workspace.name}}. Gleich antwortet dir jemand.",
}
_ANGRY = [
    "scam", "fraud", "ripoff", "disgusting", "outrageous", "worst", "never again", "lawyer", "refund", "unacceptable",
    "Betrug", "Abzocke", "Frechheit", "unverschämt", "unfassbar", "nie wieder", "Anwalt", "Sauerei", "inakzeptabel",
]  # fmt: skip
_TELL = {"en": "A public comment needs a look.", "de": "Ein öffentlicher Kommentar braucht einen Blick."}

_PUBLIC = RuleCondition("source", "any_of", ["comment", "mention", "review"])
_COMMENT = RuleCondition("source", "is", "comment")


def templates(locale: Locale) -> list[RuleTemplate]:
    """All, with names and texts in this language; replies have both."""

    def of(
        key: str,
        event: EventName,
        conditions: list[RuleCondition | RuleGroup],
        actions: list[TemplateAction],
        *needs: Needs,
        after_s: int | None = None,
    ) -> RuleTemplate:
        words = _TEXTS[key][locale]
        group = RuleGroup("all", conditions)
        return RuleTemplate(key, words.name, words.about, list(needs), event, after_s, group, actions)

    tell = Notify("supervisors", _TELL[locale])
    return [
        of(
            "out_of_office",
            "message_received",
            [RuleCondition("business_hours", "closed", ""), RuleCondition("source", "is", "dm")],
            [AutomaticReply(_OUT, locale, 720)],
            "calendar",
        ),
        of(
            "greeting",
            "conversation_created",
            [RuleCondition("source", "is", "dm")],
            [AutomaticReply(_HELLO, locale, 1440)],
        ),
        of(
            "auto_close",
            "customer_silent",
            [RuleCondition("answered", "is", True)],
            [SetStatus("resolved")],
            after_s=3 * 86_400,
        ),
        of(
            "hide_profanity",
            "message_received",
            [_COMMENT, RuleCondition("text", "has_word", list(COARSE))],
            [Moderate("hide"), tell],
        ),
        of(
            "vip_to_seniors",
            "conversation_created",
            [RuleCondition("tags", "has_any", [])],
            [NeedsTeam(), SetPriority("high")],
            "tag",
            "team",
        ),
        of(
            "angry_comment",
            "message_received",
            [
                _PUBLIC,
                RuleGroup(
                    "any",
                    [
                        RuleCondition("text", "has_word", _ANGRY),
                        RuleCondition("sentiment", "is", "negative"),
                        RuleCondition("rating", "at_most", 2),
                    ],
                ),
            ],
            [SetPriority("urgent"), tell],
        ),
        of(
            "spam",
            "message_received",
            [_COMMENT, RuleCondition("has_link", "is", True), RuleCondition("text", "contains", list(SPAM))],
            [Moderate("hide"), SetStatus("resolved")],
        ),
        of(
            "emoji_only",
            "message_received",
            [_COMMENT, RuleCondition("emoji_only", "is", True)],
            [Moderate("like"), SetStatus("resolved")],
        ),
    ]
