"""The sandbox network in one record. All limits are those that `standins/sandbox/rules.py` enforces."""

from __future__ import annotations

from hark.channels.contract import (
    Ability,
    AttachmentRule,
    Field,
    Manifest,
    RateLimit,
    ReplyWindow,
    Source,
    SourceRules,
    TextLimit,
    Unit,
)

_RULES = "the sandbox network's own rules"
_MEGABYTE = 1024 * 1024
_ALT = 300
_PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")

DM_TEXT = TextLimit(maximum=1000, unit=Unit.GRAPHEMES, source=_RULES)
_PRIVATE = ReplyWindow(seconds=7 * 24 * 3600, source=_RULES)
PUBLIC_TEXT = TextLimit(maximum=500, unit=Unit.GRAPHEMES, source=_RULES)

_DM = SourceRules(
    abilities=frozenset(
        {
            Ability.REPLY,
            Ability.QUOTE,
            Ability.TYPING,
            Ability.MARK_READ,
            Ability.DELETE,
            Ability.EDIT,
            Ability.REACT,
            Ability.BAN,
            Ability.UNBAN,
            Ability.TEMPLATE,
        }
    ),
    text=DM_TEXT,
    splits=True,
    caption=DM_TEXT,
    max_attachments=4,
    kinds={
        "image": AttachmentRule(max_bytes=5 * _MEGABYTE, mime_types=_PICTURES, alt=_ALT),
        "video": AttachmentRule(max_bytes=20 * _MEGABYTE, mime_types=("video/mp4", "video/webm")),
        "audio": AttachmentRule(
            max_bytes=10 * _MEGABYTE, mime_types=("audio/mpeg", "audio/ogg", "audio/mp4")
        ),
        "file": AttachmentRule(max_bytes=10 * _MEGABYTE),
    },
)

_COMMENT = SourceRules(
    abilities=frozenset(
        {
            Ability.REPLY,
            Ability.QUOTE,
            Ability.PRIVATE_REPLY,
            Ability.HIDE,
            Ability.UNHIDE,
            Ability.LIKE,
            Ability.UNLIKE,
            Ability.DELETE,
            Ability.EDIT,
            Ability.BAN,
            Ability.UNBAN,
        }
    ),
    text=PUBLIC_TEXT,
    public=True,
    caption=PUBLIC_TEXT,
    max_attachments=1,
    kinds={"image": AttachmentRule(max_bytes=5 * _MEGABYTE, mime_types=_PICTURES, alt=_ALT)},
    private_window=_PRIVATE,
    private_once=True,
)

_MENTION = SourceRules(
    abilities=frozenset(
        {
            Ability.REPLY,
            Ability.QUOTE,
            Ability.PRIVATE_REPLY,
            Ability.LIKE,
            Ability.UNLIKE,
            Ability.EDIT,
            Ability.DELETE,
            Ability.BAN,
            Ability.UNBAN,
        }
    ),
    text=PUBLIC_TEXT,
    public=True,
    caption=PUBLIC_TEXT,
    max_attachments=1,
    kinds=_COMMENT.kinds,
    private_window=_PRIVATE,
    private_once=True,
    window=ReplyWindow(seconds=24 * 3600, human_seconds=7 * 24 * 3600, source=_RULES),
)

_REVIEW = SourceRules(
    abilities=frozenset({Ability.REPLY, Ability.EDIT, Ability.DELETE}), text=PUBLIC_TEXT, public=True
)

MANIFEST = Manifest(
    platform="sandbox",
    name="Sandbox",
    sources={Source.DM: _DM, Source.COMMENT: _COMMENT, Source.MENTION: _MENTION, Source.REVIEW: _REVIEW},
    fields=(
        Field(
            key="base_url",
            label="Address of the network",
            help="Where the sandbox network runs. Its own page shows the address under “Business account”.",
            default="http://127.0.0.1:8000/sandbox",
        ),
        Field(
            key="access_token",
            label="Access token",
            secret=True,
            help="Shown on the sandbox network's own page under “Business account”.",
        ),
    ),
    hosts=("127.0.0.1", "localhost"),
    base_url="http://127.0.0.1:8000/sandbox",
    rates=(RateLimit(calls=50, seconds=1.0, scope="account", source=_RULES),),
    imports_history=True,
    needs_public_url=False,
    webhook_setup="automatic",
    receipts=("delivered", "read"),
    lacking={
        Ability.HIDE: "Mentions stand on the page of whoever wrote them: only comments under own posts can be hidden.",
        Ability.BAN: "Reviews are anonymous to the network's bans: nobody can be banned from writing them.",
    },
)
