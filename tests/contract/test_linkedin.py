"""The sixteen questions asked of LinkedIn, with the data of `tests/adapters/linkedin`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from hark.adapters.linkedin import ADAPTER
from hark.adapters.linkedin.webhook import SIGNATURE_HEADER, signature_of
from hark.channels.contract import Source, WebhookRequest
from hark.channels.testing import AdapterCases, AdapterSuite, ChallengeCase, Fixture
from tests.adapters.linkedin.bodies import ACCOUNT, FIXTURES, MALFORMED, RECEIVED, UNKNOWN, body
from tests.adapters.linkedin.cases import ACTIONS, SENDS, created, outbound, refusal

CODE = "7f2c1f0e-52a3-4f0b-9b55-0a3d6c1e2f44"


def sign(content: bytes, secret: str) -> WebhookRequest:
    headers = {"content-type": "application/json", SIGNATURE_HEADER: signature_of(content, secret)}
    return WebhookRequest("POST", headers, {}, content)


def timed(seconds: float | None) -> bytes:
    value = json.loads(body("deleted_comment"))
    notification = value["notifications"][0]
    if seconds is None:
        del notification["lastModifiedAt"]
    else:
        notification["lastModifiedAt"] = int(seconds * 1000)
    return json.dumps(value).encode()


def together(bodies: Sequence[bytes]) -> bytes:
    """Another product's body cannot stand in one with notifications."""
    read = [json.loads(one) for one in bodies]
    notifications = [one for each in read for one in each.get("notifications", ())]
    return json.dumps({"type": read[0]["type"], "notifications": notifications}).encode()


def asked(code: str | None) -> WebhookRequest:
    return WebhookRequest("GET", {}, {} if code is None else {"challengeCode": code}, b"")


CHALLENGE = ChallengeCase(
    right=asked(CODE),
    echo=json.dumps(
        {
            "challengeCode": CODE,
            "challengeResponse": "448d4d17aa7283ada3763b901e3dcc8f70e53c2249dbd0bf8f045317058704d7",
        },
        separators=(",", ":"),
    ),
    wrong={
        "no code": asked(None),
        "an empty code": asked(""),
        "a body to be signed": asked('hmacsha256={"type":"x"}'),
        "a code with something after it": asked(f"{CODE}\n"),
        "markup": asked("<script>"),
    },
)

CASES = AdapterCases(
    adapter=ADAPTER,
    account=ACCOUNT,
    sign=sign,
    secret="client_secret",
    fixtures=tuple(Fixture(*row) for row in FIXTURES),
    sends=SENDS,
    actions=ACTIONS,
    unknown=UNKNOWN,
    malformed=MALFORMED,
    ordinary={source: outbound(source) for source in (Source.COMMENT, Source.MENTION)},
    accepted=lambda sent: created(),
    refusal=refusal,
    timed=timed,
    quality=Path("src/hark/adapters/linkedin/quality.yaml"),
    batch=together,
    challenge=CHALLENGE,
    echoes={"echo_of_own_comment": None, "own_comment_told_as_comment": None},
    received_at=RECEIVED,
)


class TestLinkedIn(AdapterSuite):
    cases = CASES
