"""A Facebook Page: what its four sources allow, what connecting asks for."""

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

BASE_URL = "https://graph.facebook.com"
GRAPH_VERSION = "v26.0"
"""Released on 2026-07-29; a version works for about two years."""

DM_CHARACTERS = 2000
COMMENT_CHARACTERS = 8000
MEGABYTE = 1024 * 1024
DAY = 24 * 3600
WINDOW_SECONDS = DAY
HUMAN_SECONDS = 7 * DAY

WEBHOOK_FIELDS = (
    "messages",
    "message_echoes",
    "message_edits",
    "message_reads",
    "message_deliveries",
    "message_reactions",
    "messaging_postbacks",
    "messaging_referrals",
    "messaging_optins",
    "messaging_handovers",
    "standby",
    "messaging_policy_enforcement",
    "feed",
    "mention",
    "ratings",
)
SCOPES = (
    "pages_show_list",
    "pages_messaging",
    "pages_manage_metadata",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_manage_engagement",
)
TASKS = ("MESSAGING", "MODERATE", "CREATE_CONTENT")

_DM_TEXT = TextLimit(DM_CHARACTERS, Unit.CODEPOINTS, source="Send API reference: text up to 2000 characters")
_COMMENT_TEXT = TextLimit(
    COMMENT_CHARACTERS,
    Unit.CODEPOINTS,
    source="commonly given as 8,000 characters; Meta documents no number and it was not verified",
)
_IMAGE = AttachmentRule(8 * MEGABYTE)
_OTHER = AttachmentRule(25 * MEGABYTE)
_WINDOW = ReplyWindow(
    WINDOW_SECONDS,
    HUMAN_SECONDS,
    source="Messenger platform policy: 24 hours; a person may answer for 7 days (Human Agent feature)",
)

_DM = SourceRules(
    abilities=frozenset({Ability.REPLY, Ability.QUOTE, Ability.TYPING, Ability.MARK_READ}),
    text=_DM_TEXT,
    splits=True,
    max_attachments=1,
    kinds={"image": _IMAGE, "video": _OTHER, "audio": _OTHER, "file": _OTHER},
    window=_WINDOW,
)
_COMMENT = SourceRules(
    abilities=frozenset(
        {
            Ability.REPLY,
            Ability.PRIVATE_REPLY,
            Ability.HIDE,
            Ability.UNHIDE,
            Ability.LIKE,
            Ability.UNLIKE,
            Ability.DELETE,
            Ability.EDIT,
        }
    ),
    text=_COMMENT_TEXT,
    public=True,
    caption=_COMMENT_TEXT,
    max_attachments=1,
    kinds={"image": _IMAGE},
)
_MENTION = SourceRules(
    abilities=frozenset({Ability.REPLY, Ability.PRIVATE_REPLY}),
    text=_COMMENT_TEXT,
    public=True,
    caption=_COMMENT_TEXT,
    max_attachments=1,
    kinds={"image": _IMAGE},
)
_REVIEW = SourceRules(abilities=frozenset({Ability.REPLY}), text=_COMMENT_TEXT, public=True)

_FIELDS = (
    Field("page_id", "Page ID", required=False, help="Empty: the page to which the token belongs."),
    Field(
        "page_access_token",
        "Page access token",
        secret=True,
        help="A page token from a long-lived user token; a user token works too when it manages the page.",
    ),
    Field("app_id", "App ID", help="In the app's dashboard at developers.facebook.com."),
    Field("app_secret", "App secret", secret=True, help="App settings, Basic. It signs every notification."),
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
        default=BASE_URL,
        help="Change it only to try things out against a stand-in.",
    ),
)

MANIFEST = Manifest(
    platform="facebook",
    name="Facebook Page",
    sources={
        Source.DM: _DM,
        Source.COMMENT: _COMMENT,
        Source.MENTION: _MENTION,
        Source.REVIEW: _REVIEW,
    },
    fields=_FIELDS,
    hosts=("graph.facebook.com", "*.fbcdn.net", "*.fbsbx.com", "*.cdninstagram.com"),
    base_url=BASE_URL,
    rates=(RateLimit(40, 1.0, source="above about 40 messages/s to one inbox the Page inbox may freeze"),),
    identity_per_account=True,
    imports_history=True,
    webhook_setup="automatic",
    receipts=("delivered", "read"),
)
