"""What is sent and done, with the server's answers and how each ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hark.channels.contract import (
    Ability,
    Action,
    Outbound,
    OutboundAttachment,
    Reconnect,
    Rejected,
    Sent,
    Source,
    TryAgain,
    Unconfirmed,
)
from hark.channels.testing import ActionCase, Reply, SendCase
from tests.adapters.mastodon.fixtures import AT, address
from tests.adapters.mastodon.people import ADA, BEN, REFERENCE, SHOP, account, status

PNG = OutboundAttachment("image", "cup.png", "image/png", b"png", alt="A cup")
FILM = OutboundAttachment("video", "cup.mp4", "video/mp4", b"film")
SOUND = OutboundAttachment("audio", "cup.mp3", "audio/mpeg", b"sound")
CREATED_AT = AT + timedelta(hours=2)
CREATED = Reply(200, status("300", SHOP, "<p>x</p>", created_at="2026-11-23T12:00:00.000Z"))
UPLOADED = Reply(200, {"id": "70", "type": "image", "url": "https://files.example/70.png"})
WORKING = Reply(202, {"id": "71", "type": "video", "url": None})
STILL_WORKING = Reply(206, {"id": "71", "type": "video", "url": None})
EMPTY = Reply(200, {})


def refused(code: int, error: str = "no", headers: Any = None) -> Reply:
    return Reply(code, {"error": error}, headers or {})


def outbound(source: Source = Source.DM, **more: Any) -> Outbound:
    chat = source is Source.DM
    known: dict[str, Any] = {
        "reference": REFERENCE,
        "source": source,
        "thread_key": ADA if chat else f"100#{ADA}",
        "recipient": ADA,
        "at": AT,
        "text": "On its way",
        "reply_to": address("201", ADA, visibility="direct" if chat else "public"),
    }
    return Outbound(**{**known, **more})


def case(name: str, sent: Outbound, answers: list[Any], outcome: Any) -> SendCase:
    return SendCase(name, sent, tuple(answers), outcome)


LONG_LINK = "https://example.com/" + "a" * 400

SENDS: tuple[SendCase, ...] = (
    case("a direct message", outbound(), [CREATED], Sent("300", CREATED_AT)),
    case("a direct message that answers one", outbound(quoted="199"), [CREATED], Sent),
    case("a direct message to nobody", outbound(reply_to={}), [], Rejected),
    case(
        "a direct message with a film that takes a while",
        outbound(attachments=(FILM,)),
        [WORKING, UPLOADED, CREATED],
        Sent,
    ),
    case("a direct message with a picture", outbound(attachments=(PNG,)), [UPLOADED, CREATED], Sent),
    case("a comment", outbound(Source.COMMENT), [CREATED], Sent("300", CREATED_AT)),
    case("a comment under another one", outbound(Source.COMMENT, quoted="202"), [CREATED], Sent),
    case("a comment with sound", outbound(Source.COMMENT, attachments=(SOUND,)), [UPLOADED, CREATED], Sent),
    case(
        "a picture without words",
        outbound(Source.COMMENT, text="", attachments=(PNG,)),
        [UPLOADED, CREATED],
        Sent,
    ),
    case(
        "a private answer to a comment",
        outbound(Source.COMMENT, private_to="202"),
        [CREATED],
        Sent("300", CREATED_AT, thread_key=ADA, thread_source=Source.DM),
    ),
    case("an answer to a mention", outbound(Source.MENTION), [CREATED], Sent),
    case("an answer to a chosen mention", outbound(Source.MENTION, quoted="201"), [CREATED], Sent),
    case("a private answer to a mention", outbound(Source.MENTION, private_to="201"), [CREATED], Sent),
    case(
        "an answer to a mention with a picture",
        outbound(Source.MENTION, attachments=(PNG,)),
        [UPLOADED, CREATED],
        Sent,
    ),
    case(
        "a link counts 23 characters",
        outbound(Source.MENTION, text=f"{LONG_LINK} " + "a" * 440),
        [CREATED],
        Sent,
    ),
    case("five pictures", outbound(Source.COMMENT, attachments=(PNG,) * 5), [], Rejected),
    case(
        "a document",
        outbound(attachments=(OutboundAttachment("file", "a.pdf", "application/pdf", b"1"),)),
        [],
        Rejected,
    ),
    case("nothing", outbound(text="  "), [], Rejected),
    case(
        "a token that is no longer valid",
        outbound(),
        [refused(401, "The access token is invalid")],
        Reconnect,
    ),
    case(
        "a scope that is missing",
        outbound(),
        [refused(403, "This action is outside the authorized scopes")],
        Reconnect,
    ),
    case("a disabled account", outbound(), [refused(403, "Your login is currently disabled")], Reconnect),
    case("what is not allowed", outbound(), [refused(403, "This action is not allowed")], Rejected),
    case("a post that is gone", outbound(), [refused(404, "Record not found")], Rejected),
    case(
        "what the server does not like",
        outbound(),
        [refused(422, "Validation failed: Text can't be blank")],
        Rejected,
    ),
    case(
        "too many calls",
        outbound(),
        [refused(429, headers={"x-ratelimit-reset": "2026-11-23T10:05:00.000Z"})],
        TryAgain,
    ),
    case("a server that is down", outbound(), [refused(503)], TryAgain),
    case("a server that fails", outbound(), [refused(500)], Unconfirmed),
    case("an upload that fails", outbound(attachments=(PNG,)), [refused(500)], TryAgain),
)


def action(ability: Ability, **more: Any) -> Action:
    known: dict[str, Any] = {
        "thread_key": f"100#{ADA}",
        "reply_to": address("202", ADA),
        "recipient": ADA,
        "target": "202",
        "author": ADA,
    }
    return Action(ability, **{**known, **more})


OURS = Reply(200, status("208", SHOP, "<p>@ada yes</p>", mentions=[{"id": ADA, "acct": "ada@far.example"}]))
THEIRS = Reply(200, status("202", ADA, "<p>no</p>"))
CONVERSATIONS = Reply(
    200,
    [
        {"id": "4", "accounts": [account(BEN)]},
        {"id": "5", "accounts": [account(ADA), account(BEN)]},
        {"id": "6", "accounts": [account(ADA)]},
    ],
)

ACTIONS: tuple[ActionCase, ...] = tuple(
    ActionCase(name, done, tuple(answers), outcome)
    for name, done, answers, outcome in (
        ("favourite", action(Ability.LIKE), [EMPTY], None),
        ("favourite nothing", action(Ability.LIKE, target=None), [], Rejected),
        ("unfavourite", action(Ability.UNLIKE), [EMPTY], None),
        ("delete our own", action(Ability.DELETE, target="208"), [OURS, EMPTY], None),
        ("delete what is gone", action(Ability.DELETE, target="208"), [refused(404)], None),
        ("delete another's", action(Ability.DELETE), [THEIRS], Rejected),
        ("change our own", action(Ability.EDIT, target="208", text="No, sorry"), [OURS, EMPTY], None),
        ("change another's", action(Ability.EDIT, text="Ha"), [THEIRS], Rejected),
        ("change to too much", action(Ability.EDIT, target="208", text="a" * 600), [OURS], Rejected),
        ("change to nothing", action(Ability.EDIT, target="208", text=" "), [], Rejected),
        ("block", action(Ability.BAN), [EMPTY], None),
        ("unblock", action(Ability.UNBAN), [EMPTY], None),
        ("block nobody", action(Ability.BAN, author=None, recipient=None, reply_to={}), [], Rejected),
        ("mark as read", action(Ability.MARK_READ, thread_key=ADA), [CONVERSATIONS, EMPTY], None),
        ("mark as read what is not there", action(Ability.MARK_READ, thread_key=ADA), [Reply(200, [])], None),
        ("a token that is no longer valid", action(Ability.LIKE), [refused(401)], Reconnect),
    )
)
