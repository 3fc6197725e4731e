"""Every recorded body of the shared whatsapp collection gives what its index says; skipped where the collection is
absent."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from hark.adapters.whatsapp import ADAPTER
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
    Reachability,
    Reaction,
    Receipt,
    WebhookRequest,
)
from hark.kernel.secrets import Secret

SHARED = Path(os.environ.get("HARK_SHARED", Path(__file__).parents[4] / "shared"))
FOLDER = SHARED / "fixtures" / "whatsapp"
RECEIVED = datetime(2026, 11, 3, tzinfo=UTC)
ROW = re.compile(r"^- `([a-z_0-9]+\.json)` - .*? Extract: (.*)$")
FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\[[^\]]*\]|\S+)')
THEIRS = {"contact": "contacts", "file": "document"}
"""Our word for a kind of attachment, and the index's."""

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
    kind, fields = text.split(" ", 1)[0], {name: _value(raw) for name, raw in FIELD.findall(text)}
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
    """What the index calls an event, from ours."""
    found: list[dict[str, Any]] = []
    for item in items:
        envelope = msgspec.json.decode(item.payload)
        account = item.platform_account_id or envelope["waba_id"]
        for event in ADAPTER.normalize(item.payload, RECEIVED):
            if not isinstance(event, Reachability):  # goes beside the receipt that says so
                found.append({"account": account, **_seen(event, envelope)})  # noqa: PERF401
    return found


def _seen(event: InboundEvent, envelope: dict[str, Any]) -> dict[str, Any]:
    if isinstance(event, Ignored | AccountNotice) or (isinstance(event, Message) and event.historic):
        return {"kind": "ignored"}
    item, echo = envelope["item"], envelope["kind"] == "echo"
    base = {"source": "dm", "direction": "outbound" if echo else "inbound", "ts": event.at}
    base |= {"customer": _customer(event, item), "text": None, "attachments": []}
    if isinstance(event, Message):
        return base | {"kind": "message", "id": event.id, "text": event.text, "attachments": _kinds(event)}
    if isinstance(event, Edit):
        # Only words can be edited: the file beside them stays the one that is there.
        assert event.attachments is None
        kind = item["edit"]["message"]["type"]
        files = [] if kind == "text" else [kind]
        return base | {"kind": "edit", "id": event.target, "text": event.text, "attachments": files}
    if isinstance(event, Deletion):
        return base | {"kind": "delete", "id": event.target}
    if isinstance(event, Reaction):
        return base | {"kind": "reaction", "id": event.target, "text": "".join(event.emoji) or None}
    assert isinstance(event, Receipt)
    return base | {"kind": "read" if event.status == "read" else "delivery", "id": event.target}


def _customer(event: InboundEvent, item: dict[str, Any]) -> str:
    if isinstance(event, Message):
        customer = event.thread.customer or event.author
        return customer.id
    if isinstance(event, Reaction):
        return event.author.id
    keys = ("to", "recipient_id", "from", "recipient_user_id")
    return next(item[key] for key in keys if key in item)


def _kinds(event: Message) -> list[str]:
    """Cards of one message are one thing to the index; the answers of a form are text beside its words to it."""
    kinds = [THEIRS.get(file.kind, file.kind) for file in event.attachments if file.kind != "form"]
    return list(dict.fromkeys(kinds)) or (["unsupported"] if event.unsupported else [])


@pytest.mark.parametrize(("name", "extract"), index(), ids=lambda value: value if "." in value[:60] else "")
def test_a_recorded_body_gives_what_the_index_says(name: str, extract: str) -> None:
    assert extracted(ADAPTER.split((FOLDER / name).read_bytes())) == expected(extract)


def test_the_index_names_every_body_of_the_folder() -> None:
    assert {name for name, _ in index()} == {path.name for path in FOLDER.glob("*.json")}
    assert len(index()) == 54


def test_the_known_signature_of_the_collection_fits_its_bytes_and_no_others() -> None:
    body = (FOLDER / "dm_message__text_escaped_raw.json").read_bytes()
    given = re.search(r"sha256=([0-9a-f]{64})", (FOLDER / "INDEX.md").read_text())
    assert given is not None
    account = Account(
        uuid4(), uuid4(), "106540352242922", "Shop", secrets={"app_secret": Secret("fixture-app-secret")}
    )
    headers = {"x-hub-signature-256": given.group(0)}
    ADAPTER.verify(WebhookRequest("POST", headers, {}, body), account)
    rewritten = msgspec.json.encode(msgspec.json.decode(body))
    with pytest.raises(BadSignature):
        ADAPTER.verify(WebhookRequest("POST", headers, {}, rewritten), account)
