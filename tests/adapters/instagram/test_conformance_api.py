"""Recorded answers of the API: what the client makes of each is what the index of the collection advises."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.adapters.instagram import ADAPTER
from hark.channels.contract import (
    Ability,
    Action,
    Edit,
    Message,
    Reaction,
    Reconnect,
    Rejected,
    Sent,
    Source,
    TryAgain,
)
from hark.kernel.clock import utc_now
from tests.adapters.facebook.cases import Answer
from tests.adapters.facebook.fake import FakeGraph
from tests.adapters.instagram import bodies, cases

SHARED = Path(os.environ.get("HARK_SHARED", Path(__file__).parents[4] / "shared"))
FOLDER = SHARED / "fixtures" / "instagram" / "api"
RECEIVED = datetime(2026, 11, 1, tzinfo=UTC)
ACC, MIRA = "17841455512340001", "1178204455667788"
LINKED = msgspec.structs.replace(
    bodies.LINKED,
    platform_account_id=ACC,
    fields={**bodies.LINKED.fields, "page_id": "109876543210987", "username": "aurora.bikes"},
)
OWN = msgspec.structs.replace(bodies.ACCOUNT, platform_account_id="17841455598760002")
EMPTY: Answer = (200, {}, {"data": []})

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not on this machine")


def recorded(name: str) -> Answer:
    row = re.search(rf"`api/{name}\.json` - HTTP (\d+)", (FOLDER.parent / "INDEX.md").read_text())
    assert row is not None
    return int(row.group(1)), {}, (FOLDER / f"{name}.json").read_bytes()


def value(name: str) -> Any:
    return msgspec.json.decode((FOLDER / f"{name}.json").read_bytes())


PROBLEMS: dict[str, tuple[type[Exception], dict[str, Any]]] = {
    "send_error__10_2534022_fb_login": (Rejected, {"code": "10/2534022", "unreachable": False}),
    "send_error__10_2534022_ig_login": (Rejected, {"code": "10/2534022", "unreachable": False}),
    "send_error__100_2534014_user_not_found": (Rejected, {"code": "100/2534014"}),
    "send_error__100_text_too_long": (Rejected, {"code": "100"}),
    "send_error__190": (Reconnect, {"code": "190/463"}),
    "send_error__613_rate": (TryAgain, {"scope": "account"}),
    "send_error__551_blocked": (Rejected, {"unreachable": True}),
    "error__2500_unknown_path": (Rejected, {"code": "2500"}),
    "message_error__9000001_deleted": (Rejected, {"code": "9000001"}),
    "user_profile_error__230_consent": (Rejected, {"code": "230"}),
    "oauth_error__code_used": (Rejected, {"code": "400"}),
}
ELSEWHERE = {
    "send__ok", "private_reply__ok", "comment_reply__ok", "mention_reply__ok", "comment_hide__ok",
    "conversations__page1", "conversations__by_user", "conversation_messages__list", "message__detail",
    "message__detail_reactions_shares", "user_profile__ok", "comments__page1", "comments__page2_last",
    "comment__detail_with_replies", "comment_replies__list", "mentioned_comment__ok", "mentioned_media__ok",
    "me__ig_login", "oauth_short_lived__ok", "oauth_short_lived__flat", "oauth_long_lived__ok",
    "oauth_refresh__ok", "page_instagram_account__ok", "subscribed_apps__ig_login_ok",
}  # fmt: skip


def test_every_recorded_answer_is_judged() -> None:
    assert set(PROBLEMS) | ELSEWHERE == {path.stem for path in FOLDER.glob("*.json")}


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("account", [OWN, LINKED], ids=["own login", "page"])
async def test_a_recorded_error_ends_in_the_problem_that_the_index_advises(name: str, account: Any) -> None:
    kind, details = PROBLEMS[name]
    with pytest.raises(kind) as caught:
        await ADAPTER.send(cases.outbound(), account, FakeGraph(recorded(name)).http())
    assert {key: getattr(caught.value, key) for key in details} == details


@pytest.mark.parametrize(
    ("name", "outbound"),
    [
        ("send__ok", cases.outbound()),
        ("private_reply__ok", cases.outbound(Source.COMMENT, private_to="1")),
        ("comment_reply__ok", cases.outbound(Source.COMMENT)),
        ("mention_reply__ok", cases.outbound(Source.MENTION)),
    ],
)
async def test_a_recorded_success_gives_the_id(name: str, outbound: Any) -> None:
    sent = await ADAPTER.send(outbound, LINKED, FakeGraph(recorded(name)).http())
    found = value(name)
    assert sent.platform_message_id == found.get("message_id", found.get("id"))
    assert sent.thread_key == (found["recipient_id"] if outbound.private_to else None)


async def test_recorded_answers_to_actions_are_no_problem() -> None:
    assert ADAPTER.perform is not None
    for ability in (Ability.HIDE, Ability.UNHIDE, Ability.DELETE):
        action = Action(ability, "1", target="1")
        await ADAPTER.perform(action, OWN, FakeGraph(recorded("comment_hide__ok")).http())


async def history(account: Any, *answers: Answer) -> tuple[list[Any], FakeGraph]:
    assert ADAPTER.fetch_page is not None
    graph, cursor, found = FakeGraph(*answers), None, []
    while True:
        page = await ADAPTER.fetch_page(cursor, None, account, graph.http())
        for item in page.items:
            found += ADAPTER.normalize(item.payload, RECEIVED)
        if page.next is None:
            assert graph.answers == []
            return found, graph
        cursor = page.next


async def test_recorded_conversations_are_followed_to_their_messages() -> None:
    """The list has ids and times only: each message is asked for, and one that is too old is passed over."""
    last = {"data": []}
    found, graph = await history(
        LINKED,
        recorded("conversations__page1"),
        recorded("conversation_messages__list"),
        recorded("message_error__9000001_deleted"),
        recorded("message__detail_reactions_shares"),
        (200, {}, last),
        EMPTY,
    )
    detail = value("message__detail_reactions_shares")
    message, reaction = found
    assert isinstance(message, Message)
    assert (message.id, message.text, message.author.us) == (detail["id"], detail["message"], True)
    assert message.thread.key == MIRA
    assert message.attachments[0].data["url"] == "https://www.instagram.com/p/Cxyz1234abc/"
    assert reaction == Reaction(detail["id"], message.at, bodies.Author(MIRA), ("❤️",))
    assert graph.requests[4].url.params["after"] == "QVFIUb"


async def test_a_recorded_answer_to_a_story_keeps_the_story() -> None:
    messages = {"messages": {"data": [value("message__detail")]}}
    page = value("conversations__page1")
    del page["paging"]
    found, _ = await history(LINKED, (200, {}, page), (200, {}, messages), EMPTY)
    (message,) = found
    assert (message.text, message.author.us) == ("How much is it? 😍", False)
    assert message.attachments[0].data["story_id"] == "18123456789012345"


async def test_the_recorded_conversation_confirms_a_send() -> None:
    assert ADAPTER.look_up is not None
    detail = value("message__detail_reactions_shares")
    at = datetime.fromisoformat(detail["created_time"])
    outbound = cases.outbound(text=detail["message"], at=at, recipient=MIRA)
    graph = FakeGraph(recorded("conversations__by_user"), (200, {}, {"messages": {"data": [detail]}}))
    assert await ADAPTER.look_up(outbound, LINKED, graph.http()) == Sent(detail["id"], at)


async def test_recorded_comments_with_their_answers_become_threads() -> None:
    media: dict[str, Any] = {"id": "18042345678901234", "permalink": "https://www.instagram.com/p/1/"}
    first = value("comments__page1")
    first["paging"]["cursors"]["after"] = "AFTER"
    page = {"data": [{**media, "comments": first}]}
    detail = {"data": [{**media, "comments": {"data": [value("comment__detail_with_replies")]}}]}
    found, graph = await history(OWN, EMPTY, (200, {}, page), recorded("comments__page2_last"))
    rows = value("comments__page1")["data"] + value("comments__page2_last")["data"]
    assert {event.id for event in found} == {row["id"] for row in rows}
    assert graph.requests[2].url.params["after"] == "AFTER"
    threads, _ = await history(OWN, EMPTY, (200, {}, detail))
    assert [(event.id, event.thread.key) for event in threads] == [
        ("17900000000000001", "17900000000000001"),
        ("17900000000000002", "17900000000000001"),
    ]
    assert threads[0].author.id == MIRA
    assert threads[0].thread.post.url == "https://www.instagram.com/p/1/"


async def test_the_recorded_answers_of_a_comment_are_looked_through() -> None:
    assert ADAPTER.look_up is not None
    row = value("comment_replies__list")["data"][0]
    at = datetime.fromisoformat(row["timestamp"])
    outbound = cases.outbound(Source.COMMENT, text=row["text"], at=at)
    assert (
        await ADAPTER.look_up(outbound, OWN, FakeGraph(recorded("comment_replies__list")).http()) is None
    ), "nobody says who wrote it"


@pytest.mark.parametrize(
    ("name", "noted", "text"),
    [
        ("mentioned_comment__ok", {"media_id": "1", "comment_id": "17967008497439572"}, "@test_user good"),
        ("mentioned_media__ok", {"media_id": "17873440459141021"}, "metricsaurus headquarters!"),
    ],
)
async def test_a_recorded_mention_is_completed(name: str, noted: dict[str, str], text: str) -> None:
    assert ADAPTER.fetch_page is not None
    thing = noted.get("comment_id", noted["media_id"])
    account = msgspec.structs.replace(LINKED, state={"pending_01": {"id": thing, **noted}})
    page = await ADAPTER.fetch_page(None, None, account, FakeGraph(recorded(name)).http())
    (item,) = page.items
    (edit,) = ADAPTER.normalize(item.payload, RECEIVED)
    assert isinstance(edit, Edit)
    assert (edit.target, edit.text) == (thing, text)


async def test_recorded_profiles() -> None:
    assert ADAPTER.fetch_profile is not None
    profile = await ADAPTER.fetch_profile(MIRA, OWN, FakeGraph(recorded("user_profile__ok")).http())
    assert profile is not None
    assert (profile.author.name, profile.author.handle) == ("Mira Example", "mira.example")
    nobody = FakeGraph(recorded("user_profile_error__230_consent"))
    assert await ADAPTER.fetch_profile(MIRA, OWN, nobody.http()) is None


VALUES = {"app_id": "88001", "app_secret": "s", "access_token": "IGAA-1"}


async def test_of_the_two_recorded_ids_the_account_is_the_one_that_webhooks_use() -> None:
    connected = await ADAPTER.connect(
        VALUES, "https://h.example/w", FakeGraph(recorded("me__ig_login")).http()
    )
    assert (connected.platform_account_id, connected.name) == ("17841455598760002", "@aurora.bikes.es")


async def test_the_recorded_page_leads_to_its_account() -> None:
    state = (200, {}, {"data": {"is_valid": True, "type": "PAGE", "app_id": "88001", "expires_at": 0}})
    graph = FakeGraph(state, recorded("page_instagram_account__ok"))
    connected = await ADAPTER.connect({**VALUES, "access_token": "EAAB-1"}, None, graph.http())
    assert connected.platform_account_id == ACC
    assert connected.fields["page_id"] == "109876543210987"


@pytest.mark.parametrize("name", ["oauth_short_lived__ok", "oauth_short_lived__flat"])
async def test_both_recorded_forms_of_a_first_token_are_exchanged(name: str) -> None:
    assert ADAPTER.authorization is not None
    graph = FakeGraph(recorded(name), recorded("oauth_long_lived__ok"), recorded("me__ig_login"))
    (choice,) = await ADAPTER.authorization.finish(
        VALUES, "code#_", "https://h.example/back", "", graph.http()
    )
    assert choice.id == "17841455598760002"
    assert choice.values["access_token"] == "IGAA_LONG_REDACTED"
    ends = datetime.fromisoformat(choice.values["token_expires_at"])
    assert timedelta(days=59) < ends - utc_now() < timedelta(days=61)


async def test_a_used_code_is_refused_in_words() -> None:
    assert ADAPTER.authorization is not None
    graph = FakeGraph(recorded("oauth_error__code_used"))
    with pytest.raises(Rejected, match="has been used"):
        await ADAPTER.authorization.finish(VALUES, "code", "https://h.example/back", "", graph.http())


async def test_the_recorded_renewal_gives_another_sixty_days() -> None:
    assert ADAPTER.refresh is not None
    renewed = await ADAPTER.refresh(OWN, FakeGraph(recorded("oauth_refresh__ok")).http())
    assert renewed.secrets["access_token"].reveal() == "IGAA_LONG2_REDACTED"
    assert renewed.expires_at is not None
    assert renewed.expires_at > utc_now() + timedelta(days=59)


async def test_the_recorded_subscription_is_made() -> None:
    assert ADAPTER.subscribe is not None
    graph = FakeGraph(
        EMPTY, recorded("subscribed_apps__ig_login_ok"), recorded("subscribed_apps__ig_login_ok")
    )
    assert await ADAPTER.subscribe(OWN, graph.http()) == ()
