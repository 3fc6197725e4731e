"""Reading from Facebook: unconfirmed sends, history, profiles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from hark.adapters.facebook import ADAPTER
from hark.channels.contract import (
    Edit,
    FetchedPage,
    Message,
    NotSent,
    Reconnect,
    Rejected,
    Sent,
    Source,
    TryAgain,
)
from hark.kernel.clock import utc_now
from hark.kernel.errors import Invalid
from tests.adapters.facebook import cases
from tests.adapters.facebook.cases import ACCOUNT, NOOR_ID, PAGE, POST, Answer
from tests.adapters.facebook.fake import FakeGraph

RECEIVED = datetime(2026, 11, 1, tzinfo=UTC)


def graph_time(seconds: float = 0) -> str:
    return (cases.AT + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S+0000")


def row(
    mid: str, author: str = PAGE, text: str = "Yes, from 7.", seconds: float = 1, **more: Any
) -> dict[str, Any]:
    return {"id": mid, "created_time": graph_time(seconds), "from": {"id": author}, "message": text, **more}


def conversation(*rows: dict[str, Any]) -> Answer:
    return 200, {}, {"data": [{"id": "t_1", "messages": {"data": list(rows)}}]}


# Look-up ---------------------------------------------------------------------------------------------------------------


async def test_an_unconfirmed_message_is_found_in_the_customers_conversation() -> None:
    graph = FakeGraph(
        conversation(row("m_new"), row("m_asked", NOOR_ID), row("m_old", text="Hello", seconds=-60))
    )
    found = await ADAPTER.look_up(cases.outbound(), ACCOUNT, graph.http())
    assert found == Sent("m_new", datetime.fromisoformat(graph_time(1)))
    params = graph.requests[0].url.params
    assert (params["user_id"], params["platform"]) == (NOOR_ID, "messenger")


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [row("m_1", NOOR_ID)],
        [row("m_1", text="Yes, from 8.")],
        [row("m_1", seconds=-30)],
        [row("m_1", seconds=3600)],
        [row("m_1", attachments={"data": [{"id": "1"}]})],
    ],
    ids=["nothing", "theirs", "other words", "said before", "said much later", "with a file"],
)
async def test_what_is_not_our_message_is_not_taken_for_it(rows: list[dict[str, Any]]) -> None:
    """Long after the send it is surely not there; Facebook's lists trail, so a moment after nothing is said."""
    found = await ADAPTER.look_up(cases.outbound(), ACCOUNT, FakeGraph(conversation(*rows)).http())
    assert found == NotSent()
    now = cases.outbound(at=utc_now())
    assert await ADAPTER.look_up(now, ACCOUNT, FakeGraph(conversation(*rows)).http()) is None


async def test_the_same_words_by_somebody_unknown_prove_nothing() -> None:
    unknown = {"id": "m_1", "message": "Yes, from 7.", "created_time": graph_time(1)}
    graph = FakeGraph(conversation(unknown))
    assert await ADAPTER.look_up(cases.outbound(), ACCOUNT, graph.http()) is None


async def test_a_list_that_does_not_reach_back_proves_nothing() -> None:
    newer = [row(f"m_{number}", NOOR_ID, seconds=60 + number) for number in range(20)]
    page = {"data": [{"id": "t_1", "messages": paged(newer, "more")}]}
    assert await ADAPTER.look_up(cases.outbound(), ACCOUNT, FakeGraph((200, {}, page)).http()) is None
    comments = (200, {}, paged([row("3300_7", NOOR_ID, seconds=60)], "more"))
    assert await ADAPTER.look_up(cases.outbound(Source.COMMENT), ACCOUNT, FakeGraph(comments).http()) is None
    assert await ADAPTER.look_up(cases.outbound(), ACCOUNT, FakeGraph(EMPTY).http()) is None


async def test_a_comment_that_is_not_under_its_parent_was_not_sent() -> None:
    older = (200, {}, paged([row("3300_7", NOOR_ID, seconds=-60)], "more"))
    assert (
        await ADAPTER.look_up(cases.outbound(Source.COMMENT), ACCOUNT, FakeGraph(older).http()) == NotSent()
    )
    assert (
        await ADAPTER.look_up(cases.outbound(Source.COMMENT), ACCOUNT, FakeGraph(EMPTY).http()) == NotSent()
    )


async def test_of_two_with_the_same_words_the_first_after_the_send_is_ours() -> None:
    graph = FakeGraph(conversation(row("m_later", seconds=20), row("m_first", seconds=0)))
    found = await ADAPTER.look_up(cases.outbound(), ACCOUNT, graph.http())
    assert isinstance(found, Sent)
    assert found.platform_message_id == "m_first"


