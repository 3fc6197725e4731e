"""A YouTube channel: its comments, and what reading and answering them costs."""

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

BASE_URL = "https://www.googleapis.com"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
CONSENT_URL = "https://accounts.google.com/o/oauth2/v2/auth"
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
QUOTA_ZONE = "America/Los_Angeles"

UNITS = "units"
READ_UNITS, WRITE_UNITS = 1, 50
DAY_UNITS = 10_000
COMMENT_CHARACTERS = 10_000

_COMMENT = SourceRules(
    abilities=frozenset(
        {
            Ability.REPLY,
            Ability.QUOTE,
            Ability.EDIT,
            Ability.DELETE,
            Ability.HIDE,
            Ability.UNHIDE,
            Ability.BAN,
        }
    ),
    text=TextLimit(
        COMMENT_CHARACTERS,
        Unit.CODEPOINTS,
        source="commonly given as 10,000 characters; the reference only names the error for a text that is too long",
    ),
    public=True,
)

MANIFEST = Manifest(
    platform="youtube",
    name="YouTube",
    sources={Source.COMMENT: _COMMENT},
    fields=(
        Field("client_id", "Client ID", help="Of an OAuth client in the Google Cloud project."),
        Field("client_secret", "Client secret", secret=True, help="Of the same OAuth client."),
        Field(
            "refresh_token",
            "Refresh token",
            secret=True,
            help="Made by authorizing as the owner of the channel; it lasts until access is taken away.",
        ),
        Field(
            "access_token", "Access token", secret=True, required=False, help="Made from the refresh token."
        ),
        Field(
            "channel_id",
            "Channel ID",
            required=False,
            help="Begins with UC. Empty: the channel that the token belongs to.",
        ),
        Field(
            "base_url",
            "API address",
            required=False,
            default=BASE_URL,
            help="Change it only to try things out against a stand-in.",
        ),
    ),
    hosts=("www.googleapis.com", "oauth2.googleapis.com"),
    base_url=BASE_URL,
    rates=(
        RateLimit(10, 1.0, source="Google names no number for one channel; bursts end in rateLimitExceeded"),
    ),
    imports_history=True,
    needs_public_url=False,
    poll_seconds=120.0,
    budgets=(
        Budget(
            UNITS,
            DAY_UNITS,
            zone=QUOTA_ZONE,
            source="YouTube Data API: 10,000 units a day and project, until midnight Pacific time",
        ),
    ),
    scopes=(Scope(SCOPE, "To read the comments of the channel, to answer and to moderate them."),),
    absent={
        Source.DM: "YouTube has no direct messages between a channel and its viewers.",
        Source.MENTION: "The YouTube API does not tell where a channel is mentioned elsewhere.",
    },
    lacking={
        Ability.LIKE: "The YouTube API cannot rate comments; how many likes one has is shown.",
        Ability.UNBAN: "A ban can be taken back in YouTube Studio only, under Settings, Community.",
        Ability.PRIVATE_REPLY: "YouTube has no direct messages.",
    },
)
