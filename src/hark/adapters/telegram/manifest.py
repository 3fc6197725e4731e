"""Telegram in one record. Numbers are those of the Bot API documentation (10.2) unless a source is given."""

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

CLOUD = "https://api.telegram.org"
MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_ALBUM = 10
MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_UPLOAD_BYTES = 50 * 1024 * 1024
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
"""`getFile` refuses more (20,971,520 bytes in the server's source)."""

_API = "https://core.telegram.org/bots/api"
_FAQ = "https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"

_EVERYWHERE = frozenset(
    {Ability.REPLY, Ability.QUOTE, Ability.TYPING, Ability.DELETE, Ability.EDIT, Ability.REACT}
)
# A picture that is no photo for Telegram (HEIC, over 10 MB) leaves as a document, so every kind may be as
# large as one.
_KINDS = {kind: AttachmentRule(MAX_UPLOAD_BYTES) for kind in ("image", "video", "audio", "file")}
_TEXT = TextLimit(MAX_TEXT, Unit.UTF16, source=f"{_API}#sendmessage")
_CAPTION = TextLimit(MAX_CAPTION, Unit.UTF16, source=f"{_API}#sendphoto")


def _rules(abilities: frozenset[Ability], *, public: bool) -> SourceRules:
    return SourceRules(
        abilities=abilities,
        text=_TEXT,
        public=public,
        splits=True,
        caption=_CAPTION,
        max_attachments=MAX_ALBUM,
        kinds=_KINDS,
    )


MANIFEST = Manifest(
    platform="telegram",
    name="Telegram",
    sources={
        Source.DM: _rules(_EVERYWHERE | {Ability.MARK_READ}, public=False),
        Source.MENTION: _rules(_EVERYWHERE | {Ability.BAN, Ability.UNBAN}, public=True),
    },
    fields=(
        Field(
            key="token",
            label="Bot token",
            secret=True,
            help="From @BotFather in Telegram: /newbot makes a bot, /token shows the token of an existing one.",
        ),
        Field(
            key="base_url",
            label="Bot API address",
            required=False,
            default=CLOUD,
            help="Change it only for your own Bot API server.",
        ),
    ),
    hosts=("api.telegram.org",),
    base_url=CLOUD,
    rates=(
        RateLimit(30, 1.0, "account", source=_FAQ),
        # About one a second with short bursts, and 20 a minute in a group.
        RateLimit(5, 5.0, "conversation", source=_FAQ),
        RateLimit(20, 60.0, "conversation", source=_FAQ),
    ),
    webhook_setup="automatic",
    needs_public_url=False,
    lacking={
        Ability.MARK_READ: "Bots cannot show that they have read a message, except in connected business accounts.",
        Ability.HIDE: "Telegram has no hidden messages; a bot with the right to delete can delete them.",
        Ability.PRIVATE_REPLY: "A bot cannot write to somebody who has not written to it first.",
    },
)
