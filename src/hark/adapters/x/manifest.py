"""An X account: what its three sources allow, what connecting asks for."""

from __future__ import annotations

from datetime import date

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

BASE_URL = "https://api.x.com"
AUTHORIZE_URL = "https://x.com/i/oauth2/authorize"
QUARTER = 15 * 60
MEGABYTE = 1024 * 1024
POLL_SECONDS = 150.0
"""A look is two calls, and the tightest list (direct messages) may be asked 15 times in 15 minutes: some are left over for
looking up what became of a message."""

ACCOUNT_ACTIVITY_ENDS = date(2027, 1, 1)
ACTIVITY, ACCOUNT_ACTIVITY = "activity", "account_activity"
SELF_SERVE, ENTERPRISE = "self-serve", "enterprise"

POST_CHARACTERS = 280
DM_CHARACTERS = 10_000
ALT_CHARACTERS = 1000

PRIVATE_EVENTS = (
    "dm.received",
    "dm.sent",
    "dm.read",
    "chat.received",
    "chat.sent",
    "post.mention.create",
    "post.reply.create",
    "post.quote.create",
)
"""Events of the X Activity API that need the account's own OAuth 2 token when they are subscribed to."""
PUBLIC_EVENTS = ("post.create", "post.delete")

ALT = 1000
"""Characters of a description: POST /2/media/metadata, alt_text."""

_POST_TEXT = TextLimit(
    POST_CHARACTERS, Unit.WEIGHTED, source="docs.x.com/fundamentals/counting-characters", link_length=23
)
_DM_TEXT = TextLimit(DM_CHARACTERS, Unit.CODEPOINTS, source="X's direct message reference: 10,000 characters")
_KINDS = {
    "image": AttachmentRule(5 * MEGABYTE, ("image/jpeg", "image/png", "image/webp", "image/gif"), alt=ALT),
    "video": AttachmentRule(512 * MEGABYTE, ("video/mp4", "video/quicktime", "video/webm")),
}
"""docs.x.com/x-api/media: pictures 5 MB, videos 512 MB. X takes animated GIFs up to 15 MB; to Hark a GIF is a picture."""

_DM = SourceRules(
    abilities=frozenset({Ability.REPLY, Ability.DELETE, Ability.BAN, Ability.UNBAN}),
    text=_DM_TEXT,
    splits=True,
    caption=_DM_TEXT,
    max_attachments=1,
    kinds=_KINDS,
)
_PUBLIC = frozenset(
    {
        Ability.REPLY,
        Ability.QUOTE,
        Ability.PRIVATE_REPLY,
        Ability.LIKE,
        Ability.UNLIKE,
        Ability.DELETE,
    }
)
_MENTION = SourceRules(
    abilities=_PUBLIC, text=_POST_TEXT, public=True, caption=_POST_TEXT, max_attachments=4, kinds=_KINDS
)
_COMMENT = SourceRules(
    abilities=_PUBLIC | {Ability.HIDE, Ability.UNHIDE},
    text=_POST_TEXT,
    public=True,
    caption=_POST_TEXT,
    max_attachments=4,
    kinds=_KINDS,
)

_FIELDS = (
    Field(
        "plan",
        "Plan of the app",
        required=False,
        default=SELF_SERVE,
        help="self-serve or enterprise. Self-serve apps may publicly answer only those who named or quoted the account.",
    ),
    Field(
        "product",
        "Event product",
        required=False,
        default=ACTIVITY,
        help="activity (X Activity API) or account_activity, which X switches off on 2027-01-01.",
    ),
    Field("consumer_key", "API key", required=False, help="Developer Console, your app, Keys and tokens."),
    Field(
        "consumer_secret",
        "API key secret",
        secret=True,
        required=False,
        help="It signs every delivery of the webhook.",
    ),
    Field(
        "access_token",
        "Access token",
        secret=True,
        required=False,
        help="Of the account, with write and DM rights.",
    ),
    Field("access_token_secret", "Access token secret", secret=True, required=False),
    Field(
        "client_id",
        "OAuth 2 client ID",
        required=False,
        help="Needed for private events of the X Activity API.",
    ),
    Field(
        "client_secret",
        "OAuth 2 client secret",
        secret=True,
        required=False,
        help="Of confidential clients only.",
    ),
    Field("oauth2_access_token", "OAuth 2 access token", secret=True, required=False),
    Field("oauth2_refresh_token", "OAuth 2 refresh token", secret=True, required=False),
    Field(
        "bearer_token",
        "App-only bearer token",
        secret=True,
        required=False,
        help="For webhooks; made from API key and secret when empty.",
    ),
    Field(
        "owned_app",
        "The app belongs to this account",
        required=False,
        default="no",
        help="yes or no; X charges less for reading one's own mentions with one's own app.",
    ),
    Field(
        "base_url",
        "X API address",
        required=False,
        default=BASE_URL,
        help="Change it only to try things out against a stand-in.",
    ),
)

SCOPES = (
    Scope("tweet.read", "Read posts that mention, answer or quote the account."),
    Scope("users.read", "Know names and pictures of the people who write."),
    Scope("tweet.write", "Answer publicly, and delete own answers."),
    Scope("tweet.moderate.write", "Hide replies below the account's posts.", required=False),
    Scope("dm.read", "Receive direct messages."),
    Scope("dm.write", "Answer direct messages, and block them from somebody."),
    Scope("media.write", "Send pictures and videos."),
    Scope("like.read", "See which posts the account likes.", required=False),
    Scope("like.write", "Like posts for the account (enterprise plans).", required=False),
    Scope("offline.access", "Stay connected: without it X ends the access after two hours."),
)

# Direct messages have a limit of their own, 15 in 15 minutes, for sending and for listing, and 1,440 a day. It is kept by the
# headers of the first answer (`limits.report`); the bursts that these rates allow before it are smaller.
_LIMITS = "docs.x.com/x-api/fundamentals/rate-limits, per user"

MANIFEST = Manifest(
    platform="x",
    name="X",
    sources={Source.DM: _DM, Source.COMMENT: _COMMENT, Source.MENTION: _MENTION},
    fields=_FIELDS,
    hosts=("api.x.com", "api.twitter.com", "ton.twitter.com", "pbs.twimg.com", "video.twimg.com"),
    base_url=BASE_URL,
    rates=(
        RateLimit(100, QUARTER, source=f"{_LIMITS}: posts", purpose="send"),
        RateLimit(300, QUARTER, source=f"{_LIMITS}: mentions", purpose="read"),
    ),
    imports_history=True,
    needs_public_url=False,
    webhook_setup="automatic",
    challenge_media_type="application/json",
    poll_seconds=POLL_SECONDS,
    budgets=(
        Budget(
            "post_read",
            100_000,
            source="pay-per-use plans: 3 million posts read in a month (docs.x.com/x-api/getting-started/pricing)",
        ),
    ),
    scopes=SCOPES,
    lacking={
        Ability.TYPING: "X's API has no call that shows typing in plain direct messages.",
        Ability.MARK_READ: "X's API has no call that marks plain direct messages as read.",
        Ability.REACT: "X's API has no call for reactions to direct messages; posts can be liked.",
        Ability.EDIT: "X lets only some accounts edit, for a short time, and the edited post gets a new id.",
    },
    receipts=("read",),
)
