"""The questions asked of every adapter, asked of X, with the data of `tests/adapters/x`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hark.adapters.x import ADAPTER
from hark.adapters.x.webhook import SIGNATURE_HEADER, signature_of
from hark.channels.contract import Outbound, Source, WebhookRequest
from hark.channels.testing import (
    AdapterCases,
    AdapterSuite,
    ChallengeCase,
    Fixture,
    Reply,
)
from tests.adapters.x.bodies import FIXTURES, MALFORMED, UNKNOWN, body
from tests.adapters.x.cases import ACTION_CASES, SEND_CASES, created
from tests.adapters.x.samples import ACCOUNT, outbound

TITLES = {400: "Invalid Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found Error"}


def sign(content: bytes, secret: str) -> WebhookRequest:
    headers = {"content-type": "application/json", SIGNATURE_HEADER: signature_of(content, secret)}
    return WebhookRequest("POST", headers, {}, content)


def accepted(sent: Outbound) -> Reply:
    return created(sent.source)


def refusal(status: int) -> Any:
    return {
        "title": TITLES.get(status, "Error"),
        "detail": "Invented.",
        "type": "about:blank",
        "status": status,
    }


def timed(seconds: float | None) -> bytes:
    """Without its own time a message still has that of its id, which is taken away here."""
    delivery = json.loads(body("dm_text"))
    event = delivery["direct_message_events"][0]
    event["id"] = "77"
    if seconds is None:
        del event["created_timestamp"]
    else:
        event["created_timestamp"] = str(int(seconds * 1000))
    return json.dumps(delivery).encode()


def _asked(**query: str) -> WebhookRequest:
    return WebhookRequest("GET", {}, query, b"")


TOKEN = "MTc5MzAwMDAwMDo1NQ=="
SECRET = ACCOUNT.secrets["consumer_secret"].reveal()
CHALLENGE = ChallengeCase(
    right=_asked(crc_token=TOKEN, nonce="abc"),
    echo=f'{{"response_token":"{signature_of(TOKEN.encode(), SECRET)}"}}',
    wrong={
        "no token": _asked(),
        "an empty token": _asked(crc_token=""),
        "a body to be signed": _asked(crc_token='{"for_user_id":"1"}'),
        "markup": _asked(crc_token="<script>"),
        "a token without end": _asked(crc_token="a" * 300),
    },
)

CASES = AdapterCases(
    adapter=ADAPTER,
    account=ACCOUNT,
    sign=sign,
    secret="consumer_secret",
    fixtures=tuple(Fixture(*row) for row in FIXTURES),
    sends=SEND_CASES,
    actions=ACTION_CASES,
    unknown=UNKNOWN,
    malformed=MALFORMED,
    ordinary={source: outbound(source) for source in (Source.DM, Source.COMMENT, Source.MENTION)},
    accepted=accepted,
    refusal=refusal,
    timed=timed,
    quality=Path("src/hark/adapters/x/quality.yaml"),
    challenge=CHALLENGE,
    echoes={
        "dm_ours_from_another_app": None,
        "activity_dm_sent": None,
        "comment_by_us": None,
        "activity_own_answer": None,
        "activity_chat_sent": None,
    },
)


class TestX(AdapterSuite):
    cases = CASES
