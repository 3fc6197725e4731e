"""The sixteen questions asked of Instagram, with the data of `tests/adapters/instagram`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hark.adapters._meta.signature import SIGNATURE_HEADER, signature_of
from hark.adapters.instagram import ADAPTER
from hark.channels.contract import Outbound, Sent, Source, WebhookRequest
from hark.channels.testing import (
    ActionCase,
    AdapterCases,
    AdapterSuite,
    ChallengeCase,
    Fixture,
    Reply,
    SendCase,
)
from tests.adapters.instagram.bodies import ACCOUNT, FIXTURES, MALFORMED, MIA_ID, UNRECOGNIZED, body
from tests.adapters.instagram.cases import ACTION_CASES, SEND_CASES, outbound

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
        return Reply(200, {"recipient_id": MIA_ID, "message_id": "aWd_5"})
    return Reply(200, {"id": "1790099"})


def refusal(status: int) -> Any:
    return {"error": {"message": "invented", "type": "IGApiException", "code": CODES[status]}}


def timed(seconds: float | None) -> bytes:
    notification = json.loads(body("dm_text"))
    event = notification["entry"][0]["messaging"][0]
    if seconds is None:
        del event["timestamp"]
    else:
        event["timestamp"] = int(seconds * 1000)
    return json.dumps(notification).encode()


def merged(bodies: Sequence[bytes]) -> bytes:
    """Bodies about other objects cannot stand in one with ours; some samples are lists of bodies."""
    read = [json.loads(one) for one in bodies]
    single = [each for one in read for each in (one if isinstance(one, list) else [one])]
    entries = [entry for one in single if one["object"] == "instagram" for entry in one["entry"]]
    return json.dumps({"object": "instagram", "entry": entries}).encode()


def _asked(**query: str) -> WebhookRequest:
    return WebhookRequest("GET", {}, {f"hub.{key}": value for key, value in query.items()}, b"")


CHALLENGE = ChallengeCase(
    right=_asked(mode="subscribe", verify_token=VERIFY_TOKEN, challenge="1158201444"),
    echo="1158201444",
    wrong={
        "another token": _asked(mode="subscribe", verify_token="x", challenge="1"),
        "another mode": _asked(mode="unsubscribe", verify_token=VERIFY_TOKEN, challenge="1"),
        "no challenge": _asked(mode="subscribe", verify_token=VERIFY_TOKEN),
        "markup": _asked(mode="subscribe", verify_token=VERIFY_TOKEN, challenge="<script>alert(1)</script>"),
    },
)

CASES = AdapterCases(
    adapter=ADAPTER,
    account=ACCOUNT,
    sign=sign,
    secret="app_secret",
    fixtures=tuple(Fixture(*row) for row in FIXTURES),
    sends=tuple(
        SendCase(name, sent, tuple(map(reply, answers)), outcome(expected, Sent))
        for name, sent, answers, expected in SEND_CASES
    ),
    actions=tuple(
        ActionCase(name, action, tuple(map(reply, answers)), outcome(expected, None))
        for name, action, answers, expected in ACTION_CASES
    ),
    unknown=UNRECOGNIZED,
    malformed=MALFORMED,
    ordinary={source: outbound(source) for source in ADAPTER.manifest.sources},
    accepted=accepted,
    refusal=refusal,
    timed=timed,
    quality=Path("src/hark/adapters/instagram/quality.yaml"),
    batch=merged,
    challenge=CHALLENGE,
    echoes={"dm_echo": None, "comment_of_our_own": None, "comment_of_our_own_by_scoped_id": None},
)


class TestInstagram(AdapterSuite):
    cases = CASES
