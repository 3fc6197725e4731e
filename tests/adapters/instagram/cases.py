"""Messages and actions with the request that each is."""

from __future__ import annotations

from typing import Any

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
from tests.adapters.instagram.bodies import AT, MEDIA, MIA_ID, REFERENCE, after

OPENED = after(-3600)
OK_DM: Answer = (200, {}, {"recipient_id": MIA_ID, "message_id": "aWd_5"})
OK_COMMENT: Answer = (200, {}, {"id": "1790099"})
OK_DONE: Answer = (200, {}, {"success": True})
FILES = {
    "image": OutboundAttachment("image", "cup.png", "image/png", b"1", url="https://hark.example/f/cup.png"),
    "video": OutboundAttachment("video", "cup.mp4", "video/mp4", b"1", url="https://hark.example/f/cup.mp4"),
    "audio": OutboundAttachment("audio", "cup.m4a", "audio/mp4", b"1", url="https://hark.example/f/cup.m4a"),
    "file": OutboundAttachment(
        "file", "menu.pdf", "application/pdf", b"1", url="https://hark.example/f/menu.pdf"
    ),
}


def outbound(source: Source = Source.DM, **more: Any) -> Outbound:
    defaults: dict[Source, dict[str, Any]] = {
        Source.DM: {
            "thread_key": MIA_ID,
            "recipient": MIA_ID,
            "reply_to": {"recipient": MIA_ID},
            "last_opened_at": OPENED,
        },
        Source.COMMENT: {"thread_key": "1790001", "reply_to": {"comment_id": "1790001", "media_id": MEDIA}},
        Source.MENTION: {
            "thread_key": "1790012",
            "reply_to": {"media_id": "1888", "comment_id": "1790012"},
        },
    }
    base = {"reference": REFERENCE, "source": source, "recipient": None, "at": AT, "text": "Yes, from 7."}
    return Outbound(**{**base, **defaults[source], **more})


def request(path: str, **json: Any) -> Request:
    return Request("POST", f"/v26.0/{path}", json=json)


def dm_request(message: Any = None, **more: Any) -> Request:
    return request(
        "me/messages", recipient={"id": MIA_ID}, message=message or {"text": "Yes, from 7."}, **more
    )


TAG = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}

