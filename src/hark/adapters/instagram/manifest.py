"""An Instagram professional account: what its three sources allow, what connecting asks for."""

from __future__ import annotations

from hark.adapters._meta.errors import Voice
from hark.channels.contract import (
    Ability,
    AttachmentRule,
    Field,
    Manifest,
    RateLimit,
    ReplyWindow,
    Scope,
    Source,
    SourceRules,
    TextLimit,
    Unit,
)

NAME = "Instagram"
VOICE = Voice(NAME, "account")
BASE_URL = "https://graph.facebook.com"
INSTAGRAM_URL = "https://graph.instagram.com"
LOGIN_URL = "https://api.instagram.com"
GRAPH_VERSION = "v26.0"
"""Released on 2026-07-29; a version works for about two years."""

DM_BYTES = 1000
COMMENT_CHARACTERS = 2200
MEGABYTE = 1024 * 1024
DAY = 24 * 3600

WEBHOOK_FIELDS = (
    "messages",
    "message_edit",
    "message_reactions",
    "messaging_seen",
    "messaging_postbacks",
    "messaging_referral",
    "messaging_handover",
    "standby",
    "comments",
    "live_comments",
)
PAGE_FIELDS = (*WEBHOOK_FIELDS, "mentions")
"""Mentions are told only to accounts that are connected through their page."""

INSTAGRAM_SCOPES = (
    Scope("instagram_business_basic", "To read the name of your account and your own posts."),
    Scope("instagram_business_manage_messages", "To receive and answer direct messages."),
    Scope(
        "instagram_business_manage_comments", "To read, answer, hide and delete comments under your posts."
    ),
)
PAGE_SCOPES = (
    Scope(
        "instagram_basic", "Facebook Login only: to read the name of your account and your own posts.", False
    ),
    Scope(
        "instagram_manage_messages",
        "Facebook Login only: to receive and answer direct messages.",
        required=False,
    ),
    Scope(
        "instagram_manage_comments",
        "Facebook Login only: to read, answer, hide and delete comments, and to answer mentions.",
        required=False,
    ),
    Scope(
        "pages_show_list",
        "Facebook Login only: to find the page that your account is linked to.",
        required=False,
    ),
    Scope(
        "pages_manage_metadata",
        "Facebook Login only: to switch on notifications for that page.",
        required=False,
    ),
    Scope(
        "pages_read_engagement", "Facebook Login only: to read what the linked page may read.", required=False
    ),
)
PAGE_NEEDED = tuple(scope.name for scope in PAGE_SCOPES)

WINDOW = ReplyWindow(
    DAY,
    7 * DAY,
    source="Instagram messaging policy: 24 hours; a person may answer for 7 days (Human Agent feature)",
)
_PRIVATE_WINDOW = ReplyWindow(
    7 * DAY,
    source="Instagram private replies: one message per comment within 7 days; to live comments only during the broadcast",
)
_DM_TEXT = TextLimit(DM_BYTES, Unit.BYTES, source="Instagram messaging API: text up to 1000 bytes of UTF-8")
_COMMENT_TEXT = TextLimit(
    COMMENT_CHARACTERS,
    Unit.CODEPOINTS,
    source="commonly given as 2,200 characters; Meta documents no number for the API and it was not verified",
)
_KINDS = {
    "image": AttachmentRule(8 * MEGABYTE, ("image/png", "image/jpeg", "image/gif")),
    "audio": AttachmentRule(
        25 * MEGABYTE, ("audio/aac", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav")
    ),
    "video": AttachmentRule(
        25 * MEGABYTE, ("video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm")
    ),
    "file": AttachmentRule(25 * MEGABYTE, ("application/pdf",)),
}

_DM = SourceRules(
    abilities=frozenset({Ability.REPLY, Ability.QUOTE, Ability.TYPING, Ability.MARK_READ, Ability.REACT}),
    text=_DM_TEXT,
    splits=True,
    max_attachments=1,
    kinds=_KINDS,
    window=WINDOW,
)
_COMMENT = SourceRules(
    abilities=frozenset({Ability.REPLY, Ability.PRIVATE_REPLY, Ability.HIDE, Ability.UNHIDE, Ability.DELETE}),
    text=_COMMENT_TEXT,
    public=True,
    private_window=_PRIVATE_WINDOW,
    private_once=True,
)
_MENTION = SourceRules(abilities=frozenset({Ability.REPLY}), text=_COMMENT_TEXT, public=True)

_LACKING = {
    Ability.LIKE: "Instagram's API has no call that likes a comment.",
    Ability.EDIT: "Instagram's API changes no comment and no message; delete the comment and write it again.",
    Ability.BAN: "Instagram's API blocks nobody; block people in Instagram's own settings.",
    Ability.TEMPLATE: "Instagram takes no prepared messages outside the reply window.",
}

_FIELDS = (
    Field(
        "access_token",
        "Access token",
        secret=True,
        help="From Instagram Login (begins with IG), or the token of the page to which the account is linked.",
    ),
    Field(
        "login",
        "Login",
        required=False,
        help="instagram or facebook. Empty: told by the token's beginning.",
    ),
    Field("account_id", "Instagram account ID", required=False, help="Empty: the account of the token."),
    Field("page_id", "Page ID", required=False, help="Facebook Login only. Empty: the page of the token."),
    Field("app_id", "App ID", help="In the app's dashboard at developers.facebook.com."),
    Field("app_secret", "App secret", secret=True, help="App settings, Basic. It signs every notification."),
    Field(
        "instagram_app_id",
        "Instagram app ID",
        required=False,
        help="Instagram Login only: in the dashboard under Instagram, API setup with Instagram login.",
    ),
    Field(
        "instagram_app_secret",
        "Instagram app secret",
        secret=True,
        required=False,
        help="Beside the Instagram app ID. Notifications may be signed with it too.",
    ),
    Field(
        "verify_token",
        "Verify token",
        secret=True,
        required=False,
        help="Typed into the app's webhook settings; made for you when empty.",
    ),
    Field("graph_version", "Graph API version", required=False, default=GRAPH_VERSION),
    Field(
        "base_url",
        "Graph API address",
        required=False,
        help="Change it only to try things out against a stand-in.",
    ),
)

MANIFEST = Manifest(
    platform="instagram",
    name=NAME,
    sources={Source.DM: _DM, Source.COMMENT: _COMMENT, Source.MENTION: _MENTION},
    fields=_FIELDS,
    hosts=(
        "graph.facebook.com",
        "graph.instagram.com",
        "api.instagram.com",
        "*.fbcdn.net",
        "*.fbsbx.com",
        "*.cdninstagram.com",
    ),
    base_url=BASE_URL,
    rates=(
        RateLimit(
            10,
            1.0,
            source="Instagram Send API: 300 messages/s of text (an older page: 100), 10/s of media; the lower for all",
            purpose="send",
        ),
        RateLimit(2, 1.0, source="Conversations API: 2 calls/s per account", purpose="read"),
    ),
    identity_per_account=True,
    imports_history=True,
    webhook_setup="automatic",
    receipts=("read",),
    scopes=(*INSTAGRAM_SCOPES, *PAGE_SCOPES),
    lacking=_LACKING,
)
