"""A Facebook Page: what its four sources allow, what connecting asks for."""

from __future__ import annotations

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

NAME = "Facebook"
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
    Scope("pages_show_list", "To list the pages that you manage, so that you can choose which to connect."),
    Scope("pages_messaging", "To receive and answer messages that people send to the page in Messenger."),
    Scope("pages_manage_metadata", "To switch on the page's notifications, and to block people on request."),
    Scope(
        "pages_read_engagement", "To read the page's own posts, so that agents see what a comment is about."
    ),
    Scope("pages_read_user_content", "To read what people write on the page: comments, posts and reviews."),
    Scope(
        "pages_manage_engagement", "To answer, hide, like and delete comments when an agent does so in Hark."
    ),
    Scope(
        "business_management",
        "To find pages that belong to a business portfolio. Without it only pages with a direct role are listed.",
        required=False,
    ),
)
NEEDED = tuple(scope.name for scope in SCOPES if scope.required)
TASKS = ("MESSAGING", "MODERATE", "CREATE_CONTENT")

_DM_TEXT = TextLimit(DM_CHARACTERS, Unit.CODEPOINTS, source="Send API reference: text up to 2000 characters")
_COMMENT_TEXT = TextLimit(
    COMMENT_CHARACTERS,
    Unit.CODEPOINTS,
    source="commonly given as 8,000 characters; Meta documents no number and it was not verified",
)
_IMAGE = AttachmentRule(8 * MEGABYTE)
_OTHER = AttachmentRule(25 * MEGABYTE)
WINDOW = ReplyWindow(
    WINDOW_SECONDS,
    HUMAN_SECONDS,
    source="Messenger platform policy: 24 hours; a person may answer for 7 days (Human Agent feature)",
)
_PRIVATE_WINDOW = ReplyWindow(
    HUMAN_SECONDS,
    source="Messenger platform, private replies: one message per comment or post, within 7 days",
)
_LACKING = {
    Ability.TEMPLATE: "Utility templates of Messenger need a separate approval per template, and are given to few "
    "countries; later answers by a person go out under the human agent tag instead.",
}

_DM = SourceRules(
    abilities=frozenset(
        {
            Ability.REPLY,
            Ability.QUOTE,
            Ability.TYPING,
            Ability.MARK_READ,
            Ability.REACT,
            Ability.BAN,
            Ability.UNBAN,
        }
    ),
    text=_DM_TEXT,
    splits=True,
    max_attachments=1,
    kinds={"image": _IMAGE, "video": _OTHER, "audio": _OTHER, "file": _OTHER},
    window=WINDOW,
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
            Ability.BAN,
            Ability.UNBAN,
        }
    ),
    text=_COMMENT_TEXT,
    public=True,
    caption=_COMMENT_TEXT,
    max_attachments=1,
    kinds={"image": _IMAGE},
    private_window=_PRIVATE_WINDOW,
    private_once=True,
)
_MENTION = SourceRules(
    abilities=frozenset({Ability.REPLY, Ability.PRIVATE_REPLY}),
    text=_COMMENT_TEXT,
    public=True,
    caption=_COMMENT_TEXT,
    max_attachments=1,
    kinds={"image": _IMAGE},
    private_window=_PRIVATE_WINDOW,
    private_once=True,
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
    rates=(
        RateLimit(
            40,
            1.0,
            source="Messenger rate limiting: above about 40 messages/s to one inbox the page's inbox may freeze",
            purpose="send",
        ),
        RateLimit(
            2, 1.0, source="Messenger rate limiting: Conversations API, 2 calls/s per page", purpose="read"
        ),
    ),
    scopes=SCOPES,
    lacking=_LACKING,
    identity_per_account=True,
    imports_history=True,
    webhook_setup="automatic",
    receipts=("delivered", "read"),
)
