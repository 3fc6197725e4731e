"""A business on Google: what answering its reviews allows, and what connecting asks for."""

from __future__ import annotations

from hark.channels.contract import (
    Ability,
    Field,
    Manifest,
    RateLimit,
    Scope,
    Source,
    SourceRules,
    TextLimit,
    Unit,
)

BASE_URL = "https://mybusiness.googleapis.com"
ACCOUNTS_URL = "https://mybusinessaccountmanagement.googleapis.com"
LOCATIONS_URL = "https://mybusinessbusinessinformation.googleapis.com"
NOTIFICATIONS_URL = "https://mybusinessnotifications.googleapis.com"
VERIFICATIONS_URL = "https://mybusinessverifications.googleapis.com"
TOKEN_URL = "https://oauth2.googleapis.com"  # noqa: S105 - an address
CONSENT_URL = "https://accounts.google.com"

SCOPE = "https://www.googleapis.com/auth/business.manage"
REPLY_BYTES = 4096
NOTIFICATION_TYPES = ("NEW_REVIEW", "UPDATED_REVIEW")
PUBLISHER = "mybusiness-api-pubsub@system.gserviceaccount.com"
"""Google's account that must be allowed to publish on the topic."""

_REVIEW = SourceRules(
    abilities=frozenset({Ability.REPLY, Ability.EDIT, Ability.DELETE}),
    text=TextLimit(
        REPLY_BYTES, Unit.BYTES, source="accounts.locations.reviews.updateReply: at most 4,096 bytes"
    ),
    public=True,
)

_FIELDS = (
    Field(
        "client_id",
        "Client ID",
        help="Google Cloud console, APIs & Services, Credentials: a web application.",
    ),
    Field("client_secret", "Client secret", secret=True, help="Beside the client ID."),
    Field("refresh_token", "Refresh token", secret=True, help="Filled in when you sign in with Google."),
    Field(
        "access_token",
        "Access token",
        secret=True,
        required=False,
        help="Filled in when you sign in; it lasts an hour and is renewed by itself.",
    ),
    Field(
        "account",
        "Business account",
        required=False,
        help="accounts/… Empty: the only one that has the location.",
    ),
    Field(
        "location", "Location", required=False, help="locations/… Empty: the only one of whoever signed in."
    ),
    Field(
        "pubsub_topic",
        "Pub/Sub topic",
        required=False,
        help="projects/…/topics/… Only for notifications at once; without it Hark asks Google every two minutes.",
    ),
    Field(
        "push_token",
        "Push token",
        secret=True,
        required=False,
        help="A long random text that you make up. The push subscription of the topic posts to the webhook address of this "
        "account with ?token=<this text> behind it.",
    ),
    Field("base_url", "API address", required=False, default=BASE_URL, help="Only for trying things out."),
)

MANIFEST = Manifest(
    platform="google_reviews",
    name="Google Business Profile",
    sources={Source.REVIEW: _REVIEW},
    fields=_FIELDS,
    hosts=(
        "mybusiness.googleapis.com",
        "mybusinessaccountmanagement.googleapis.com",
        "mybusinessbusinessinformation.googleapis.com",
        "mybusinessnotifications.googleapis.com",
        "mybusinessverifications.googleapis.com",
        "oauth2.googleapis.com",
        "accounts.google.com",
        "*.googleusercontent.com",
    ),
    base_url=BASE_URL,
    rates=(
        RateLimit(
            10, 60.0, purpose="send", source="Business Profile APIs, limits: 10 edits per minute and profile"
        ),
        RateLimit(300, 60.0, source="Business Profile APIs, limits: 300 queries per minute and project"),
    ),
    scopes=(Scope(SCOPE, "Read the reviews of your business and answer them in its name."),),
    imports_history=True,
    needs_public_url=False,
    webhook_setup="automatic",
    poll_seconds=120.0,
    absent={
        Source.DM: "Google switched off messages to businesses (Business Messages and chat in the profile) in July 2024.",
    },
    lacking={
        Ability.PRIVATE_REPLY: "Google has no way to write to a reviewer privately.",
        Ability.HIDE: "Only Google removes reviews; report one in the Business Profile.",
        Ability.LIKE: "Google has no likes by the business.",
        Ability.BAN: "Google does not let a business keep anybody from reviewing it.",
    },
    receipts=("delivered",),
)
