"""Every recorded body of the shared instagram collection gives what its index says; skipped where the collection is
absent."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from hark.adapters._meta.attachments import STORY_REPLY
from hark.adapters._meta.people import ANONYMOUS
from hark.adapters.instagram import ADAPTER
from hark.channels.contract import (
    Account,
    AccountNotice,
    BadSignature,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    RawItem,
    Reaction,
    Receipt,
    Unrecognized,
    WebhookRequest,
)
from hark.kernel.secrets import Secret

SHARED = Path(os.environ.get("HARK_SHARED", Path(__file__).parents[4] / "shared"))
FOLDER = SHARED / "fixtures" / "instagram"
RECEIVED = datetime(2026, 11, 1, tzinfo=UTC)
ROW = re.compile(r"^- `([a-z_0-9]+\.json)` - .*? Extract: (.*)$")
FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\[[^\]]*\]|\S+)')

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not on this machine")


def index() -> list[tuple[str, str]]:
    if not FOLDER.is_dir():
        return []
    rows = (ROW.match(line) for line in (FOLDER / "INDEX.md").read_text().splitlines())
    return [(row.group(1), row.group(2)) for row in rows if row]


def expected(extract: str) -> list[dict[str, Any]]:
    parts = re.split(r" ; (?=E\d+: )", extract)
    return [_expected_one(re.sub(r"^E\d+: ", "", part)) for part in parts]


def _expected_one(text: str) -> dict[str, Any]:
    kind = text.split(" ", 1)[0]
    fields = {name: _value(raw) for name, raw in FIELD.findall(text)}
    if kind == "ignored":
        return {"kind": kind, "account": fields["account"]}
    at = datetime.fromisoformat(fields.pop("ts"))
    return {**fields, "kind": kind, "direction": text.split(" ")[1], "ts": at}


def _value(raw: str) -> Any:
    if raw == "null":
        return None
    if raw.startswith('"'):
        return msgspec.json.decode(raw.encode())
    if raw.startswith("["):
        return [part for part in raw[1:-1].split(",") if part]
    return raw


def extracted(items: list[RawItem]) -> list[dict[str, Any]]:
    """What the index calls an event, from ours; redeliveries within one body collapse by their key."""
    unique = {(item.platform_account_id, item.dedup_key): item for item in items}
    found: list[dict[str, Any]] = []
    for item in unique.values():
        account = str(item.platform_account_id)
        try:
            events = ADAPTER.normalize(item.payload, RECEIVED)
        except Unrecognized:
            found.append({"kind": "ignored", "account": account})
            continue
        envelope = msgspec.json.decode(item.payload)
        shown = [event for event in events if not isinstance(event, AccountNotice)]
        found.extend(_seen(event, account, envelope) for event in shown)
    return found


def _seen(event: InboundEvent, account: str, envelope: dict[str, Any]) -> dict[str, Any]:
    if isinstance(event, Ignored):
        return {"kind": "ignored", "account": account}
    base = {"account": account, "text": None, "attachments": [], "source": "dm", "ts": event.at}
    if isinstance(event, Message):
        return base | _message(event)
    sender = None if envelope["channel"] == "changes" else str(envelope["item"]["sender"]["id"])
    base |= {"customer": sender, "direction": "inbound"}
    if isinstance(event, Edit):
        return base | {"kind": "edit", "id": event.target, "text": event.text}
    if isinstance(event, Deletion):
        return base | {"kind": "delete", "id": event.target}
    if isinstance(event, Reaction):
        return base | {"kind": "reaction", "id": event.target, "text": "".join(event.emoji) or None}
    assert isinstance(event, Receipt)
    return base | {"kind": event.status, "id": event.target}


def _message(event: Message) -> dict[str, Any]:
    source = str(event.thread.source)
    kind = "postback" if event.postback is not None else {"dm": "message"}.get(source, source)
    author = event.author
    customer = event.thread.customer.id if event.thread.customer else None if author.us else author.id
    kinds = [str(file.data.get("type", file.kind)) for file in event.attachments]
    kinds = [name for name in kinds if name != STORY_REPLY]
    return {
        "kind": kind,
        "source": source,
        "direction": "outbound" if author.us else "inbound",
        "customer": None if customer is None or customer.startswith(ANONYMOUS) else customer,
        "id": event.id,
        "text": event.text,
        "attachments": kinds or (["unsupported"] if event.unsupported == "message" else []),
    }


@pytest.mark.parametrize(("name", "extract"), index(), ids=lambda value: value if "." in value[:60] else "")
def test_a_recorded_body_gives_what_the_index_says(name: str, extract: str) -> None:
    items = ADAPTER.split((FOLDER / name).read_bytes())
    assert extracted(items) == expected(extract)


def test_the_index_names_every_body_of_the_folder() -> None:
    assert {name for name, _ in index()} == {path.name for path in FOLDER.glob("*.json")}
    assert len(index()) == 56


def test_the_known_signature_of_the_collection_fits_its_bytes_and_no_others() -> None:
    body = (FOLDER / "dm_message__text_escaped_raw.json").read_bytes()
    given = re.search(r"sha256=([0-9a-f]{64})", (FOLDER / "INDEX.md").read_text())
    assert given is not None
    assert hmac.new(b"fixture-app-secret", body, hashlib.sha256).hexdigest() == given.group(1)
    for key in ("app_secret", "instagram_app_secret"):
        account = Account(uuid4(), uuid4(), "1", "Account", secrets={key: Secret("fixture-app-secret")})
        headers = {"x-hub-signature-256": given.group(0)}
        ADAPTER.verify(WebhookRequest("POST", headers, {}, body), account)
        rewritten = msgspec.json.encode(msgspec.json.decode(body))
        with pytest.raises(BadSignature):
            ADAPTER.verify(WebhookRequest("POST", headers, {}, rewritten), account)