async def test_an_unconfirmed_comment_is_found_under_its_parent() -> None:
    graph = FakeGraph((200, {}, {"data": [row("3300_9"), row("3300_8", NOOR_ID)]}))
    found = await ADAPTER.look_up(cases.outbound(Source.COMMENT), ACCOUNT, graph.http())
    assert isinstance(found, Sent)
    assert found.platform_message_id == "3300_9"
    assert graph.requests[0].url.path == "/v26.0/3300_1/comments"


async def test_an_unconfirmed_private_reply_is_looked_for_when_its_reader_is_known() -> None:
    private = cases.outbound(Source.COMMENT, private_to="3300_1", recipient=NOOR_ID)
    found = await ADAPTER.look_up(private, ACCOUNT, FakeGraph(conversation(row("m_p"))).http())
    assert isinstance(found, Sent)
    assert (found.thread_key, found.thread_source) == (NOOR_ID, Source.DM)
    unknown = cases.outbound(Source.COMMENT, private_to="3300_1")
    assert await ADAPTER.look_up(unknown, ACCOUNT, FakeGraph().http()) is None


# History ---------------------------------------------------------------------------------------------------------------


def paged(rows: list[Any], after: str | None) -> dict[str, Any]:
    following = {"next": "https://graph.facebook.com/next"} if after else {}
    return {"data": rows, "paging": {"cursors": {"before": "b", "after": after or "z"}, **following}}


def a_message(mid: str, author: str = NOOR_ID, seconds: float = 0, **more: Any) -> dict[str, Any]:
    other = NOOR_ID if author == PAGE else PAGE
    return row(mid, author, more.pop("text", "hi"), seconds, to={"data": [{"id": other}]}, **more)


def conversations(*messages: dict[str, Any], updated: float = 0, after: str | None = None) -> Answer:
    people = {"data": [{"id": NOOR_ID, "name": "Noor Example"}, {"id": PAGE, "name": "Fjord Café"}]}
    found = {"id": "t_1", "updated_time": graph_time(updated), "participants": people}
    return 200, {}, paged([{**found, "messages": {"data": list(messages)}}], after)


EMPTY: Answer = (200, {}, {"data": []})


async def walk(graph: FakeGraph, since: datetime | None = None) -> list[FetchedPage]:
    pages, cursor = [], None
    for _ in range(20):
        page = await ADAPTER.fetch_page(cursor, since, ACCOUNT, graph.http())
        pages.append(page)
        if page.next is None:
            return pages
        cursor = page.next
    raise AssertionError("history has no end")


def events(pages: list[FetchedPage]) -> list[Any]:
    return [
        event for page in pages for item in page.items for event in ADAPTER.normalize(item.payload, RECEIVED)
    ]


async def test_history_brings_messages_comments_posts_and_reviews_once_and_in_order() -> None:
    comments = paged(
        [
            {**row("3300_2", PAGE, "4 euros", 20), "parent": {"id": "3300_1"}},
            {**row("3300_1", NOOR_ID, "How much?", 10), "is_hidden": True},
        ],
        None,
    )
    feed = paged(
        [
            {
                "id": POST,
                "from": {"id": PAGE},
                "permalink_url": "https://fb.example/3300",
                "comments": comments,
            },
            {**row(f"{PAGE}_3400", NOOR_ID, "Lovely"), "permalink_url": "https://fb.example/3400"},
        ],
        None,
    )
    review = {
        "created_time": graph_time(),
        "recommendation_type": "positive",
        "review_text": "Kind",
        "reviewer": {"id": NOOR_ID, "name": "Noor Example"},
        "open_graph_story": {"id": "5501"},
    }
    graph = FakeGraph(
        conversations(a_message("m_2", PAGE, 5), a_message("m_1")),
        (200, {}, feed),
        (200, {}, {"data": [review, {"recommendation_type": "positive"}]}),
    )
    found = events(await walk(graph))
    assert [event.id for event in found if isinstance(event, Message)] == [
        "m_1",
        "m_2",
        "3300_1",
        "3300_2",
        f"{PAGE}_3400",
        "5501",
    ]
    assert [event.author.us for event in found if isinstance(event, Message)][:4] == [
        False,
        True,
        False,
        True,
    ]
    assert [event for event in found if isinstance(event, Edit)] == [
        Edit("3300_1", cases.after(10), hidden=True)
    ]
    answer = next(event for event in found if isinstance(event, Message) and event.id == "3300_2")
    assert answer.thread.key == "3300_1"
    assert answer.thread.post.url == "https://fb.example/3300"
    review_event = found[-1]
    assert (review_event.recommended, review_event.author.name) == (True, "Noor Example")


