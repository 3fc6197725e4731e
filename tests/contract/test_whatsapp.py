"""The sixteen questions asked of WhatsApp, with the data of `tests/adapters/whatsapp`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hark.adapters._meta.signature import SIGNATURE_HEADER, signature_of
from hark.adapters.whatsapp import ADAPTER
from hark.channels.contract import Source, WebhookRequest
from hark.channels.testing import AdapterCases, AdapterSuite, ChallengeCase
from tests.adapters.whatsapp.cases import (
    ACCOUNT,
    ACTIONS,
    FIXTURES,
    MALFORMED,
    OK,
    RECEIVED,
    SENDS,
    UNKNOWN,
    body,
    outbound,
    refused,
)

CODES = {400: 100, 401: 190, 403: 10, 404: 132001, 429: 130429, 500: 131000, 503: 131016}
TOKEN = "verify-token-of-the-lamp-shop"


def sign(content: bytes, secret: str) -> WebhookRequest:
    headers = {"content-type": "application/json", SIGNATURE_HEADER: signature_of(content, secret)}
    return WebhookRequest("POST", headers, {}, content)


def refusal(status: int) -> Any:
    return refused(CODES[status]).body


def timed(seconds: float | None) -> bytes:
    notification = json.loads(body("text"))
    message = notification["entry"][0]["changes"][0]["value"]["messages"][0]
    if seconds is None:
        del message["timestamp"]
    else:
        message["timestamp"] = str(int(seconds))
    return json.dumps(notification).encode()


def merged(bodies: Sequence[bytes]) -> bytes:
    """Bodies about other objects cannot stand in one with those of WhatsApp."""
    read = [json.loads(one) for one in bodies]
    ours = [one for one in read if one["object"] == "whatsapp_business_account"]
    entries = [entry for one in ours for entry in one["entry"]]
    return json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()


def _asked(**query: str) -> WebhookRequest:
    return WebhookRequest("GET", {}, {f"hub.{key}": value for key, value in query.items()}, b"")


CHALLENGE = ChallengeCase(
    right=_asked(mode="subscribe", verify_token=TOKEN, challenge="1158201444"),
    echo="1158201444",
    wrong={
        "another token": _asked(mode="subscribe", verify_token="x", challenge="1"),
        "no token": _asked(mode="subscribe", challenge="1"),
        "another mode": _asked(mode="unsubscribe", verify_token=TOKEN, challenge="1"),
        "markup": _asked(mode="subscribe", verify_token=TOKEN, challenge="<script>alert(1)</script>"),
    },
)

CASES = AdapterCases(
    adapter=ADAPTER,
    account=ACCOUNT,
    sign=sign,
    secret="app_secret",
    fixtures=FIXTURES,
    sends=SENDS,
    actions=ACTIONS,
    unknown=UNKNOWN,
    malformed=MALFORMED,
    ordinary={Source.DM: outbound()},
    accepted=lambda _: OK,
    refusal=refusal,
    timed=timed,
    quality=Path("src/hark/adapters/whatsapp/quality.yaml"),
    batch=merged,
    challenge=CHALLENGE,
    echoes={"echo_of_the_app": None},
    received_at=RECEIVED,
)


class TestWhatsApp(AdapterSuite):
    cases = CASES
