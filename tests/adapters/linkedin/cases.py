"""Messages and actions with the answers they meet, for the contract suite and the tests of sending."""

from __future__ import annotations

from typing import Any
from uuid import UUID

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
from tests.adapters.linkedin.bodies import (
    ACTIVITY,
    IDA,
    PAGE,
    RECEIVED,
    TOP,
    comment_urn,
    share_urn,
    snowflake,
)

REFERENCE = UUID(int=7)
OURS = f"urn:li:comment:({ACTIVITY},{snowflake(RECEIVED, 11)})"
PLACES = {
    Source.COMMENT: {"thread_key": TOP, "reply_to": {"comment": TOP, "post": ACTIVITY}},
    Source.MENTION: {"thread_key": share_urn(9), "reply_to": {"post": ACTIVITY}},
}


def outbound(source: Source = Source.COMMENT, text: str = "Yes, until noon.", **more: Any) -> Outbound:
    given: dict[str, Any] = {
        "recipient": IDA,
        "at": RECEIVED,
        "text": text,
        **PLACES.get(source, {"thread_key": "x"}),
        **more,
    }
    return Outbound(reference=REFERENCE, source=source, **given)


def created(urn: str = OURS, **more: Any) -> Reply:
    at = int(RECEIVED.timestamp() * 1000)
    made = {"actor": PAGE, "impersonator": "urn:li:person:aDmDemo001", "time": at}
    number = urn.rpartition(",")[2].rstrip(")")
    answer = {
        "actor": PAGE,
        "commentUrn": urn,
        "created": made,
        "lastModified": made,
        "id": number,
        "message": {"attributes": [], "text": "Yes, until noon."},
        "object": ACTIVITY,
        **more,
    }
    return Reply(201, answer, {"x-restli-id": number})


def refused(status: int, message: str, **more: Any) -> Reply:
    return Reply(status, {"message": message, "status": status, **more})


def refusal(status: int) -> Any:
    words: dict[int, dict[str, Any]] = {
        400: {"message": "INVALID comment text length", "serviceErrorCode": 100},
        401: {"message": "Invalid access token", "serviceErrorCode": 65600, "code": "INVALID_ACCESS_TOKEN"},
        403: {"message": "Not enough permissions", "serviceErrorCode": 100, "code": "ACCESS_DENIED"},
        404: {"message": "Could not find entity"},
        429: {"message": "Resource level throttle limit for calls to this resource is reached."},
        500: {"message": "Internal Server Error"},
        503: {"message": "Service Unavailable"},
    }
    return {**words[status], "status": status}


PNG = OutboundAttachment("image", "bread.png", "image/png", b"\x89PNG")
DENIED = Reply(403, refusal(403))

SENDS = (
    SendCase("answer to a comment", outbound(), (created(),), Sent(OURS, RECEIVED)),
    SendCase(
        "answer whose urn comes in the compact spelling",
        outbound(),
        (created(OURS.replace("(urn:li:", "(")),),
        Sent(OURS, RECEIVED),
    ),
    SendCase(
        "answer named by the header only",
        outbound(),
        (Reply(201, b"", {"x-restli-id": str(snowflake(RECEIVED, 11))}),),
        Sent,
    ),
    SendCase("answer that is not named", outbound(), (Reply(201, {"object": 1}),), Unconfirmed),
    SendCase("answer to a mention", outbound(Source.MENTION), (created(),), Sent),
    SendCase("direct message", outbound(Source.DM), (), Rejected),
    SendCase("private answer", outbound(private_to=TOP), (), Rejected),
    SendCase("answer that quotes", outbound(quoted=TOP), (), Rejected),
    SendCase("nothing to say", outbound(text="  "), (), Rejected),
    SendCase("picture", outbound(attachments=(PNG,)), (), Rejected),
    SendCase("thread of another kind", outbound(thread_key="x", reply_to={}), (), Rejected),
    SendCase(
        "mention whose post is lost", outbound(Source.MENTION, thread_key="x", reply_to={}), (), Rejected
    ),
    SendCase(
        "picture refused",
        outbound(),
        (refused(403, "Unpermitted fields [/content]", serviceErrorCode=100),),
        Rejected,
    ),
    SendCase("right missing", outbound(), (DENIED,), Reconnect),
    SendCase(
        "version switched off",
        outbound(),
        (refused(426, "not active", code="NONEXISTENT_VERSION"),),
        Reconnect,
    ),
    SendCase("said before", outbound(), (refused(409, "Duplicate"),), Rejected),
    SendCase("comment gone", outbound(), (refused(404, "Could not find entity"),), Rejected),
    SendCase("too many comments", outbound(), (refused(429, "Comment create throttled: member"),), TryAgain),
    SendCase("broken", outbound(), (refused(500, "Internal Server Error"),), Unconfirmed),
)


def action(ability: Ability, **more: Any) -> Action:
    given: dict[str, Any] = {"thread_key": TOP, "target": TOP, "author": IDA, **more}
    return Action(ability, **given)


DONE = Reply(204)
OWN = {"target": OURS, "author": PAGE}

ACTIONS = (
    ActionCase("edit", action(Ability.EDIT, text="Until one.", **OWN), (DONE,)),
    ActionCase(
        "edit with an answer", action(Ability.EDIT, text="Until one.", **OWN), (Reply(200, {"id": "1"}),)
    ),
    ActionCase("edit too long", action(Ability.EDIT, text="x" * 1251, **OWN), (), Rejected),
    ActionCase("edit to nothing", action(Ability.EDIT, text=" ", **OWN), (), Rejected),
    ActionCase("edit a post", action(Ability.EDIT, text="x", target=share_urn(9)), (), Rejected),
    ActionCase("delete our own", action(Ability.DELETE, **OWN), (DONE,)),
    ActionCase(
        "delete what is gone", action(Ability.DELETE, **OWN), (refused(404, "Could not find entity"),)
    ),
    ActionCase("delete somebody's", action(Ability.DELETE), (DENIED,), Rejected),
    ActionCase("delete without the right", action(Ability.DELETE, **OWN), (DENIED,), Reconnect),
    ActionCase("like", action(Ability.LIKE), (Reply(201, {}),)),
    ActionCase("like again", action(Ability.LIKE), (refused(409, "exists"),)),
    ActionCase("take a like back", action(Ability.UNLIKE), (DONE,)),
    ActionCase("take back what is not there", action(Ability.UNLIKE), (refused(404, "none"),)),
    ActionCase("react", action(Ability.REACT, text="❤"), (Reply(201, {}),)),
    ActionCase("take a reaction back", action(Ability.REACT, text=""), (DONE,)),
    ActionCase("react with something else", action(Ability.REACT, text="🐌"), (), Rejected),
    ActionCase("nothing to act on", action(Ability.LIKE, target=None), (), Rejected),
    ActionCase("no urn to act on", action(Ability.LIKE, target="../x"), (), Rejected),
    ActionCase("like a nested comment", action(Ability.LIKE, target=comment_urn(3)), (Reply(201, {}),)),
)
