"""The stand-in's login, blocking, reactions, dark posts and untold texts, and the adapter against them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from hark.adapters.facebook import ADAPTER
from hark.channels.contract import Ability, AccountNotice, Action, Edit, Rejected
from hark.kernel.clock import utc_now
from tests.adapters.facebook import cases
from tests.adapters.facebook.serving import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        assert ADAPTER.subscribe is not None
        await ADAPTER.subscribe(found.account, found.http)
        yield found


async def send(stage: Stage) -> Any:
    outbound = cases.outbound(
        thread_key=stage.person,
        recipient=stage.person,
        reply_to={"recipient": stage.person},
        at=utc_now(),
        last_opened_at=utc_now(),
    )
    return await ADAPTER.send(outbound, stage.account, stage.http)


async def test_a_login_ends_in_a_page_that_can_be_connected(stage: Stage) -> None:
    world = stage.stand_in.world
    values = {"app_id": world.app.id, "app_secret": world.app.secret, "base_url": stage.graph_url}
    assert ADAPTER.authorization is not None
    address = ADAPTER.authorization.begin(values, "https://hark.example/back", "s", "")
    assert address.startswith(f"{stage.graph_url}/v26.0/dialog/oauth?")
    (choice,) = await ADAPTER.authorization.finish(
        values, world.app.code, "https://hark.example/back", "", stage.http
    )
    connected = await ADAPTER.connect(choice.values, stage.hook_url, stage.http)
    assert connected.platform_account_id == choice.id == stage.page
    with pytest.raises(Rejected, match="36009"):
        await ADAPTER.authorization.finish(values, "used", "https://hark.example/back", "", stage.http)


async def test_a_blocked_person_is_not_reached_until_let_again(stage: Stage) -> None:
    assert ADAPTER.perform is not None
    await stage.control("dm", text="Hello")
    block = Action(Ability.BAN, stage.person, recipient=stage.person)
    await ADAPTER.perform(block, stage.account, stage.http)
    with pytest.raises(Rejected) as caught:
        await send(stage)
    assert caught.value.unreachable
    await ADAPTER.perform(msgspec.structs.replace(block, ability=Ability.UNBAN), stage.account, stage.http)
    await send(stage)


async def test_a_reaction_of_the_page_stands_under_the_message_and_goes(stage: Stage) -> None:
    assert ADAPTER.perform is not None
    mid = (await stage.control("dm", text="Hello"))["mid"]
    react = Action(Ability.REACT, stage.person, recipient=stage.person, target=mid, text="👍")
    await ADAPTER.perform(react, stage.account, stage.http)
    assert (await stage.messages())[0]["reactions"] == {stage.page: "like"}
    await ADAPTER.perform(msgspec.structs.replace(react, text=""), stage.account, stage.http)
    assert (await stage.messages())[0]["reactions"] == {}


async def test_the_text_under_a_review_is_told_of_and_then_asked_for(stage: Stage) -> None:
    assert ADAPTER.fetch_page is not None
    review = (await stage.control("reviews", text="Good"))["review"]
    comment = (await stage.control("comments", under=review, message="We came again"))["comment"]
    (notice,) = [event for event in await stage.settle() if isinstance(event, AccountNotice)]
    assert notice.fetch
    account = msgspec.structs.replace(stage.account, state=notice.state)
    page = await ADAPTER.fetch_page(None, None, account, stage.http)
    (edit,) = [event for item in page.items for event in ADAPTER.normalize(item.payload, utc_now())]
    assert isinstance(edit, Edit)
    assert (edit.target, edit.text) == (comment, "We came again")


async def test_a_dark_post_is_an_advertisement(stage: Stage) -> None:
    assert ADAPTER.fetch_post is not None
    post = next(iter(stage.stand_in.world.posts.values()))
    found = await ADAPTER.fetch_post(post.id, stage.account, stage.http)
    assert found is not None
    assert (found.text, found.kind) == ("Fresh bread every morning", "organic")
    post.published = False
    dark = await ADAPTER.fetch_post(post.id, stage.account, stage.http)
    assert dark is not None
    assert dark.kind == "ad"
