"""One example of each shape that matters, as the real thing: an example that no longer fits its type does not import."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hark.api.problems import Problem
from hark.api.routes.messages import Reply
from hark.api.routes.session import Credentials, Session
from hark.channels.accounts.models import ChannelAccount, History
from hark.inbox.models import AnswerReason, Conversation, Message, Tag
from hark.workspaces.models import Membership, User

_AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
_WORKSPACE = UUID("01a20c29-0000-7000-8000-000000000001")
_USER = UUID("01a20c29-0000-7000-8000-000000000002")
_ACCOUNT = UUID("01a20c29-0000-7000-8000-000000000003")
_CONVERSATION = UUID("01a20c29-0000-7000-8000-000000000004")
_CUSTOMER = UUID("01a20c29-0000-7000-8000-000000000005")
_MESSAGE = UUID("01a20c29-0000-7000-8000-000000000006")

_CASE = Conversation(
    id=_CONVERSATION,
    number=412,
    account_id=_ACCOUNT,
    platform="sandbox",
    source="dm",
    status="open",
    status_at=_AT,
    priority="medium",
    assigned_to=_USER,
    assigned_reason={"code": "manual", "by": f"user:{_USER}"},
    customer_id=_CUSTOMER,
    customer_name="Mara Lind",
    customer_handle="@mara",
    customer_avatar=None,
    reachable=True,
    banned=False,
    preview="Is the blue lantern back in stock?",
    preview_by="customer",
    preview_type="text",
    message_count=1,
    unread_count=1,
    last_message_at=_AT,
    last_inbound_at=_AT,
    last_outbound_at=None,
    waiting_since=_AT,
    window_opened_at=_AT,
    first_response_at=None,
    resolved_at=None,
    snoozed_until=None,
    delivered_until=None,
    read_until=None,
    last_arrival=90210,
    answer_by=_AT,
    answer_by_reason=AnswerReason("window"),
    sla_policy_id=None,
    team_id=None,
    language="en",
    language_by="detected",
    required_skills={},
    bot_owned=False,
    tags=["stock"],
    metadata={"source": "dm", "previous_conversations": 2},
    created_at=_AT,
    updated_at=_AT,
)

_TEXT = Message(
    id=_MESSAGE,
    conversation_id=_CONVERSATION,
    kind="message",
    direction="inbound",
    content="Is the blue lantern back in stock?",
    content_type="text",
    sender_type="customer",
    sender_id=_CUSTOMER,
    sender_name="Mara Lind",
    platform_message_id="m-1844",
    timestamp=_AT,
    position=0,
    arrival=90210,
    delivery_status=None,
    delivery_error=None,
    quoted=None,
    edited_at=None,
    deleted_at=None,
    hidden=False,
    metadata={},
    reactions=[],
    attachments=[],
    created_at=_AT,
    updated_at=_AT,
)

_SHOP = ChannelAccount(
    id=_ACCOUNT,
    platform="sandbox",
    name="Lantern Bikes",
    platform_account_id="shop",
    status="connected",
    status_reason=None,
    webhook_url="https://hark.example/webhooks/sandbox/kZ3…",
    webhook_verified_at=_AT,
    last_event_at=_AT,
    last_polled_at=None,
    last_reconciled_at=_AT,
    forged_count=0,
    history=History("done", 128),
    fields={"base_url": "http://localhost:8000/sandbox"},
    steps=[],
    token_expires_at=None,
    renews=False,
    token_ends_soon=False,
    created_at=_AT,
    updated_at=_AT,
)

EXAMPLES: dict[str, Any] = {
    "Conversation": _CASE,
    "Message": _TEXT,
    "ChannelAccount": _SHOP,
    "Tag": Tag(UUID("01a20c29-0000-7000-8000-000000000007"), "stock", "blue"),
    "Credentials": Credentials("noor@lantern.example", "correct horse battery"),
    "Session": Session(
        User(_USER, "noor@lantern.example", "Noor", "en", {}),
        "nUoJb1xL7lHDRED4k86oSd2kvpDZHc",
        [Membership(_WORKSPACE, "Lantern Bikes", "agent")],
        _WORKSPACE,
        "agent",
        "0.1.0",
    ),
    "Reply": Reply("It is: we keep one aside for you until Friday.", last_seen_arrival=90210),
    "Problem": Problem(
        "urn:hark:problem:text_too_long",
        "Not accepted",
        422,
        "text_too_long",
        "The text is 312 characters over the 2,000 that this network takes.",
    ),
}
