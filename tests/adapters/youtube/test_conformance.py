"""Every recorded resource and answer of the shared youtube collection gives what its index says; skipped where the
collection is absent."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hark.adapters.youtube import ADAPTER, lists
from hark.adapters.youtube.split import items_of
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    Edit,
    InboundEvent,
    Message,
    Outbound,
    RawItem,
    Reconnect,
    Rejected,
    Source,
    TryAgain,
)
from hark.channels.testing import Reply, ScriptedHttp
from hark.kernel.secrets import Secret

SHARED = Path(os.environ.get("HARK_SHARED", Path(__file__).parents[4] / "shared"))
FOLDER = SHARED / "fixtures" / "youtube"
CHANNEL = "UCdemoNordlichtShop00001"
RECEIVED = datetime(2026, 11, 3, tzinfo=UTC)
LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)
ACCOUNT = Account(
    UUID(int=1),
    UUID(int=2),
    CHANNEL,
    "Nordlicht",
    secrets={
        "access_token": Secret("ya29.token"),
        "client_secret": Secret("cs"),
        "refresh_token": Secret("rt"),
    },
    fields={"client_id": "client"},
)
ROW = re.compile(r"^\| `([a-z_0-9/]+\.json)` \|[^|]*\|[^|]*\| (.*) \|$")
FIELD = re.compile(r"(\w+) `([^`]*)`|customer (none)|time (\S+?Z)")

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not on this machine")


def index() -> dict[str, str]:
    if not FOLDER.is_dir():
        return {}
    rows = (ROW.match(line) for line in (FOLDER / "INDEX.md").read_text().splitlines())
    return {row.group(1): row.group(2) for row in rows if row}


def expected(extract: str) -> list[dict[str, Any]]:
    return [_expected_one(part) for part in extract.split("<br>")]


def _expected_one(text: str) -> dict[str, Any]:
    kind, direction = re.search(r"(comment|edit)/(inbound|outbound)", text).groups()  # type: ignore[union-attr]
    fields = {name: value for name, value, _, _ in FIELD.findall(text) if name}
    at = re.search(r"time (\S+?Z)", text)
    assert at is not None
    return {
        "kind": kind,
        "direction": direction,
        "id": fields["message_id"],
        "customer": fields.get("customer"),
        "account": fields["account"],
        "thread": fields.get("thread", fields["message_id"].split(".")[0]),
        "text": fields["text"],
        "ts": datetime.fromisoformat(at.group(1)),
    }


def extracted(items: list[RawItem] | tuple[RawItem, ...]) -> list[dict[str, Any]]:
    return [
        {"account": item.platform_account_id, **_seen(event, item)}
        for item in items
        for event in ADAPTER.normalize(item.payload, RECEIVED)
        if not (isinstance(event, Edit) and event.hidden is not None)
    ]


def _seen(event: InboundEvent, item: RawItem) -> dict[str, Any]:
    comment = msgspec.json.decode(item.payload)["comment"]
    author = comment["snippet"]["authorChannelId"]["value"]
    ours = author == CHANNEL
    base = {
        "direction": "outbound" if ours else "inbound",
        "customer": None if ours else author,
        "thread": comment["snippet"].get("parentId", comment["id"]),
    }
    if isinstance(event, Edit):
        return base | {"kind": "edit", "id": event.target, "text": event.text, "ts": event.at}
    assert isinstance(event, Message)
    assert (event.thread.source, event.thread.key, event.attachments) == ("comment", base["thread"], ())
    assert event.author.us is ours
    assert ours or event.author.id == author
    return base | {"kind": "comment", "id": event.id, "text": event.text, "ts": event.at}


def value(name: str) -> Any:
    return msgspec.json.decode((FOLDER / name).read_bytes())


def recorded(name: str) -> Reply:
    answer = value(f"api/{name}.json")
    body = b"" if answer["body"] is None else answer["body"]
    return Reply(answer["status"], body, answer["headers"])


RESOURCES = [name for name in index() if not name.startswith("api/") and not name.startswith("edit__")]


@pytest.mark.parametrize("name", RESOURCES)
def test_a_recorded_resource_gives_what_the_index_says(name: str) -> None:
    assert extracted(items_of([value(name)], CHANNEL)) == expected(index()[name])
    assert ADAPTER.split((FOLDER / name).read_bytes())


def test_a_comment_that_was_changed_later_is_an_edit_of_the_one_that_is_known() -> None:
    known = {item.dedup_key for item in items_of([value("comment__thread_on_video.json")], CHANNEL)}
    later = items_of([value("edit__comment_changed.json")], CHANNEL)
    new = [item for item in later if item.dedup_key not in known]
    assert len(new) == 1
    assert extracted(new) == expected(index()["edit__comment_changed.json"])
    first, edit = [event for item in later for event in ADAPTER.normalize(item.payload, RECEIVED)]
    assert isinstance(first, Message)
    assert isinstance(edit, Edit)


async def test_a_held_comment_is_shown_as_hidden() -> None:
    held = {"items": [value("comment__held_for_review.json")]}
    page = await ADAPTER.fetch_page("held:", None, ACCOUNT, ScriptedHttp(Reply(200, held)))  # type: ignore[misc]
    events = [event for item in page.items for event in ADAPTER.normalize(item.payload, RECEIVED)]
    assert [getattr(event, "hidden", None) for event in events] == [None, True]


async def test_recorded_lists_of_threads_are_walked_page_by_page() -> None:
    for name in ("all_related_to_channel", "paged", "empty"):
        http = ScriptedHttp(recorded(f"comment_threads_list__{name}"), *[Reply(200, {"items": []})] * 3)
        page = await ADAPTER.fetch_page(None, None, ACCOUNT, http)  # type: ignore[misc]
        row = index()[f"api/comment_threads_list__{name}.json"]
        found = extracted(page.items)
        assert found == ([] if row == "–" else expected(row)), name
        token = value(f"api/comment_threads_list__{name}.json")["body"].get("nextPageToken")
        assert page.next == ("published:" + token if token else "held:")


async def test_recorded_pages_of_replies_are_followed_and_keep_their_thread() -> None:
    http = ScriptedHttp(
        recorded("comments_list__by_parent_page1"), recorded("comments_list__by_parent_page2")
    )
    found = await lists.replies(ACCOUNT, http, "UgzrJ4OeWsERkY58zpD4AaABAg")
    rows = [index()[f"api/comments_list__by_parent_page{page}.json"] for page in (1, 2)]
    assert extracted(items_of(found, CHANNEL)) == [*expected(rows[0]), *expected(rows[1])]
    assert http.calls[1].url.params["pageToken"] == "3v1xCrQGOVOv0TuxAqJ5X4Y98Ls7zOGd0V0kti2F=="


def outbound(text: str = "Thank you! Yes, it is dimmable.") -> Outbound:
    thread = "UgzIQ77Qx28ftgEt_Jr4AaABAg"
    return Outbound(
        UUID(int=7), Source.COMMENT, thread, None, RECEIVED, text=text, reply_to={"parent": thread}
    )


async def test_the_recorded_answer_is_sent_as_it_was_recorded() -> None:
    http = ScriptedHttp(recorded("comments_insert__ok"))
    sent = await ADAPTER.send(outbound(), ACCOUNT, http)
    request = value("api/comments_insert__ok.json")["request"]
    assert msgspec.json.decode(http.calls[0].content) == request["body"]
    assert (http.calls[0].method, http.calls[0].url.path) == (request["method"], request["path"])
    assert dict(http.calls[0].url.params) == request["query"]
    assert sent.platform_message_id == value("api/comments_insert__ok.json")["body"]["id"]
    assert sent.at == datetime(2022, 11, 14, 10, 23, 2, tzinfo=UTC)


async def test_the_recorded_moderation_is_done_as_it_was_recorded() -> None:
    http = ScriptedHttp(recorded("comments_set_moderation_status__no_content"))
    request = value("api/comments_set_moderation_status__no_content.json")["request"]
    action = Action(Ability.UNHIDE, "t", target=request["query"]["id"])
    await ADAPTER.perform(action, ACCOUNT, http)  # type: ignore[misc]
    assert (http.calls[0].method, http.calls[0].url.path) == (request["method"], request["path"])
    assert dict(http.calls[0].url.params) == request["query"]


def test_a_recorded_new_thread_is_our_own_comment() -> None:
    body = value("api/comment_threads_insert__ok.json")["body"]
    (item,) = items_of([body], body["snippet"]["topLevelComment"]["snippet"]["authorChannelId"]["value"])
    (event,) = ADAPTER.normalize(item.payload, RECEIVED)
    assert isinstance(event, Message)
    assert event.author.us


PROBLEMS: dict[str, tuple[type[Exception], str | None]] = {
    "error__400_key_invalid": (Reconnect, None),
    "error__400_operation_not_supported": (Rejected, None),
    "error__401_auth": (Reconnect, None),
    "error__403_comments_disabled": (Rejected, None),
    "error__403_permission_denied": (Rejected, None),
    "error__403_quota_exceeded": (TryAgain, "account"),
    "error__404_comment_not_found": (Rejected, None),
    "error__429_rate_limit": (TryAgain, "account"),
}


@pytest.mark.parametrize("name", PROBLEMS)
async def test_a_recorded_error_ends_in_the_problem_that_the_index_advises(name: str) -> None:
    kind, scope = PROBLEMS[name]
    with pytest.raises(kind) as caught:
        await ADAPTER.send(outbound(), ACCOUNT, ScriptedHttp(recorded(name)))
    assert getattr(caught.value, "scope", None) == scope
    with pytest.raises(kind):
        await ADAPTER.fetch_page(None, LONG_AGO, ACCOUNT, ScriptedHttp(recorded(name)))  # type: ignore[misc]


async def test_a_used_up_quota_waits_for_midnight_pacific_time() -> None:
    reply = recorded("error__403_quota_exceeded")
    dated = Reply(reply.status, reply.body, {"date": "Tue, 03 Nov 2026 06:30:00 GMT"})
    with pytest.raises(TryAgain) as caught:
        await ADAPTER.send(outbound(), ACCOUNT, ScriptedHttp(dated))
    assert caught.value.retry_after == 1.5 * 3600


def test_every_file_of_the_folder_is_asserted() -> None:
    names = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json")}
    assert set(index()) == names
    tested = set(RESOURCES) | {"edit__comment_changed.json"} | {f"api/{name}.json" for name in PROBLEMS}
    tested |= {
        f"api/comment_threads_list__{name}.json" for name in ("all_related_to_channel", "paged", "empty")
    }
    tested |= {f"api/comments_list__by_parent_page{page}.json" for page in (1, 2)}
    tested |= {
        f"api/{name}.json"
        for name in (
            "comments_insert__ok",
            "comment_threads_insert__ok",
            "comments_set_moderation_status__no_content",
        )
    }
    assert names == tested