async def test_history_and_notification_of_one_thing_have_one_key() -> None:
    live = {
        item.dedup_key
        for name in (
            "dm_text",
            "dm_echo_ours",
            "comment_on_post",
            "comment_by_page",
            "visitor_post",
            "review_positive",
        )
        for item in ADAPTER.split(cases.body(name))
    }
    feed = paged(
        [
            {
                "id": POST,
                "from": {"id": PAGE},
                "comments": {"data": [row("3300_1", NOOR_ID), row("3300_6", PAGE)]},
            },
            row(f"{PAGE}_3400", NOOR_ID),
        ],
        None,
    )
    graph = FakeGraph(
        conversations(a_message("m_dm_text"), a_message("m_echo", PAGE)),
        (200, {}, feed),
        (200, {}, {"data": [{"open_graph_story": {"id": "5501"}}]}),
    )
    fetched = {item.dedup_key for page in await walk(graph) for item in page.items}
    assert fetched == live


async def test_every_kind_of_file_in_history_becomes_the_attachment_that_a_notification_would_bring() -> None:
    files = {
        "data": [
            {"id": "1", "mime_type": "image/jpeg", "image_data": {"url": "https://x.fbcdn.net/a.jpg"}},
            {"id": "2", "mime_type": "video/mp4", "video_data": {"url": "https://x.fbcdn.net/a.mp4"}},
            {"id": "3", "mime_type": "audio/mpeg", "file_url": "https://x.fbcdn.net/a.mp3"},
            {"id": "4", "mime_type": "application/pdf", "file_url": "https://x.fbcdn.net/a.pdf"},
            {"id": "5", "name": "Media not available"},
        ]
    }
    shares = {"data": [{"link": "https://shop.example/", "name": "Shop"}]}
    message = a_message("m_1", text="", attachments=files, sticker="https://x.fbcdn.net/s.png", shares=shares)
    (event,) = events(await walk(FakeGraph(conversations(message), EMPTY, EMPTY)))
    assert [file.kind for file in event.attachments] == [
        "image",
        "video",
        "audio",
        "file",
        "file",
        "sticker",
        "share",
    ]
    assert event.attachments[4].url is None
    assert event.attachments[4].skip


async def test_a_repair_stops_at_what_it_has_already_seen() -> None:
    since = cases.AT
    graph = FakeGraph(
        conversations(
            a_message("m_new", seconds=60), a_message("m_old", seconds=-3600), updated=60, after="c1"
        ),
        conversations(a_message("m_older", seconds=-7200), updated=-7200, after="c2"),
        EMPTY,
        EMPTY,
    )
    found = events(await walk(graph, since))
    assert [event.id for event in found] == ["m_new"]
    assert graph.answers == []
    assert graph.requests[1].url.params["after"] == "c1"


async def test_long_lists_of_comments_are_followed_to_their_end() -> None:
    def post(number: int, after: str | None) -> dict[str, Any]:
        comments = paged([row(f"{number}_1", NOOR_ID)], after)
        return {"id": f"{PAGE}_{number}", "from": {"id": PAGE}, "comments": comments}

    graph = FakeGraph(
        EMPTY,
        (200, {}, paged([post(1, "x"), post(2, None), post(3, "y")], "p2")),
        (200, {}, paged([row("1_2", NOOR_ID)], "x2")),
        (200, {}, paged([row("3_2", NOOR_ID)], None)),
        (200, {}, paged([row("1_3", NOOR_ID)], None)),
        (200, {}, paged([post(4, None)], None)),
        EMPTY,
    )
    found = events(await walk(graph))
    assert sorted(event.id for event in found) == ["1_1", "1_2", "1_3", "2_1", "3_1", "3_2", "4_1"]


@pytest.mark.parametrize("refusal", [cases.error(400, 12), cases.error(403, 200), cases.error(400, 100)])
async def test_lists_that_the_page_may_not_read_are_passed_over(refusal: Answer) -> None:
    graph = FakeGraph(conversations(a_message("m_1")), refusal, refusal)
    assert [event.id for event in events(await walk(graph))] == ["m_1"]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (cases.error(400, 190, 460), Reconnect),
        (cases.error(400, 32), TryAgain),
        (cases.error(500, 2), TryAgain),
        ((502, {}, b"<html>"), TryAgain),
        (httpx.ReadTimeout("silence"), TryAgain),
        (httpx.ConnectError("refused"), TryAgain),
    ],
)
async def test_a_broken_connection_is_not_an_empty_history(answer: Any, problem: type[Exception]) -> None:
    with pytest.raises(problem):
        await walk(FakeGraph(answer))
    with pytest.raises(problem):
        await walk(FakeGraph(EMPTY, answer))


@pytest.mark.parametrize("cursor", ["nonsense!", "WzFd", "WyJub3doZXJlIl0"])
async def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        await ADAPTER.fetch_page(cursor, None, ACCOUNT, FakeGraph().http())


# Profiles --------------------------------------------------------------------------------------------------------------


