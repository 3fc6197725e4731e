"""A Bluesky account: direct messages, replies under its posts, and mentions; limits with where they come from."""

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

ENTRYWAY = "https://bsky.social"
CHAT_SERVICE = "did:web:api.bsky.chat"
STREAM = "wss://jetstream.us-east.bsky.network/xrpc/network.bsky.jetstream.subscribeEvents"
DIRECTORY = "https://plc.directory"

POST = "app.bsky.feed.post"
IMAGE_BYTES = 2_000_000
MOST_IMAGES = 4

_POST_TEXT = TextLimit(
    300,
    Unit.GRAPHEMES,
    max_bytes=3000,
    source="lexicon app.bsky.feed.post: text has at most 300 graphemes and 3,000 bytes",
)
_CHAT_TEXT = TextLimit(
    1000,
    Unit.GRAPHEMES,
    max_bytes=10_000,
    source="lexicon chat.bsky.convo.defs: text has at most 1,000 graphemes and 10,000 bytes",
)
# The lexicon has no length for descriptions; the official app takes 2,000 characters.
_IMAGE = AttachmentRule(IMAGE_BYTES, ("image/png", "image/jpeg", "image/webp", "image/gif"), alt=2000)
"""lexicon app.bsky.embed.images: four images of 2,000,000 bytes each."""

_PUBLIC = frozenset(
    {
        Ability.REPLY,
        Ability.QUOTE,
        Ability.PRIVATE_REPLY,
        Ability.LIKE,
        Ability.UNLIKE,
        Ability.DELETE,
        Ability.BAN,
        Ability.UNBAN,
    }
)

_DM = SourceRules(
    abilities=frozenset(
        {Ability.REPLY, Ability.QUOTE, Ability.MARK_READ, Ability.REACT, Ability.BAN, Ability.UNBAN}
    ),
    text=_CHAT_TEXT,
    splits=True,
)
_COMMENT = SourceRules(
    abilities=_PUBLIC | {Ability.HIDE, Ability.UNHIDE},
    text=_POST_TEXT,
    public=True,
    splits=True,
    caption=_POST_TEXT,
    max_attachments=MOST_IMAGES,
    kinds={"image": _IMAGE},
)
_MENTION = SourceRules(
    abilities=_PUBLIC,
    text=_POST_TEXT,
    public=True,
    splits=True,
    caption=_POST_TEXT,
    max_attachments=MOST_IMAGES,
    kinds={"image": _IMAGE},
)

_FIELDS = (
    Field("handle", "Handle", help="As in the profile's address, for example shop.example.com."),
    Field(
        "app_password",
        "App password",
        secret=True,
        help="Settings, Privacy and security, App passwords. Allow access to direct messages when it is made.",
    ),
    Field(
        "base_url",
        "Server",
        required=False,
        default=ENTRYWAY,
        help="The personal data server of the account, where it is not Bluesky's own.",
    ),
    Field(
        "stream_url",
        "Live stream",
        required=False,
        default=STREAM,
        help="A Jetstream, or a server's com.atproto.sync.subscribeRepos. “off”: only the regular look.",
    ),
    Field("chat_service", "Chat service", required=False, default=CHAT_SERVICE, help="The DID of it."),
    Field(
        "appview",
        "AppView",
        required=False,
        help="The DID of another AppView than the one that the server uses.",
    ),
    Field("directory_url", "PLC directory", required=False, default=DIRECTORY),
)

MANIFEST = Manifest(
    platform="bluesky",
    name="Bluesky",
    sources={Source.DM: _DM, Source.COMMENT: _COMMENT, Source.MENTION: _MENTION},
    fields=_FIELDS,
    hosts=(
        "bsky.social",
        "*.host.bsky.network",
        "*.us-east.host.bsky.network",
        "*.us-west.host.bsky.network",
        "cdn.bsky.app",
        "video.bsky.app",
        "video.cdn.bsky.app",
        "plc.directory",
        "jetstream.us-east.bsky.network",
        "jetstream.us-west.bsky.network",
        "relay1.us-east.bsky.network",
        "relay1.us-west.bsky.network",
    ),
    base_url=ENTRYWAY,
    rates=(
        RateLimit(
            1600,
            3600.0,
            purpose="send",
            source="docs.bsky.app, rate limits: 5,000 points an hour, a created record costs 3",
        ),
        RateLimit(
            11_600,
            86_400.0,
            purpose="send",
            source="docs.bsky.app, rate limits: 35,000 points a day, a created record costs 3",
        ),
        RateLimit(
            2500,
            300.0,
            source="docs.bsky.app, rate limits: 3,000 calls in 5 minutes for an address; some are left to others",
        ),
    ),
    imports_history=True,
    needs_public_url=False,
    webhook_setup="automatic",
    poll_seconds=45.0,
    absent={Source.REVIEW: "Bluesky has no reviews."},
    lacking={
        Ability.EDIT: "Bluesky's apps do not show changed posts: a post is deleted and written anew.",
        Ability.TYPING: "Bluesky does not show that somebody is typing.",
        Ability.TEMPLATE: "Bluesky has no reply window, so no approved texts are needed.",
    },
)
