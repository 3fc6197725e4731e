"""The sixteen questions asked of Mastodon, with the data of `tests/adapters/mastodon`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hark.adapters.mastodon import ADAPTER
from hark.channels.contract import Outbound, WebhookRequest
from hark.channels.testing import AdapterCases, AdapterSuite, Fixture, Reply
from tests.adapters.mastodon.cases import ACTIONS, CREATED, SENDS, outbound
from tests.adapters.mastodon.fixtures import FIXTURES, MALFORMED, RECEIVED, UNKNOWN
from tests.adapters.mastodon.people import ACCOUNT, ADA, body, entry, status


def sign(content: bytes, secret: str) -> WebhookRequest:
    return WebhookRequest("POST", {"content-type": "application/json", "authorization": secret}, {}, content)


def accepted(sent: Outbound) -> Reply:
    return CREATED


def refusal(status: int) -> Any:
    return {"error": "invented"}


def timed(seconds: float | None) -> bytes:
    """As an ISO time, also where no calendar has it."""
    seen = status("201", ADA, "<p>Hello</p>")
    if seconds is None:
        del seen["created_at"]
    else:
        seen["created_at"] = _written(seconds)
    return body(entry("status", seen))


def _written(seconds: float) -> str:
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()
    except OverflowError:
        return f"+{seconds:.0f}"


def together(bodies: Sequence[bytes]) -> bytes:
    return body(*(one for each in bodies for one in json.loads(each)["entries"]))


class TestMastodon(AdapterSuite):
    cases = AdapterCases(
        adapter=ADAPTER,
        account=ACCOUNT,
        sign=sign,
        secret="access_token",
        fixtures=tuple(Fixture(*row) for row in FIXTURES),
        sends=SENDS,
        actions=ACTIONS,
        unknown=UNKNOWN,
        malformed=MALFORMED,
        ordinary={source: outbound(source) for source in ADAPTER.manifest.sources},
        accepted=accepted,
        refusal=refusal,
        timed=timed,
        quality=Path("src/hark/adapters/mastodon/quality.yaml"),
        batch=together,
        pushes=False,
        echoes={"own_answer_from_an_app": None, "own_direct_message_from_an_app": None},
        received_at=RECEIVED,
    )