SEND_CASES: list[tuple[str, Outbound, list[Answer], Request | Exception]] = [
    ("an answer", outbound(), [OK_DM], dm_request()),
    ("an answer that quotes", outbound(quoted="aWd_1"), [OK_DM], dm_request(reply_to={"mid": "aWd_1"})),
    ("by a person after two days", outbound(last_opened_at=after(-172800)), [OK_DM], dm_request(**TAG)),
    ("within the last second of the window", outbound(last_opened_at=after(-86400)), [OK_DM], dm_request()),
    (
        "by automation after two days",
        outbound(last_opened_at=after(-172800), by_human=False),
        [],
        Rejected("reply_window_closed", ""),
    ),
    (
        "by a person after eight days",
        outbound(last_opened_at=after(-691200)),
        [],
        Rejected("reply_window_closed", ""),
    ),
    *(
        (
            f"a file of kind {kind}",
            outbound(text="", attachments=(file,)),
            [OK_DM],
            dm_request({"attachment": {"type": kind, "payload": {"url": file.url}}}),
        )
        for kind, file in FILES.items()
    ),
    (
        "a file without an address",
        outbound(text="", attachments=(OutboundAttachment("image", "c.png", "image/png", b"1"),)),
        [],
        Rejected("no_public_address", ""),
    ),
    (
        "a kind of picture that Instagram does not take",
        outbound(
            text="", attachments=(OutboundAttachment("image", "c.tiff", "image/tiff", b"1", url="https://x"),)
        ),
        [],
        Rejected("attachment_not_allowed", ""),
    ),
    (
        "text and file in one",
        outbound(attachments=(FILES["image"],)),
        [],
        Rejected("attachment_not_allowed", ""),
    ),
    ("334 characters of three bytes", outbound(text="ก" * 334), [], Rejected("text_too_long", "")),
    (
        "333 characters of three bytes",
        outbound(text="ก" * 333),
        [OK_DM],
        dm_request({"text": "ก" * 333}),
    ),
    ("nothing", outbound(text=" "), [], Rejected("empty", "")),
    (
        "under a comment",
        outbound(Source.COMMENT),
        [OK_COMMENT],
        request("1790001/replies", message="Yes, from 7."),
    ),
    (
        "under a live comment",
        outbound(Source.COMMENT, reply_to={"comment_id": "1", "live": "1"}),
        [],
        Rejected("live_comment", ""),
    ),
    (
        "a picture under a comment",
        outbound(Source.COMMENT, attachments=(FILES["image"],)),
        [],
        Rejected("attachment_not_allowed", ""),
    ),
    (
        "privately to a comment",
        outbound(Source.COMMENT, private_to="1790001"),
        [OK_DM],
        request("me/messages", recipient={"comment_id": "1790001"}, message={"text": "Yes, from 7."}),
    ),
    (
        "1001 bytes privately to a comment",
        outbound(Source.COMMENT, private_to="1790001", text="a" * 1001),
        [],
        Rejected("text_too_long", ""),
    ),
    (
        "privately a second time",
        outbound(Source.COMMENT, private_to="1790001"),
        [error(400, 10900)],
        Rejected("10900", ""),
    ),
    (
        "to a mention in a comment",
        outbound(Source.MENTION),
        [OK_COMMENT],
        request("me/mentions", media_id="1888", comment_id="1790012", message="Yes, from 7."),
    ),
    (
        "to a mention in a caption",
        outbound(Source.MENTION, reply_to={"media_id": "1889"}),
        [OK_COMMENT],
        request("me/mentions", media_id="1889", message="Yes, from 7."),
    ),
    ("to a mention of nothing", outbound(Source.MENTION, reply_to={}), [], Rejected("no_media", "")),
    ("privately to a mention", outbound(Source.MENTION, private_to="1"), [], Rejected("ability_missing", "")),
    (
        "outside of the window by their clock",
        outbound(),
        [error(400, 10, 2534022)],
        Rejected("10/2534022", ""),
    ),
    ("to somebody unknown", outbound(), [error(400, 100, 2534014)], Rejected("100/2534014", "")),
    ("to somebody who blocked us", outbound(), [error(400, 551)], Rejected("551", "")),
    ("with an expired token", outbound(), [error(401, 190, 463)], Reconnect("190/463", "")),
    ("without the right", outbound(), [error(400, 10)], Reconnect("10", "")),
    ("too fast", outbound(), [error(400, 613, 2534040)], TryAgain("613/2534040", "")),
    ("to a failing Instagram", outbound(), [error(500, 2)], Unconfirmed("2", "")),
    ("accepted without an id", outbound(), [(200, {}, {})], Unconfirmed("no_id", "")),
]


def act(ability: Ability, **more: Any) -> Action:
    return Action(ability, MIA_ID, **{"recipient": MIA_ID, "target": "1790001", **more})


def sender_action(action: str, **more: Any) -> Request:
    return request("me/messages", recipient={"id": MIA_ID}, sender_action=action, **more)


ACTION_CASES: list[tuple[str, Action, list[Answer], Request | Exception]] = [
    ("typing", act(Ability.TYPING), [OK_DM], sender_action("typing_on")),
    ("mark as read", act(Ability.MARK_READ), [OK_DM], sender_action("mark_seen")),
    (
        "react",
        act(Ability.REACT, target="aWd_1", text="❤️"),
        [OK_DM],
        sender_action("react", payload={"message_id": "aWd_1", "reaction": "love"}),
    ),
    (
        "take a reaction back",
        act(Ability.REACT, target="aWd_1"),
        [OK_DM],
        sender_action("unreact", payload={"message_id": "aWd_1"}),
    ),
    ("react with a crab", act(Ability.REACT, text="🦀"), [], Rejected("reaction_not_allowed", "")),
    ("hide", act(Ability.HIDE), [OK_DONE], Request("POST", "/v26.0/1790001", query={"hide": "true"})),
    (
        "show again",
        act(Ability.UNHIDE),
        [OK_DONE],
        Request("POST", "/v26.0/1790001", query={"hide": "false"}),
    ),
    ("delete", act(Ability.DELETE), [OK_DONE], Request("DELETE", "/v26.0/1790001")),
    ("delete what is gone", act(Ability.DELETE), [error(400, 100, 33)], Request("DELETE", "/v26.0/1790001")),
    ("hide what is gone", act(Ability.HIDE), [error(400, 100, 33)], Rejected("100/33", "")),
    ("hide nothing", act(Ability.HIDE, target=None), [], Rejected("no_target", "")),
    ("like", act(Ability.LIKE), [], Rejected("ability_missing", "")),
]
