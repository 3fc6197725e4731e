"""Every recorded body of the shared facebook collection gives what its index says; skipped where the
collection is absent."""

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

from hark.adapters._meta.people import ANONYMOUS, EMOJI
from hark.adapters.facebook import ADAPTER
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
    Unsupported,
    WebhookRequest,
)
from hark.kernel.secrets import Secret

SHARED = Path(os.environ.get("HARK_SHARED", Path(__file__).parents[4] / "shared"))
FOLDER = SHARED / "fixtures" / "facebook"
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
    if extract == "no events":
        return []
    parts = re.split(r" ; (?=E\d+: )", extract)
    return [_expected_one(re.sub(r"^E\d+: ", "", part)) for part in parts]


def _expected_one(text: str) -> dict[str, Any]:
    kind = text.split(" ", 1)[0]
    fields = {name: _value(raw) for name, raw in FIELD.findall(text)}
    if kind == "ignored":
        return {"kind": kind, "account": fields["account"]}
    direction = text.split(" ")[1]
    at = datetime.fromisoformat(fields.pop("ts"))
    reaction = kind == "reaction" and fields["text"] is not None
    text_value = EMOJI.get(fields["text"], fields["text"]) if reaction else fields["text"]
    return {**fields, "kind": kind, "direction": direction, "ts": at, "text": text_value}


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
        envelope = msgspec.json.decode(item.payload)
        events = ADAPTER.normalize(item.payload, RECEIVED)
        found.extend(
            _seen(event, str(item.platform_account_id), envelope)
            for event in events
            if not (isinstance(event, AccountNotice) and event.fetch)
        )
    return found


def _seen(event: InboundEvent, account: str, envelope: dict[str, Any]) -> dict[str, Any]:
    if isinstance(event, Ignored | AccountNotice | Unsupported):
        return {"kind": "ignored", "account": account}
    base = {"account": account, "text": None, "attachments": [], "source": _source(envelope)}
    customer, direction = _customer(event, envelope, account)
    base |= {"customer": customer, "direction": direction, "ts": event.at}
    if isinstance(event, Message):
        kind = "postback" if event.postback is not None else _kind(event)
        made_up = event.id.startswith("postback:")
        return base | {
            "kind": kind,
            "id": None if made_up else event.id,
            "text": event.text,
            "attachments": _kinds(event),
        }
    if isinstance(event, Edit):
        return base | {"kind": "edit", "id": event.target, "text": event.text}
    if isinstance(event, Deletion):
        return base | {"kind": "delete", "id": event.target}
    if isinstance(event, Reaction):
        return base | {"kind": "reaction", "id": event.target, "text": "".join(event.emoji) or None}
    assert isinstance(event, Receipt)
    return base | {"kind": {"delivered": "delivery"}.get(event.status, event.status), "id": event.target}


def _kind(event: Message) -> str:
    is_comment = "_" in event.id and event.thread.source in {"comment", "review"}
    return {"dm": "message", "comment": "comment", "mention": "mention"}.get(
        event.thread.source, "comment" if is_comment else "review"
    )


def _kinds(event: Message) -> list[str]:
    kinds = [str(file.data.get("type", file.kind)) for file in event.attachments]
    return kinds or (["unsupported"] if event.unsupported == "message" else [])


def _source(envelope: dict[str, Any]) -> str:
    if envelope["channel"] != "changes":
        return "dm"
    value = envelope["item"]["value"]
    if envelope["item"]["field"] == "mention":
        return "mention"
    if envelope["item"]["field"] == "ratings":
        return "review"
    return "comment" if value["item"] in {"comment", "reaction", "like"} else "mention"


def _customer(event: InboundEvent, envelope: dict[str, Any], account: str) -> tuple[str | None, str]:
    """Whom it is about and who did it; edits and deletions do not carry this in our events, so their item
    tells."""
    if isinstance(event, Message | Reaction) and not (isinstance(event, Message) and event.author.us):
        author = event.author.id
        return (None if author.startswith(ANONYMOUS) else author), "inbound"
    if isinstance(event, Message) and event.thread.customer is not None:
        return event.thread.customer.id, "outbound"
    if isinstance(event, Message):
        return None, "outbound"
    if isinstance(event, Receipt) and event.thread is not None:
        return event.thread.key, "inbound"
    item = envelope["item"]
    if envelope["channel"] != "changes":
        return str(item["sender"]["id"]), "inbound"
    value = item["value"]
    author = value.get("from", {}).get("id") or value.get("sender_id") or value.get("reviewer_id")
    return (None, "outbound") if str(author) == account else (str(author), "inbound")


@pytest.mark.parametrize(("name", "extract"), index(), ids=lambda value: value if "." in value[:60] else "")
def test_a_recorded_body_gives_what_the_index_says(name: str, extract: str) -> None:
    items = ADAPTER.split((FOLDER / name).read_bytes())
    assert extracted(items) == expected(extract)


def test_the_index_names_every_body_of_the_folder() -> None:
    assert {name for name, _ in index()} == {path.name for path in FOLDER.glob("*.json")}
    assert len(index()) == 77


def test_the_known_signature_of_the_collection_fits_its_bytes_and_no_others() -> None:
    body = (FOLDER / "dm_message__text_escaped_raw.json").read_bytes()
    given = re.search(r"sha256=([0-9a-f]{64})", (FOLDER / "INDEX.md").read_text())
    assert given is not None
    assert hmac.new(b"fixture-app-secret", body, hashlib.sha256).hexdigest() == given.group(1)
    account = Account(
        uuid4(), uuid4(), "109876543210987", "Page", secrets={"app_secret": Secret("fixture-app-secret")}
    )
    headers = {"x-hub-signature-256": given.group(0)}
    ADAPTER.verify(WebhookRequest("POST", headers, {}, body), account)
    rewritten = msgspec.json.encode(msgspec.json.decode(body))
    with pytest.raises(BadSignature):
        ADAPTER.verify(WebhookRequest("POST", headers, {}, rewritten), account)
