"""Answers and actions with the requests that they are."""

from __future__ import annotations

from hark.channels.contract import (
    Ability,
    Action,
    Outbound,
    OutboundAttachment,
    Reconnect,
    Rejected,
    Source,
    TryAgain,
    Unconfirmed,
)
from tests.adapters.facebook.cases import Answer, Request, error
from tests.adapters.threads.bodies import PICTURE, outbound

PREPARED: Answer = (200, {}, {"id": "c1"})
PUBLISHED: Answer = (200, {}, {"id": "3399"})
FINISHED: Answer = (200, {}, {"status": "FINISHED", "id": "c1"})
DONE: Answer = (200, {}, {"success": True})
PUBLISH = Request("POST", "/v1.0/me/threads_publish", json={"creation_id": "c1"})
LOOK = Request("GET", "/v1.0/c1", query={"fields": "status,error_message"})
BARE = OutboundAttachment("image", "cup.png", "image/png", b"1")


def prepare(under: str = "3301", text: str = "Yes, from 7.", **more: str | None) -> Request:
    known = {"media_type": "TEXT", "reply_to_id": under, **({"text": text} if text else {}), **more}
    return Request("POST", "/v1.0/me/threads", json=known)


def picture(under: str = "3301", text: str = "Yes, from 7.") -> Request:
    return prepare(under, text, media_type="IMAGE", image_url=PICTURE.url, alt_text="A cup")


SEND_CASES: list[tuple[str, Outbound, list[Answer], list[Request] | Exception]] = [
    ("an answer", outbound(), [PREPARED, PUBLISHED], [prepare(), PUBLISH]),
    ("to a chosen reply", outbound(quoted="3302"), [PREPARED, PUBLISHED], [prepare("3302"), PUBLISH]),
    ("to a mention", outbound(Source.MENTION), [PREPARED, PUBLISHED], [prepare("3310"), PUBLISH]),
    (
        "to a chosen mention",
        outbound(Source.MENTION, quoted="9"),
        [PREPARED, PUBLISHED],
        [prepare("9"), PUBLISH],
    ),
    (
        "with a picture",
        outbound(attachments=(PICTURE,)),
        [PREPARED, FINISHED, PUBLISHED],
        [picture(), LOOK, PUBLISH],
    ),
    (
        "to a mention with a picture",
        outbound(Source.MENTION, attachments=(PICTURE,), text=""),
        [PREPARED, FINISHED, PUBLISHED],
        [picture("3310", ""), LOOK, PUBLISH],
    ),
    (
        "with a picture that cannot be taken",
        outbound(attachments=(PICTURE,)),
        [PREPARED, (200, {}, {"status": "ERROR", "error_message": "UNKNOWN"})],
        Rejected("media_failed", ""),
    ),
    (
        "with a picture without an address",
        outbound(attachments=(BARE,)),
        [],
        Rejected("no_public_address", ""),
    ),
    ("more emoji than Threads counts", outbound(text="😀" * 400), [error(400, 100)], Rejected("100", "")),
    ("nothing", outbound(text=""), [], Rejected("empty", "")),
    ("privately", outbound(private_to="3301"), [], Rejected("ability_missing", "")),
    ("refused while preparing", outbound(), [error(400, 100)], Rejected("100", "")),
    ("failing while preparing", outbound(), [error(500, 2)], TryAgain("2", "")),
    ("prepared without an id", outbound(), [(200, {}, {})], TryAgain("no_container", "")),
    ("failing while publishing", outbound(), [PREPARED, error(500, 2)], Unconfirmed("2", "")),
    ("published without an id", outbound(), [PREPARED, (200, {}, {})], Unconfirmed("no_id", "")),
    ("with a dead token", outbound(), [error(401, 190)], Reconnect("190", "")),
    ("beyond the limit of the day", outbound(), [PREPARED, error(400, 4)], TryAgain("4", "")),
]


def act(ability: Ability, author: str | None = "mia.example") -> Action:
    return Action(ability, "3300:mia.example", target="3301", author=author)


ACTION_CASES: list[tuple[str, Action, list[Answer], list[Request] | Exception]] = [
    ("hide", act(Ability.HIDE), [DONE], [Request("POST", "/v1.0/3301/manage_reply", json={"hide": True})]),
    ("show", act(Ability.UNHIDE), [DONE], [Request("POST", "/v1.0/3301/manage_reply", json={"hide": False})]),
    ("delete ours", act(Ability.DELETE, "fjord.cafe"), [DONE], [Request("DELETE", "/v1.0/3301")]),
    (
        "delete what is gone",
        act(Ability.DELETE, None),
        [error(400, 100, 33)],
        [Request("DELETE", "/v1.0/3301")],
    ),
    ("delete theirs", act(Ability.DELETE), [], Rejected("not_ours", "")),
    ("like", act(Ability.LIKE), [], Rejected("ability_missing", "")),
]
