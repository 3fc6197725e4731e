"""A LinkedIn page: what its two sources allow, what connecting asks for, and why there are no direct messages."""

from __future__ import annotations

from hark.channels.contract import (
    Ability,
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

BASE_URL = "https://api.linkedin.com"
AUTH_URL = "https://www.linkedin.com"
API_VERSION = "202608"
"""LinkedIn-Version of the pages that the adapter was built from; a version works for at least 12 months."""
WARN_MONTHS = 10
"""Age at which the version should be raised: 202508 was switched off 12 months and 17 days after its month began."""

COMMENT_CHARACTERS = 1250
EVENT_TYPE = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
KEPT_DAYS = 60
"""How long LinkedIn lists notifications."""

READ_SCOPE = "r_organization_social_feed"
WRITE_SCOPE = "w_organization_social_feed"
ADMIN_SCOPE = "rw_organization_admin"
OLD_SCOPES = {READ_SCOPE: "r_organization_social", WRITE_SCOPE: "w_organization_social"}
"""The same rights under the names that older apps have."""

REACTIONS = {
    "👍": "LIKE",
    "👏": "PRAISE",
    "❤️": "EMPATHY",
    "💡": "INTEREST",
    "🤝": "APPRECIATION",
    "😂": "ENTERTAINMENT",
}

_TEXT = TextLimit(
    COMMENT_CHARACTERS, Unit.UTF16, source="Comments API: text up to 1,250 characters; counted here as UTF-16"
)
_ABILITIES = frozenset(
    {Ability.REPLY, Ability.EDIT, Ability.DELETE, Ability.LIKE, Ability.UNLIKE, Ability.REACT}
)
_PUBLIC = SourceRules(abilities=_ABILITIES, text=_TEXT, public=True)

_FIELDS = (
    Field("client_id", "Client ID", help="Developer portal, your app, Auth."),
    Field(
        "client_secret",
        "Client secret",
        secret=True,
        help="Beside the client ID. It signs every notification.",
    ),
    Field(
        "application_id",
        "App ID",
        required=False,
        help="The number in the app's address in the developer portal. Needed for notifications by webhook; without it "
        "Hark asks LinkedIn every ten minutes.",
    ),
    Field("access_token", "Access token", secret=True, help="Filled in when you sign in with LinkedIn."),
    Field(
        "refresh_token",
        "Refresh token",
        secret=True,
        required=False,
        help="Only apps in LinkedIn's refresh programme get one; others sign in again every 60 days.",
    ),
    Field(
        "refresh_expires_at",
        "End of the refresh token",
        required=False,
        help="Filled in when you sign in. Refreshing does not put it off: it ends 365 days after signing in.",
    ),
    Field(
        "organization",
        "Page",
        required=False,
        help="urn:li:organization:… or the number. Empty: the only page of whoever signed in.",
    ),
    Field(
        "api_version",
        "API version",
        required=False,
        default=API_VERSION,
        help="YYYYMM. LinkedIn switches a version off after about 12 months; Hark warns after ten.",
    ),
    Field("base_url", "API address", required=False, default=BASE_URL, help="Only for trying things out."),
)

_SCOPES = (
    Scope(READ_SCOPE, "Read comments, reactions and posts that mention the page."),
    Scope(WRITE_SCOPE, "Answer, edit, delete and react in the name of the page."),
    Scope(ADMIN_SCOPE, "Find the page, receive its notifications and list what was missed."),
)

MANIFEST = Manifest(
    platform="linkedin",
    name="LinkedIn Page",
    sources={Source.COMMENT: _PUBLIC, Source.MENTION: _PUBLIC},
    fields=_FIELDS,
    hosts=("api.linkedin.com", "www.linkedin.com", "*.licdn.com"),
    base_url=BASE_URL,
    rates=(
        RateLimit(
            10,
            60.0,
            purpose="send",
            source="“Comment create throttled”: one member may create only a few comments a minute; no number is given",
        ),
    ),
    budgets=(
        Budget(
            "calls",
            500,
            source="development tier: 500 calls per app and day, until midnight UTC; the numbers of the standard tier "
            "stand only in the developer portal",
        ),
    ),
    scopes=_SCOPES,
    imports_history=True,
    webhook_setup="automatic",
    challenge_media_type="application/json",
    poll_seconds=600.0,
    check_seconds=3600.0,
    absent={
        Source.DM: "LinkedIn gives messages to a page (Page Messaging) to a few chosen partners only; there is no "
        "programming interface that one could apply for. They stay in the page's own inbox on linkedin.com.",
    },
    lacking={
        Ability.PRIVATE_REPLY: "LinkedIn has no interface for messages from a page to a member.",
        Ability.QUOTE: "LinkedIn has two levels only: every answer hangs under the top comment.",
        Ability.HIDE: "LinkedIn cannot hide a comment; it can only be deleted.",
        Ability.TYPING: "Comments show no typing.",
        Ability.BAN: "Members can be blocked on linkedin.com only.",
    },
)
