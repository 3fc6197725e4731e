"""Every captured body of the shared collection gives what its index says; skipped where the collection is absent."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.adapters.bluesky import ADAPTER
from hark.adapters.bluesky.frames import commits_of, read_frame
from hark.channels.contract import (
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Reachability,
    Reaction,
    TryAgain,
)

SHARED = Path(os.environ.get("HARK_SHARED", Path(__file__).parents[4] / "shared"))
FOLDER = SHARED / "fixtures" / "bluesky"
BRAND = "did:plc:m7e4pong6ls5jyo3u4rg6kqj"
RECEIVED = datetime(2026, 11, 24, tzinfo=UTC)
ROW = re.compile(r"^\| `([\w]+\.json)` \| .*? \| .*? \| (.*) \|$")
QUOTED = r"`([^`]+)`"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not on this machine")


def index() -> list[tuple[str, str]]:
    """Name and what to extract; a column more is in between where the table has one."""
    if not FOLDER.is_dir():
        return []
    lines = (FOLDER / "INDEX.md").read_text().splitlines()
    rows = [ROW.match(line) for line in lines]
    return [(row.group(1), row.group(2)) for row in rows if row]


def entries(name: str) -> list[dict[str, Any]]:
    """The body as polling and streams hand it to `split`."""
    raw = json.loads((FOLDER / name).read_text())
    if name.startswith("notification"):
        return [{"kind": "post", "item": raw}]
    if name.startswith("chat_log"):
        return [{"kind": "log", "item": raw}]
    heard = [read_frame(json.dumps(raw))] if name.startswith("jetstream") else [*commits_of(raw, {})]
    found = [(each.commit, each.actor) for each in heard if each is not None]
    return [
        {"kind": "commit", "item": msgspec.to_builtins(commit)}
        if commit
        else {"kind": "actor", "item": actor}
        for commit, actor in found
    ]


def events(name: str) -> list[InboundEvent]:
    body = json.dumps({"account": BRAND, "entries": entries(name)}).encode()
    return [event for item in ADAPTER.split(body) for event in ADAPTER.normalize(item.payload, RECEIVED)]


@pytest.mark.parametrize(("name", "extract"), index(), ids=[name for name, _ in index()])
def test_a_captured_bluesky_body_gives_what_the_index_says(name: str, extract: str) -> None:
    if "error" in name:
        with pytest.raises(TryAgain):
            events(name)
        return
    (event,) = events(name)
    if extract.startswith("ignored"):
        assert isinstance(event, Ignored | Reachability)
    elif extract.startswith("delete"):
        assert isinstance(event, Deletion)
        assert event.target == _uri(name)
    elif extract.startswith("edit"):
        assert isinstance(event, Edit)
        assert (event.target, event.text) == (_uri(name), _record(name)["text"])
    elif extract.startswith("reaction"):
        assert isinstance(event, Reaction)
        _check_reaction(event, extract)
    else:
        assert isinstance(event, Message)
        _check_message(name, event, extract)


def _record(name: str) -> dict[str, Any]:
    (entry,) = entries(name)
    item: dict[str, Any] = entry["item"]
    record: dict[str, Any] = item.get("record") or item.get("message") or {}
    return record


def _uri(name: str) -> str:
    (entry,) = entries(name)
    item = entry["item"]
    return f"at://{item['did']}/{item['collection']}/{item['rkey']}"


def _check_reaction(event: Reaction, extract: str) -> None:
    target, sender = re.findall(QUOTED, extract)[:2]
    assert (event.target, event.author.id, event.emoji) == (target, sender, ("❤️",))
    assert event.at == datetime(2026, 11, 22, 8, 25, tzinfo=UTC)


def _check_message(name: str, event: Message, extract: str) -> None:
    kind, _, direction = extract.partition(",")[0].split(";")[0].partition("/")
    direction = direction.split(" ")[0]
    sources = {"message": "dm", "mention": "mention"}
    assert event.thread.source == sources.get(kind.split(" ")[0], "comment")
    assert event.author.us is (direction == "outbound")
    assert event.text == _record(name)["text"]
    found = {
        "message_id": event.id,
        "sender": event.author.id,
        "thread root": event.thread.reply_to.get("root_uri"),
        "convo": event.thread.key,
        "reply to": event.quoted,
    }
    for key, value in found.items():
        named = re.search(rf"{key} {QUOTED}", extract)
        assert named is None or named.group(1) == value, key
    if at := re.search(r"time (\S+Z)", extract):
        assert event.at == datetime.fromisoformat(at.group(1))
    _check_extras(event, extract)


def _check_extras(event: Message, extract: str) -> None:
    kinds = [file.kind for file in event.attachments]
    if count := re.search(r"attachments (\d) × (image|video|post)", extract):
        assert kinds == ["share" if count.group(2) == "post" else count.group(2)] * int(count.group(1))
    elif "attachments none" in extract:
        assert [kind for kind in kinds if kind != "share"] == []
    if label := re.search(r"labels: `([^`]+)`", extract):
        assert event.metadata["content_warning"] == [label.group(1)]
    if link := re.search(r"link facet uri `([^`]+)`, tag `([^`]+)`", extract):
        assert (event.metadata["links"], event.metadata["tags"]) == ([link.group(1)], [link.group(2)])


def test_the_index_names_every_body_of_the_folder() -> None:
    assert {name for name, _ in index()} == {path.name for path in FOLDER.glob("*.json")}


def test_one_post_has_one_key_by_list_and_by_stream() -> None:
    """The mention came by the list and by Jetstream."""
    keys = []
    for name in ("notification__mention_plain.json", "jetstream_v2__commit_create_mention.json"):
        body = json.dumps({"account": BRAND, "entries": entries(name)}).encode()
        keys += [item.dedup_key for item in ADAPTER.split(body)]
    assert len(keys) == 2
    assert len(set(keys)) == 1
