"""What Threads sends and lists, with the events it gives. All people and texts are invented; the shapes are those of Meta's
documentation."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
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
    Outbound,
    OutboundAttachment,
    Post,
    Source,
    Thread,
)
from hark.kernel.secrets import Secret

PROFILE = "24000000000000555"
AT = datetime.fromtimestamp(1793000000, UTC)
REFERENCE = UUID("0192f3c0-0000-7000-8000-000000000001")
FOLDER = Path(__file__).parent / "fixtures"
ACCOUNT = Account(
    id=UUID(int=1),
    workspace_id=UUID(int=2),
    platform_account_id=PROFILE,
    name="@fjord.cafe",
    secrets={
        "access_token": Secret("THAA-token-of-the-cafe"),
        "app_secret": Secret("app-secret-of-the-cafe"),
        "verify_token": Secret("verify-token-of-the-cafe"),
    },
    fields={"app_id": "66001", "username": "fjord.cafe"},
    webhook_url="https://hark.example/webhooks/threads/k1",
)
MIA, TEO = Author("mia.example", handle="mia.example"), Author("teo.example", handle="teo.example")
CAFE = Author("fjord.cafe", handle="fjord.cafe", us=True)


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def url(thing: str, who: str = "mia.example") -> str:
    return f"https://www.threads.net/@{who}/post/P{thing}"


def reply(thing: str, author: Author = MIA, *, person: str = "", under: str = "", **more: Any) -> Message:
    thread = Thread(
        Source.COMMENT,
        f"3300:{person or author.id}",
        post=Post("3300"),
        reply_to={"post_id": "3300", "reply_to_id": under or thing},
    )
    base = {
        "id": thing,
        "thread": thread,
        "author": author,
        "at": AT,
        "quoted": "3300",
        "url": url(thing, author.id),
    }
    return Message(**{**base, **more})


def mention(thing: str, text: str) -> Message:
    known = {"post_id": thing, "reply_to_id": thing}
    thread = Thread(Source.MENTION, f"{thing}:mia.example", post=Post(thing), reply_to=known)
    return Message(thing, thread, MIA, AT, text=text, url=url(thing))


EVENTS: dict[str, list[InboundEvent]] = {
    "reply": [reply("3301", text="How much is it?")],
    "reply_to_a_reply": [reply("3302", TEO, text="Me too", quoted="3301")],
    "reply_with_a_picture_only": [
        reply("3303", attachments=(Attachment("image", skip="Threads gave no address for this file."),))
    ],
    "reply_of_a_kind_invented_tomorrow": [reply("3304", unsupported="text_not_sent")],
    "reply_by_the_owner_of_the_post": [
        AccountNotice("content_to_fetch", AT, state={"pending_50": {"id": "3305"}}, fetch=True)
    ],
    "reply_listed_as_ours": [
        reply("3306", CAFE, person="mia.example", under="3301", text="From 7", quoted="3301")
    ],
    "reply_listed_by_a_customer_under_their_own_post": [reply("3307", text="Thanks")],
    "reply_without_author": [
        Message(
            "3308",
            Thread(
                Source.COMMENT,
                "3308:anonymous:3308",
                post=Post("3308"),
                reply_to={"post_id": "3308", "reply_to_id": "3308"},
            ),
            Author("anonymous:3308"),
            AT,
            text="Who am I",
        )
    ],
    "mention": [mention("3310", "Try @fjord.cafe")],
    "deleted": [Deletion("3301", AT)],
    "published_by_us": [Ignored("publish:own_post", AT)],
    "hidden": [Edit("3301", AT, hidden=True)],
    "two_values": [reply("3312", text="one"), mention("3313", "two @fjord.cafe")],
    "another_product": [],
}


def body(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


FIXTURES = [(name, body(name), events) for name, events in EVENTS.items()]


def changed(**values: Any) -> bytes:
    notification = json.loads(body("reply"))
    notification["values"].update(values)
    return json.dumps(notification).encode()


UNRECOGNIZED = {
    "a field invented tomorrow": changed(field="holograms"),
    "a reply without an id": changed(value={"text": "x"}),
    "a kind invented tomorrow": body("reply_of_a_kind_invented_tomorrow"),
}
MALFORMED = {
    "no json": b"<html>",
    "a list": b"[]",
    "no values": b'{"app_id":"1"}',
    "values that are texts": b'{"values":["x"]}',
}
PICTURE = OutboundAttachment(
    "image", "cup.png", "image/png", b"1", url="https://hark.example/f/cup.png", alt="A cup"
)


def outbound(source: Source = Source.COMMENT, **more: Any) -> Outbound:
    keys = {Source.COMMENT: ("3300", "3301"), Source.MENTION: ("3310", "3310")}
    root, under = keys[source]
    base = {
        "reference": REFERENCE,
        "source": source,
        "thread_key": f"{root}:mia.example",
        "recipient": None,
        "at": AT,
        "text": "Yes, from 7.",
        "reply_to": {"post_id": root, "reply_to_id": under},
    }
    return Outbound(**{**base, **more})
