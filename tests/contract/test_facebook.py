"""The sixteen questions asked of Facebook, with the data of `tests/adapters/facebook`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hark.adapters._meta.signature import SIGNATURE_HEADER, signature_of
from hark.adapters.facebook import ADAPTER
from hark.channels.contract import Outbound, OutboundAttachment, Sent, Source, WebhookRequest
from hark.channels.testing import (
    ActionCase,
    AdapterCases,
    AdapterSuite,
    ChallengeCase,
    Fixture,
    Reply,
    SendCase,
)
from tests.adapters.facebook.cases import (
    ACCOUNT,
    ACTION_CASES,
    FIXTURES,
    MALFORMED,
    NOOR_ID,
    OK_COMMENT,
    OK_DM,
    REFERENCE,
    SEND_CASES,
    UNRECOGNIZED,
    body,
    outbound,
)

CODES = {400: 100, 401: 190, 403: 200, 404: 803, 429: 4, 500: 2, 503: 2}
VERIFY_TOKEN = "verify-token-of-the-cafe"


def sign(content: bytes, secret: str) -> WebhookRequest:
    headers = {"content-type": "application/json", SIGNATURE_HEADER: signature_of(content, secret)}
    return WebhookRequest("POST", headers, {}, content)


def reply(answer: Any) -> Reply:
    status, headers, content = answer
    return Reply(status, content, headers)


def outcome(expected: Any, good: Any) -> Any:
    return type(expected) if isinstance(expected, Exception) else good


def accepted(sent: Outbound) -> Reply:
    if sent.source is Source.DM:
        return Reply(200, {"recipient_id": NOOR_ID, "message_id": "m_5"})
    return Reply(200, {"id": "3300_5"})


def refusal(status: int) -> Any:
    return {"error": {"message": "invented", "type": "OAuthException", "code": CODES[status]}}


def timed(seconds: float | None) -> bytes:
    notification = json.loads(body("dm_text"))
    event = notification["entry"][0]["messaging"][0]
    if seconds is None:
        del event["timestamp"]
    else:
        event["timestamp"] = int(seconds * 1000)
    return json.dumps(notification).encode()


def merged(bodies: Sequence[bytes]) -> bytes:
    """Bodies about other objects than pages cannot stand in one with them."""
    read = [json.loads(one) for one in bodies]
    entries = [entry for one in read if one["object"] == "page" for entry in one["entry"]]
    return json.dumps({"object": "page", "entry": entries}).encode()


def _asked(**query: str) -> WebhookRequest:
    return WebhookRequest("GET", {}, {f"hub.{key}": value for key, value in query.items()}, b"")


CHALLENGE = ChallengeCase(
    right=_asked(mode="subscribe", verify_token=VERIFY_TOKEN, challenge="1158201444"),
    echo="1158201444",
    wrong={
        "another token": _asked(mode="subscribe", verify_token="x", challenge="1"),
        "an empty token": _asked(mode="subscribe", verify_token="", challenge="1"),
        "no token": _asked(mode="subscribe", challenge="1"),
        "another mode": _asked(mode="unsubscribe", verify_token=VERIFY_TOKEN, challenge="1"),
        "no challenge": _asked(mode="subscribe", verify_token=VERIFY_TOKEN),
        "markup": _asked(mode="subscribe", verify_token=VERIFY_TOKEN, challenge="<script>alert(1)</script>"),
    },
)

PNG = OutboundAttachment("image", "cup.png", "image/png", b"1")
VIDEO = OutboundAttachment("video", "cup.mp4", "video/mp4", b"1")
AUDIO = OutboundAttachment("audio", "cup.mp3", "audio/mpeg", b"1")

MORE_FILES = [
    ("dm with a video", outbound(text="", attachments=(VIDEO,)), [OK_DM], None),
    ("dm with sound", outbound(text="", attachments=(AUDIO,)), [OK_DM], None),
    ("mention with a picture", outbound(Source.MENTION, attachments=(PNG,)), [OK_COMMENT], None),
]

CASES = AdapterCases(
    adapter=ADAPTER,
    account=ACCOUNT,
    sign=sign,
    secret="app_secret",
    fixtures=tuple(Fixture(*row) for row in FIXTURES),
    sends=tuple(
        SendCase(name, sent, tuple(map(reply, answers)), outcome(expected, Sent))
        for name, sent, answers, expected in (*SEND_CASES, *MORE_FILES)
    ),
    actions=tuple(
        ActionCase(name, action, tuple(map(reply, answers)), outcome(expected, None))
        for name, action, answers, expected in ACTION_CASES
    ),
    unknown=dict(UNRECOGNIZED),
    malformed=dict(MALFORMED),
    ordinary={source: outbound(source) for source in Source},
    accepted=accepted,
    refusal=refusal,
    timed=timed,
    quality=Path("src/hark/adapters/facebook/quality.yaml"),
    batch=merged,
    challenge=CHALLENGE,
    echoes={"dm_echo_ours": REFERENCE, "dm_echo_of_another_app": None},
)


class TestFacebook(AdapterSuite):
    cases = CASES
