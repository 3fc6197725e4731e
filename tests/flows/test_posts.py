"""What comments stand under: told by events, completed by asking, its picture kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.channels.contract import Post, Rejected, TryAgain
from hark.flows.media import fetch_due
from hark.flows.posts import fetch_posts
from hark.inbox import models
from hark.inbox.posts import find_post
from hark.infra.db import Database
from hark.journal import read_facts
from hark.kernel.clock import FixedClock
from tests.support.desk import BASE, START, Desk, check_facts, open_desk
from tests.support.fake_platform import FakePlatform
from tests.support.file_server import picture, serving
from tests.support.sandbox_events import dm

TOLD = Post(
    id="post-1",
    url="https://fakenet.example/p/1",
    text="The whole text of the post",
    author_name="Lantern Bikes",
    kind="ad",
    at=START - timedelta(days=2),
)


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock), clock)


async def comment(desk: Desk, number: int, **post: Any) -> None:
    at = int(desk.clock().timestamp() * 1000) - BASE + number
    told = dm(
        number, f"Comment {number}", at=at, thread=f"c{number}", partner=None, post={"id": "post-1", **post}
    )
    await desk.post({**told, "kind": "comment"})


async def shown(desk: Desk, thread: str = "c1") -> models.Post:
    case = await desk.conversation(await desk.conversation_of(thread))
    async with desk.hark.db.connection() as connection:
        found = await find_post(connection, desk.account.workspace_id, case)
    assert found is not None
    return found


async def test_a_post_is_kept_once_and_later_events_fill_in_and_never_erase(desk: Desk) -> None:
    await comment(desk, 1, text="Autumn sale")
    await comment(desk, 2, url="https://fakenet.example/p/1")
    await comment(desk, 3)
    assert await desk.rows("SELECT count(*) FROM post") == [(1,)]
    post = await shown(desk, "c3")
    assert (post.text, post.url) == ("Autumn sale", "https://fakenet.example/p/1")
    assert await shown(desk) == post


async def test_a_comment_that_tells_nothing_new_does_not_touch_the_post(desk: Desk) -> None:
    await comment(desk, 1, text="Autumn sale")
    before = await desk.rows("SELECT xmin::text FROM post")
    await comment(desk, 2, text="Autumn sale")
    assert await desk.rows("SELECT xmin::text FROM post") == before


async def test_what_the_platform_tells_when_asked_is_shown_and_told_as_a_fact(desk: Desk) -> None:
    desk.fake.posts["post-1"] = TOLD
    await comment(desk, 1, text="The whole te…")
    assert await fetch_posts(desk.hark) == 1
    post = await shown(desk)
    assert (post.text, post.author_name, post.kind, post.url) == (TOLD.text, "Lantern Bikes", "ad", TOLD.url)
    assert post.posted_at == TOLD.at
    await comment(desk, 2, text="The whole te…")
    assert (await shown(desk)).text == TOLD.text
    async with desk.hark.db.connection() as connection:
        facts = await read_facts(connection, desk.account.workspace_id, 0, 1000)
    last = [fact for fact in facts if fact.kind == "post.changed"][-1]
    assert msgspec.json.decode(last.body, type=models.Post) == await shown(desk)
    await check_facts(desk)


async def test_a_post_is_asked_for_once_and_again_with_the_first_comment_of_another_day(desk: Desk) -> None:
    desk.fake.posts["post-1"] = TOLD
    await comment(desk, 1)
    await fetch_posts(desk.hark)
    desk.clock.advance(timedelta(hours=23))
    await comment(desk, 2)
    assert await fetch_posts(desk.hark) == 0
    desk.clock.advance(timedelta(hours=2))
    desk.fake.posts["post-1"] = msgspec.structs.replace(TOLD, text="Edited")
    await comment(desk, 3)
    assert await fetch_posts(desk.hark) == 1
    assert (await shown(desk)).text == "Edited"


async def test_a_post_that_is_gone_says_so_and_keeps_what_was_known(desk: Desk) -> None:
    await comment(desk, 1, text="Autumn sale")
    await fetch_posts(desk.hark)
    post = await shown(desk)
    assert (post.gone, post.text) == (True, "Autumn sale")


async def test_trouble_is_waited_out_and_given_up_after_four_tries(desk: Desk) -> None:
    desk.fake.posts["post-1"] = TryAgain("500", "The platform failed.", retry_after=30)
    await comment(desk, 1)
    await fetch_posts(desk.hark)
    desk.clock.advance(timedelta(seconds=29))
    assert await fetch_posts(desk.hark) == 0
    for _ in range(5):
        desk.clock.advance(timedelta(minutes=11))
        await fetch_posts(desk.hark)
    assert len(desk.fake.asked_posts) == 4
    assert await desk.rows("SELECT state, state_reason FROM post") == [("failed", "500")]


async def test_a_refusal_is_final_and_one_post_costs_no_other(desk: Desk) -> None:
    desk.fake.posts |= {"post-1": Rejected("no", "Not yours."), "post-2": TOLD}
    await comment(desk, 1)
    await comment(desk, 2, id="post-2")
    assert await fetch_posts(desk.hark) == 2
    states = await desk.rows("SELECT platform_post_id, state FROM post ORDER BY 1")
    assert states == [("post-1", "failed"), ("post-2", "known")]


async def test_the_picture_is_fetched_once_and_kept(db: Database, tmp_path: Path) -> None:
    clock = FixedClock(START)
    async with serving() as files:
        desk = await open_desk(db, tmp_path, FakePlatform(clock), clock, fields={"base_url": files.url})
        files.give("post.png", picture(800, 600))
        desk.fake.posts["post-1"] = msgspec.structs.replace(TOLD, picture_url=f"{files.url}/post.png")
        await comment(desk, 1)
        await fetch_posts(desk.hark)
        assert (await shown(desk)).picture_url is None
        assert await fetch_due(desk.hark) == 1
        post = await shown(desk)
        assert post.picture_url is not None
        assert post.picture_url.startswith("/api/v1/attachments/")
        assert post.thumbnail_url is not None
        desk.clock.advance(timedelta(days=2))
        signed_anew = msgspec.structs.replace(TOLD, picture_url=f"{files.url}/post.png?signed=anew")
        desk.fake.posts["post-1"] = signed_anew
        await comment(desk, 2)
        await fetch_posts(desk.hark)
        assert await fetch_due(desk.hark) == 0
        assert (await shown(desk)).picture_url == post.picture_url


async def test_a_picture_that_cannot_be_had_is_tried_again_under_its_next_address(
    db: Database, tmp_path: Path
) -> None:
    clock = FixedClock(START)
    async with serving() as files:
        desk = await open_desk(db, tmp_path, FakePlatform(clock), clock, fields={"base_url": files.url})
        desk.fake.posts["post-1"] = msgspec.structs.replace(TOLD, picture_url=f"{files.url}/expired.png")
        await comment(desk, 1)
        await fetch_posts(desk.hark)
        await fetch_due(desk.hark)
        assert (await shown(desk)).picture_url is None
        files.give("new.png", picture(80, 60))
        desk.clock.advance(timedelta(days=2))
        desk.fake.posts["post-1"] = msgspec.structs.replace(TOLD, picture_url=f"{files.url}/new.png")
        await comment(desk, 2)
        await fetch_posts(desk.hark)
        assert await fetch_due(desk.hark) == 1
        assert (await shown(desk)).picture_url is not None
