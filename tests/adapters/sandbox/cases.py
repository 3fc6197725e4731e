"""Plain data about the sandbox adapter. The network's own JSON is written here by hand, not by the network's
code, so that both can be wrong only independently."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from hark.adapters.sandbox import ADAPTER
from hark.channels.contract import (
    Ability,
    Account,
    AccountNotice,
    Action,
    Attachment,
    Author,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Outbound,
    OutboundAttachment,
    OutboundTemplate,
    Post,
    Reachability,
    Reaction,
    Receipt,
    Reconnect,
    Rejected,
    Sent,
    Source,
    Thread,
    ThreadMoved,
    TryAgain,
    Unconfirmed,
    Unrecognized,
    Unsupported,
    WebhookRequest,
)
from hark.channels.testing import ActionCase, AdapterCases, ChallengeCase, Fixture, Reply, SendCase
from hark.kernel.secrets import Secret

US = "acme"
MS = 1_793_000_000_123
AT = datetime(2026, 10, 26, 7, 33, 20, 123000, tzinfo=UTC)
REFERENCE = UUID("0199a3c0-0000-7000-8000-00000000000a")
BASE = "http://127.0.0.1:8877/sandbox"
ACCOUNT = Account(
    id=UUID(int=1),
    workspace_id=UUID(int=2),
    platform_account_id=US,
    name="Acme Tea",
    secrets={"access_token": Secret("token-of-acme-tea"), "webhook_secret": Secret("hook-secret-of-acme")},
    fields={"base_url": BASE},
    webhook_url="http://127.0.0.1:8000/webhooks/sandbox/k1",
)

RIA = {"id": "ria", "name": "Ria Example", "handle": "ria", "language": "pt"}
ACME = {"id": US, "name": "Acme Tea", "handle": "acmetea"}
RIA_AUTHOR = Author("ria", "Ria Example", "ria", language="pt")
ACME_AUTHOR = Author(US, "Acme Tea", "acmetea", us=True)
DM = Thread(Source.DM, "ria", customer=RIA_AUTHOR)
POST = Post("post-1", text="New: green tea", author_name="Acme Tea")
COMMENTS = Thread(Source.COMMENT, "co_1", post=POST, reply_to={"in_reply_to": "co_1"})
MENTION = Thread(Source.MENTION, "me_1", reply_to={"in_reply_to": "me_1"})
REVIEW = Thread(Source.REVIEW, "re_1", reply_to={"in_reply_to": "re_1"})
PICTURE = {"kind": "image", "id": "md_1", "name": "leaf.png", "mime_type": "image/png", "size": 12}
PICTURE_READ = Attachment("image", file_id="md_1", name="leaf.png", mime_type="image/png", size=12)

Json = dict[str, Any]


def batch(*events: Any) -> bytes:
    return json.dumps({"account": US, "events": list(events)}).encode()


def event(number: int, kind: str, **fields: Any) -> Json:
    return {"id": f"ev_{number}", "kind": kind, "at": MS, **fields}


def item(number: int, kind: str, thread: str, **fields: Any) -> Json:
    return event(number, kind, item={"id": f"it_{number}", "thread": thread, "author": RIA, **fields})


def dm(number: int, **fields: Any) -> Message:
    base = {"id": f"it_{number}", "thread": DM, "author": RIA_AUTHOR, "at": AT}
    return Message(**{**base, **fields})


def public(number: int, thread: Thread, **fields: Any) -> Message:
    return Message(**{"id": f"it_{number}", "thread": thread, "author": RIA_AUTHOR, "at": AT, **fields})


_POST = {"id": "post-1", "text": "New: green tea", "author_name": "Acme Tea"}

_EVENTS: dict[str, tuple[Json, InboundEvent | type[Exception]]] = {
    "dm_text": (item(1, "message", "ria", text="Olá 👋"), dm(1, text="Olá 👋")),
    "dm_picture": (item(2, "message", "ria", media=[PICTURE]), dm(2, attachments=(PICTURE_READ,))),
    "dm_lost_file": (
        item(3, "message", "ria", media=[{**PICTURE, "unavailable": "expired"}]),
        dm(
            3,
            attachments=(
                Attachment("image", name="leaf.png", mime_type="image/png", size=12, skip="expired"),
            ),
        ),
    ),
    "dm_place": (
        item(4, "message", "ria", media=[{"kind": "location", "data": {"latitude": 1.5, "longitude": 2}}]),
        dm(4, attachments=(Attachment("location", data={"latitude": 1.5, "longitude": 2}),)),
    ),
    "dm_quoting": (item(5, "message", "ria", text="that", quoted="it_1"), dm(5, text="that", quoted="it_1")),
    "dm_album_piece": (
        item(6, "message", "ria", media=[PICTURE], album="al_1", position=2),
        dm(6, attachments=(PICTURE_READ,), group="al_1", position=2),
    ),
    "dm_button": (item(7, "message", "ria", text="Yes", button="yes:1"), dm(7, text="Yes", postback="yes:1")),
    "dm_poll": (
        item(8, "message", "ria", text="Tea?", content="poll"),
        dm(8, text="Tea?", unsupported="poll"),
    ),
    "dm_echo": (
        item(
            9,
            "message",
            "ria",
            author=ACME,
            partner=RIA,
            text="Hi",
            reference=str(REFERENCE),
        ),
        dm(9, author=ACME_AUTHOR, text="Hi", echo_of=str(REFERENCE)),
    ),
    "dm_of_ours_by_other_means": (
        item(10, "message", "ria", author=ACME, partner=RIA, text="From the app"),
        dm(10, author=ACME_AUTHOR, text="From the app"),
    ),
    "comment": (
        item(11, "comment", "co_1", text="Nice", post=_POST),
        public(11, COMMENTS, text="Nice"),
    ),
    "comment_echo": (
        item(12, "comment", "co_1", author=ACME, text="Ty", post=_POST, reference=str(REFERENCE)),
        public(12, COMMENTS, author=ACME_AUTHOR, text="Ty", echo_of=str(REFERENCE)),
    ),
    "mention": (
        item(13, "mention", "me_1", text="@acmetea!", url="https://sandbox.example/me_1"),
        public(13, MENTION, text="@acmetea!", metadata={"url": "https://sandbox.example/me_1"}),
    ),
    "review": (
        item(14, "review", "re_1", text="Good", rating=4),
        public(14, REVIEW, text="Good", rating=4),
    ),
    "review_without_words": (
        item(15, "review", "re_1", recommended=False),
        public(15, REVIEW, recommended=False),
    ),
    "edit": (
        event(16, "edit", change={"target": "it_1", "text": "Olá!"}),
        Edit("it_1", AT, text="Olá!"),
    ),
    "edit_of_stars": (
        event(17, "edit", change={"target": "it_14", "text": "Bad", "rating": 1}),
        Edit("it_14", AT, text="Bad", rating=1),
    ),
    "hidden": (
        event(18, "edit", change={"target": "it_11", "hidden": True}),
        Edit("it_11", AT, hidden=True),
    ),
    "media_that_came_later": (
        event(19, "media", change={"target": "it_3", "media": [PICTURE]}),
        Edit("it_3", AT, attachments=(PICTURE_READ,)),
    ),
    "delete": (event(20, "delete", target="it_1"), Deletion("it_1", AT)),
    "react": (
        event(21, "react", target="it_9", author=RIA, emoji=["❤️"]),
        Reaction("it_9", AT, RIA_AUTHOR, ("❤️",)),
    ),
    "react_taken_back": (
        event(22, "react", target="it_9", author=RIA, emoji=[]),
        Reaction("it_9", AT, RIA_AUTHOR, ()),
    ),
    "react_of_ours": (
        event(23, "react", target="it_1", author=ACME, emoji=["👍"]),
        Reaction("it_1", AT, ACME_AUTHOR, ("👍",)),
    ),
    "receipt_delivered": (
        event(24, "receipt", status="delivered", target="it_9"),
        Receipt("delivered", AT, target="it_9"),
    ),
    "receipt_read": (
        event(25, "receipt", status="read", thread="ria", until=MS - 1000),
        Receipt("read", AT, thread=Thread(Source.DM, "ria"), until=AT.replace(second=19)),
    ),
    "receipt_of_tomorrow": (
        event(26, "receipt", status="heard", target="it_9"),
        Ignored("receipt:heard", AT),
    ),
    "receipt_for_nothing": (event(27, "receipt", status="read"), Unrecognized),
    "block": (event(28, "block", person=RIA), Reachability(RIA_AUTHOR, AT, reachable=False)),
    "unblock": (event(29, "unblock", person=RIA), Reachability(RIA_AUTHOR, AT, reachable=True)),
    "call": (
        event(30, "call", thread="ria", person=RIA, details={"outcome": "missed"}),
        Unsupported(DM, AT, "call", {"outcome": "missed"}),
    ),
    "thread_moved": (event(31, "thread_moved", old="ria", new="ria2"), ThreadMoved("ria", "ria2", AT)),
    "notice": (
        event(32, "notice", code="token_expires", message="The token ends on Friday."),
        AccountNotice("token_expires", AT, alert="The token ends on Friday."),
    ),
    "typing": (event(33, "typing", thread="ria", person=RIA), Ignored("typing", AT)),
    "follow": (event(34, "follow", person=RIA), Ignored("follow", AT)),
}

FIXTURES = tuple(
    Fixture(name, batch(written), expected if isinstance(expected, type) else (expected,))
    for name, (written, expected) in _EVENTS.items()
)

UNKNOWN = {
    "a kind of tomorrow": batch(event(90, "hologram", target="it_1")),
    "an event that is a number": batch(7),
    "an event without a kind": batch({"id": "ev_91", "at": MS}),
    "an event without an id": batch({"kind": "delete", "at": MS, "target": "it_1"}),
    "a message without an author": batch(event(92, "message", item={"id": "x", "thread": "ria"})),
    "content of tomorrow": batch(item(93, "message", "ria", content="smell")),
}

MALFORMED = {
    "nothing": b"",
    "no JSON": b"events=1",
    "half of it": b'{"account":"acme","events":[',
    "a list": b"[]",
    "no account": b'{"events":[]}',
    "events that are no list": b'{"account":"acme","events":{}}',
    "not UTF-8": b'{"account":"\xff","events":[]}',
    "too deep": b"[" * 100_000,
}


def signature(content: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def sign(body: bytes, secret: str) -> WebhookRequest:
    headers = {"content-type": "application/json", "x-sandbox-signature": signature(body, secret)}
    return WebhookRequest("POST", headers, {}, body)


def merged(bodies: Sequence[bytes]) -> bytes:
    return batch(*[written for body in bodies for written in json.loads(body)["events"]])


def timed(seconds: float | None) -> bytes:
    written = item(95, "message", "ria", text="when?")
    if seconds is None:
        del written["at"]
    else:
        written["at"] = seconds * 1000
    return batch(written)


def _asked(challenge: str | None, signed: str | None) -> WebhookRequest:
    query = {"challenge": challenge, "signature": signed}
    given = {key: value for key, value in query.items() if value is not None}
    return WebhookRequest("GET", {}, given, b"")


_SECRET = "hook-secret-of-acme"
_MARKUP = "<script>alert(1)</script>"
CHALLENGE = ChallengeCase(
    right=_asked("c0ffee", signature(b"c0ffee", _SECRET)),
    echo="c0ffee",
    wrong={
        "signed by somebody else": _asked("c0ffee", signature(b"c0ffee", "another-secret")),
        "signed for another text": _asked("c0ffee", signature(b"tea", _SECRET)),
        "not signed": _asked("c0ffee", None),
        "empty": _asked("", signature(b"", _SECRET)),
        "missing": _asked(None, signature(b"", _SECRET)),
        "markup that nobody signed": _asked(_MARKUP, "sha256=00"),
        "markup that was signed": _asked(_MARKUP, signature(_MARKUP.encode(), _SECRET)),
        "endless": _asked("a" * 5000, signature(b"a" * 5000, _SECRET)),
    },
)

# Sending

SENT = Sent("us_1", AT)


def outbound(source: Source = Source.DM, **more: Any) -> Outbound:
    places: dict[Source, Json] = {
        Source.DM: {"thread_key": "ria", "recipient": "ria"},
        Source.COMMENT: {"thread_key": "co_1", "reply_to": {"in_reply_to": "co_1"}},
        Source.MENTION: {"thread_key": "me_1", "reply_to": {"in_reply_to": "me_1"}},
        Source.REVIEW: {"thread_key": "re_1", "reply_to": {"in_reply_to": "re_1"}},
    }
    base = {"reference": REFERENCE, "source": source, "recipient": None, "at": AT, "text": "Hello"}
    return Outbound(**{**base, **places[source], **more})


def accepted(sent: Outbound) -> Reply:
    thread = "ria" if sent.private_to else sent.thread_key
    source = "dm" if sent.private_to else sent.source.value
    return Reply(201, {"id": "us_1", "thread": thread, "source": source, "at": MS})


def refused(status: int, code: str = "told_to_fail", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, refusal(status, code), named)


def refusal(status: int, code: str = "told_to_fail") -> Json:
    return {"error": {"code": code, "message": f"Refused with {status}."}}


def attached(kind: str, mime_type: str, name: str = "f") -> OutboundAttachment:
    return OutboundAttachment(kind, name, mime_type, b"bytes")


def _good(name: str, sent: Outbound, outcome: Sent = SENT) -> SendCase:
    return SendCase(name, sent, (accepted(sent),), outcome)


def _bad(name: str, answer: Reply, outcome: Any) -> SendCase:
    return SendCase(name, outbound(), (answer,), outcome)


PRIVATE = Sent("us_1", AT, thread_key="ria", thread_source=Source.DM)

SENDS = (
    _good("dm", outbound()),
    _good("dm that quotes", outbound(quoted="it_1")),
    *(
        _good(f"dm with {kind}", outbound(attachments=(attached(kind, mime_type),)))
        for kind, mime_type in (
            ("image", "image/png"),
            ("video", "video/mp4"),
            ("audio", "audio/ogg"),
            ("file", "application/pdf"),
        )
    ),
    _good("dm with four pictures", outbound(attachments=(attached("image", "image/png"),) * 4)),
    *(_good(f"{source}", outbound(source)) for source in (Source.COMMENT, Source.MENTION, Source.REVIEW)),
    *(
        _good(f"{source} that quotes", outbound(source, quoted="it_11"))
        for source in (Source.COMMENT, Source.MENTION)
    ),
    *(
        _good(f"{source} with a picture", outbound(source, attachments=(attached("image", "image/png"),)))
        for source in (Source.COMMENT, Source.MENTION)
    ),
    *(
        _good(f"{source} answered privately", outbound(source, private_to="it_11"), PRIVATE)
        for source in (Source.COMMENT, Source.MENTION)
    ),
    _good(
        "dm with a template", outbound(text="Hello Ria.", template=OutboundTemplate("hello", "en", ("Ria",)))
    ),
    _good(
        "dm with a described picture",
        outbound(attachments=(OutboundAttachment("image", "f", "image/png", b"bytes", alt="A cat"),)),
    ),
    _bad("window closed", refused(400, "window_closed"), Rejected),
    _bad("blocked", refused(403, "blocked_by_person"), Rejected),
    _bad("permission gone", refused(403, "permission_missing"), Reconnect),
    _bad("token gone", refused(401, "token_invalid"), Reconnect),
    _bad("too fast", refused(429, retry_after="7"), TryAgain),
    _bad("overloaded, in the network's words", refused(503), TryAgain),
    _bad("a gateway's page", Reply(502, b"<html>"), Unconfirmed),
    _bad("request time-out", Reply(408, b""), Unconfirmed),
    _bad("an answer without an id", Reply(201, {"thread": "ria"}), Unconfirmed),
)


def action(ability: Ability, **more: Any) -> Action:
    return Action(ability, **{"thread_key": "ria", "target": "it_1", **more})


_DONE = Reply(200, {"ok": True})

ACTIONS = (
    ActionCase("typing", action(Ability.TYPING, target=None), (_DONE,), source=Source.DM),
    ActionCase("read", action(Ability.MARK_READ, target=None), (_DONE,), source=Source.DM),
    ActionCase("react", action(Ability.REACT, text="❤️"), (_DONE,), source=Source.DM),
    ActionCase("take a reaction back", action(Ability.REACT), (_DONE,), source=Source.DM),
    ActionCase("hide", action(Ability.HIDE), (_DONE,), source=Source.COMMENT),
    ActionCase("show again", action(Ability.UNHIDE), (_DONE,), source=Source.COMMENT),
    ActionCase("like", action(Ability.LIKE), (_DONE,)),
    ActionCase("take a like back", action(Ability.UNLIKE), (_DONE,)),
    ActionCase("edit", action(Ability.EDIT, text="Better"), (_DONE,)),
    ActionCase("delete", action(Ability.DELETE), (Reply(204),)),
    ActionCase("delete what is gone", action(Ability.DELETE), (refused(404, "not_found"),), Rejected),
    *(
        ActionCase(f"{ability} in a {source}", action(ability, author="ria"), (_DONE,), source=source)
        for source in (Source.DM, Source.COMMENT, Source.MENTION)
        for ability in (Ability.BAN, Ability.UNBAN)
    ),
    ActionCase("ban nobody", action(Ability.BAN), (), Rejected),
    ActionCase("hide nothing", action(Ability.HIDE, target=None), (), Rejected),
    ActionCase("reply is no action", action(Ability.REPLY), (), Rejected),
)

CASES = AdapterCases(
    adapter=ADAPTER,
    account=ACCOUNT,
    sign=sign,
    secret="webhook_secret",
    fixtures=FIXTURES,
    sends=SENDS,
    actions=ACTIONS,
    unknown=UNKNOWN,
    malformed=MALFORMED,
    ordinary={source: outbound(source) for source in Source},
    accepted=accepted,
    refusal=refusal,
    timed=timed,
    quality=Path(__file__).parents[3] / "src/hark/adapters/sandbox/quality.yaml",
    batch=merged,
    challenge=CHALLENGE,
    echoes={"dm_echo": REFERENCE, "comment_echo": REFERENCE, "dm_of_ours_by_other_means": None},
)
