"""Reading from Instagram: look-ups, history, mentions, posts, profiles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from hark.adapters.instagram import ADAPTER
from hark.channels.contract import (
    Account,
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
from tests.adapters.facebook.cases import Answer, error
from tests.adapters.facebook.fake import FakeGraph
from tests.adapters.instagram.bodies import ACC, ACCOUNT, AT, LINKED, MEDIA, MIA_ID, body
from tests.adapters.instagram.cases import outbound

RECEIVED = datetime(2026, 11, 1, tzinfo=UTC)
EMPTY: Answer = (200, {}, {"data": []})


def graph_time(seconds: float = 0) -> str:
    return (AT + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S+0000")


def row(
    mid: str, who: Any = None, text: str = "Yes, from 7.", seconds: float = 1, **more: Any
) -> dict[str, Any]:
    author = {"id": ACC} if who is None else who
    return {"id": mid, "created_time": graph_time(seconds), "from": author, "message": text, **more}


MIA = {"id": MIA_ID, "username": "mia.example"}


def conversation(*rows: dict[str, Any], more: bool = False) -> list[Answer]:
    paging = {"paging": {"cursors": {"after": "x"}, "next": "https://next"}} if more else {}
    found = {"messages": {"data": list(rows), **paging}, "id": "c_1"}
    return [(200, {}, {"data": [{"id": "c_1"}]}), (200, {}, found)]


async def look_up(sent: Any, *answers: Answer, account: Account = ACCOUNT) -> Any:
    assert ADAPTER.look_up is not None
    return await ADAPTER.look_up(sent, account, FakeGraph(*answers).http())


async def fetch(
    account: Account, *answers: Answer, cursor: str | None = None, since: Any = None
) -> FetchedPage:
    assert ADAPTER.fetch_page is not None
    return await ADAPTER.fetch_page(cursor, since, account, FakeGraph(*answers).http())


async def walk(account: Account, *answers: Answer, since: datetime | None = None) -> list[Any]:
    assert ADAPTER.fetch_page is not None
    graph, cursor, items = FakeGraph(*answers), None, []
    while True:
        page = await ADAPTER.fetch_page(cursor, since, account, graph.http())
        items += page.items
        if page.next is None:
            assert graph.answers == []
            return items
        cursor = page.next


# Look-up ----------------------------------------------------------------------------------------------------------------


async def test_an_unconfirmed_message_is_found_in_the_customers_conversation() -> None:
    found = await look_up(outbound(), *conversation(row("aWd_new"), row("aWd_theirs", MIA)))
    assert found == Sent("aWd_new", datetime.fromisoformat(graph_time(1)))


async def test_our_other_id_is_known_by_the_user_name() -> None:
    """Instagram Login may write its own id for the account; the name is the same."""
    scoped = {"id": "26543210987654321", "username": "fjord.cafe"}
    assert await look_up(outbound(), *conversation(row("aWd_new", scoped))) == Sent(
        "aWd_new", datetime.fromisoformat(graph_time(1))
    )


@pytest.mark.parametrize(
    ("rows", "more", "expected"),
    [
        ([], False, NotSent()),
        ([row("1", MIA)], False, NotSent()),
        ([row("1", text="No.")], False, NotSent()),
        ([row("1", MIA, seconds=60)], True, None),
        ([row("1", MIA, seconds=60), row("2", MIA, seconds=-60)], True, NotSent()),
        ([row("1", {"username": ""})], False, None),
    ],
    ids=["nothing", "theirs", "other words", "not far enough back", "far enough back", "nobody's"],
)
async def test_what_a_list_without_the_message_proves(rows: list[Any], more: bool, expected: Any) -> None:
    assert await look_up(outbound(), *conversation(*rows, more=more)) == expected


async def test_a_moment_after_the_send_nothing_is_proved() -> None:
    assert await look_up(outbound(at=utc_now()), *conversation()) is None
    assert await look_up(outbound(), EMPTY) is None, "no conversation is listed"


async def test_an_unconfirmed_answer_to_a_comment_is_found_by_author_and_words() -> None:
    comment = outbound(Source.COMMENT)
    ours = {"id": "17901", "text": "Yes, from 7.", "timestamp": graph_time(1), "username": "fjord.cafe"}
    theirs = {**ours, "id": "17902", "username": "mia.example"}
    assert (await look_up(comment, (200, {}, {"data": [theirs, ours]}))).platform_message_id == "17901"
    assert await look_up(comment, (200, {}, {"data": [theirs]})) == NotSent()


async def test_answers_to_mentions_and_private_ones_to_strangers_cannot_be_looked_up() -> None:
    assert await look_up(outbound(Source.MENTION)) is None
    assert await look_up(outbound(Source.COMMENT, private_to="1")) is None
    private = outbound(Source.COMMENT, private_to="1", recipient=MIA_ID)
    found = await look_up(private, *conversation(row("aWd_p")))
    assert (found.thread_key, found.thread_source) == (MIA_ID, Source.DM)


# History ----------------------------------------------------------------------------------------------------------------


def listed(updated: float = 0) -> Answer:
    people = {"data": [{"id": ACC, "username": "fjord.cafe"}, MIA]}
    return 200, {}, {"data": [{"id": "c_1", "updated_time": graph_time(updated), "participants": people}]}


def messages(*rows: dict[str, Any]) -> Answer:
    return 200, {}, {"id": "c_1", "messages": {"data": list(rows)}}


def a_comment(
    comment_id: str, text: str = "How much is it?", seconds: float = 0, **more: Any
) -> dict[str, Any]:
    found = {
        "id": comment_id,
        "text": text,
        "timestamp": graph_time(seconds),
        "from": MIA,
        "username": "mia.example",
    }
    return {**found, **more}


def media(*comments: dict[str, Any]) -> Answer:
    found = {"id": MEDIA, "media_product_type": "FEED", "comments": {"data": list(comments)}}
    return 200, {}, {"data": [found]}


async def test_history_and_notification_of_one_thing_have_one_key() -> None:
    items = await walk(ACCOUNT, listed(), messages(row("aWd_dm_text", MIA)), media(a_comment("1790001")))
    keys = {item.dedup_key for item in items}
    for name in ("dm_text", "comment"):
        (item,) = ADAPTER.split(body(name))
        assert item.dedup_key in keys
        assert item.platform_account_id == ACC


async def test_a_story_mention_in_history_is_what_a_notification_would_bring() -> None:
    story = {"mention": {"link": "https://lookaside.fbsbx.com/1", "id": "1"}}
    (item,) = await walk(ACCOUNT, listed(), messages(row("aWd_s", MIA, "", story=story)), EMPTY)
    (event,) = ADAPTER.normalize(item.payload, RECEIVED)
    assert isinstance(event, Message)
    assert event.attachments[0].data["type"] == "story_mention"
    assert event.attachments[0].url == "https://lookaside.fbsbx.com/1"


async def test_a_hidden_comment_is_hidden_and_an_answer_of_ours_is_ours() -> None:
    answer = {"id": "1790004", "text": "From 7", "timestamp": graph_time(5), "username": "fjord.cafe"}
    hidden = a_comment("1790001", hidden=True, replies={"data": [answer]})
    items = await walk(ACCOUNT, EMPTY, media(hidden))
    events = [event for item in items for event in ADAPTER.normalize(item.payload, RECEIVED)]
    message, edit, reply = events
    assert edit == Edit("1790001", AT, hidden=True)
    assert isinstance(reply, Message)
    assert (reply.author.us, reply.thread.key) == (True, "1790001")
    assert message.thread.post.kind == "organic"
    assert len({item.dedup_key for item in items}) == 3


async def test_a_repair_reads_what_is_new_and_old_comments_that_were_answered() -> None:
    since = AT + timedelta(minutes=10)
    old_answered = a_comment("1", replies={"data": [a_comment("2", seconds=900)]})
    items = await walk(
        ACCOUNT,
        listed(updated=900),
        messages(row("aWd_old", MIA), row("aWd_new", MIA, seconds=800)),
        media(a_comment("3"), old_answered),
        since=since,
    )
    assert [item.dedup_key for item in items] == ["message:aWd_new", "comment:1", "comment:2"]
    assert await walk(ACCOUNT, listed(updated=0), EMPTY, since=since) == []


async def test_without_the_right_to_comments_history_ends_with_the_messages() -> None:
    items = await walk(ACCOUNT, listed(), messages(row("aWd_1", MIA)), error(400, 10))
    assert len(items) == 1
    with pytest.raises(Reconnect):
        await walk(ACCOUNT, error(400, 190))
    with pytest.raises(TryAgain):
        await walk(ACCOUNT, listed(), error(400, 613))


# Mentions ---------------------------------------------------------------------------------------------------------------


def told_of(**noted: str) -> Account:
    return msgspec.structs.replace(LINKED, state={"pending_01": noted, "pending_02": None})


async def test_a_mention_in_a_caption_brings_text_and_picture() -> None:
    found = {"caption": "With @fjord.cafe", "media_url": "https://scontent.cdninstagram.com/v/1.jpg"}
    answer = (200, {}, {"mentioned_media": {**found, "timestamp": graph_time(0), "username": "teo.example"}})
    page = await fetch(told_of(id="1889", media_id="1889"), answer)
    (item,) = page.items
    (edit,) = ADAPTER.normalize(item.payload, RECEIVED)
    assert isinstance(edit, Edit)
    assert (edit.target, edit.text, edit.at) == ("1889", "With @fjord.cafe", AT)
    assert edit.attachments is not None
    assert edit.attachments[0].url == found["media_url"]
    assert (page.state, item.dedup_key) == ({"pending_01": None}, "mention:media:1889:fetched")
    assert page.next is not None


async def test_a_mention_that_is_not_shown_is_not_asked_for_again() -> None:
    page = await fetch(told_of(id="1", media_id="1888", comment_id="1"), error(400, 100, 33))
    assert (page.items, page.state) == ((), {"pending_01": None})
    with pytest.raises(TryAgain):
        await fetch(told_of(id="1", media_id="1888", comment_id="1"), error(400, 4))


async def test_whoever_mentioned_us_gets_a_name() -> None:
    assert ADAPTER.fetch_profile is not None
    answer = (200, {}, {"mentioned_comment": {"id": "1", "text": "x", "username": "teo.example"}})
    graph = FakeGraph(answer)
    found = await ADAPTER.fetch_profile("anonymous:mention:1888:1790012", LINKED, graph.http())
    assert found is not None
    assert found.author.handle == "teo.example"
    assert "mentioned_comment.comment_id(1790012)" in graph.requests[0].url.params["fields"]
    assert graph.requests[0].url.path == f"/v26.0/{ACC}"
    assert await ADAPTER.fetch_profile("anonymous:1790010", LINKED, FakeGraph().http()) is None


# Posts ------------------------------------------------------------------------------------------------------------------


async def post(account: Account, *answers: Answer) -> Any:
    assert ADAPTER.fetch_post is not None
    return await ADAPTER.fetch_post(MEDIA, account, FakeGraph(*answers).http())


@pytest.mark.parametrize(
    ("told", "kind", "picture"),
    [
        (
            {"media_product_type": "FEED", "media_type": "IMAGE", "media_url": "https://a/1.jpg"},
            "organic",
            "https://a/1.jpg",
        ),
        (
            {"media_product_type": "AD", "media_type": "IMAGE", "media_url": "https://a/1.jpg"},
            "ad",
            "https://a/1.jpg",
        ),
        (
            {
                "media_product_type": "REELS",
                "media_type": "VIDEO",
                "media_url": "https://a/1.mp4",
                "thumbnail_url": "https://a/t.jpg",
            },
            "organic",
            "https://a/t.jpg",
        ),
        ({"media_type": "VIDEO", "media_url": "https://a/1.mp4"}, None, None),
    ],
)
async def test_a_post_has_caption_picture_and_kind(
    told: dict[str, Any], kind: str | None, picture: str | None
) -> None:
    row = {
        "id": MEDIA,
        "caption": "New beans",
        "permalink": "https://i/p/1",
        "username": "fjord.cafe",
        **told,
    }
    found = await post(ACCOUNT, (200, {}, row))
    assert (found.text, found.url, found.author_name) == ("New beans", "https://i/p/1", "fjord.cafe")
    assert (found.kind, found.picture_url) == (kind, picture)


async def test_media_of_others_is_seen_through_a_page_where_it_mentions_us() -> None:
    mentioned = (200, {}, {"mentioned_media": {"caption": "With @fjord.cafe", "username": "teo.example"}})
    found = await post(LINKED, error(400, 100, 33), mentioned)
    assert (found.text, found.author_name) == ("With @fjord.cafe", "teo.example")
    assert await post(LINKED, error(400, 100, 33), error(400, 100, 33)) is None
    assert await post(ACCOUNT, error(400, 100, 33)) is None
    with pytest.raises(Rejected):
        await post(ACCOUNT, error(400, 12))
