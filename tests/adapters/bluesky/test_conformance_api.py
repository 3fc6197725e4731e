"""Captured answers of Bluesky's servers: what the client, the lists and the table of errors make of each."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from hark.adapters.bluesky import ADAPTER
from hark.adapters.bluesky.client import Nothing, make_xrpc
from hark.adapters.bluesky.session import Session
from hark.channels.contract import (
    FetchedPage,
    Message,
    Reconnect,
    Rejected,
    Sent,
    Source,
    TryAgain,
    Unconfirmed,
)
from hark.channels.testing import Reply, ScriptedHttp
from hark.kernel.secrets import Secret
from tests.adapters.bluesky import cases
from tests.adapters.bluesky.people import ACCOUNT, ADA

SHARED = Path(os.environ.get("HARK_SHARED", Path(__file__).parents[4] / "shared"))
FOLDER = SHARED / "fixtures" / "bluesky" / "api"
BRAND = "did:plc:m7e4pong6ls5jyo3u4rg6kqj"
RECEIVED = datetime(2026, 11, 24, tzinfo=UTC)
BRAND_ACCOUNT = msgspec.structs.replace(ACCOUNT, platform_account_id=BRAND)

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not on this machine")


def captured(name: str) -> Reply:
    told = json.loads((FOLDER / f"{name}.json").read_text())["response"]
    body = told.get("body")
    return Reply(told["status"], b"" if body in (None, "") else body, told.get("headers", {}))


def method_of(name: str) -> str:
    return str(json.loads((FOLDER / f"{name}.json").read_text())["request"]["path"]).removeprefix("/xrpc/")


ERRORS: dict[str, tuple[type[Exception], str]] = {
    "createSession__401_bad_password": (Reconnect, "AuthenticationRequired"),
    "createSession__401_2fa_required": (Reconnect, "AuthFactorTokenRequired"),
    "createSession__429_rate_limited": (TryAgain, "RateLimitExceeded"),
    "refreshSession__400_expired": (Reconnect, "ExpiredToken"),
    "refreshSession__400_with_access_token": (Reconnect, "InvalidToken"),
    "any__400_expired_token": (Reconnect, "ExpiredToken"),
    "any__400_invalid_token": (Reconnect, "InvalidToken"),
    "any__401_auth_missing": (Reconnect, "AuthMissing"),
    "any__502_upstream_failure": (TryAgain, "UpstreamFailure"),
    "listNotifications__400_seenAt_unsupported": (Rejected, "InvalidRequest"),
    "listNotifications__400_bad_limit": (Rejected, "InvalidRequest"),
    "listNotifications__502_bad_cursor": (TryAgain, "InternalServerError"),
    "getPostThread__400_not_found": (Rejected, "NotFound"),
    "createRecord__400_over_300_graphemes": (Rejected, "InvalidRequest"),
    "createRecord__400_reply_without_root": (Rejected, "InvalidRequest"),
    "createRecord__400_bad_cid": (Rejected, "InvalidRequest"),
    "createRecord__400_image_over_2mb": (Rejected, "InvalidRequest"),
    "createRecord__401_other_repo": (Reconnect, "AuthenticationRequired"),
    "createRecord__429_write_points": (TryAgain, "RateLimitExceeded"),
    "uploadBlob__413_too_large": (Rejected, "PayloadTooLarge"),
    "resolveHandle__400_not_found": (Rejected, "HandleNotFound"),
    "getProfile__400_not_found": (Rejected, "InvalidRequest"),
    "chat_any__400_app_password_without_dm_scope": (Rejected, "no_chat_access"),
    "chat_any__501_missing_proxy_header": (Rejected, "MethodNotImplemented"),
    "getConvoForMembers__400_MessagesDisabled": (Rejected, "MessagesDisabled"),
    "getConvoForMembers__400_NotFollowedBySender": (Rejected, "NotFollowedBySender"),
    "getConvoForMembers__400_BlockedActor": (Rejected, "BlockedActor"),
    "getConvoForMembers__400_RecipientNotFound": (Rejected, "RecipientNotFound"),
    "sendMessage__400_InvalidConvo": (Rejected, "InvalidConvo"),
    "sendMessage__400_ConvoLocked": (Rejected, "ConvoLocked"),
    "sendMessage__400_ReplyTargetNotFound": (Rejected, "ReplyTargetNotFound"),
    "oauth__401_use_dpop_nonce": (Reconnect, "use_dpop_nonce"),
}
UNREACHABLE = {"MessagesDisabled", "NotFollowedBySender", "BlockedActor", "RecipientNotFound"}
WAITS = {"createSession__429_rate_limited": 288.0, "createRecord__429_write_points": 3596.0}

READ = {
    "createSession__ok", "refreshSession__ok", "getSession__ok", "getProfile__ok", "getPosts__ok_embeds",
    "createRecord__ok_reply", "deleteRecord__ok", "uploadBlob__ok", "resolveHandle__ok", "sendMessage__ok",
    "updateRead__ok", "acceptConvo__ok",
    "getConvoForMembers__ok", "getPostThread__ok_with_parents", "getPostThread__ok_tree", "getPostThread__ok_blocked",
    "listNotifications__page1", "listNotifications__page2", "listNotifications__reasons_filter",
    "listNotifications__after_updateSeen", "listNotifications__empty", "getLog__first_call_no_cursor", "getLog__events",
    "getLog__no_change", "getMessages__page", "getMessages__with_deleted_and_system", "listConvos__page1",
    "listConvos__page2_last", "listConvos__requests",
}  # fmt: skip
"""Answers that the tests below read."""
UNUSED = {
    "getUnreadCount__ok",
    "updateSeen__ok",
    "getConvoAvailability__no",
    "oauth__protected_resource_metadata",
}
"""Of calls that the adapter does not make: own store instead of read marks, the chat's own errors instead of asking before, app
passwords instead of OAuth."""


def test_every_captured_answer_is_asked_about() -> None:
    named = set(re.findall(r"^\| `([\w]+)\.json`", (FOLDER / "INDEX.md").read_text(), re.MULTILINE))
    assert named == {path.stem for path in FOLDER.glob("*.json")}
    assert named == set(ERRORS) | READ | UNUSED


@pytest.mark.parametrize("name", ERRORS)
async def test_a_captured_bluesky_error_has_its_class(name: str) -> None:
    kind, code = ERRORS[name]
    xrpc = make_xrpc(ACCOUNT.fields, Secret("x"), ScriptedHttp(captured(name)))
    with pytest.raises(kind) as raised:
        await xrpc.get(method_of(name), Nothing)
    problem: Any = raised.value
    assert problem.code == code
    assert problem.message.endswith(".")
    assert getattr(problem, "unreachable", False) is (code in UNREACHABLE)
    assert getattr(problem, "retry_after", None) == WAITS.get(name)


async def test_a_failure_behind_the_server_leaves_a_message_open() -> None:
    http = ScriptedHttp(captured("any__502_upstream_failure"))
    with pytest.raises(Unconfirmed):
        await ADAPTER.send(cases.outbound(), ACCOUNT, http)


async def test_sessions_are_read_with_their_end_and_server() -> None:
    made = await make_xrpc({}, None, ScriptedHttp(captured("createSession__ok"))).post("x", Session, {})
    assert (made.did, made.server) == (BRAND, "https://pds.example.com")
    assert made.expires_at == datetime.fromtimestamp(1795340694, UTC)
    assert ADAPTER.refresh is not None
    renewed = await ADAPTER.refresh(BRAND_ACCOUNT, ScriptedHttp(captured("refreshSession__ok")))
    assert renewed.secrets["refresh_jwt"] != made.secrets["refresh_jwt"]


async def test_sent_answers_name_what_was_made() -> None:
    posted = await ADAPTER.send(
        cases.outbound(Source.COMMENT), BRAND_ACCOUNT, ScriptedHttp(captured("createRecord__ok_reply"))
    )
    assert posted == Sent("at://did:plc:m7e4pong6ls5jyo3u4rg6kqj/app.bsky.feed.post/3n2v4nqgogs2c")
    told = await ADAPTER.send(cases.outbound(), BRAND_ACCOUNT, ScriptedHttp(captured("sendMessage__ok")))
    assert told == Sent("3n2v6bc1x4k2b")
    private = cases.outbound(Source.COMMENT, private_to="at://did:plc:x/app.bsky.feed.post/1")
    http = ScriptedHttp(captured("getConvoForMembers__ok"), captured("sendMessage__ok"))
    assert (await ADAPTER.send(private, BRAND_ACCOUNT, http)).thread_key == "3mzq4k2vhsk2e"
    picture = cases.outbound(Source.COMMENT, attachments=(cases.PNG,), text="@lumencoffee.test")
    http = ScriptedHttp(
        captured("resolveHandle__ok"), captured("uploadBlob__ok"), captured("createRecord__ok_reply")
    )
    await ADAPTER.send(picture, BRAND_ACCOUNT, http)
    record = json.loads(http.calls[-1].content)["record"]
    assert record["embed"]["images"][0]["image"] == captured("uploadBlob__ok").body["blob"]
    assert record["facets"][0]["features"][0]["did"].startswith("did:plc:")


def listing(**answers: str) -> ScriptedHttp:
    """A server whose lists are captured ones, and empty elsewhere."""

    def route(request: httpx.Request) -> Reply:
        method = request.url.path.rpartition(".")[2]
        if method in answers:
            return captured(answers[method])
        empty = {"notifications": [], "feed": [], "logs": [], "convos": [], "messages": [], "cursor": None}
        return Reply(400, {"error": "InvalidConvo"}) if method == "getConvo" else Reply(200, empty)

    return ScriptedHttp(route=route)


async def pages(http: ScriptedHttp, state: dict[str, Any] | None = None, most: int = 12) -> list[FetchedPage]:
    account = msgspec.structs.replace(BRAND_ACCOUNT, state=state or {})
    found, cursor = [], None
    assert ADAPTER.fetch_page is not None
    for _ in range(most):
        page = await ADAPTER.fetch_page(cursor, datetime(2026, 1, 1, tzinfo=UTC), account, http)
        found.append(page)
        cursor = page.next
        if cursor is None:
            break
    return found


def events_of(found: list[FetchedPage]) -> list[Any]:
    return [
        event for page in found for item in page.items for event in ADAPTER.normalize(item.payload, RECEIVED)
    ]


@pytest.mark.parametrize("name", sorted(each for each in READ if each.startswith("listNotifications")))
async def test_a_captured_list_gives_its_posts(name: str) -> None:
    rows = captured(name).body["notifications"]
    wanted = [row["uri"] for row in reversed(rows) if row["reason"] in {"mention", "reply", "quote"}]
    found = events_of((await pages(listing(listNotifications=name)))[:1])
    assert [event.id for event in found if isinstance(event, Message)] == wanted


async def test_the_captured_log_gives_its_messages_once_and_is_gone_on_with() -> None:
    found = await pages(listing(getLog="getLog__events"), {"chat": "222222n2v6aa0000b"})
    messages = {event.id: event.author.us for event in events_of(found) if isinstance(event, Message)}
    assert messages == {"3n2v6ab7q2c2b": False, "3n2v6bc1x4k2b": True}
    assert {page.state["chat"] for page in found if "chat" in page.state} == {"222222n2v6bc1x4k"}
    quiet = await pages(
        listing(getLog="getLog__no_change"), {"chat": captured("getLog__no_change").body["cursor"]}
    )
    assert events_of(quiet) == []


@pytest.mark.parametrize("talks", ["listConvos__page1", "listConvos__requests", "listConvos__page2_last"])
@pytest.mark.parametrize("said", ["getMessages__page", "getMessages__with_deleted_and_system"])
async def test_captured_conversations_are_walked_from_the_logs_beginning(talks: str, said: str) -> None:
    found = await pages(listing(getLog="getLog__first_call_no_cursor", listConvos=talks, getMessages=said))
    messages = captured(said).body["messages"]
    convos = captured(talks).body["convos"]
    ids = {json.loads(item.payload)["item"].get("id") for page in found for item in page.items}
    assert ids == ({row["id"] for row in messages} if convos else set())


async def test_captured_bluesky_answers_are_read() -> None:
    assert ADAPTER.fetch_profile is not None
    assert ADAPTER.fetch_post is not None
    profile = await ADAPTER.fetch_profile("x", ACCOUNT, ScriptedHttp(captured("getProfile__ok")))
    assert profile is not None
    assert profile.author.handle
    views = captured("getPosts__ok_embeds")
    for view in views.body["posts"]:
        post = await ADAPTER.fetch_post(view["uri"], ACCOUNT, ScriptedHttp(views))
        assert post is not None
        assert post.text == view["record"]["text"]
    assert ADAPTER.locate_media is not None
    first = views.body["posts"][0]
    where = await ADAPTER.locate_media(f"image {first['uri']} 1 x", ACCOUNT, ScriptedHttp(views))
    assert where.url == first["embed"]["images"][1]["fullsize"]
    for name in READ:
        assert captured(name).status == 200
    assert ADA


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("getPostThread__400_not_found", "gone"),
        ("getPostThread__ok_blocked", "actor"),
        ("getPostThread__ok_tree", None),
    ],
)
async def test_a_post_that_left_the_list_is_looked_at_before_it_counts_as_deleted(
    answer: str, kind: str | None
) -> None:
    uri = "at://did:plc:zrhxsfknqxqdawde4uxmctuz/app.bsky.feed.post/3n2v4niyhfc2c"
    seen = {uri: ["bafy", "2026-11-22T08:00:00.000Z"]}

    def route(request: httpx.Request) -> Reply:
        if request.url.path.endswith("getPostThread"):
            return captured(answer)
        return Reply(200, {"notifications": [], "posts": [], "feed": [], "logs": [], "convos": []})

    (first, *_) = await pages(ScriptedHttp(route=route), {"seen": seen, "chat": "2"})
    assert [json.loads(item.payload)["kind"] for item in first.items] == ([kind] if kind else [])
