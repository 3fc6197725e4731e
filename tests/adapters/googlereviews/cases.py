"""Answers and actions with what Google says to them, for the contract suite and the tests of sending."""

from __future__ import annotations

from datetime import UTC, datetime
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
from tests.adapters.googlereviews.bodies import RECEIVED, review_id

REVIEW = review_id(1)
OURS = f"{REVIEW}/reply"
ANSWERED = datetime(2026, 11, 24, 12, 0, 1, tzinfo=UTC)


def outbound(source: Source = Source.REVIEW, text: str = "Thank you!", **more: Any) -> Outbound:
    given: dict[str, Any] = {"recipient": None, "at": RECEIVED, "reply_to": {"review": REVIEW}, **more}
    return Outbound(reference=UUID(int=7), source=source, thread_key=REVIEW, text=text, **given)


def put(text: str = "Thank you!") -> Reply:
    return Reply(200, {"comment": text, "updateTime": "2026-11-24T12:00:01.000000000Z"})


STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def refusal(status: int, reason: str | None = None, **metadata: str) -> Any:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "metadata": metadata}
    error = {"code": status, "message": "invented", "status": STATUS[status]}
    return {"error": {**error, **({"details": [info]} if reason else {})}}


def refused(status: int, reason: str | None = None, **metadata: str) -> Reply:
    return Reply(status, refusal(status, reason, **metadata))


NO_QUOTA = refused(429, "RATE_LIMIT_EXCEEDED", quota_limit_value="0")
PNG = OutboundAttachment("image", "bread.png", "image/png", b"\x89PNG")

SENDS = (
    SendCase("answer", outbound(), (put(),), Sent(OURS, ANSWERED)),
    SendCase("answer addressed by the thread", outbound(reply_to={}), (put(),), Sent(OURS, ANSWERED)),
    SendCase("answer that is not shown", outbound(), (Reply(200, {"name": "x"}),), Unconfirmed),
    SendCase("direct message", outbound(Source.DM), (), Rejected),
    SendCase("private answer", outbound(private_to=REVIEW), (), Rejected),
    SendCase("quoting answer", outbound(quoted=REVIEW), (), Rejected),
    SendCase("picture", outbound(attachments=(PNG,)), (), Rejected),
    SendCase("nothing to say", outbound(text=" \n"), (), Rejected),
    SendCase("review of a strange name", outbound(reply_to={"review": "../accounts"}), (), Rejected),
    SendCase("scope missing", outbound(), (refused(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),), Reconnect),
    SendCase("API switched off", outbound(), (refused(403, "SERVICE_DISABLED"),), Reconnect),
    SendCase("not verified", outbound(), (refused(403),), Rejected),
    SendCase("review gone", outbound(), (refused(404),), Rejected),
    SendCase("quota not granted", outbound(), (NO_QUOTA,), TryAgain),
    SendCase("at the same time", outbound(), (refused(409),), TryAgain),
)


def action(ability: Ability, target: str | None = OURS, **more: Any) -> Action:
    return Action(ability, REVIEW, target=target, **more)


DONE = Reply(200, {})

ACTIONS = (
    ActionCase("edit", action(Ability.EDIT, text="Thanks a lot!"), (put("Thanks a lot!"),)),
    ActionCase("edit too long", action(Ability.EDIT, text="ä" * 2049), (), Rejected),
    ActionCase("edit to nothing", action(Ability.EDIT, text=" "), (), Rejected),
    ActionCase("edit the review", action(Ability.EDIT, REVIEW, text="x"), (), Rejected),
    ActionCase("delete our answer", action(Ability.DELETE), (DONE,)),
    ActionCase("delete what is gone", action(Ability.DELETE), (refused(404),)),
    ActionCase("delete the review", action(Ability.DELETE, REVIEW), (), Rejected),
    ActionCase("delete nothing", action(Ability.DELETE, None), (), Rejected),
    ActionCase("delete without the right", action(Ability.DELETE), (refused(403),), Rejected),
)
