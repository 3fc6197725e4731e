"""YouTube's data for the contract suite. All people invented."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from hark.channels.contract import (
    Ability,
    Account,
    Action,
    Author,
    Deletion,
    Edit,
    InboundEvent,
    Message,
    Outbound,
    OutboundAttachment,
    Post,
    Reconnect,
    Rejected,
    Sent,
    Source,
    Thread,
    TryAgain,
    Unconfirmed,
)
from hark.channels.testing import ActionCase, Fixture, Reply, SendCase
from hark.kernel.secrets import Secret

FOLDER = Path(__file__).parent / "fixtures"
BASE = datetime(2026, 11, 24, 12, tzinfo=UTC)
CHANNEL, VIDEO, THREAD = "UCnordlicht", "vIdEo01", "UgThread1"
REFERENCE = UUID(int=7)
ACCOUNT = Account(
    UUID(int=1),
    UUID(int=2),
    CHANNEL,
    "Nordlicht",
    secrets={
        "access_token": Secret("ya29.token-of-nordlicht"),
        "client_secret": Secret("client-secret-of-nordlicht"),
        "refresh_token": Secret("refresh-token-of-nordlicht"),
    },
    fields={"client_id": "nordlicht.apps.example"},
)
LINA = Author("UClina", "@lina", "@lina", "https://yt.example/lina.jpg")
NORDLICHT = Author(CHANNEL, "@nordlicht", "@nordlicht", us=True)


def body(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def at(seconds: int) -> datetime:
    return BASE + timedelta(seconds=seconds)


def comment(
    comment_id: str,
    seconds: int,
    text: str | None,
    *,
    author: Author = LINA,
    video: str | None = VIDEO,
    **more: Any,
) -> Message:
    thread = comment_id.split(".")[0]
    post = Post(id=video, url=f"https://www.youtube.com/watch?v={video}") if video else None
    reply_to = {"parent": thread, **({"video": video} if video else {})}
    return Message(
        id=comment_id,
        thread=Thread(Source.COMMENT, thread, post=post, reply_to=reply_to),
        author=author,
        at=at(seconds),
        text=text,
        url=f"https://www.youtube.com/watch?v={video}&lc={comment_id}" if video else None,
        **more,
    )


EXPECTED: dict[str, list[InboundEvent]] = {
    "comment": [comment("UgThread1", 1, "Is it dimmable?", metadata={"likes": 3})],
    "comment_on_channel": [comment("UgThread2", 2, "Nice channel", video=None)],
    "comment_without_author": [
        comment("UgThread3", 3, "Gone since", author=Author("anonymous:UgThread3", "@gone", "@gone"))
    ],
    "comment_in_html_only": [comment("UgThread4", 4, "Tom & Jerry\n<3")],
    "comment_edited": [
        comment("UgThread5", 5, "Is it dimmable? And warm?"),
        Edit("UgThread5", at(65), text="Is it dimmable? And warm?"),
    ],
    "comment_without_words": [comment("UgThread6", 6, None, unsupported="comment")],
    "thread_with_replies": [
        comment("UgThread7", 7, "Which bulb?"),
        comment("UgThread7.r2", 9, "E27, thank you for asking", author=NORDLICHT),
        comment("UgThread7.r1", 8, "I wonder too"),
    ],
    "replies_of_a_thread": [
        comment("UgThread8.r2", 11, "Me too", video=None),
        comment("UgThread8.r1", 10, "Same here", video=None),
    ],
    "deleted": [Deletion("UgThread1", at(100))],
    "hidden": [Edit("UgThread1", at(101), hidden=True)],
    "shown_again": [Edit("UgThread1", at(102), hidden=False)],
}
FIXTURES = tuple(Fixture(name, body(name), expected) for name, expected in EXPECTED.items())

MADE = {"id": "UgThread1.ours", "snippet": {"publishedAt": "2026-11-24T12:00:05Z"}}
OK = Reply(200, MADE)
SENT = Sent("UgThread1.ours", at=at(5))
QUOTED = Reply(200, {"items": [{"id": "UgThread1.r1", "snippet": {"authorDisplayName": "@lina"}}]})


def outbound(text: str = "Yes, it is.", **more: Any) -> Outbound:
    given: dict[str, Any] = {
        "reference": REFERENCE,
        "source": Source.COMMENT,
        "thread_key": THREAD,
        "recipient": None,
        "at": BASE,
        "reply_to": {"parent": THREAD, "video": VIDEO},
    }
    return Outbound(**{**given, "text": text, **more})


def refused(status: int, reason: str, **more: Any) -> Reply:
    row = {"message": "invented", "domain": "youtube.comment", "reason": reason}
    return Reply(status, {"error": {"code": status, "message": "invented", "errors": [row], **more}})


PNG = OutboundAttachment("image", "a.png", "image/png", b"1")
SENDS = (
    SendCase("an answer", outbound(), (OK,), SENT),
    SendCase("an answer to a reply", outbound(quoted="UgThread1.r1"), (QUOTED, OK), SENT),
    SendCase(
        "an answer to a reply that is gone",
        outbound(quoted="UgThread1.r9"),
        (Reply(200, {"items": []}), OK),
        SENT,
    ),
    SendCase("an answer to the first comment", outbound(quoted=THREAD), (OK,), SENT),
    SendCase("nothing", outbound(" "), (), Rejected),
    SendCase("a picture", outbound(attachments=(PNG,)), (), Rejected),
    SendCase("a private answer", outbound(private_to="UgThread1"), (), Rejected),
    SendCase("an answer without an id", outbound(), (Reply(200, {}),), Unconfirmed),
    SendCase("the day's units are used up", outbound(), (refused(403, "quotaExceeded"),), TryAgain),
    SendCase("too fast", outbound(), (refused(403, "rateLimitExceeded"),), TryAgain),
    SendCase("comments switched off", outbound(), (refused(403, "commentsDisabled"),), Rejected),
    SendCase("not public", outbound(), (refused(403, "parentCommentIsPrivate"),), Rejected),
    SendCase("a permission missing", outbound(), (refused(403, "insufficientPermissions"),), Reconnect),
    SendCase(
        "a scope missing",
        outbound(),
        (refused(403, "forbidden", details=[{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]),),
        Reconnect,
    ),
    SendCase("gone", outbound(), (refused(404, "parentCommentNotFound"),), Rejected),
    SendCase("not processed", outbound(), (refused(400, "processingFailure"),), TryAgain),
    SendCase("a failure of theirs", outbound(), (refused(500, "internalError"),), Unconfirmed),
)
NOTHING = Reply(204)


def act(ability: Ability, **more: Any) -> Action:
    return Action(ability, THREAD, **{"target": "UgThread1", **more})


ACTIONS = (
    ActionCase("hide", act(Ability.HIDE), (NOTHING,)),
    ActionCase("show again", act(Ability.UNHIDE), (NOTHING,)),
    ActionCase("ban", act(Ability.BAN, author="UClina"), (NOTHING,)),
    ActionCase("edit our own", act(Ability.EDIT, target="UgThread1.ours", text="Yes!"), (OK,)),
    ActionCase("delete our own", act(Ability.DELETE, target="UgThread1.ours", author=CHANNEL), (NOTHING,)),
    ActionCase("delete what is gone", act(Ability.DELETE), (refused(404, "commentNotFound"),)),
    ActionCase("delete somebody else's", act(Ability.DELETE, author="UClina"), (), Rejected),
    ActionCase("edit into nothing", act(Ability.EDIT, text=" "), (), Rejected),
    ActionCase("hide nothing", act(Ability.HIDE, target=None), (), Rejected),
    ActionCase("hide what is gone", act(Ability.HIDE), (refused(404, "commentNotFound"),), Rejected),
)

UNKNOWN = {
    "a resource without an id": b'{"channel": "UCnordlicht", "items": [{"snippet": {"textOriginal": "x"}}]}',
    "a resource that is no object": b'{"channel": "UCnordlicht", "items": [7]}',
}
MALFORMED = {"no JSON": b"{", "a list": b"[]", "items that are none": b'{"items": 7}', "nothing": b"{}"}


def merged(bodies: list[bytes]) -> bytes:
    items = [resource for one in bodies for resource in json.loads(one)["items"]]
    return json.dumps({"channel": CHANNEL, "items": items}).encode()