async def test_a_profile_has_name_and_picture() -> None:
    answer = {
        "first_name": "Noor",
        "last_name": "Example",
        "profile_pic": "https://x.fbcdn.net/n.jpg",
        "id": "7",
    }
    profile = await ADAPTER.fetch_profile(NOOR_ID, ACCOUNT, FakeGraph((200, {}, answer)).http())
    assert profile is not None
    assert (profile.author.id, profile.author.name) == (NOOR_ID, "Noor Example")
    assert profile.author.avatar_url == "https://x.fbcdn.net/n.jpg"


@pytest.mark.parametrize("subcode", [2018218, 2018247, 33])
async def test_who_has_no_profile_stays_nameless(subcode: int) -> None:
    assert (
        await ADAPTER.fetch_profile(NOOR_ID, ACCOUNT, FakeGraph(cases.error(400, 100, subcode)).http())
        is None
    )


async def test_a_hidden_author_is_not_asked_for_and_another_refusal_is_told() -> None:
    assert await ADAPTER.fetch_profile("anonymous:3300_1", ACCOUNT, FakeGraph().http()) is None
    with pytest.raises(Rejected):
        await ADAPTER.fetch_profile(NOOR_ID, ACCOUNT, FakeGraph(cases.error(400, 777)).http())


def test_a_message_of_history_is_a_notification_word_for_word() -> None:
    """What `normalize` gets is in the one form that webhooks have."""
    (live,) = ADAPTER.split(cases.body("dm_text"))
    assert msgspec.json.decode(live.payload).keys() == {"entry_id", "entry_time", "channel", "item"}


# What notifications only tell of ----------------------------------------------------------------------------------------


def told_of(*things: dict[str, str]) -> Any:
    state = {f"pending_{number:02d}": thing for number, thing in enumerate(things)}
    return msgspec.structs.replace(ACCOUNT, state={**state, "pending_63": None, "policy": "unblock"})


async def test_the_text_of_a_comment_under_a_review_is_asked_for_first() -> None:
    account = told_of({"id": "5501_9", "field": "ratings", "item": "comment"})
    graph = FakeGraph((200, {}, row("5501_9", NOOR_ID, "We came again", 0)))
    page = await ADAPTER.fetch_page(None, None, account, graph.http())
    (item,) = page.items
    assert ADAPTER.normalize(item.payload, RECEIVED) == [
        Edit("5501_9", datetime.fromisoformat(graph_time(0)), text="We came again")
    ]
    assert item.dedup_key == "ratings:comment:5501_9:fetched"
    assert page.state == {"pending_00": None}
    assert page.next is not None, "history follows"


async def test_what_facebook_does_not_show_is_not_asked_for_again() -> None:
    account = told_of({"id": "1_2", "field": "mention", "item": "comment"})
    page = await ADAPTER.fetch_page(None, None, account, FakeGraph(cases.error(400, 100, 33)).http())
    assert (page.items, page.state) == ((), {"pending_00": None})


async def test_a_limit_leaves_it_waiting() -> None:
    account = told_of({"id": "1_2", "field": "mention", "item": "comment"})
    with pytest.raises(TryAgain):
        await ADAPTER.fetch_page(None, None, account, FakeGraph(cases.error(400, 4)).http())


# Posts ------------------------------------------------------------------------------------------------------------------


def a_post(**more: Any) -> Answer:
    found = {
        "id": POST,
        "message": "New beans",
        "created_time": graph_time(0),
        "from": {"id": PAGE, "name": "Fjord Café"},
        "permalink_url": "https://facebook.com/3300",
        "full_picture": "https://scontent.xx.fbcdn.net/beans.jpg",
    }
    return 200, {}, {**found, **more}


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"is_published": True, "promotion_status": "inactive"}, "organic"),
        ({"is_published": True, "promotion_status": "active"}, "ad"),
        ({"is_published": False}, "ad"),
        ({}, None),
    ],
)
async def test_a_post_has_its_text_picture_and_kind(told: dict[str, Any], kind: str | None) -> None:
    assert ADAPTER.fetch_post is not None
    post = await ADAPTER.fetch_post(POST, ACCOUNT, FakeGraph(a_post(**told)).http())
    assert post is not None
    assert (post.id, post.text, post.author_name, post.kind) == (POST, "New beans", "Fjord Café", kind)
    assert post.picture_url == "https://scontent.xx.fbcdn.net/beans.jpg"
    assert post.at == datetime.fromisoformat(graph_time(0))


async def test_an_object_without_the_fields_of_a_post_is_asked_for_less() -> None:
    assert ADAPTER.fetch_post is not None
    graph = FakeGraph(cases.error(400, 100), a_post())
    post = await ADAPTER.fetch_post(POST, ACCOUNT, graph.http())
    assert post is not None
    assert "is_published" not in graph.requests[1].url.params["fields"]
    assert await ADAPTER.fetch_post(POST, ACCOUNT, FakeGraph(cases.error(400, 100, 33)).http()) is None
