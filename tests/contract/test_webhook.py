"""The sixteen questions asked of the webhook channel, with the data of `tests/adapters/webhook`."""

from __future__ import annotations

import json
from pathlib import Path

from hark.adapters.webhook import ADAPTER
from hark.channels.contract import Source
from hark.channels.testing import AdapterCases, AdapterSuite
from tests.adapters.webhook.cases import (
    ACCOUNT,
    ACTIONS,
    BASE,
    FIXTURES,
    MALFORMED,
    OK,
    REFERENCE,
    SENDS,
    UNKNOWN,
    merged,
    outbound,
    refused,
    sign,
    timed,
)


def together(bodies: list[bytes]) -> bytes:
    """A body with a single event stands for one in a list."""
    return merged([one if "events" in json.loads(one) else b'{"events": [%s]}' % one for one in bodies])


CASES = AdapterCases(
    adapter=ADAPTER,
    account=ACCOUNT,
    sign=sign,
    secret="signing_secret",
    fixtures=FIXTURES,
    sends=SENDS,
    actions=ACTIONS,
    unknown=UNKNOWN,
    malformed=MALFORMED,
    ordinary={source: outbound(source) for source in Source},
    accepted=lambda _: OK,
    refusal=lambda status: refused(status).body,
    timed=timed,
    quality=Path("src/hark/adapters/webhook/quality.yaml"),
    batch=lambda bodies: together(list(bodies)),
    echoes={"dm_echo_of_our_answer": REFERENCE, "dm_answer_written_elsewhere": None},
    received_at=BASE,
)


class TestWebhookChannel(AdapterSuite):
    cases = CASES
