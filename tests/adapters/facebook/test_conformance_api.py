"""Recorded answers of the Graph API: what the client makes of each is what the index of the collection
advises."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.adapters._meta.errors import retry_after
from hark.adapters.facebook import ADAPTER
from hark.channels.contract import (
    Ability,
    Action,
    Message,
    Reconnect,
    Rejected,
    Source,
    TryAgain,
    Unconfirmed,
)
from tests.adapters.facebook import cases
from tests.adapters.facebook.cases import Answer
from tests.adapters.facebook.fake import FakeGraph

SHARED = Path(os.environ.get("HARK_SHARED", Path(__file__).parents[4] / "shared"))
FOLDER = SHARED / "fixtures" / "facebook" / "api"
RECEIVED = datetime(2026, 11, 1, tzinfo=UTC)
PAGE, MIRA = "109876543210987", "24310987654321098"
ACCOUNT = msgspec.structs.replace(
    cases.ACCOUNT, platform_account_id=PAGE, fields={"page_id": PAGE, "app_id": "482915736620114"}
)

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not on this machine")


def recorded(name: str) -> Answer:
    row = re.search(rf"`api/{name}\.json` - HTTP (\d+)", (FOLDER.parent / "INDEX.md").read_text())
    assert row is not None
    return int(row.group(1)), {}, (FOLDER / f"{name}.json").read_bytes()


def value(name: str) -> Any:
    return msgspec.json.decode((FOLDER / f"{name}.json").read_bytes())


PROBLEMS: dict[str, tuple[type[Exception], dict[str, Any]]] = {
    "send_error__10_2018278_outside_window": (Rejected, {"unreachable": False}),
    "send_error__551_unavailable": (Rejected, {"unreachable": True}),
    "send_error__100_2018001_no_user": (Rejected, {}),
    "send_error__100_text_too_long": (Rejected, {}),
    "send_error__100_2018047_upload_failed": (TryAgain, {"scope": "message"}),
    "send_error__190_463_expired": (Reconnect, {}),
    "send_error__190_460_password_changed": (Reconnect, {}),
    "send_error__190_458_app_removed": (Reconnect, {}),
    "send_error__200_permission": (Reconnect, {}),
    "send_error__4_app_limit": (TryAgain, {"scope": "account"}),
    "send_error__32_page_limit": (TryAgain, {"scope": "account"}),
    "send_error__613_custom_limit": (TryAgain, {"scope": "account"}),
    "send_error__80006_buc_messenger": (TryAgain, {"scope": "account"}),
    "send_error__2_transient": (Unconfirmed, {}),
    "send_error__other_app_controls_thread": (Rejected, {}),
    "error__100_33_not_found": (Rejected, {"code": "100/33"}),
    "error__100_missing_permission": (Rejected, {}),
    "error__1_with_user_msg": (Rejected, {"message": "Please choose another end date."}),
    "ratings_error__12_deprecated": (Rejected, {"code": "12"}),
    "user_profile_error__2018218": (Rejected, {}),
}


@pytest.mark.parametrize("name", PROBLEMS)
async def test_a_recorded_error_ends_in_the_problem_that_the_index_advises(name: str) -> None:
    kind, details = PROBLEMS[name]
    with pytest.raises(kind) as caught:
        await ADAPTER.send(cases.outbound(), ACCOUNT, FakeGraph(recorded(name)).http())
    assert {key: getattr(caught.value, key) for key in details} == details


def test_every_recorded_error_is_judged() -> None:
    if FOLDER.is_dir():
        assert set(PROBLEMS) == {path.stem for path in FOLDER.glob("*error__*.json")}


async def test_the_recorded_usage_headers_name_the_time_to_wait() -> None:
    headers = {name.lower(): text for name, text in value("rate_limit_headers__sample").items()}
    assert retry_after(headers) == 19 * 60
    status, _, body = recorded("send_error__80006_buc_messenger")
    with pytest.raises(TryAgain) as caught:
        await ADAPTER.send(cases.outbound(), ACCOUNT, FakeGraph((status, headers, body)).http())
    assert caught.value.retry_after == 19 * 60


@pytest.mark.parametrize("name", ["send__ok", "send__ok_user_ref", "send__ok_attachment_reusable"])
async def test_a_recorded_success_gives_the_message_id(name: str) -> None:
    sent = await ADAPTER.send(cases.outbound(), ACCOUNT, FakeGraph(recorded(name)).http())
    assert sent.platform_message_id == value(name)["message_id"]


async def test_a_recorded_comment_and_private_reply_give_their_ids() -> None:
    comment = await ADAPTER.send(
        cases.outbound(Source.COMMENT), ACCOUNT, FakeGraph(recorded("comment_create__ok")).http()
    )
    assert comment.platform_message_id == value("comment_create__ok")["id"]
    private = await ADAPTER.send(
        cases.outbound(Source.COMMENT, private_to="1_2"),
        ACCOUNT,
        FakeGraph(recorded("private_reply__ok")).http(),
    )
    assert private.thread_key == value("private_reply__ok")["recipient_id"]


async def test_recorded_answers_to_actions_are_no_problem() -> None:
    hide = Action(Ability.HIDE, "1_2", target="1_2")
    await ADAPTER.perform(hide, ACCOUNT, FakeGraph(recorded("comment_hide__ok")).http())
    typing = Action(Ability.TYPING, MIRA, recipient=MIRA)
    await ADAPTER.perform(typing, ACCOUNT, FakeGraph(recorded("sender_action__ok")).http())


async def test_the_recorded_conversation_confirms_a_send_by_its_words_and_time() -> None:
    messages = value("conversation_messages__list")["messages"]
    ours = next(row for row in messages["data"] if row["from"]["id"] == PAGE)
    outbound = cases.outbound(
        text=ours["message"], at=datetime.fromisoformat(ours["created_time"]), recipient=MIRA
    )
    answer = (200, {}, {"data": [{"id": "t_1", "messages": messages}]})
    found = await ADAPTER.look_up(outbound, ACCOUNT, FakeGraph(answer).http())
    assert found is not None
    assert found.platform_message_id == ours["id"]


async def history(*answers: Answer) -> tuple[list[Message], FakeGraph]:
    graph, cursor, found = FakeGraph(*answers), None, []
    while True:
        page = await ADAPTER.fetch_page(cursor, None, ACCOUNT, graph.http())
        for item in page.items:
            found += [
                event for event in ADAPTER.normalize(item.payload, RECEIVED) if isinstance(event, Message)
            ]
        if page.next is None:
            return found, graph
        cursor = page.next


async def test_recorded_pages_of_conversations_are_followed_until_no_next() -> None:
    messages = value("conversation_messages__list")["messages"]
    first = value("conversations__page1")
    first["data"][0]["messages"] = messages
    last, empty = recorded("conversations__page2_last"), recorded("conversations__empty")
    found, graph = await history((200, {}, first), last, empty, empty)
    assert {event.id for event in found} == {row["id"] for row in messages["data"]}
    assert graph.requests[1].url.params["after"] == first["paging"]["cursors"]["after"]
    assert graph.answers == []
    by_author = {event.id: event.author.us for event in found}
    assert by_author == {row["id"]: row["from"]["id"] == PAGE for row in messages["data"]}
    image = next(event for event in found if event.attachments)
    assert (image.text, image.attachments[0].kind) == (None, "image")


@pytest.mark.parametrize("name", ["message__image_detail", "message__eu_privacy_placeholder"])
async def test_recorded_message_details_keep_their_attachment(name: str) -> None:
    people = {"data": [{"id": MIRA}, {"id": PAGE}]}
    page = {"data": [{"id": "t_1", "participants": people, "messages": {"data": [value(name)]}}]}
    empty = recorded("conversations__empty")
    (event,), _ = await history((200, {}, page), empty, empty)
    (file,) = event.attachments
    assert (file.url is None) == (name == "message__eu_privacy_placeholder")
    assert (file.skip is None) == (file.url is not None)


async def test_recorded_pages_of_comments_become_threads() -> None:
    empty = recorded("conversations__empty")
    post = {"id": f"{PAGE}_1220456789012345", "from": {"id": PAGE}, "comments": value("comments__page1")}
    found, graph = await history(empty, (200, {}, {"data": [post]}), recorded("comments__page2_last"), empty)
    threads = {event.id.rpartition("_")[2]: event.thread.key.rpartition("_")[2] for event in found}
    assert threads["790312384234407"] == "369983841436920"
    assert threads["369983841436920"] == "369983841436920"
    assert len(found) == 4
    assert [event.author.us for event in found].count(True) == 1
    hidden = next(event for event in found if event.id.endswith("364036835425710"))
    assert hidden.author.id == f"anonymous:{hidden.id}"
    assert hidden.attachments[0].kind == "image"
    assert graph.requests[2].url.params["after"] == "MgZDZD"


async def test_the_recorded_reviews_are_read_also_without_a_reviewer() -> None:
    empty = recorded("conversations__empty")
    found, _ = await history(empty, empty, recorded("ratings__list"))
    assert [(event.id, event.text, event.recommended) for event in found] == [
        ("1290045678901234", "Helpful staff, fast repair.", True),
        ("10150030749305470", None, True),
    ]
    assert found[1].author.id.startswith("anonymous:")


async def test_a_recorded_end_of_the_reviews_list_is_the_end_of_history() -> None:
    empty = recorded("conversations__empty")
    assert (await history(empty, empty, recorded("ratings_error__12_deprecated")))[0] == []


async def test_recorded_profiles() -> None:
    profile = await ADAPTER.fetch_profile(MIRA, ACCOUNT, FakeGraph(recorded("user_profile__ok")).http())
    assert profile is not None
    assert profile.author.name == "Mira Example"
    nobody = FakeGraph(recorded("user_profile_error__2018218"))
    assert await ADAPTER.fetch_profile(MIRA, ACCOUNT, nobody.http()) is None


async def test_recorded_tokens_connect_and_refuse() -> None:
    values = {"page_access_token": "t", "app_id": "482915736620114", "app_secret": "s"}
    me = (200, {}, {"id": PAGE, "name": "Aurora Bikes"})
    good = FakeGraph(recorded("debug_token__page_valid"), me)
    connected = await ADAPTER.connect(values, "https://hark.example/w", good.http())
    assert (connected.platform_account_id, connected.steps) == (PAGE, ())
    with pytest.raises(Rejected, match="invalid_token"):
        await ADAPTER.connect(values, None, FakeGraph(recorded("debug_token__invalid")).http())


async def test_a_user_token_finds_the_recorded_page() -> None:
    values = {"page_access_token": "t", "app_id": "482915736620114", "app_secret": "s", "page_id": PAGE}
    state = (200, {}, {"data": {"is_valid": True, "type": "USER", "app_id": "482915736620114"}})
    connected = await ADAPTER.connect(values, None, FakeGraph(state, recorded("me_accounts__ok")).http())
    assert (connected.name, connected.platform_account_id) == ("Aurora Bikes", PAGE)


async def test_the_recorded_subscription_is_found_and_renewed() -> None:
    graph = FakeGraph(
        recorded("debug_token__page_valid"), recorded("subscribed_apps__list"), (200, {}, {"data": []})
    )
    health = await ADAPTER.check(ACCOUNT, graph.http())
    assert health.checks["token"][0]
    assert "messaging_policy_enforcement" in health.checks["subscription"][1]
    renewed = FakeGraph(
        (200, {}, {"data": []}), recorded("subscribed_apps__post_ok"), recorded("subscribed_apps__post_ok")
    )
    assert await ADAPTER.subscribe(ACCOUNT, renewed.http()) == ()
