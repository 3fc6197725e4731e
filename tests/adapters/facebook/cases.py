"""Plain data about the Facebook adapter: bodies with the events they give, messages with the request they
make.

All people, pages and texts are invented; the shapes are those of Meta's documentation. `FIXTURES` are
(name, webhook body, events); `SEND_CASES` are (name, outbound, answers, expected request or exception), an
answer being (status, headers, body); `ACTION_CASES` the same for actions; `UNRECOGNIZED` and `MALFORMED`
are bodies by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

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
from tests.adapters.facebook.bodies import (
    ACCOUNT,
    AT,
    FIXTURES,
    FOLDER,
    MALFORMED,
    NOOR_ID,
    PAGE,
    POST,
    REFERENCE,
    TEO_ID,
    UNRECOGNIZED,
    after,
    body,
)

__all__ = [
    "ACCOUNT",
    "ACTION_CASES",
    "AT",
    "FIXTURES",
    "FOLDER",
    "MALFORMED",
    "NOOR_ID",
    "OK_COMMENT",
    "OK_DM",
    "OPENED",
    "PAGE",
    "PNG",
    "POST",
    "REFERENCE",
    "SEND_CASES",
    "TEO_ID",
    "UNRECOGNIZED",
    "USAGE",
    "Answer",
    "Request",
    "after",
    "body",
    "error",
    "outbound",
]

Answer = tuple[int, dict[str, str], Any]
OPENED = after(-3600)
PNG = OutboundAttachment("image", "cup.png", "image/png", content=b"\x89PNG....")


class Request(NamedTuple):
    """A request as the platform must see it. `json` or `form` (values parsed where they are JSON); `files`
    name to (file name, content, type)."""

    method: str
    path: str
    json: Any = None
    query: Mapping[str, str] = {}
    form: Mapping[str, Any] = {}
    files: Mapping[str, tuple[str, bytes, str]] = {}


def outbound(source: Source = Source.DM, **more: Any) -> Outbound:
    defaults: dict[Source, dict[str, Any]] = {
        Source.DM: {
            "thread_key": NOOR_ID,
            "recipient": NOOR_ID,
            "reply_to": {"recipient": NOOR_ID},
            "last_opened_at": OPENED,
        },
        Source.COMMENT: {"thread_key": "3300_1", "reply_to": {"comment_id": "3300_1", "post_id": POST}},
        Source.MENTION: {
            "thread_key": f"{PAGE}_3400",
            "reply_to": {"object_id": f"{PAGE}_3400", "post_id": f"{PAGE}_3400"},
        },
        Source.REVIEW: {"thread_key": "5501", "reply_to": {"story_id": "5501"}},
    }
    base = {"reference": REFERENCE, "source": source, "recipient": None, "at": AT, "text": "Yes, from 7."}
    return Outbound(**{**base, **defaults[source], **more})


def _dm_request(**more: Any) -> Request:
    message = {"metadata": str(REFERENCE), "text": "Yes, from 7."}
    base = {"recipient": {"id": NOOR_ID}, "messaging_type": "RESPONSE", "message": message}
    return Request("POST", f"/v26.0/{PAGE}/messages", json={**base, **more})


def error(status: int, code: int, subcode: int | None = None, headers: Any = None, **more: Any) -> Answer:
    found = {"message": f"(#{code}) invented", "type": "OAuthException", "code": code, "fbtrace_id": "Ax"}
    return (
        status,
        headers or {},
        {"error": {**found, **({"error_subcode": subcode} if subcode else {}), **more}},
    )


OK_DM: Answer = (200, {}, {"recipient_id": NOOR_ID, "message_id": "m_sent"})
OK_COMMENT: Answer = (200, {}, {"id": "3300_9"})
USAGE = json.dumps({PAGE: [{"type": "messenger", "call_count": 100, "estimated_time_to_regain_access": 19}]})

SEND_CASES: list[tuple[str, Outbound, list[Answer], Request | Exception]] = [
    ("dm text", outbound(), [OK_DM], _dm_request()),
    ("dm that quotes", outbound(quoted="m_q"), [OK_DM], _dm_request(reply_to={"mid": "m_q"})),
    ("dm when nobody knows the window", outbound(last_opened_at=None), [OK_DM], _dm_request()),
    (
        "dm by a person after a day",
        outbound(last_opened_at=after(-30 * 3600)),
        [OK_DM],
        _dm_request(messaging_type="MESSAGE_TAG", tag="HUMAN_AGENT"),
    ),
    (
        "dm by a program after a day",
        outbound(last_opened_at=after(-30 * 3600), by_human=False),
        [],
        Rejected("reply_window_closed", ""),
    ),
    (
        "dm by a person after eight days",
        outbound(last_opened_at=after(-8 * 86400)),
        [],
        Rejected("reply_window_closed", ""),
    ),
    (
        "dm with a picture",
        outbound(text="", attachments=(PNG,)),
        [OK_DM],
        Request(
            "POST",
            f"/v26.0/{PAGE}/messages",
            form={
                "recipient": {"id": NOOR_ID},
                "messaging_type": "RESPONSE",
                "message": {
                    "metadata": str(REFERENCE),
                    "attachment": {"type": "image", "payload": {"is_reusable": False}},
                },
            },
            files={"filedata": ("cup.png", PNG.content, "image/png")},
        ),
    ),
    (
        "dm with a file by address",
        outbound(
            text="",
            attachments=(
                OutboundAttachment("file", "menu.pdf", "application/pdf", url="https://hark.example/f/1"),
            ),
        ),
        [OK_DM],
        _dm_request(
            message={
                "metadata": str(REFERENCE),
                "attachment": {
                    "type": "file",
                    "payload": {"url": "https://hark.example/f/1", "is_reusable": False},
                },
            }
        ),
    ),
    ("dm over 2000 characters", outbound(text="x" * 2001), [], Rejected("text_too_long", "")),
    ("dm of 2000 emoji", outbound(text="☕" * 2001), [], Rejected("text_too_long", "")),
    ("dm of nothing", outbound(text=" "), [], Rejected("empty", "")),
    (
        "dm with two pictures",
        outbound(text="", attachments=(PNG, PNG)),
        [],
        Rejected("attachment_not_allowed", ""),
    ),
    ("dm with text and picture", outbound(attachments=(PNG,)), [], Rejected("attachment_not_allowed", "")),
    (
        "dm with an unknown kind",
        outbound(text="", attachments=(OutboundAttachment("hologram", "h", "x/y", b"1"),)),
        [],
        Rejected("attachment_not_allowed", ""),
    ),
    (
        "dm with a picture over 8 MB",
        outbound(
            text="",
            attachments=(OutboundAttachment("image", "b.png", "image/png", b"1" * (8 * 1024 * 1024 + 1)),),
        ),
        [],
        Rejected("attachment_too_large", ""),
    ),
    (
        "answer to a comment",
        outbound(Source.COMMENT),
        [OK_COMMENT],
        Request("POST", "/v26.0/3300_1/comments", json={"message": "Yes, from 7."}),
    ),
    (
        "answer to a comment with a picture",
        outbound(Source.COMMENT, attachments=(PNG,)),
        [OK_COMMENT],
        Request(
            "POST",
            "/v26.0/3300_1/comments",
            form={"message": "Yes, from 7."},
            files={"source": ("cup.png", PNG.content, "image/png")},
        ),
    ),
    (
        "answer to a comment with a picture by address",
        outbound(
            Source.COMMENT,
            text="",
            attachments=(OutboundAttachment("image", "c.png", "image/png", url="https://hark.example/f/2"),),
        ),
        [OK_COMMENT],
        Request("POST", "/v26.0/3300_1/comments", json={"attachment_url": "https://hark.example/f/2"}),
    ),
    ("a quote in a comment", outbound(Source.COMMENT, quoted="3300_2"), [], Rejected("ability_missing", "")),
    (
        "comment over 8000 characters",
        outbound(Source.COMMENT, text="x" * 8001),
        [],
        Rejected("text_too_long", ""),
    ),
    (
        "private answer to a comment",
        outbound(Source.COMMENT, private_to="3300_2"),
        [(200, {}, {"recipient_id": TEO_ID, "message_id": "m_private"})],
        _dm_request(recipient={"comment_id": "3300_2"}),
    ),
    (
        "private answer to a visitor's post",
        outbound(Source.MENTION, private_to=f"{PAGE}_3400"),
        [OK_DM],
        _dm_request(recipient={"post_id": f"{PAGE}_3400"}),
    ),
    (
        "private answer over 2000 characters",
        outbound(Source.COMMENT, private_to="3300_2", text="x" * 2001),
        [],
        Rejected("text_too_long", ""),
    ),
    (
        "private answer to a review",
        outbound(Source.REVIEW, private_to="5501"),
        [],
        Rejected("ability_missing", ""),
    ),
    (
        "answer to a mention",
        outbound(Source.MENTION),
        [OK_COMMENT],
        Request("POST", f"/v26.0/{PAGE}_3400/comments", json={"message": "Yes, from 7."}),
    ),
    (
        "answer to a review",
        outbound(Source.REVIEW),
        [(200, {}, {"id": "5501_10"})],
        Request("POST", "/v26.0/5501/comments", json={"message": "Yes, from 7."}),
    ),
    (
        "review with a picture",
        outbound(Source.REVIEW, attachments=(PNG,)),
        [],
        Rejected("attachment_not_allowed", ""),
    ),
    ("accepted without an id", outbound(), [(200, {}, {"recipient_id": NOOR_ID})], Unconfirmed("no_id", "")),
    ("an empty 200", outbound(), [(200, {}, b"")], Unconfirmed("unreadable_answer", "")),
    ("HTML with 200", outbound(), [(200, {}, b"<html>")], Unconfirmed("unreadable_answer", "")),
    ("HTML with 502", outbound(), [(502, {}, b"<html>")], Unconfirmed("http_502", "")),
    (
        "HTML with 503",
        outbound(),
        [(503, {"retry-after": "7"}, b"<html>")],
        TryAgain("http_503", "", retry_after=7),
    ),
    ("HTML with 404", outbound(), [(404, {}, b"<html>")], Rejected("http_404", "")),
    ("HTML with 401", outbound(), [(401, {}, b"<html>")], Reconnect("http_401", "")),
    (
        "429 with Retry-After",
        outbound(),
        [(429, {"retry-after": "30"}, b"")],
        TryAgain("http_429", "", retry_after=30, scope="account"),
    ),
    (
        "429 with nonsense",
        outbound(),
        [(429, {"retry-after": "soon"}, b"")],
        TryAgain("http_429", "", scope="account"),
    ),
    ("window closed", outbound(), [error(400, 10, 2018278)], Rejected("10/2018278", "")),
    (
        "person unavailable",
        outbound(),
        [error(400, 551, 1545041)],
        Rejected("551/1545041", "", unreachable=True),
    ),
    ("person refuses", outbound(), [error(400, 200, 1545041)], Rejected("200/1545041", "", unreachable=True)),
    ("not reachable", outbound(), [error(400, 10, 2018108)], Rejected("10/2018108", "", unreachable=True)),
    ("no such person", outbound(), [error(400, 100, 2018001)], Rejected("100/2018001", "")),
    ("gone", outbound(Source.COMMENT), [error(400, 100, 33)], Rejected("100/33", "")),
    ("another app has the thread", outbound(), [error(400, 10, 2018300)], Rejected("10/2018300", "")),
    ("a twin", outbound(Source.COMMENT), [error(400, 506)], Rejected("506", "")),
    ("a code of tomorrow", outbound(), [error(400, 777777)], Rejected("777777", "")),
    ("token expired", outbound(), [error(400, 190, 463)], Reconnect("190/463", "")),
    ("session gone", outbound(), [error(400, 102)], Reconnect("102", "")),
    ("permission missing", outbound(), [error(403, 200)], Reconnect("200", "")),
    ("permission missing, by 10", outbound(), [error(400, 10)], Reconnect("10", "")),
    ("permission missing, by 283", outbound(), [error(400, 283)], Reconnect("283", "")),
    ("blocked by policy", outbound(), [error(400, 368)], Reconnect("368", "")),
    ("page restricted", outbound(), [error(400, 10, 1893063)], Reconnect("10/1893063", "")),
    ("app limit", outbound(), [error(400, 4)], TryAgain("4", "", scope="account")),
    ("page limit", outbound(), [error(400, 32)], TryAgain("32", "", scope="account")),
    ("volume limit", outbound(), [error(400, 613, 1996)], TryAgain("613/1996", "", scope="account")),
    (
        "business limit with minutes",
        outbound(),
        [error(400, 80006, headers={"x-business-use-case-usage": USAGE})],
        TryAgain("80006", "", retry_after=19 * 60, scope="account"),
    ),
    (
        "upload failed",
        outbound(text="", attachments=(PNG,)),
        [error(400, 100, 2018047)],
        TryAgain("100/2018047", ""),
    ),
    ("a failure that may have sent", outbound(), [error(500, 2, is_transient=True)], Unconfirmed("2", "")),
    ("an unknown failure", outbound(), [error(500, 1)], Unconfirmed("1", "")),
    (
        "a failure with words for people",
        outbound(),
        [error(400, 1, 1965014, is_transient=False, error_user_msg="Choose another day.")],
        Rejected("1/1965014", "Choose another day."),
    ),
]

OK_DONE: Answer = (200, {}, {"success": True})


def sender_action(action: str, **more: Any) -> Request:
    body = {"recipient": {"id": NOOR_ID}, "sender_action": action, **more}
    return Request("POST", f"/v26.0/{PAGE}/messages", json=body)


ACTION_CASES: list[tuple[str, Action, list[Answer], Request | Exception | None]] = [
    (
        "typing",
        Action(Ability.TYPING, NOOR_ID, {"recipient": NOOR_ID}),
        [(200, {}, {"recipient_id": NOOR_ID})],
        Request(
            "POST",
            f"/v26.0/{PAGE}/messages",
            json={"recipient": {"id": NOOR_ID}, "sender_action": "typing_on"},
        ),
    ),
    (
        "mark as read",
        Action(Ability.MARK_READ, NOOR_ID, recipient=NOOR_ID),
        [(200, {}, {"recipient_id": NOOR_ID})],
        Request(
            "POST",
            f"/v26.0/{PAGE}/messages",
            json={"recipient": {"id": NOOR_ID}, "sender_action": "mark_seen"},
        ),
    ),
    (
        "hide",
        Action(Ability.HIDE, "3300_1", target="3300_1"),
        [(200, {}, {"success": True})],
        Request("POST", "/v26.0/3300_1", query={"is_hidden": "true"}),
    ),
    (
        "show again",
        Action(Ability.UNHIDE, "3300_1", target="3300_1"),
        [(200, {}, {"success": True})],
        Request("POST", "/v26.0/3300_1", query={"is_hidden": "false"}),
    ),
    (
        "like",
        Action(Ability.LIKE, "3300_1", target="3300_1"),
        [(200, {}, {"success": True})],
        Request("POST", "/v26.0/3300_1/likes"),
    ),
    (
        "take a like back",
        Action(Ability.UNLIKE, "3300_1", target="3300_1"),
        [(200, {}, {"success": True})],
        Request("DELETE", "/v26.0/3300_1/likes"),
    ),
    (
        "delete",
        Action(Ability.DELETE, "3300_1", target="3300_1"),
        [(200, {}, {"success": True})],
        Request("DELETE", "/v26.0/3300_1"),
    ),
    (
        "delete what is gone",
        Action(Ability.DELETE, "3300_1", target="3300_1"),
        [error(400, 100, 33)],
        Request("DELETE", "/v26.0/3300_1"),
    ),
    (
        "edit",
        Action(Ability.EDIT, "3300_1", target="3300_6", text="5 euros"),
        [(200, {}, {"success": True})],
        Request("POST", "/v26.0/3300_6", json={"message": "5 euros"}),
    ),
    (
        "edit to nothing",
        Action(Ability.EDIT, "3300_1", target="3300_6", text=""),
        [],
        Rejected("text_too_long", ""),
    ),
    (
        "react",
        Action(Ability.REACT, NOOR_ID, recipient=NOOR_ID, target="m_1", text="❤️"),
        [OK_DM],
        sender_action("react", payload={"message_id": "m_1", "reaction": "love"}),
    ),
    (
        "take a reaction back",
        Action(Ability.REACT, NOOR_ID, recipient=NOOR_ID, target="m_1"),
        [OK_DM],
        sender_action("unreact", payload={"message_id": "m_1"}),
    ),
    (
        "a reaction without a name",
        Action(Ability.REACT, NOOR_ID, recipient=NOOR_ID, target="m_1", text="🦀"),
        [],
        Rejected("reaction_not_allowed", ""),
    ),
    (
        "block a writer",
        Action(Ability.BAN, NOOR_ID, recipient=NOOR_ID),
        [OK_DONE],
        Request("POST", f"/v26.0/{PAGE}/blocked", query={"psid": NOOR_ID}),
    ),
    (
        "let a writer again",
        Action(Ability.UNBAN, NOOR_ID, recipient=NOOR_ID),
        [OK_DONE],
        Request("DELETE", f"/v26.0/{PAGE}/blocked", query={"psid": NOOR_ID}),
    ),
    (
        "block a commenter",
        Action(Ability.BAN, "3300_1", target="3300_1", author=TEO_ID),
        [OK_DONE],
        Request("POST", f"/v26.0/{PAGE}/blocked", query={"user": TEO_ID}),
    ),
    (
        "let a commenter again",
        Action(Ability.UNBAN, "3300_1", target="3300_1", author=TEO_ID),
        [OK_DONE],
        Request("DELETE", f"/v26.0/{PAGE}/blocked", query={"user": TEO_ID}),
    ),
    (
        "block whom nobody names",
        Action(Ability.BAN, "3300_1", target="3300_1", author="anonymous:3300_1"),
        [],
        Rejected("no_author", ""),
    ),
    (
        "block the page",
        Action(Ability.BAN, "3300_1", target="3300_1", author=PAGE),
        [],
        Rejected("own_page", ""),
    ),
    ("a template", Action(Ability.TEMPLATE, NOOR_ID, target="m_1"), [], Rejected("ability_missing", "")),
    ("hide nothing", Action(Ability.HIDE, "3300_1"), [], Rejected("no_target", "")),
    (
        "hide what is gone",
        Action(Ability.HIDE, "1", target="1"),
        [error(400, 100, 33)],
        Rejected("100/33", ""),
    ),
    (
        "like in a rush",
        Action(Ability.LIKE, "1", target="1"),
        [error(400, 4)],
        TryAgain("4", "", scope="account"),
    ),
    ("hide with a failure", Action(Ability.HIDE, "1", target="1"), [error(500, 2)], TryAgain("2", "")),
]
