"""An account on any Mastodon server: direct messages, replies under its posts, mentions; limits with where they come from."""

from __future__ import annotations

from hark.channels.contract import (
    Ability,
    AttachmentRule,
    Field,
    Manifest,
    RateLimit,
    Scope,
    Source,
    SourceRules,
    TextLimit,
    Unit,
)

SERVER = "https://mastodon.social"
CHARACTERS = 500
ROOM_FOR_NAME = 32
"""Of the post's characters, for the @name that has to stand in it: a name has at most 30, the domain behind it is not
counted (Mastodon, app/validators/status_length_validator.rb)."""
LINK_LENGTH = 23
MOST_FILES = 4
MEGABYTE = 1024 * 1024

SCOPES = (
    "read:accounts",
    "read:notifications",
    "read:statuses",
    "read:blocks",
    "write:statuses",
    "write:media",
    "write:favourites",
    "write:blocks",
    "write:conversations",
    "write:notifications",
)

ALT = 1500
"""Characters of a description (`MEDIA_DESCRIPTION` of Mastodon 4)."""

_TEXT = TextLimit(
    CHARACTERS - ROOM_FOR_NAME,
    Unit.CODEPOINTS,
    link_length=LINK_LENGTH,
    source="500 characters on most servers (/api/v2/instance, max_characters), less 32 for the @name of the person",
)
_KINDS = {
    "image": AttachmentRule(16 * MEGABYTE, ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"), alt=ALT),
    "video": AttachmentRule(99 * MEGABYTE, ("video/mp4", "video/webm", "video/quicktime"), alt=ALT),
    "audio": AttachmentRule(99 * MEGABYTE, ("audio/mpeg", "audio/ogg", "audio/wav", "audio/flac", "audio/aac", "audio/mp4")),
}  # fmt: skip
"""Defaults of Mastodon 4 (/api/v2/instance, media_attachments); a server may take less and says so."""

_ABILITIES = frozenset(
    {
        Ability.REPLY,
        Ability.QUOTE,
        Ability.LIKE,
        Ability.UNLIKE,
        Ability.DELETE,
        Ability.EDIT,
        Ability.BAN,
        Ability.UNBAN,
    }
)


def _rules(abilities: frozenset[Ability], public: bool) -> SourceRules:
    return SourceRules(
        abilities=abilities,
        text=_TEXT,
        public=public,
        splits=True,
        caption=_TEXT,
        max_attachments=MOST_FILES,
        kinds=_KINDS,
    )


_FIELDS = (
    Field(
        "base_url",
        "Server",
        default=SERVER,
        help="The address of the server on which the account lives, for example https://mastodon.social.",
    ),
    Field(
        "access_token",
        "Access token",
        secret=True,
        help="Preferences, Development, New application; or sign in, and it is made for you.",
    ),
    Field("client_id", "Client key", required=False, help="Of an own application; made for you when empty."),
    Field("client_secret", "Client secret", secret=True, required=False),
)

MANIFEST = Manifest(
    platform="mastodon",
    name="Mastodon",
    sources={
        Source.DM: _rules(_ABILITIES | {Ability.MARK_READ}, public=False),
        Source.COMMENT: _rules(_ABILITIES | {Ability.PRIVATE_REPLY}, public=True),
        Source.MENTION: _rules(_ABILITIES | {Ability.PRIVATE_REPLY}, public=True),
    },
    fields=_FIELDS,
    hosts=("files.mastodon.social", "cdn.masto.host", "media.mas.to", "*.mastodon.social"),
    base_url=SERVER,
    rates=(
        RateLimit(
            280,
            300.0,
            source="docs.joinmastodon.org/api/rate-limits: 300 calls in 5 minutes for an account",
        ),
    ),
    imports_history=True,
    needs_public_url=False,
    webhook_setup="automatic",
    poll_seconds=60.0,
    scopes=tuple(
        Scope(name, purpose)
        for name, purpose in (
            ("read:accounts", "To know which account was connected, and who writes to it."),
            ("read:notifications", "To see mentions and replies, and hear of them at once."),
            ("read:statuses", "To show the conversation around a mention."),
            ("read:blocks", "To see who is blocked already."),
            ("write:statuses", "To answer, and to change or delete own answers."),
            ("write:media", "To send pictures, films and sound."),
            ("write:favourites", "To favourite what a customer wrote."),
            ("write:blocks", "To block somebody who harasses the team."),
            ("write:conversations", "To mark direct messages as read."),
            ("write:notifications", "To let in messages that the server has filtered."),
        )
    ),
    absent={Source.REVIEW: "Mastodon has no reviews."},
    lacking={
        Ability.HIDE: "Mastodon lets nobody hide replies of others. Block the author, or report the post in the app.",
        Ability.REACT: "Mastodon has favourites only.",
        Ability.TYPING: "Mastodon does not show that somebody is typing.",
        Ability.TEMPLATE: "Mastodon has no reply window, so no approved texts are needed.",
    },
)
