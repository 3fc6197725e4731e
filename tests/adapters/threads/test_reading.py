"""What Threads lists: the regular look, look-ups, posts; connecting and tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from hark.adapters.threads import ADAPTER
from hark.channels.contract import Edit, Message, NotSent, Reconnect, Rejected, Sent, Source, TryAgain
from hark.kernel.clock import utc_now
from tests.adapters.facebook.cases import Answer, error
from tests.adapters.facebook.fake import FakeGraph
from tests.adapters.threads.bodies import ACCOUNT, AT, PROFILE, body, outbound

RECEIVED = datetime(2026, 11, 1, tzinfo=UTC)
EMPTY: Answer = (200, {}, {"data": []})
VALUES = {"access_token": "THAA-given", "app_id": "66001", "app_secret": "s3cret"}
BACK = "https://hark.example/authorize/callback"
ME: Answer = (200, {}, {"id": PROFILE, "username": "fjord.cafe"})


def graph_time(seconds: float = 0) -> str:
    return (AT + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S+0000")


def row(
    thing: str, who: str = "mia.example", text: str = "How much is it?", seconds: float = 0, **more: Any
) -> Any:
    known = {
        "id": thing,
        "username": who,
        "text": text,
        "timestamp": graph_time(seconds),
        "media_type": "TEXT_POST",
    }
    root = {"replied_to": {"id": "3300"}, "root_post": {"id": "3300", "username": "fjord.cafe"}}
    return {**known, **root, "is_reply_owned_by_me": who == "fjord.cafe", "hide_status": "NOT_HUSHED", **more}


def listed(*rows: Any, after: str | None = None) -> Answer:
    paging = {"paging": {"cursors": {"after": after}, "next": "https://next"}} if after else {}
    return 200, {}, {"data": list(rows), **paging}


POSTS = listed({"id": "3300", "text": "New beans", "permalink": "https://t/3300", "has_replies": True})


async def walk(
    *answers: Any, since: datetime | None = None, state: Any = None
) -> tuple[list[Any], list[Any]]:
    assert ADAPTER.fetch_page is not None
    account = msgspec.structs.replace(ACCOUNT, state=state or {})
    graph, cursor, items = FakeGraph(*answers), None, []
    while True:
        page = await ADAPTER.fetch_page(cursor, since, account, graph.http())
        items += page.items
        if page.next is None:
            assert graph.answers == []
            return items, [event for item in items for event in ADAPTER.normalize(item.payload, RECEIVED)]
        cursor = page.next


async def test_a_look_brings_mentions_and_replies_under_the_keys_of_notifications() -> None:
    mention = {key: value for key, value in row("3310").items() if key not in {"replied_to", "root_post"}}
    items, events = await walk(listed(mention), POSTS, listed(row("3302", seconds=5), row("3301")))
    assert [item.dedup_key for item in items] == ["mention:3310", "reply:3301", "reply:3302"]
    for name in ("reply", "mention"):
        (told,) = ADAPTER.split(body(name))
        assert told.dedup_key in {item.dedup_key for item in items}
    assert events[1].thread.post.text == "New beans"
    assert events[1].thread.post.url == "https://t/3300"
    assert events[0].thread.source is Source.MENTION


async def test_our_own_answer_stands_in_the_conversation_of_whom_it_answers() -> None:
    ours = row("3306", "fjord.cafe", "From 7", 9, replied_to={"id": "3301"})
    _, events = await walk(EMPTY, POSTS, listed(ours, row("3301")))
    theirs, answer = events
    assert answer.author.us
    assert answer.thread.key == theirs.thread.key == "3300:mia.example"
    assert answer.thread.reply_to["reply_to_id"] == "3301"


async def test_a_reply_by_the_owner_of_the_post_is_told_apart_by_asking() -> None:
    state = {"pending_01": {"id": "3305"}, "pending_02": None}
    ours = row("3305", "fjord.cafe", "From 7", replied_to={"id": "3301"})
    asked = (200, {}, {"id": "3301", "username": "mia.example"})
    _, events = await walk((200, {}, ours), asked, EMPTY, EMPTY, state=state)
    (answer,) = events
    assert (answer.author.us, answer.thread.key) == (True, "3300:mia.example")
    theirs = row("3307", "mia.example", "Thanks", root_post={"id": "3310", "username": "mia.example"})
    _, events = await walk((200, {}, theirs), EMPTY, EMPTY, state=state)
    assert (events[0].author.us, events[0].thread.key) == (False, "3310:mia.example")
    assert await walk(error(400, 100, 33), EMPTY, EMPTY, state=state) == ([], [])


async def test_a_listed_reply_brings_its_picture() -> None:
    picture = row(
        "3303", text="", media_type="IMAGE", media_url="https://scontent.cdninstagram.com/v/cup.jpg"
    )
    _, (event,) = await walk(EMPTY, POSTS, listed(picture))
    assert isinstance(event, Message)
    assert event.attachments[0].name == "cup.jpg"


async def test_what_was_hidden_elsewhere_is_hidden_here_and_shown_again() -> None:
    _, events = await walk(EMPTY, POSTS, listed(row("3301", hide_status="HIDDEN")))
    assert events[1] == Edit("3301", AT, hidden=True)
    _, events = await walk(EMPTY, POSTS, listed(row("3301", hide_status="UNHUSHED")))
    assert events[1] == Edit("3301", AT, hidden=False)


async def test_a_look_ends_at_what_is_known_and_follows_pages_until_then() -> None:
    since = AT + timedelta(hours=1)
    new, old = row("3302", seconds=4000), row("3301")
    items, _ = await walk(EMPTY, POSTS, listed(new, after="a"), listed(old, after="b"), since=since)
    assert [item.dedup_key for item in items] == ["reply:3302"]


async def test_without_the_right_to_mentions_replies_are_still_read() -> None:
    items, _ = await walk(error(400, 10), POSTS, listed(row("3301")))
    assert len(items) == 1
    with pytest.raises(Reconnect):
        await walk(error(400, 190))
    with pytest.raises(TryAgain):
        await walk(error(400, 4))


async def test_an_unconfirmed_answer_is_found_among_our_own_replies() -> None:
    assert ADAPTER.look_up is not None
    ours = {"id": "3399", "text": "Yes, from 7.", "timestamp": graph_time(2), "replied_to": {"id": "3301"}}

    async def look_up(*rows: Any, **more: Any) -> Any:
        assert ADAPTER.look_up is not None
        return await ADAPTER.look_up(outbound(**more), ACCOUNT, FakeGraph(listed(*rows)).http())

    assert await look_up(ours) == Sent("3399", datetime.fromisoformat(graph_time(2)))
    assert await look_up({**ours, "replied_to": {"id": "7"}}) == NotSent()
    assert await look_up({**ours, "text": "No."}) == NotSent()
    assert await look_up(at=utc_now()) is None


async def test_a_post_has_text_picture_and_author() -> None:
    assert ADAPTER.fetch_post is not None
    found = {"id": "3300", "text": "New beans", "permalink": "https://t/1", "username": "fjord.cafe"}
    picture = {"media_type": "IMAGE", "media_url": "https://a/1.jpg", "timestamp": graph_time()}
    post = await ADAPTER.fetch_post("3300", ACCOUNT, FakeGraph((200, {}, {**found, **picture})).http())
    assert post is not None
    assert (post.text, post.author_name, post.picture_url, post.at) == (
        "New beans",
        "fjord.cafe",
        "https://a/1.jpg",
        AT,
    )
    assert await ADAPTER.fetch_post("3300", ACCOUNT, FakeGraph(error(400, 100, 33)).http()) is None


# Connecting -------------------------------------------------------------------------------------------------------------


async def test_a_token_names_its_profile() -> None:
    connected = await ADAPTER.connect(VALUES, "https://hark.example/w", FakeGraph(ME).http())
    assert (connected.platform_account_id, connected.name) == (PROFILE, "@fjord.cafe")
    assert "https://hark.example/w" in connected.steps[0]
    assert connected.generated.keys() == {"verify_token"}


@pytest.mark.parametrize(
    ("answers", "values", "code"),
    [
        ([], {"access_token": ""}, "missing_field"),
        ([], {"app_secret": ""}, "missing_field"),
        ([error(400, 190)], {}, "190"),
        ([(200, {}, {})], {}, "no_profile"),
    ],
)
async def test_credentials_that_do_not_fit_are_rejected_with_a_sentence(
    answers: Any, values: Any, code: str
) -> None:
    with pytest.raises(Rejected) as caught:
        await ADAPTER.connect({**VALUES, **values}, None, FakeGraph(*answers).http())
    assert caught.value.code == code
    assert "s3cret" not in str(caught.value)


def quota(used: int) -> Answer:
    return listed({"reply_quota_usage": used, "reply_config": {"quota_total": 1000, "quota_duration": 86400}})


async def test_a_sound_connection_is_healthy() -> None:
    health = await ADAPTER.check(ACCOUNT, FakeGraph(ME, quota(4)).http())
    assert health.ok
    assert "996 of 1000" in health.checks["quota"][1]


@pytest.mark.parametrize(
    ("answers", "failed"),
    [
        ([error(400, 190)], {"token"}),
        ([(200, {}, {"id": "5"}), quota(0)], {"token"}),
        ([ME, error(400, 10)], {"scopes"}),
        ([ME, quota(1000)], {"quota"}),
    ],
)
async def test_each_fault_of_a_connection_is_named(answers: Any, failed: set[str]) -> None:
    health = await ADAPTER.check(ACCOUNT, FakeGraph(*answers).http())
    assert {name for name, (ok, _) in health.checks.items() if not ok} == failed
    assert not health.ok


async def test_a_login_exchanges_twice() -> None:
    assert ADAPTER.authorization is not None
    address = ADAPTER.authorization.begin(VALUES, BACK, "state-1", "")
    query = parse_qs(urlsplit(address).query)
    assert address.startswith("https://threads.net/oauth/authorize?")
    assert (query["state"], query["client_id"]) == (["state-1"], ["66001"])
    graph = FakeGraph(
        (200, {}, {"access_token": "TH-hour", "user_id": 1}),
        (200, {}, {"access_token": "THAA-60", "expires_in": 5184000}),
        ME,
    )
    (choice,) = await ADAPTER.authorization.finish(VALUES, "code#_", BACK, "", graph.http())
    assert graph.requests[1].url.params["grant_type"] == "th_exchange_token"
    connected = await ADAPTER.connect(choice.values, None, FakeGraph(ME).http())
    assert (connected.platform_account_id, choice.values["access_token"]) == (choice.id, "THAA-60")
    assert connected.expires_at is not None
    assert connected.expires_at > utc_now() + timedelta(days=59)


async def test_a_token_is_renewed_and_a_dead_one_needs_a_person() -> None:
    assert ADAPTER.refresh is not None
    good = FakeGraph((200, {}, {"access_token": "THAA-new", "expires_in": 5184000}))
    renewed = await ADAPTER.refresh(ACCOUNT, good.http())
    assert renewed.secrets["access_token"].reveal() == "THAA-new"
    with pytest.raises(Reconnect):
        await ADAPTER.refresh(ACCOUNT, FakeGraph(error(400, 190)).http())
    with pytest.raises(TryAgain):
        await ADAPTER.refresh(ACCOUNT, FakeGraph(error(400, 100)).http())
