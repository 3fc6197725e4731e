"""A Threads profile: replies to its posts, mentions of it, and what connecting asks for."""

from __future__ import annotations

from hark.adapters._meta.errors import Voice
from hark.channels.contract import (
    Ability,
    AttachmentRule,
    Budget,
    Field,
    Manifest,
    RateLimit,
    Scope,
    Source,
    SourceRules,
    TextLimit,
    Unit,
)

NAME = "Threads"
VOICE = Voice(NAME, "profile")
BASE_URL = "https://graph.threads.net"
VERSION = "v1.0"
CHARACTERS = 500
POLL_SECONDS = 300.0

SCOPES = (
    Scope("threads_basic", "To read your profile and your own posts."),
    Scope("threads_read_replies", "To read what people reply to your posts."),
    Scope("threads_manage_replies", "To answer replies, and to hide and show them."),
    Scope("threads_content_publish", "To publish the answers that agents write in Hark."),
    Scope("threads_manage_mentions", "To read and answer posts that mention you.", required=False),
    Scope("threads_delete", "To delete answers of yours when an agent does so in Hark.", required=False),
)

_TEXT = TextLimit(
    CHARACTERS,
    Unit.CODEPOINTS,
    source="Threads API, publishing: 500 characters. Emoji count several there: many of them are refused by Threads itself",
)
_KINDS = {"image": AttachmentRule(8 * 1024 * 1024, ("image/jpeg", "image/png"), alt=1000)}
_COMMENT = SourceRules(
    abilities=frozenset({Ability.REPLY, Ability.QUOTE, Ability.HIDE, Ability.UNHIDE, Ability.DELETE}),
    text=_TEXT,
    public=True,
    caption=_TEXT,
    max_attachments=1,
    kinds=_KINDS,
)
_MENTION = SourceRules(
    abilities=frozenset({Ability.REPLY, Ability.QUOTE, Ability.DELETE}),
    text=_TEXT,
    public=True,
    caption=_TEXT,
    max_attachments=1,
    kinds=_KINDS,
)
_LACKING = {
    Ability.LIKE: "Threads' API has no call that likes a reply.",
    Ability.EDIT: "Threads' API changes no reply; delete it and write it again.",
    Ability.PRIVATE_REPLY: "Threads' API has no direct messages.",
    Ability.BAN: "Threads' API blocks nobody; block people in Threads' own settings.",
}
_FIELDS = (
    Field(
        "access_token",
        "Access token",
        secret=True,
        help="A long-lived token of the profile (begins with TH).",
    ),
    Field(
        "app_id", "Threads app ID", help="In the app's dashboard: use case Access the Threads API, Settings."
    ),
    Field("app_secret", "Threads app secret", secret=True, help="Beside the app ID. It signs notifications."),
    Field(
        "verify_token",
        "Verify token",
        secret=True,
        required=False,
        help="Typed into the app's webhook settings; made for you when empty.",
    ),
    Field(
        "base_url",
        "API address",
        required=False,
        default=BASE_URL,
        help="Change it only to try things out against a stand-in.",
    ),
)

MANIFEST = Manifest(
    platform="threads",
    name=NAME,
    sources={Source.COMMENT: _COMMENT, Source.MENTION: _MENTION},
    fields=_FIELDS,
    hosts=("graph.threads.net", "graph.threads.com", "*.fbcdn.net", "*.cdninstagram.com"),
    base_url=BASE_URL,
    rates=(
        RateLimit(
            1,
            1.0,
            source="no number per second is documented; 1,000 replies a day are, and each takes two calls",
            purpose="send",
        ),
    ),
    budgets=(
        Budget("reply", 1000, read_share=1.0, source="Threads API: 1,000 replies in 24 hours per profile"),
    ),
    identity_per_account=False,
    imports_history=True,
    needs_public_url=False,
    webhook_setup="manual",
    poll_seconds=POLL_SECONDS,
    scopes=SCOPES,
    absent={Source.DM: "Threads' API has no direct messages."},
    lacking=_LACKING,
)
