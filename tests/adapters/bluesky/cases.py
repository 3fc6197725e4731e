"""What is sent and done, with the server's answers and how each ends."""

from __future__ import annotations

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
from tests.adapters.bluesky.expected import AT, address
from tests.adapters.bluesky.people import (
    ADA,
    ADAS,
    CONVO,
    OURS,
    REFERENCE,
    SHOP,
    chat_message,
    cid,
    convo,
    post,
    record,
    reply,
    view,
)

PNG = OutboundAttachment("image", "cup.png", "image/png", b"png", alt="A cup")
WRITTEN = Reply(
    200, {"uri": post(SHOP, "3lnew"), "cid": "bafynew", "commit": {}, "validationStatus": "valid"}
)
TOLD = Reply(
    200, {"id": "m20", "rev": "2", "sender": {"did": SHOP}, "sentAt": "2026-11-23T12:00:00.000Z", "text": "x"}
)
BLOB = Reply(
    200, {"blob": {"$type": "blob", "ref": {"$link": "bafyblob"}, "mimeType": "image/png", "size": 3}}
)
DONE = Reply(200, {"uri": "at://x/y/z", "cid": "c"})
EMPTY = Reply(200, {})
UNDER_OURS = address(post(ADA, "3lc"), OURS)


def refused(name: str, status: int = 400, message: str = "no", headers: Any = None) -> Reply:
    return Reply(status, {"error": name, "message": message}, headers or {})


def outbound(source: Source = Source.DM, **more: Any) -> Outbound:
    chat = source is Source.DM
    known: dict[str, Any] = {
        "reference": REFERENCE,
        "source": source,
        "thread_key": CONVO if chat else f"{OURS if source is Source.COMMENT else ADAS}#{ADA}",
        "recipient": ADA,
        "at": AT,
        "text": "On its way",
        "reply_to": {"convo": CONVO, "status": "accepted", "person": ADA}
        if chat
        else UNDER_OURS
        if source is Source.COMMENT
        else address(ADAS),
    }
    return Outbound(**{**known, **more})


def posts(*views: dict[str, Any]) -> Reply:
    return Reply(200, {"posts": list(views)})


def case(name: str, sent: Outbound, answers: list[Any], outcome: Any) -> SendCase:
    return SendCase(name, sent, tuple(answers), outcome)


REPLY_TO_ADA = view(post(ADA, "3lq"), record("And?", reply=reply(OURS, OURS)))
CONVO_OF_ADA = Reply(200, {"convo": convo()})
REQUEST_OF_ADA = Reply(200, {"convo": convo("request")})

