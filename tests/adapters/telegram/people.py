"""Who and what the fixtures are about. All invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from hark.channels.contract import Account, Author, Message, Post, Source, Thread
from hark.kernel.secrets import Secret

RECEIVED = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
EPOCH = datetime.fromtimestamp(1793000000, UTC)
TOKEN = "5550001111:AAF-invented_secret"
CONNECTION = "bc_7Kelp01"

NORA = Author("9100200300", "Nora Falk", "nora_falk", language="nb")
NORA_BY_CHAT = Author("9100200300", "Nora Falk", "nora_falk")
IVO = Author("9100200301", "Ivo")
OWNER = Author("9100299999", "Kelp Bikes", "kelpbikes", us=True)
RIDERS = Author("-1009100000001", "Kelp Riders", "kelpriders")
NEWS = Author("-1009100000009", "Kelp News")

NORAS_CHAT = Thread(Source.DM, "9100200300", customer=NORA)
NORAS_BUSINESS_CHAT = Thread(Source.DM, f"{CONNECTION}:9100200300", customer=NORA)
GROUP_POST = Post("-1009100000001", "https://t.me/kelpriders", author_name="Kelp Riders")
GROUP = Thread(Source.MENTION, "-1009100000001", post=GROUP_POST)
FORUM_POST = Post("-1009100000002", author_name="Kelp Dealers")


def at(offset: int) -> datetime:
    return EPOCH + timedelta(seconds=offset)


def dm(number: int, **values: object) -> Message:
    """Nora's message in her chat with the bot."""
    return _message(f"9100200300:{number}", number, {"thread": NORAS_CHAT, "author": NORA} | values)


def business(number: int, **values: object) -> Message:
    base = {"thread": NORAS_BUSINESS_CHAT, "author": NORA}
    return _message(f"{CONNECTION}:9100200300:{number}", number, base | values)


def mention(number: int, **values: object) -> Message:
    return _message(f"-1009100000001:{number}", number, {"thread": GROUP, "author": NORA} | values)


def _message(message_id: str, number: int, values: dict[str, object]) -> Message:
    plain = {"id": message_id, "at": at(number), "position": number} | values
    return Message(**plain)  # type: ignore[arg-type]


def account(**changes: object) -> Account:
    plain = Account(
        id=UUID(int=1),
        workspace_id=UUID(int=2),
        platform_account_id="5550001111",
        name="Kelp Care",
        secrets={"token": Secret(TOKEN), "webhook_secret": Secret("kelp-hook_1")},
        webhook_url="https://care.kelp.example/webhooks/telegram/k1",
    )
    return msgspec.structs.replace(plain, **changes)
