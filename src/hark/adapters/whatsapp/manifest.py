"""A WhatsApp number on the Cloud API: what its chats allow, what connecting asks for."""

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

BASE_URL = "https://graph.facebook.com"
GRAPH_VERSION = "v26.0"
"""Released on 2026-07-29; a version works for about two years."""

TEXT_CHARACTERS = 4096
CAPTION_CHARACTERS = 1024
MEGABYTE = 1024 * 1024
WINDOW_SECONDS = 24 * 3600
LARGEST_FILE = 100 * MEGABYTE

WEBHOOK_FIELDS = (
    "messages",
    "smb_message_echoes",
    "history",
    "message_template_status_update",
    "message_template_quality_update",
    "account_update",
    "account_alerts",
    "phone_number_quality_update",
    "business_capability_update",
    "user_preferences",
    "user_id_update",
    "calls",
    "security",
)

SCOPES = (
    Scope("whatsapp_business_messaging", "To receive and send messages and their files."),
    Scope("whatsapp_business_management", "To read numbers and templates, and to switch notifications on."),
)

_IMAGES = ("image/jpeg", "image/png")
_VIDEOS = ("video/mp4", "video/3gpp")
_SOUNDS = ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg")

_DM = SourceRules(
    abilities=frozenset(
        {
            Ability.REPLY,
            Ability.QUOTE,
            Ability.TYPING,
            Ability.MARK_READ,
            Ability.REACT,
            Ability.TEMPLATE,
            Ability.BAN,
            Ability.UNBAN,
        }
    ),
    text=TextLimit(TEXT_CHARACTERS, Unit.CODEPOINTS, source="Cloud API, text messages: body up to 4,096"),
    splits=True,
    caption=TextLimit(
        CAPTION_CHARACTERS, Unit.CODEPOINTS, source="Cloud API, media messages: caption up to 1,024"
    ),
    captionless=frozenset({"audio"}),
    max_attachments=1,
    kinds={
        "image": AttachmentRule(5 * MEGABYTE, _IMAGES),
        "video": AttachmentRule(16 * MEGABYTE, _VIDEOS),
        "audio": AttachmentRule(16 * MEGABYTE, _SOUNDS),
        "file": AttachmentRule(LARGEST_FILE),
    },
    window=ReplyWindow(
        WINDOW_SECONDS, source="Cloud API: 24 hours after the customer's last message, then templates only"
    ),
)

_FIELDS = (
    Field(
        "access_token",
        "Access token",
        secret=True,
        help="Of a system user that may use the WhatsApp account. It can be made to never expire.",
    ),
    Field("app_id", "App ID", help="In the app's dashboard at developers.facebook.com."),
    Field("app_secret", "App secret", secret=True, help="App settings, Basic. It signs every notification."),
    Field(
        "phone_number_id",
        "Phone number ID",
        required=False,
        help="Shown under WhatsApp, API Setup; not the number itself. Empty: the account's only number.",
    ),
    Field("waba_id", "WhatsApp Business Account ID", help="Shown beside the phone number ID."),
    Field(
        "verify_token",
        "Verify token",
        secret=True,
        required=False,
        help="Only needed when the webhook is set by hand; made for you when empty.",
    ),
    Field(
        "config_id",
        "Login configuration ID",
        required=False,
        help="Of Facebook Login for Business, where numbers are connected by Meta's own dialog.",
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
    platform="whatsapp",
    name="WhatsApp",
    sources={Source.DM: _DM},
    fields=_FIELDS,
    hosts=("graph.facebook.com", "*.fbsbx.com", "*.whatsapp.net"),
    base_url=BASE_URL,
    rates=(
        RateLimit(
            80, 1.0, purpose="send", source="Cloud API throughput: 80 messages a second per number by default"
        ),
        RateLimit(
            200, 3600.0, purpose="read", source="Management calls: 200 an hour per app and WhatsApp account"
        ),
    ),
    aliases=True,
    webhook_setup="automatic",
    scopes=SCOPES,
    lacking={
        Ability.EDIT: "The Cloud API cannot change a message that was sent.",
        Ability.DELETE: "The Cloud API cannot take back a message that was sent.",
    },
    receipts=("delivered", "read"),
)