SENDS: tuple[SendCase, ...] = (
    case("a direct message", outbound(), [TOLD], Sent("m20")),
    case("a direct message that answers one", outbound(quoted="m1"), [TOLD], Sent("m20")),
    case(
        "an answer to a request lets it in first",
        outbound(reply_to={"convo": CONVO, "status": "request"}),
        [REQUEST_OF_ADA, EMPTY, TOLD],
        Sent("m20"),
    ),
    case(
        "an answer to a request that was let in meanwhile",
        outbound(reply_to={"convo": CONVO, "status": "request"}),
        [CONVO_OF_ADA, TOLD],
        Sent("m20"),
    ),
    case("a comment", outbound(Source.COMMENT), [WRITTEN], Sent(post(SHOP, "3lnew"))),
    case(
        "a comment under another one",
        outbound(Source.COMMENT, quoted=post(ADA, "3lq")),
        [posts(REPLY_TO_ADA), WRITTEN],
        Sent,
    ),
    case(
        "a comment under one that is gone",
        outbound(Source.COMMENT, quoted=post(ADA, "3lq")),
        [posts()],
        Rejected,
    ),
    case(
        "a comment with pictures",
        outbound(Source.COMMENT, attachments=(PNG, PNG)),
        [BLOB, BLOB, WRITTEN],
        Sent,
    ),
    case(
        "a picture without words",
        outbound(Source.COMMENT, text="", attachments=(PNG,)),
        [BLOB, WRITTEN],
        Sent,
    ),
    case(
        "a private answer to a comment",
        outbound(Source.COMMENT, private_to=post(ADA, "3lc")),
        [CONVO_OF_ADA, TOLD],
        Sent("m20", thread_key=CONVO, thread_source=Source.DM),
    ),
    case(
        "a private answer to a request",
        outbound(Source.MENTION, private_to=ADAS),
        [REQUEST_OF_ADA, REQUEST_OF_ADA, EMPTY, TOLD],
        Sent,
    ),
    case(
        "a private answer to somebody who takes none",
        outbound(Source.MENTION, private_to=ADAS),
        [refused("NotFollowedBySender")],
        Rejected,
    ),
    case("an answer to a mention", outbound(Source.MENTION), [WRITTEN], Sent),
    case(
        "an answer to a mention with a picture",
        outbound(Source.MENTION, attachments=(PNG,)),
        [BLOB, WRITTEN],
        Sent,
    ),
    case("an answer to a chosen mention", outbound(Source.MENTION, quoted=ADAS), [WRITTEN], Sent),
    case(
        "an answer that names somebody",
        outbound(Source.MENTION, text="@ben.test look"),
        [Reply(200, {"did": "did:plc:x"}), WRITTEN],
        Sent,
    ),
    case(
        "an answer that names nobody",
        outbound(Source.MENTION, text="@nobody.test look"),
        [refused("InvalidRequest"), WRITTEN],
        Sent,
    ),
    case("more pictures than a post takes", outbound(Source.COMMENT, attachments=(PNG,) * 5), [], Rejected),
    case("a file in a direct message", outbound(attachments=(PNG,)), [], Rejected),
    case(
        "a film",
        outbound(Source.COMMENT, attachments=(OutboundAttachment("video", "a.mp4", "video/mp4", b"1"),)),
        [],
        Rejected,
    ),
    case(
        "a picture that is too large",
        outbound(
            Source.COMMENT, attachments=(OutboundAttachment("image", "a.png", "image/png", b"1" * 2_000_001),)
        ),
        [],
        Rejected,
    ),
    case("few characters of many bytes", outbound(Source.COMMENT, text="👨‍👩‍👧‍👦" * 200), [], Rejected),
    case("nothing", outbound(text="  "), [], Rejected),
    case("an expired session", outbound(), [refused("ExpiredToken")], Reconnect),
    case(
        "an app password without direct messages",
        outbound(),
        [refused("InvalidToken", 400, "Bad token method")],
        Rejected,
    ),
    case(
        "a garbled session",
        outbound(),
        [refused("InvalidToken", 400, "Token could not be verified")],
        Reconnect,
    ),
    case("a locked conversation", outbound(), [refused("ConvoLocked")], Rejected),
    case("a chat service that cannot be reached", outbound(), [refused("UpstreamFailure", 502)], Unconfirmed),
    case(
        "too many points",
        outbound(Source.COMMENT),
        [refused("RateLimitExceeded", 429, headers={"retry-after": "3596"})],
        TryAgain,
    ),
    case(
        "an upload that gets no answer",
        outbound(Source.COMMENT, attachments=(PNG,)),
        [refused("x", 503)],
        TryAgain,
    ),
)


def action(ability: Ability, **more: Any) -> Action:
    known: dict[str, Any] = {
        "thread_key": f"{OURS}#{ADA}",
        "reply_to": UNDER_OURS,
        "recipient": ADA,
        "target": post(ADA, "3lc"),
    }
    return Action(ability, **{**known, **more})


def in_chat(ability: Ability, **more: Any) -> Action:
    known = {
        "thread_key": CONVO,
        "reply_to": {"convo": CONVO, "person": ADA},
        "recipient": ADA,
        "target": "m1",
    }
    return Action(ability, **{**known, **more})


