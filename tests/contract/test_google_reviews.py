"""The sixteen questions asked of Google Business Profile, with the data of `tests/adapters/googlereviews`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from hark.adapters.googlereviews import ADAPTER
from hark.channels.contract import Source, WebhookRequest
from hark.channels.testing import AdapterCases, AdapterSuite, Fixture
from tests.adapters.googlereviews.bodies import ACCOUNT, FIXTURES, MALFORMED, RECEIVED, UNKNOWN, body
from tests.adapters.googlereviews.cases import ACTIONS, SENDS, outbound, put, refusal


def sign(content: bytes, secret: str) -> WebhookRequest:
    return WebhookRequest("POST", {"content-type": "application/json"}, {"token": secret}, content)


def timed(seconds: float | None) -> bytes:
    value = json.loads(body("review"))
    review = value["reviews"][0]
    del review["createTime"], review["updateTime"]
    if seconds is not None:
        review["createTime"] = review["updateTime"] = _written(seconds)
    return json.dumps(value).encode()


def _written(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    except (ValueError, OverflowError, OSError):
        return f"+{seconds:.0f}-01-01T00:00:00Z"


CASES = AdapterCases(
    adapter=ADAPTER,
    account=ACCOUNT,
    sign=sign,
    secret="push_token",
    fixtures=tuple(Fixture(*row) for row in FIXTURES),
    sends=SENDS,
    actions=ACTIONS,
    unknown=UNKNOWN,
    malformed=MALFORMED,
    ordinary={Source.REVIEW: outbound()},
    accepted=lambda sent: put(sent.text),
    refusal=refusal,
    timed=timed,
    quality=Path("src/hark/adapters/googlereviews/quality.yaml"),
    signs_body=False,
    no_echo="Google lists an answer inside its review, so no body is an echo alone; the answered fixtures show them.",
    received_at=RECEIVED,
)


class TestGoogleReviews(AdapterSuite):
    cases = CASES
