"""The sixteen questions asked of Bluesky, with the data of `tests/adapters/bluesky`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hark.adapters.bluesky import ADAPTER
from hark.channels.contract import Outbound, Source, WebhookRequest
from hark.channels.testing import AdapterCases, AdapterSuite, Fixture, Reply
from tests.adapters.bluesky.cases import ACTIONS, SENDS, TOLD, WRITTEN, outbound
from tests.adapters.bluesky.expected import RECEIVED
from tests.adapters.bluesky.fixtures import FIXTURES, MALFORMED, UNKNOWN
from tests.adapters.bluesky.people import ACCOUNT, ADAS, body, entry, record, view

NAMES = {
    400: "InvalidRequest",
    401: "AuthenticationRequired",
    403: "Forbidden",
    404: "NotFound",
    429: "RateLimitExceeded",
    500: "InternalServerError",
    503: "NotEnoughResources",
}


def sign(content: bytes, secret: str) -> WebhookRequest:
    return WebhookRequest("POST", {"content-type": "application/json", "authorization": secret}, {}, content)


def accepted(sent: Outbound) -> Reply:
    return TOLD if sent.source is Source.DM else WRITTEN


def refusal(status: int) -> Any:
    return {"error": NAMES[status], "message": "invented"}


def timed(seconds: float | None) -> bytes:
    """As an ISO time, also where no calendar has it."""
    told = record("Hello")
    seen = view(ADAS, told)
    if seconds is None:
        del told["createdAt"], seen["indexedAt"]
    else:
        told["createdAt"] = seen["indexedAt"] = _written(seconds)
    return body(entry("post", seen))


def _written(seconds: float) -> str:
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()
    except OverflowError:
        return f"+{seconds:.0f}"


def together(bodies: Sequence[bytes]) -> bytes:
    return body(*(one for each in bodies for one in json.loads(each)["entries"]))


class TestBluesky(AdapterSuite):
    cases = AdapterCases(
        adapter=ADAPTER,
        account=ACCOUNT,
        sign=sign,
        secret="app_password",
        fixtures=tuple(Fixture(*row) for row in FIXTURES),
        sends=SENDS,
        actions=ACTIONS,
        unknown=UNKNOWN,
        malformed=MALFORMED,
        ordinary={source: outbound(source) for source in ADAPTER.manifest.sources},
        accepted=accepted,
        refusal=refusal,
        timed=timed,
        quality=Path("src/hark/adapters/bluesky/quality.yaml"),
        batch=together,
        pushes=False,
        echoes={"own_answer_from_the_app": None, "chat_message_of_ours": None},
        received_at=RECEIVED,
    )