def liked(by: str | None) -> Reply:
    return Reply(
        200, {"posts": [{"uri": post(ADA, "3lc"), "cid": "c", "viewer": {"like": by} if by else {}}]}
    )


def person(blocking: str | None = None) -> Reply:
    return Reply(200, {"did": ADA, "viewer": {"blocking": blocking} if blocking else {}})


def messages(*emoji: str) -> Reply:
    reactions = [{"value": each, "sender": {"did": SHOP}} for each in emoji]
    return Reply(200, {"messages": [chat_message("m1", ADA, reactions=reactions)]})


def gate(*hidden: str) -> Reply:
    return Reply(
        200,
        {
            "uri": "x",
            "cid": cid(OURS),
            "value": {"post": OURS, "createdAt": "x", "hiddenReplies": list(hidden)},
        },
    )


BLOCK = f"at://{SHOP}/app.bsky.graph.block/3lb"
HIDDEN = post(ADA, "3lc")

ACTIONS: tuple[ActionCase, ...] = tuple(
    ActionCase(name, done, tuple(answers), outcome)
    for name, done, answers, outcome in (
        ("like", action(Ability.LIKE), [liked(None), DONE], None),
        (
            "like what is liked already",
            action(Ability.LIKE),
            [liked(f"at://{SHOP}/app.bsky.feed.like/1")],
            None,
        ),
        ("like what is gone", action(Ability.LIKE), [posts()], Rejected),
        ("unlike", action(Ability.UNLIKE), [liked(f"at://{SHOP}/app.bsky.feed.like/1"), DONE], None),
        ("unlike what is not liked", action(Ability.UNLIKE), [liked(None)], None),
        ("delete our own", action(Ability.DELETE, target=OURS), [EMPTY], None),
        ("delete another's", action(Ability.DELETE), [], Rejected),
        ("hide", action(Ability.HIDE), [refused("RecordNotFound"), DONE], None),
        ("hide one more", action(Ability.HIDE), [gate(post(ADA, "3lother")), DONE], None),
        ("hide what is hidden", action(Ability.HIDE), [gate(HIDDEN)], None),
        (
            "hide under somebody else's post",
            action(Ability.HIDE, thread_key=f"{ADAS}#{ADA}", reply_to=address(ADAS)),
            [],
            Rejected,
        ),
        ("hide while somebody else does", action(Ability.HIDE), [gate(), refused("InvalidSwap")], TryAgain),
        ("unhide", action(Ability.UNHIDE), [gate(HIDDEN), DONE], None),
        ("unhide what is not hidden", action(Ability.UNHIDE), [gate()], None),
        ("block", action(Ability.BAN), [person(), DONE], None),
        ("block twice", action(Ability.BAN), [person(BLOCK)], None),
        ("unblock", action(Ability.UNBAN), [person(BLOCK), EMPTY], None),
        (
            "unblock whom a list blocks",
            action(Ability.UNBAN),
            [person(f"at://{ADA}/app.bsky.graph.list/3l")],
            Rejected,
        ),
        ("unblock whom nobody blocks", action(Ability.UNBAN), [person()], None),
        ("block nobody", action(Ability.BAN, target=OURS, recipient=None, reply_to={}), [], Rejected),
        ("mark as read", in_chat(Ability.MARK_READ), [EMPTY], None),
        ("react", in_chat(Ability.REACT, text="❤️"), [messages(), EMPTY], None),
        ("react otherwise", in_chat(Ability.REACT, text="❤️"), [messages("👍"), EMPTY, EMPTY], None),
        ("react the same", in_chat(Ability.REACT, text="❤️"), [messages("❤️")], None),
        ("take a reaction back", in_chat(Ability.REACT, text=""), [messages("❤️"), EMPTY], None),
        ("react to nothing", in_chat(Ability.REACT, text="❤️", target=None), [], Rejected),
        ("an expired session", action(Ability.LIKE), [refused("ExpiredToken")], Reconnect),
    )
)
