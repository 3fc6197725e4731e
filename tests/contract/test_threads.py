"""The sixteen questions asked of Threads, with the data of `tests/adapters/threads`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hark.adapters._meta.signature import SIGNATURE_HEADER, signature_of
from hark.adapters.threads import ADAPTER
from hark.channels.contract import Outbound, Sent, WebhookRequest
from hark.channels.testing import (
    ActionCase,
    AdapterCases,
    AdapterSuite,
    ChallengeCase,
    Fixture,
    Reply,
    SendCase,
)
from tests.adapters.threads.bodies import ACCOUNT, FIXTURES, MALFORMED, UNRECOGNIZED, body, outbound
from tests.adapters.threads.cases import ACTION_CASES, PREPARED, PUBLISHED, SEND_CASES

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


def accepted(sent: Outbound) -> tuple[Reply, ...]:
    return reply(PREPARED), reply(PUBLISHED)


def refusal(status: int) -> Any:
    return {"error": {"message": "invented", "type": "THApiException", "code": CODES[status]}}


def timed(seconds: float | None) -> bytes:
    notification = json.loads(body("reply"))
    value = notification["values"]["value"]
    if seconds is None:
        del value["timestamp"]
    else:
        value["timestamp"] = seconds
    return json.dumps(notification).encode()


def merged(bodies: Sequence[bytes]) -> bytes:
    read = [json.loads(one) for one in bodies]
    values = [one.get("values", []) for one in read]
    flat = [each for one in values for each in (one if isinstance(one, list) else [one])]
    return json.dumps({**json.loads(body("reply")), "values": flat}).encode()


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
    quality=Path("src/hark/adapters/threads/quality.yaml"),
    batch=merged,
    challenge=CHALLENGE,
    echoes={"reply_listed_as_ours": None},
)


class TestThreads(AdapterSuite):
    cases = CASES
