"""The sixteen questions asked of Telegram, with the data of `tests/adapters/telegram`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hark.adapters.telegram import ADAPTER
from hark.channels.contract import Outbound, Sent, Source, WebhookRequest
from hark.channels.testing import ActionCase, AdapterCases, AdapterSuite, Fixture, Reply, SendCase
from tests.adapters.telegram.cases import FIXTURES
from tests.adapters.telegram.fake import message
from tests.adapters.telegram.people import RECEIVED, account
from tests.adapters.telegram.send_cases import ACTION_CASES, GROUP, PHOTO, SEND_CASES, outbound

HEADER = "x-telegram-bot-api-secret-token"
UNKNOWN = ("update_kind_invented_tomorrow_in_a_chat", "update_kind_invented_tomorrow_without_chat")
BODIES = {name: body for name, body, _ in FIXTURES}


def sign(body: bytes, secret: str) -> WebhookRequest:
    return WebhookRequest("POST", {"content-type": "application/json", HEADER: secret}, {}, body)


def reply(answer: Any) -> Reply:
    status, body = answer
    if isinstance(body, str):
        return Reply(status, body.encode(), {"content-type": "text/html"})
    return Reply(status, body)


def accepted(sent: Outbound) -> Reply:
    chat = int(sent.thread_key.split("/")[0])
    return Reply(200, {"ok": True, "result": message(5, chat)})


def refusal(status: int) -> Any:
    return {"ok": False, "error_code": status, "description": f"Invented for {status}"}


def timed(seconds: float | None) -> bytes:
    update = json.loads(BODIES["text"])
    if seconds is None:
        del update["message"]["date"]
    else:
        update["message"]["date"] = int(seconds)
    return json.dumps(update).encode()


GROUP_PICTURE = SendCase(
    "picture in a group",
    outbound(GROUP, attachments=(PHOTO,)),
    (reply((200, {"ok": True, "result": message(5, int(GROUP))})),),
    Sent,
)

CASES = AdapterCases(
    adapter=ADAPTER,
    account=account(),
    sign=sign,
    secret="webhook_secret",
    signs_body=False,
    fixtures=tuple(Fixture(*row) for row in FIXTURES),
    sends=(
        GROUP_PICTURE,
        *(
            SendCase(case.name, case.outbound, tuple(map(reply, case.answers)), case.outcome, len(case.calls))
            for case in SEND_CASES
        ),
    ),
    actions=tuple(
        ActionCase(case.name, case.action, tuple(map(reply, case.answers)), case.outcome, len(case.calls))
        for case in ACTION_CASES
    ),
    unknown={name: BODIES[name] for name in UNKNOWN},
    malformed={
        "nothing": b"",
        "no JSON": b"update_id=1",
        "half of it": b'{"update_id":1',
        "not UTF-8": b"\xff",
    },
    ordinary={Source.DM: outbound(text="x"), Source.MENTION: outbound(GROUP, text="x")},
    accepted=accepted,
    refusal=refusal,
    timed=timed,
    quality=Path("src/hark/adapters/telegram/quality.yaml"),
    batch=lambda bodies: b"[" + b",".join(bodies) + b"]",
    received_at=RECEIVED,
    no_echo="bots do not receive their own messages; those of a business account come as messages of ours",
)


class TestTelegram(AdapterSuite):
    cases = CASES
