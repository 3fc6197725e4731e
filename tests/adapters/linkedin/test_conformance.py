"""Every body and answer of the shared linkedin collection gives what its index says; skipped where the collection is absent."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.adapters.linkedin import ADAPTER
from hark.adapters.linkedin.webhook import PREFIX, comment_item
from hark.channels.contract import (
    AccountNotice,
    BadSignature,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    RawItem,
    Reaction,
    WebhookRequest,
)
from hark.kernel.secrets import Secret
from tests.adapters.linkedin import bodies

SHARED = Path(os.environ.get("HARK_SHARED", Path(__file__).parents[4] / "shared"))
FOLDER = SHARED / "fixtures" / "linkedin"
RECEIVED = datetime(2026, 11, 1, tzinfo=UTC)
PAGE = "urn:li:organization:96072893"
ROW = re.compile(r"^\| `([a-z_0-9/]+\.json)` \| .*? \| .*? \| (.*) \|$")
EVENTS = re.compile(
    r"(comment|mention|reaction|edit|delete|ignored)(?:/(inbound|outbound|direction unknown))?"
)
LISTED = {
    "api/comments_list__",
    "api/comment_replies_list__",
    "api/comment_get__",
    "api/comment_create__created",
}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not on this machine")


def index() -> dict[str, str]:
    if not FOLDER.is_dir():
        return {}
    rows = (ROW.match(line) for line in (FOLDER / "INDEX.md").read_text().splitlines())
    return {row.group(1): row.group(2) for row in rows if row}


WITH_EVENTS = {name: row for name, row in index().items() if EVENTS.match(row.removeprefix("(1) "))}


def expected(row: str) -> list[dict[str, Any]]:
    return [expected_one(re.sub(r"^\(\d\) ", "", part)) for part in row.split("<br>")]


def expected_one(text: str) -> dict[str, Any]:
    kind = EVENTS.match(text)
    assert kind is not None
    if kind.group(1) == "ignored":
        return {"kind": "ignored"}
    at = re.search(r"time (\S+Z)", text)
    assert at is not None
    said = re.search(r"; text `(.*?)`; attachments", text)
    return {
        "kind": kind.group(1),
        "direction": kind.group(2),
        "id": _named("message_id", text),
        "customer": _named("customer", text),
        "account": _named("account", text),
        "parent": _named("parent", text),
        "thread": _named("thread", text),
        "text": said.group(1).replace("⏎", "\n") if said else None,
        "files": "attachments image" in text,
        "time": datetime.fromisoformat(at.group(1)),
    }


def _named(field: str, text: str) -> str | None:
    found = re.search(rf"{field} `(.*?)`", text)
    return found.group(1) if found else None


def items_of(name: str) -> list[RawItem]:
    raw = (FOLDER / name).read_bytes()
    if not name.startswith("api/"):
        return ADAPTER.split(raw)
    answer = msgspec.json.decode(raw)["body"]
    if "organizational_entity" in name:
        return ADAPTER.split(msgspec.json.encode({"notifications": answer["elements"]}))
    return [comment_item(PAGE, row) for row in answer.get("elements", [answer])]


def shown(item: RawItem) -> list[dict[str, Any]]:
    events = ADAPTER.normalize(item.payload, RECEIVED)
    return [one for event in events if (one := shown_one(event, item)) is not None]


def shown_one(event: InboundEvent, item: RawItem) -> dict[str, Any] | None:
    """An event in the words of the index. Events that it does not have (where a nested comment belongs, pictures once
    more, a look at the list) are asserted elsewhere."""
    told = msgspec.json.decode(item.payload)["item"]
    if isinstance(event, Ignored):
        return {"kind": "ignored"}
    common = {
        "account": item.platform_account_id,
        "text": None,
        "files": False,
        "parent": None,
        "customer": None,
    }
    thread = told.get("sourcePost")
    if isinstance(event, Message):
        return {**common, **_shown_message(event, thread)}
    if isinstance(event, Edit) and event.text is not None:
        owner = told["decoratedGeneratedActivity"]["comment"]["owner"]
        inbound = {"kind": "edit", "direction": "inbound", "customer": owner, "thread": thread}
        return {**common, **inbound, "id": event.target, "text": event.text, "time": _cut(event.at)}
    if isinstance(event, Deletion):
        unknown = {"kind": "delete", "direction": "direction unknown", "thread": thread}
        return {**common, **unknown, "id": event.target, "time": _cut(event.at)}
    if isinstance(event, Reaction):
        assert event.author.id.startswith("unknown:")
        inbound = {"kind": "reaction", "direction": "inbound", "thread": None}
        return {**common, **inbound, "id": event.target, "time": _cut(event.at)}
    return None


def _shown_message(event: Message, source_post: str | None) -> dict[str, Any]:
    kind = event.thread.source.value
    reshared = kind == "mention" and event.thread.post is not None
    return {
        "kind": kind,
        "direction": "outbound" if event.author.us else "inbound",
        "id": event.id,
        "customer": None if event.author.us else event.author.id,
        "parent": event.quoted or (source_post if reshared else None),
        "thread": event.thread.reply_to["post"] if kind == "comment" else None,
        "text": event.text,
        "files": [file.kind for file in event.attachments] == ["image"],
        "time": _cut(event.at),
    }


def _cut(at: datetime) -> datetime:
    return at.replace(microsecond=0)


@pytest.mark.parametrize("name", sorted(WITH_EVENTS))
def test_a_recorded_body_gives_what_the_index_says(name: str) -> None:
    found = [one for item in items_of(name) for one in shown(item)]
    assert found == expected(WITH_EVENTS[name])


def test_every_row_of_the_index_is_asserted() -> None:
    """By its events here, by its answer in test_conformance_api.py, or by name below."""
    from tests.adapters.linkedin.test_conformance_api import ASSERTED

    by_name = {"crypto__challenge.json", "crypto__signature.json"}
    assert set(index()) == set(WITH_EVENTS) | by_name | ASSERTED
    on_disk = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json")}
    assert on_disk == set(index())


def test_a_redelivered_body_has_the_keys_of_the_list() -> None:
    pushed = {
        item.dedup_key
        for name in ("comment__member.json", "mention__reshare_with_text.json")
        for item in items_of(name)
    }
    listed = {item.dedup_key for item in items_of("api/organizational_entity_notifications__ok.json")}
    assert pushed == listed


def test_a_nested_comment_is_in_the_thread_of_the_top_comment() -> None:
    (item,) = items_of("comment__reply_to_comment.json")
    (message,) = ADAPTER.normalize(item.payload, RECEIVED)
    assert isinstance(message, Message)
    (parent,) = items_of("comment__member.json")
    top, notice = ADAPTER.normalize(parent.payload, RECEIVED)
    assert isinstance(top, Message)
    assert message.thread.key == top.thread.key == top.id
    assert isinstance(notice, AccountNotice)
    assert notice.fetch


def test_the_recorded_challenge_is_answered() -> None:
    case = msgspec.json.decode((FOLDER / "crypto__challenge.json").read_bytes())
    account = msgspec.structs.replace(
        bodies.ACCOUNT, secrets={"client_secret": Secret(case["client_secret"])}
    )
    assert ADAPTER.challenge is not None
    answer = ADAPTER.challenge(WebhookRequest("GET", {}, case["request"]["query"], b""), account)
    assert msgspec.json.decode(answer or "") == case["response"]["body"]
    assert ADAPTER.manifest.challenge_media_type == case["response"]["headers"]["content-type"]


def test_the_recorded_signature_fits_with_and_without_the_prefix() -> None:
    case = msgspec.json.decode((FOLDER / "crypto__signature.json").read_bytes())
    account = msgspec.structs.replace(
        bodies.ACCOUNT, secrets={"client_secret": Secret(case["client_secret"])}
    )
    content, given = case["raw_body"].encode(), case["headers"]["x-li-signature"]
    for value in (given, PREFIX + given):
        ADAPTER.verify(WebhookRequest("POST", {"x-li-signature": value}, {}, content), account)
    wrong = {"x-li-signature": case["wrong_without_prefix"]}
    with pytest.raises(BadSignature):
        ADAPTER.verify(WebhookRequest("POST", wrong, {}, content), account)
