"""The sixteen questions asked of YouTube, with the data of `tests/adapters/youtube`. It pushes nothing: the bodies are what
polling takes apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hark.adapters.youtube import ADAPTER
from hark.channels.contract import Source, WebhookRequest
from hark.channels.testing import AdapterCases, AdapterSuite
from tests.adapters.youtube.cases import (
    ACCOUNT,
    ACTIONS,
    BASE,
    FIXTURES,
    MALFORMED,
    OK,
    SENDS,
    UNKNOWN,
    body,
    merged,
    outbound,
    refused,
)

REASONS = {
    400: "commentTextTooLong",
    401: "authError",
    403: "commentsDisabled",
    404: "commentNotFound",
    429: "rateLimitExceeded",
    500: "internalError",
    503: "backendError",
}


def refusal(status: int) -> Any:
    return refused(status, REASONS[status]).body


def timed(seconds: float | None) -> bytes:
    batch = json.loads(body("comment"))
    snippet = batch["items"][0]["snippet"]["topLevelComment"]["snippet"]
    for name in ("publishedAt", "updatedAt"):
        del snippet[name]
        if seconds is not None:
            snippet[name] = _written(seconds)
    return json.dumps(batch).encode()


def _written(seconds: float) -> str:
    """As RFC 3339; what no calendar has, as the number it is."""
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return str(seconds)


CASES = AdapterCases(
    adapter=ADAPTER,
    account=ACCOUNT,
    sign=lambda content, secret: WebhookRequest("POST", {}, {}, content),
    secret="access_token",
    fixtures=FIXTURES,
    sends=SENDS,
    actions=ACTIONS,
    unknown=UNKNOWN,
    malformed=MALFORMED,
    ordinary={Source.COMMENT: outbound()},
    accepted=lambda _: OK,
    refusal=refusal,
    timed=timed,
    quality=Path("src/hark/adapters/youtube/quality.yaml"),
    batch=lambda bodies: merged(list(bodies)),
    pushes=False,
    no_echo="our own replies come back as comments of the channel without our reference; they are recognized by its id",
    received_at=BASE,
)


class TestYouTube(AdapterSuite):
    cases = CASES
