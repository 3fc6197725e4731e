"""The webhook channel: any system that posts signed JSON and takes answers at an address of its own."""

from __future__ import annotations

from hark.channels.contract import (
    Ability,
    AttachmentRule,
    Field,
    Manifest,
    RateLimit,
    Source,
    SourceRules,
    TextLimit,
    Unit,
)

_RULES = "the webhook channel's own rules (docs/platforms/webhook.md)"
MEGABYTE = 1024 * 1024
TEXT_CHARACTERS = 10_000
LARGEST_FILE = 5 * MEGABYTE
"""Files travel inside the JSON, a third longer than they are."""
LARGEST_INLINE = MEGABYTE
"""Of a file that comes inside a message; larger ones come by address."""
SHORTEST_SECRET = 24

_TEXT = TextLimit(TEXT_CHARACTERS, Unit.CODEPOINTS, source=_RULES)
_ANY = AttachmentRule(LARGEST_FILE)
_KINDS = {"image": _ANY, "video": _ANY, "audio": _ANY, "file": _ANY}
_OWN = frozenset({Ability.REPLY, Ability.QUOTE, Ability.EDIT, Ability.DELETE, Ability.REACT})
_MODERATION = frozenset(
    {
        Ability.PRIVATE_REPLY,
        Ability.HIDE,
        Ability.UNHIDE,
        Ability.LIKE,
        Ability.UNLIKE,
        Ability.BAN,
        Ability.UNBAN,
    }
)
_PRIVATE = frozenset({Ability.TYPING, Ability.MARK_READ, Ability.BAN, Ability.UNBAN})


def _rules(abilities: frozenset[Ability], *, public: bool) -> SourceRules:
    return SourceRules(
        abilities=abilities,
        text=_TEXT,
        public=public,
        caption=_TEXT,
        max_attachments=10,
        kinds=_KINDS,
    )


MANIFEST = Manifest(
    platform="webhook",
    name="Webhook channel",
    sources={
        Source.DM: _rules(_OWN | _PRIVATE, public=False),
        Source.COMMENT: _rules(_OWN | _MODERATION, public=True),
        Source.MENTION: _rules(_OWN | _MODERATION, public=True),
        Source.REVIEW: _rules(_OWN | _MODERATION, public=True),
    },
    fields=(
        Field(
            "channel", "Name of the channel", help="As it shall be called here, for instance “Web shop chat”."
        ),
        Field(
            "base_url",
            "Callback address",
            help="Answers and actions are posted there, signed. https, without a secret in it.",
        ),
        Field(
            "signing_secret",
            "Signing secret",
            secret=True,
            required=False,
            help=f"Both sides sign with it; at least {SHORTEST_SECRET} characters. Empty: one is made and handed to the "
            "callback address when it is connected.",
        ),
        Field(
            "abilities",
            "What can be done",
            required=False,
            default="reply",
            help="Words with commas between: reply, quote, private_reply, typing, mark_read, hide, unhide, like, unlike, "
            "delete, edit, react, ban, unban.",
        ),
        Field(
            "looks_up",
            "Finds answers by their id",
            required=False,
            default="no",
            help="yes: the callback address tells at <address>/<id> whether it has an answer, so that one whose outcome "
            "was unclear is settled by itself.",
        ),
    ),
    hosts=(),
    base_url="https://callback.invalid",
    rates=(RateLimit(20, 1.0, source=_RULES),),
    identity_per_account=True,
    abilities_field="abilities",
    receipts=("delivered", "read"),
)
