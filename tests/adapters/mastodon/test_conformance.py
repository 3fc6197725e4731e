"""Every recorded body and answer of the shared collection gives what its index says; skipped where the collection is absent."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from hark.adapters.mastodon import ADAPTER
from hark.adapters.mastodon.listening import read_event
from hark.channels.contract import (
    AccountNotice,
    Deletion,
    Ignored,
    InboundEvent,
    Message,
    OutboundAttachment,
    Reaction,
    Reconnect,
    Rejected,
    Sent,
    TryAgain,
)
from hark.channels.testing import Reply, ScriptedHttp
from tests.adapters.mastodon import cases
from tests.adapters.mastodon.people import ACCOUNT

SHARED = Path(os.environ.get("HARK_SHARED", Path(__file__).parents[4] / "shared"))
FOLDER = SHARED / "fixtures" / "mastodon"
SHOP = "117020565966271181"
RECEIVED = datetime(2026, 11, 24, tzinfo=UTC)
ROW = re.compile(r"^\| `((?:api/)?[\w]+\.json)` \| (.*?) \| .*? \| (.*) \|$")
SHOP_ACCOUNT = msgspec.structs.replace(ACCOUNT, platform_account_id=SHOP)

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not on this machine")


def index() -> dict[str, str]:
    if not FOLDER.is_dir():
        return {}
    rows = [ROW.match(line) for line in (FOLDER / "INDEX.md").read_text().splitlines()]
    return {row.group(1): row.group(3) for row in rows if row}


BODIES = [name for name in index() if not name.startswith("api/")]
ANSWERS = [name.removeprefix("api/").removesuffix(".json") for name in index() if name.startswith("api/")]


def entry(raw: Any) -> dict[str, Any]:
    if "event" in raw:
        found = read_event(raw["event"], raw["payload"])
        assert found is not None
        return {"kind": found[0], "item": found[1]}
    return {"kind": "push" if "notification_id" in raw else "notification", "item": raw}


def normalized(*entries: dict[str, Any]) -> list[InboundEvent]:
    body = json.dumps({"account": SHOP, "entries": list(entries)}).encode()
    return [event for item in ADAPTER.split(body) for event in ADAPTER.normalize(item.payload, RECEIVED)]


def test_the_index_names_every_file_of_the_folder() -> None:
    assert set(index()) == {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json")}


@pytest.mark.parametrize("name", BODIES)
def test_a_recorded_mastodon_body_gives_what_the_index_says(name: str) -> None:
    extract = index()[name]
    (event,) = normalized(entry(json.loads((FOLDER / name).read_text())))
    named = _named(extract)
    if extract.startswith("ignored"):
        assert isinstance(event, Ignored | AccountNotice)
    elif extract.startswith("delete"):
        assert isinstance(event, Deletion)
        assert (event.target, event.at) == (named["message_id"], RECEIVED)
    elif extract.startswith("reaction"):
        assert isinstance(event, Reaction)
        assert (event.target, event.author.id) == (named["message_id"], named["customer"])
        assert _second(event.at) == named["time"]
    else:
        assert isinstance(event, Message)
        _check(event, extract, named)


def _named(extract: str) -> dict[str, str]:
    found = dict(re.findall(r"(message_id|customer|account|parent|text) `([^`]*)`", extract))
    if at := re.search(r"time (\S+Z)", extract):
        found["time"] = at.group(1)
    return found


def _second(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _check(event: Message, extract: str, named: dict[str, str]) -> None:
    direction = extract.partition("/")[2].partition(",")[0]
    source = re.search(r"source (\w+)", extract)
    assert source is not None
    customer = event.thread.customer or event.author
    assert (event.id, event.thread.source, customer.id) == (
        named["message_id"],
        source.group(1),
        named["customer"],
    )
    assert event.author.us is (direction == "outbound")
    assert event.text == named["text"].replace("⏎", "\n")
    assert _second(event.at) == named["time"]
    kinds = re.search(r"attachments ([\w, ]+);", extract)
    assert kinds is not None
    assert [file.kind for file in event.attachments] == (
        [] if kinds.group(1) == "none" else kinds.group(1).split(", ")
    )
    if "parent" in named:
        assert named["parent"] in {event.quoted, event.thread.key.partition("#")[0]}
    if "spoiler_text" in extract:
        assert event.metadata["content_warning"]


def recorded(name: str) -> Reply:
    told = json.loads((FOLDER / "api" / f"{name}.json").read_text())
    return Reply(told["status"], told["body"], told["headers"])


ERRORS: dict[str, type[Exception]] = {
    "error__401_invalid_token": Reconnect,
    "error__403_not_allowed": Rejected,
    "error__404_not_found": Rejected,
    "error__422_validation": Rejected,
    "error__429_too_many": TryAgain,
    "error__503_unavailable": TryAgain,
}
READ = {
    "conversations__list", "media__processing_202", "media__ready", "notifications__empty", "notifications__mentions_page",
    "status_history__edited", "statuses_create__direct_ok", "statuses_create__public_reply_ok", "push_subscription__created",
}  # fmt: skip


def test_every_recorded_answer_is_asked_about() -> None:
    assert set(ANSWERS) == set(ERRORS) | READ


@pytest.mark.parametrize("name", ERRORS)
async def test_a_recorded_mastodon_error_has_its_class(name: str) -> None:
    answer = recorded(name)
    dated = Reply(answer.status, answer.body, {**answer.headers, "date": "Sat, 01 Aug 2026 13:54:30 GMT"})
    with pytest.raises(ERRORS[name]) as raised:
        await ADAPTER.send(cases.outbound(), ACCOUNT, ScriptedHttp(dated))
    problem: Any = raised.value
    assert problem.message.endswith(".")
    if name == "error__429_too_many":
        assert problem.scope == "account"
        assert timedelta(seconds=problem.retry_after) == timedelta(seconds=30, microseconds=248623)
    if name == "error__422_validation":
        assert "Text can't be blank" in problem.message


async def test_created_posts_are_named() -> None:
    for name, expected in (
        ("statuses_create__direct_ok", "117020585877056474"),
        ("statuses_create__public_reply_ok", None),
    ):
        answer = recorded(name)
        sent = await ADAPTER.send(cases.outbound(), ACCOUNT, ScriptedHttp(answer))
        assert isinstance(sent, Sent)
        assert sent.platform_message_id == (expected or answer.body["id"])
        assert sent.at is not None


async def test_a_film_is_waited_for_until_it_is_ready() -> None:
    film = OutboundAttachment("video", "lamp.mp4", "video/mp4", b"film", alt="lamp with a crack")
    http = ScriptedHttp(
        recorded("media__processing_202"), recorded("media__ready"), recorded("statuses_create__direct_ok")
    )
    await ADAPTER.send(cases.outbound(attachments=(film,)), ACCOUNT, http)
    assert json.loads(http.calls[-1].content)["media_ids"] == ["117020619601888181"]
    assert b"lamp with a crack" in http.calls[0].content
    assert http.calls[-1].headers["idempotency-key"]


def lists(**answers: str) -> ScriptedHttp:
    def route(request: httpx.Request) -> Reply:
        name = request.url.path.rpartition("/")[2]
        only = "max_id" not in request.url.params and "min_id" not in request.url.params
        if name in answers and only:
            return recorded(answers[name])
        return Reply(200, {"ancestors": [], "descendants": []} if name == "context" else [])

    return ScriptedHttp(route=route)


async def walked(http: ScriptedHttp) -> list[Any]:
    cursor, events = None, []
    assert ADAPTER.fetch_page is not None
    while True:
        page = await ADAPTER.fetch_page(cursor, None, SHOP_ACCOUNT, http)
        events += [event for item in page.items for event in ADAPTER.normalize(item.payload, RECEIVED)]
        cursor = page.next
        if cursor is None:
            return events


async def test_recorded_lists_give_their_messages() -> None:
    mentions = await walked(lists(notifications="notifications__mentions_page"))
    assert [event.id for event in mentions if isinstance(event, Message)] == ["117020576916218297"]
    talks = await walked(lists(conversations="conversations__list"))
    (told,) = [event for event in talks if isinstance(event, Message)]
    assert told.author.us
    assert told.thread.customer is not None
    assert (told.id, told.thread.key) == ("117020593780198542", "117020565693913441")
    assert told.text == "@mira_k your lamp was sent today"
    assert await walked(lists(notifications="notifications__empty")) == []


def test_what_is_not_read_by_us_is_still_in_order() -> None:
    """Of calls that the adapter does not make: it reads a post's present text, and listens instead of asking for web push."""
    versions = recorded("status_history__edited").body
    assert [row["created_at"] for row in versions] == sorted(row["created_at"] for row in versions)
    assert recorded("push_subscription__created").status == 200
