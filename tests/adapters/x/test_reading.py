"""Lists, people, posts and files: what is asked, what it costs, where a walk goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from hark.adapters.x import ADAPTER
from hark.channels.contract import Account, Reconnect, Rejected, TryAgain
from hark.channels.testing.cases import Reply
from hark.channels.testing.http import ScriptedHttp
from hark.kernel.errors import Invalid
from tests.adapters.x.cases import refused
from tests.adapters.x.samples import ACCOUNT, ADA, ADA_ID, AT, PAIR, US, WE, after, minted, user2
from tests.adapters.x.serving import account_with, events_of, metered, pages, without_secrets

fetch_page, fetch_profile, fetch_post = ADAPTER.fetch_page, ADAPTER.fetch_profile, ADAPTER.fetch_post
locate_media = ADAPTER.locate_media
assert fetch_page is not None
assert fetch_profile is not None
assert fetch_post is not None
assert locate_media is not None

NONE = Reply(200, {"meta": {"result_count": 0}})


def mentions(*seconds: float, token: str | None = None) -> Reply:
    rows = [{"id": minted(after(s)), "text": f"@fjord_lamps {s}", "author_id": ADA_ID} for s in seconds]
    meta = {"result_count": len(rows), **({"next_token": token} if token else {})}
    return Reply(200, {"data": rows, "includes": {"users": [user2(ADA)]}, "meta": meta})


def dms(*seconds: float, token: str | None = None) -> Reply:
    rows = [
        {"id": minted(after(s)), "text": f"dm {s}", "sender_id": ADA_ID, "dm_conversation_id": PAIR}
        for s in seconds
    ]
    meta = {"result_count": len(rows), **({"next_token": token} if token else {})}
    return Reply(200, {"data": rows, "includes": {"users": [user2(ADA), user2(WE)]}, "meta": meta})


def with_state(**read: str) -> Account:
    return msgspec.structs.replace(ACCOUNT, state={"x_read_up_to": read})


async def test_an_import_takes_everything_and_an_empty_account_has_nothing() -> None:
    http = ScriptedHttp(mentions(30, 20, token="t" * 16), mentions(10), dms(25, 5, token="u" * 16), NONE)
    found = await pages(with_state(mentions=minted(after(999))), http, None)
    assert [event.text for event in events_of(found)] == [
        *("@fjord_lamps 20", "@fjord_lamps 30", "@fjord_lamps 10"),
        *("dm 5", "dm 25"),
    ]
    assert "since_id" not in http.calls[0].url.params
    assert found[-1].state == {"x_read_up_to": {"mentions": minted(after(30)), "dms": minted(after(25))}}
    assert [page.items for page in await pages(ACCOUNT, ScriptedHttp(NONE, NONE), None)] == [(), ()]


async def test_a_poll_reads_from_a_little_before_it_was_last_asked() -> None:
    http = ScriptedHttp(mentions(70), dms(65))
    await pages(ACCOUNT, http, after(60))
    assert http.calls[0].url.params["since_id"] == str(int(minted(after(60))) - (120_000 << 22))


async def test_a_repair_does_not_read_again_what_a_complete_walk_had() -> None:
    http = ScriptedHttp(NONE, dms(200, -500, token="u" * 16))
    account = with_state(mentions=minted(after(100)), dms=minted(after(100)))
    found = await pages(account, http, AT - timedelta(days=2))
    assert http.calls[0].url.params["since_id"] == str(int(minted(after(100))) - (120_000 << 22))
    assert [event.text for event in events_of(found)] == ["dm 200"]
    assert len(http.calls) == 2, "the first message that is too old ends the walk"
    assert found[-1].state == {"x_read_up_to": {"mentions": minted(after(100)), "dms": minted(after(200))}}


async def test_only_a_walk_that_came_to_its_end_moves_what_was_read() -> None:
    http = ScriptedHttp(mentions(30, token="t" * 16), refused(503))
    first = await fetch_page(None, AT, ACCOUNT, http)
    assert first.state == {}
    with pytest.raises(TryAgain):
        await fetch_page(first.next, AT, ACCOUNT, http)


async def test_a_state_without_sense_is_passed_over() -> None:
    for read in ({"mentions": "x"}, {"mentions": 7}, {"mentions": "9" * 30}, "none"):
        http = ScriptedHttp(NONE, NONE)
        await pages(msgspec.structs.replace(ACCOUNT, state={"x_read_up_to": read}), http, AT)
        assert http.calls[0].url.params["since_id"] == str(int(minted(AT)) - (120_000 << 22))


async def test_an_app_without_the_right_to_read_messages_still_gets_mentions() -> None:
    found = await pages(ACCOUNT, ScriptedHttp(mentions(30), refused(404)), AT)
    assert [event.text for event in events_of(found)] == ["@fjord_lamps 30"]


async def test_a_poll_looks_at_few_messages_first_and_does_not_count_old_ones_again() -> None:
    http, tally = metered(ScriptedHttp(NONE, dms(30, 20, -9000), NONE, dms(-9000)))
    await pages(ACCOUNT, http, AT)
    await pages(ACCOUNT, http, AT)
    assert tally.spent == [("dm_read", 2, 0.02), ("user_read", 1, 0.01)]
    whole = ScriptedHttp(NONE, dms(30, 20, token="u" * 16), NONE)
    await pages(ACCOUNT, whole, AT)
    assert [call.url.params["max_results"] for call in whole.calls] == ["100", "20", "100"]


async def test_a_missing_right_to_messages_does_not_disconnect_the_account() -> None:
    found = await pages(ACCOUNT, ScriptedHttp(mentions(30), refused(403, kind="oauth2-permissions")), AT)
    assert len(events_of(found)) == 1
    assert found[-1].state == {}, "nothing was read to its end"
    with pytest.raises(Reconnect):
        await pages(ACCOUNT, ScriptedHttp(mentions(30), refused(401)), AT)


async def test_a_cursor_of_somewhere_else_is_refused() -> None:
    with pytest.raises(Invalid):
        await fetch_page("bm90IG91cnM", AT, ACCOUNT, ScriptedHttp())


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_list_that_fails_says_why(status: int) -> None:
    with pytest.raises((Reconnect, TryAgain)):
        await fetch_page(None, AT, ACCOUNT, ScriptedHttp(refused(status)))


async def test_reading_costs_by_what_comes_also_beside_it() -> None:
    http, tally = metered(ScriptedHttp(mentions(30, 20), dms(25)))
    await pages(ACCOUNT, http, AT)
    assert tally.spent == [
        ("post_read", 2, 0.01),
        ("user_read", 1, 0.01),
        ("dm_read", 1, 0.01),
        ("user_read", 1, 0.01),
    ]
    owned, less = metered(ScriptedHttp(mentions(30, 20), NONE))
    await pages(account_with(owned_app="yes"), owned, AT)
    assert less.spent[0] == ("owned_read", 2, 0.002)


async def test_nothing_new_costs_nothing() -> None:
    http, tally = metered(ScriptedHttp(NONE, NONE))
    await pages(ACCOUNT, http, AT)
    assert tally.spent == []


async def test_the_limits_of_both_lists_are_told_apart() -> None:
    def limited(answer: Reply, limit: int, left: int) -> Reply:
        reset = str(int(after(900).timestamp()))
        headers = {
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(left),
            "x-rate-limit-reset": reset,
        }
        return msgspec.structs.replace(answer, headers=headers)

    http, tally = metered(ScriptedHttp(limited(NONE, 300, 299), limited(NONE, 15, 14)))
    await pages(ACCOUNT, http, AT)
    assert tally.quotas == [("read:mentions", 299, after(900), 300), ("read:messages", 14, after(900), 15)]


async def test_a_person_has_name_handle_and_a_large_picture() -> None:
    http, tally = metered(ScriptedHttp(Reply(200, {"data": user2(ADA)})))
    found = await fetch_profile(ADA_ID, ACCOUNT, http)
    assert found is not None
    assert found.author == ADA
    assert tally.spent == [("user_read", 1, 0.01)]


GONE: list[Any] = [
    refused(404),
    Reply(200, {"errors": [{"title": "Not Found Error"}]}),
    Reply(200, {"data": {"id": {}}}),
]


@pytest.mark.parametrize("answer", GONE)
async def test_who_left_x_stays_nameless_and_what_was_deleted_has_no_context(answer: Reply) -> None:
    assert await fetch_profile("77", ACCOUNT, ScriptedHttp(answer)) is None
    assert await fetch_post("77", ACCOUNT, ScriptedHttp(answer)) is None


async def test_what_is_no_id_is_not_asked_for() -> None:
    for wrong in ("me", "", "7/likes", "7?x=1", "9" * 20):
        assert await fetch_profile(wrong, ACCOUNT, ScriptedHttp()) is None
        assert await fetch_post(wrong, ACCOUNT, ScriptedHttp()) is None


async def test_a_post_is_told_with_text_picture_author_and_time() -> None:
    own = minted(AT)
    post = {
        "id": own,
        "text": "The oak lamp &amp; more https://t.co/a",
        "author_id": US,
        "created_at": "2026-10-26T09:30:00.000Z",
        "attachments": {"media_keys": ["3_1"]},
        "entities": {
            "urls": [{"url": "https://t.co/a", "expanded_url": "https://x.com/fjord_lamps/status/1/photo/1"}]
        },
    }
    media = [{"media_key": "3_1", "type": "photo", "url": "https://pbs.twimg.com/media/1.jpg"}]
    found = await fetch_post(
        own,
        ACCOUNT,
        ScriptedHttp(Reply(200, {"data": post, "includes": {"users": [user2(WE)], "media": media}})),
    )
    assert found is not None
    assert (found.text, found.author_name, found.at) == ("The oak lamp & more", "Fjord Lamps", AT)
    assert found.url == f"https://x.com/fjord_lamps/status/{own}"
    assert found.picture_url == "https://pbs.twimg.com/media/1.jpg"
    assert found.kind is None


async def test_a_private_file_is_fetched_by_whoever_the_account_is() -> None:
    newer = await locate_media("dm/1/2/lamp.jpg", ACCOUNT, ScriptedHttp())
    assert newer.url == "https://api.x.com/2/dm_conversations/media/1/2/lamp.jpg"
    assert newer.headers == {"authorization": "Bearer oauth2-access-of-fjord"}
    older = await locate_media("dm/1/2/lamp.jpg", without_secrets("oauth2_access_token"), ScriptedHttp())
    assert older.url == "https://ton.twitter.com/1.1/ton/data/dm/1/2/lamp.jpg"
    assert older.headers["authorization"].startswith("OAuth ")


@pytest.mark.parametrize(
    "wrong", ["", "lamp.jpg", "dm/1/2/../../x", "dm/a/2/lamp.jpg", "dm/1/2/a?b", "https://else.example/a"]
)
async def test_nothing_but_a_file_of_a_message_is_located(wrong: str) -> None:
    with pytest.raises(Rejected):
        await locate_media(wrong, ACCOUNT, ScriptedHttp())
