"""Bodies as LinkedIn posts them, with the events they give. All people, pages and texts are invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from hark.channels.contract import (
    Account,
    AccountNotice,
    Attachment,
    Author,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Post,
    Reaction,
    Source,
    Thread,
)
from hark.kernel.secrets import Secret

FOLDER = Path(__file__).parent / "fixtures"
RECEIVED = datetime(2026, 11, 24, 12, tzinfo=UTC)
BEGIN = RECEIVED - timedelta(minutes=30)

PAGE = "urn:li:organization:5550001"
ADMIN, IDA, BEN = "urn:li:person:aDmDemo001", "urn:li:person:iDaDemo002", "urn:li:person:bEnDemo003"
CLIENT_SECRET = "linkedin-client-secret-1"


def snowflake(at: datetime, serial: int) -> int:
    """An id as LinkedIn makes it: milliseconds above the lowest 22 bits."""
    return int(at.timestamp() * 1000) << 22 | serial


ACTIVITY = f"urn:li:activity:{snowflake(RECEIVED - timedelta(hours=1), 5)}"
SHARE = f"urn:li:share:{snowflake(RECEIVED - timedelta(hours=1), 4)}"
POST_URL = f"https://www.linkedin.com/feed/update/{SHARE}"
POST = Post(SHARE, url=POST_URL, text="Our new bakery opens on Monday.")


def minute(number: int) -> datetime:
    return BEGIN + timedelta(minutes=number)


def comment_urn(number: int) -> str:
    return f"urn:li:comment:({ACTIVITY},{snowflake(minute(number), 7)})"


def share_urn(number: int) -> str:
    return f"urn:li:share:{snowflake(minute(number), 9)}"


TOP = comment_urn(1)

ACCOUNT = Account(
    id=UUID(int=71),
    workspace_id=UUID(int=1),
    platform_account_id=PAGE,
    name="Nordlicht Bakery",
    secrets={
        "client_secret": Secret(CLIENT_SECRET),
        "access_token": Secret("linkedin-access-token-1"),
        "refresh_token": Secret("linkedin-refresh-token-1"),
    },
    fields={
        "client_id": "client-71",
        "application_id": "7100071",
        "api_version": "202608",
        "organization": PAGE,
        "person": ADMIN,
    },
    webhook_url="https://hark.example/webhooks/linkedin/k71",
)


def body(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def _url(number: int, parent: int | None = None) -> str:
    def quoted(which: int) -> str:
        compact = comment_urn(which).replace("(urn:li:", "(")
        return compact.replace(":", "%3A").replace("(", "%28").replace(",", "%2C").replace(")", "%29")

    reply = "" if parent is None else f"&replyUrn={quoted(number)}"
    shown = number if parent is None else parent
    return f"https://www.linkedin.com/feed/update/{ACTIVITY}?commentUrn={quoted(shown)}{reply}"


def comment(
    number: int,
    author: Author,
    text: str | None,
    *,
    parent: int | None = None,
    unsupported: str | None = None,
) -> Message:
    root = comment_urn(number if parent is None else parent)
    return Message(
        id=comment_urn(number),
        thread=Thread(
            Source.COMMENT,
            root,
            post=POST,
            reply_to={"comment": root, "level": "unknown" if parent is None else "top", "post": ACTIVITY},
        ),
        author=author,
        at=minute(number),
        text=text,
        quoted=None if parent is None else root,
        unsupported=unsupported,
        url=_url(number, parent),
    )


def mention(
    number: int, author: str, text: str, *, post: str, context: Post | None = None, picture: bool = False
) -> Message:
    shown = f"https://www.linkedin.com/feed/update/{share_urn(number)}"
    files = (Attachment("image", skip="not_given_out", data={"url": shown}),) if picture else ()
    return Message(
        id=share_urn(number),
        thread=Thread(Source.MENTION, share_urn(number), post=context, reply_to={"post": post}),
        author=Author(author),
        at=minute(number),
        text=text,
        attachments=files,
        url=shown,
    )


def look(at: datetime) -> AccountNotice:
    return AccountNotice("comment_incomplete", at, fetch=True)


US = Author(PAGE, us=True)

_EVENTS: dict[str, list[InboundEvent]] = {
    "comment": [comment(1, Author(IDA), "Is the bakery open on Sundays?"), look(minute(1))],
    "comment_with_emoji_and_lines": [
        comment(2, Author(BEN), "Schön 😍\n\nAuch Brezeln? 👩\u200d🍳"),
        look(minute(2)),
    ],
    "comment_answers_another": [comment(3, Author(IDA), "And on holidays?", parent=1)],
    "comment_of_another_page": [
        comment(4, Author("urn:li:organization:5550002"), "We deliver flour."),
        look(minute(4)),
    ],
    "comment_without_owner": [comment(5, Author(f"unknown:{comment_urn(5)}"), "Nice."), look(minute(5))],
    "comment_without_text": [comment(6, Author(IDA), None, unsupported="text_not_sent"), look(minute(6))],
    "echo_of_own_comment": [comment(7, US, "Yes, until noon.", parent=1)],
    "own_comment_told_as_comment": [comment(8, US, "Thank you all!")],
    "edited_comment": [
        Edit(TOP, RECEIVED - timedelta(minutes=10), text="Is the bakery open on Sunday mornings?")
    ],
    "edited_comment_without_text": [look(RECEIVED - timedelta(seconds=590))],
    "deleted_comment": [Deletion(TOP, RECEIVED - timedelta(seconds=500))],
    "mention": [mention(9, IDA, "Best rolls in town: Nordlicht Bakery", post=ACTIVITY)],
    "mention_with_picture": [mention(10, BEN, "Look at this", post=ACTIVITY, picture=True)],
    "reshare_with_words": [
        mention(11, IDA, "Finally! But is there parking?", post=share_urn(11), context=POST)
    ],
    "reshare_without_words": [Ignored("share_without_text", minute(12))],
    "like": [Reaction(ACTIVITY, minute(13), Author("unknown:-9016"), ("👍",))],
    "batch_out_of_order": [
        comment(15, Author(IDA), "second"),
        look(minute(15)),
        comment(14, Author(BEN), "first", parent=1),
    ],
}

FIXTURES = tuple((name, body(name), events) for name, events in _EVENTS.items())
UNKNOWN = {name: body(name) for name in ("unknown_action", "unknown_product", "other_product")}
MALFORMED = {
    "no json": b"{",
    "a list": b"[]",
    "no notifications": b'{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"}',
    "notifications that are no list": b'{"notifications":{}}',
}
