"""The webhook channel's data for the contract suite. All people invented."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from hark.adapters.webhook.signature import HEADER, signed
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    Attachment,
    Author,
    Deletion,
    Edit,
    InboundEvent,
    Message,
    Outbound,
    OutboundAttachment,
    Post,
    Reachability,
    Reaction,
    Receipt,
    Reconnect,
    Rejected,
    Sent,
    Source,
    Thread,
    TryAgain,
    Unconfirmed,
    WebhookRequest,
)
from hark.channels.testing import ActionCase, Fixture, Reply, SendCase
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret

FOLDER = Path(__file__).parent / "fixtures"
BASE = datetime(2026, 11, 24, 12, tzinfo=UTC)
REFERENCE = UUID(int=7)
CALLBACK = "https://shop.example/hark"
ALL = "reply,quote,private_reply,typing,mark_read,hide,unhide,like,unlike,delete,edit,react,ban,unban"
ACCOUNT = Account(
    UUID(int=1),
    UUID(int=2),
    "Web shop",
    "Web shop",
    secrets={"signing_secret": Secret("signing-secret-of-the-web-shop")},
    fields={"base_url": CALLBACK, "abilities": ALL, "looks_up": "yes"},
)
IDA = Author("c-1", "Ida Lund", "ida", language="da")
SHOP = Author("shop", us=True)
PAGE = Thread(
    Source.COMMENT,
    "page-1",
    post=Post(
        "lamp",
        "https://shop.example/lamp",
        "Lamp",
        "Shop",
        "https://shop.example/lamp.jpg",
        "organic",
        datetime(2026, 11, 1, tzinfo=UTC),
    ),
    reply_to={"comment": "k-1"},
)


def body(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def sign(content: bytes, secret: str) -> WebhookRequest:
    """Signed now, as everything that is accepted must be."""
    headers = {
        "content-type": "application/json",
        HEADER: signed(content, int(utc_now().timestamp()), secret),
    }
    return WebhookRequest("POST", headers, {}, content)


def at(seconds: int) -> datetime:
    return BASE + timedelta(seconds=seconds)


def dm(number: int, text: str | None = None, *files: Attachment, **more: Any) -> list[InboundEvent]:
    given = {"author": IDA, "thread": Thread(Source.DM, "chat-1", customer=IDA), "at": at(number), **more}
    return [Message(id=f"m-{number}", text=text, attachments=files, **given)]


EXPECTED: dict[str, list[InboundEvent]] = {
    "dm": dm(1, "Where is my parcel?"),
    "dm_quoting": dm(2, "That one", quoted="m-1"),
    "dm_in_seconds": dm(3, "By the clock"),
    "dm_answer_written_elsewhere": dm(4, "We look into it", author=SHOP),
    "dm_echo_of_our_answer": dm(5, "It is on its way", author=SHOP, echo_of=str(REFERENCE)),
    "dm_with_file_by_address": dm(
        6,
        "See",
        Attachment(
            "image",
            url="https://files.shop.example/1.jpg",
            mime_type="image/jpeg",
            size=1000,
            alt="a broken lamp",
        ),
    ),
    "dm_with_file_inside": dm(
        7,
        None,
        Attachment("file", url="data:text/plain;base64,aGVsbG8=", name="note.txt", mime_type="text/plain"),
    ),
    "dm_with_file_that_is_not_base64": dm(
        8, None, Attachment("file", skip="The file inside the message is not base64.")
    ),
    "dm_with_file_at_a_strange_address": dm(
        9, None, Attachment("image", skip="The address of the file is not a web address.")
    ),
    "dm_with_place": dm(10, None, Attachment("location", data={"latitude": 55.67, "longitude": 12.56})),
    "dm_of_another_kind": dm(11, unsupported="poll"),
    "dm_without_anything": dm(12, unsupported="empty"),
    "dm_of_long_ago": dm(13, "Old", historic=True),
    "comment": [
        Message(
            "k-1",
            PAGE,
            IDA,
            at(14),
            text="Is it dimmable?",
            url="https://shop.example/lamp#k-1",
            metadata={"page": 2},
        )
    ],
    "mention": [Message("t-1", Thread(Source.MENTION, "t-1"), IDA, at(15), text="Ask @shop")],
    "review": [
        Message(
            "r-1", Thread(Source.REVIEW, "r-1", post=Post("lamp")), IDA, at(16), text="Good lamp", rating=4
        )
    ],
    "review_of_stars_only": [
        Message("r-2", Thread(Source.REVIEW, "r-2"), IDA, at(17), rating=1, recommended=False)
    ],
    "edited": [Edit("k-1", at(18), text="Is it dimmable, and warm?")],
    "edited_stars": [Edit("r-1", at(19), rating=5)],
    "hidden": [Edit("k-1", at(20), hidden=True)],
    "files_replaced": [Edit("m-6", at(21), attachments=())],
    "deleted": [Deletion("k-1", at(22))],
    "reaction": [Reaction("m-5", at(23), IDA, ("❤",))],
    "reaction_taken_back": [Reaction("m-5", at(24), IDA, ())],
    "receipt": [Receipt("read", at(25), target="answer-1")],
    "receipt_of_a_thread": [Receipt("delivered", at(26), thread=Thread(Source.DM, "chat-1"), until=at(26))],
    "receipt_of_a_failure": [
        Receipt(
            "failed",
            at(27),
            target="answer-2",
            code="gone",
            reason="The visitor has left.",
            echo_of=str(REFERENCE),
        )
    ],
    "person_renamed": [Reachability(Author("c-1", "Ida Lund-Holm"), at(28), reachable=True)],
    "person_blocked_us": [Reachability(Author("c-1"), at(29), reachable=False)],
    "two_events": [*dm(30, "one"), *dm(31, "two")],
}
FIXTURES = tuple(Fixture(name, body(name), expected) for name, expected in EXPECTED.items())

OK = Reply(200, {"id": "answer-9"})
SENT = Sent("answer-9")
PLACES = {
    Source.DM: ("chat-1", {}),
    Source.COMMENT: ("page-1", {"comment": "k-1"}),
    Source.MENTION: ("t-1", {}),
    Source.REVIEW: ("r-1", {}),
}


def outbound(source: Source = Source.DM, text: str = "It is on its way.", **more: Any) -> Outbound:
    thread, reply_to = PLACES[source]
    given = {"thread_key": thread, "recipient": "c-1", "reply_to": reply_to, "at": BASE, **more}
    return Outbound(REFERENCE, source, text=text, **given)


def refused(status: int, code: str = "invented", **more: Any) -> Reply:
    return Reply(status, {"error": {"code": code, "message": "Invented for this.", **more}})


FILES = tuple(
    OutboundAttachment(kind, f"a.{kind}", mime, b"1")
    for kind, mime in (
        ("image", "image/png"),
        ("video", "video/mp4"),
        ("audio", "audio/mpeg"),
        ("file", "application/pdf"),
    )
)
SENDS = (
    *(SendCase(f"an answer in {source}", outbound(source), (OK,), SENT) for source in Source),
    *(
        SendCase(f"a quoting answer in {source}", outbound(source, quoted="m-1"), (OK,), SENT)
        for source in Source
    ),
    *(SendCase(f"files in {source}", outbound(source, attachments=FILES), (OK,), SENT) for source in Source),
    *(
        SendCase(
            f"a private answer to {source}",
            outbound(source, private_to="k-1"),
            (Reply(200, {"id": "answer-9", "thread": "chat-1"}),),
            Sent("answer-9", thread_key="chat-1", thread_source=Source.DM),
        )
        for source in (Source.COMMENT, Source.MENTION, Source.REVIEW)
    ),
    SendCase(
        "an answer with its time",
        outbound(),
        (Reply(200, {"id": "answer-9", "at": "2026-11-24T12:00:05Z"}),),
        Sent("answer-9", at=at(5)),
    ),
    SendCase("nothing", outbound(text=" "), (), Rejected),
    SendCase(
        "a file of an unknown kind",
        outbound(attachments=(OutboundAttachment("hologram", "h", "x/y"),)),
        (),
        Rejected,
    ),
    SendCase("an answer without an id", outbound(), (Reply(200, {}),), Unconfirmed),
    SendCase("somebody who has left", outbound(), (refused(410, unreachable=True),), Rejected),
    SendCase("not our signature any more", outbound(), (refused(401),), Reconnect),
    SendCase("their own failure, nothing done", outbound(), (refused(500),), TryAgain),
    SendCase("slower, please", outbound(), (refused(429),), TryAgain),
)
DONE = Reply(204)
ACTIONS = tuple(
    ActionCase(ability.value, Action(ability, "page-1", target="k-1", text="👍", author="c-1"), (DONE,))
    for ability in (
        Ability.TYPING,
        Ability.MARK_READ,
        Ability.HIDE,
        Ability.UNHIDE,
        Ability.LIKE,
        Ability.UNLIKE,
        Ability.DELETE,
        Ability.EDIT,
        Ability.REACT,
        Ability.BAN,
        Ability.UNBAN,
    )
)
UNKNOWN = {
    "an event invented tomorrow": b'{"events": [{"type": "hologram", "id": "h-1"}]}',
    "a message without a thread": b'{"events": [{"type": "message", "id": "m-1", "source": "dm"}]}',
    "something that is no event": b'{"events": [7]}',
    "a single event of an unknown type": b'{"type": "hologram"}',
}
MALFORMED = {"no JSON": b"{", "a list": b"[]", "nothing": b"{}", "events that are none": b'{"events": 7}'}


def merged(bodies: Sequence[bytes]) -> bytes:
    return json.dumps(
        {"events": [event for one in bodies for event in json.loads(one)["events"] if one]}
    ).encode()


def timed(seconds: float | None) -> bytes:
    batch = json.loads(body("dm"))
    batch["events"][0]["at"] = seconds
    return json.dumps(batch).encode()
