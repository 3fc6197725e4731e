"""The adapter and the stand-in, each written from the documentation, understand one another over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from hark.adapters.linkedin import ADAPTER
from hark.channels.contract import (
    Ability,
    Action,
    Author,
    Deletion,
    Edit,
    Message,
    NotSent,
    Outbound,
    Reaction,
    Reconnect,
    Rejected,
    Sent,
    Source,
    ThreadMoved,
    TryAgain,
    Unconfirmed,
)
from hark.kernel.clock import FixedClock, utc_now
from hark.standins.kit import Fault, WebhookFaults
from tests.adapters.linkedin.serving import Stage, events, staged

IDA = "urn:li:person:ida"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        assert ADAPTER.subscribe is not None
        assert await ADAPTER.subscribe(found.account, found.http) == ()
        yield found


def answer_to(stage: Stage, comment: str, text: str = "Yes, until noon.") -> Outbound:
    places = {"comment": comment, "post": stage.standin.world.post}
    return Outbound(uuid4(), Source.COMMENT, comment, IDA, utc_now(), text=text, reply_to=places)


async def send(stage: Stage, outbound: Outbound) -> Sent:
    return await ADAPTER.send(outbound, stage.account, stage.http)


async def look_up(stage: Stage, outbound: Outbound) -> Any:
    assert ADAPTER.look_up is not None
    return await ADAPTER.look_up(outbound, stage.account, stage.http)


async def perform(stage: Stage, ability: Ability, target: str, **more: Any) -> None:
    assert ADAPTER.perform is not None
    action = Action(ability, target, target=target, **{"author": stage.account.platform_account_id, **more})
    await ADAPTER.perform(action, stage.account, stage.http)


def messages(found: list[Any]) -> list[Message]:
    return [event for event in found if isinstance(event, Message)]


async def test_what_people_do_arrives(stage: Stage) -> None:
    comment = stage.standin.comment(IDA, "Open on Sundays?")
    await stage.settle()
    stage.standin.edit(comment, "Open on Sunday mornings?")
    await stage.settle()
    stage.standin.delete(comment)
    await stage.standin.say("Best rolls in town", person="2", source="mention")
    await stage.settle()
    found = events(stage.receiver.items)
    assert [(each.text, each.thread.source) for each in messages(found)] == [
        ("Open on Sundays?", Source.COMMENT),
        ("Best rolls in town", Source.MENTION),
    ]
    assert [each.text for each in found if isinstance(each, Edit)] == ["Open on Sunday mornings?"]
    assert [each.target for each in found if isinstance(each, Deletion)] == [comment.urn]


async def test_repeated_and_mixed_notifications_have_one_key_each(stage: Stage) -> None:
    stage.standin.faults.webhook = WebhookFaults(copies=3, shuffle=3)
    for number in range(5):
        stage.standin.comment(IDA, f"comment {number}")
    await stage.settle()
    assert len({item.dedup_key for item in stage.receiver.items}) == 5


async def test_what_was_listed_and_what_was_pushed_are_the_same_things(stage: Stage) -> None:
    stage.standin.comment(IDA, "one")
    stage.standin.comment(IDA, "two")
    await stage.standin.say("three", source="mention")
    await stage.settle()
    pushed = {item.dedup_key for item in stage.receiver.items}
    assert {item.dedup_key for item in await stage.listed()} == pushed


async def test_our_own_answer_comes_back_under_the_id_it_was_given(stage: Stage) -> None:
    sent = await send(stage, answer_to(stage, stage.standin.comment(IDA, "Open?").urn))
    await stage.settle()
    echo = messages(events(stage.receiver.items))[-1]
    assert echo.id == sent.platform_message_id
    assert echo.author == Author(stage.account.platform_account_id, us=True)
    assert [each.id for each in stage.standin.accepted()] == [sent.platform_message_id]


async def test_an_answer_to_a_comment_joins_its_thread_when_it_is_listed_first() -> None:
    async with staged() as stage:
        top = stage.standin.comment(IDA, "Open?")
        stage.standin.comment(IDA, "And on holidays?", parent=top.urn)
        found = events(await stage.listed())
        assert {each.thread.key for each in messages(found)} == {top.urn}
        moved = [each for each in found if isinstance(each, ThreadMoved)]
        assert {each.new for each in moved} == {top.urn}


async def test_a_notification_that_tells_the_parent_needs_no_look() -> None:
    async with staged(tells_parent=True) as stage:
        top = stage.standin.comment(IDA, "Open?")
        nested = stage.standin.comment(IDA, "And on holidays?", parent=top.urn)
        items = await stage.listed()
        looked = [call.path for call in stage.standin.calls.all("GET /rest/socialActions")]
        assert [path.rpartition("/")[2] for path in looked] == [str(top.number)]
        assert messages(events(items))[-1].thread.key == top.urn
        assert nested.parent == top.urn


async def test_a_picture_comes_with_the_look_at_its_comment(stage: Stage) -> None:
    comment = stage.standin.comment(IDA, "Look at this", picture="https://media.licdn.com/picture")
    found = events(await stage.listed())
    (change,) = [each for each in found if isinstance(each, Edit)]
    assert change.target == comment.urn
    assert change.attachments is not None
    assert [file.url for file in change.attachments] == ["https://media.licdn.com/picture"]


async def test_a_comment_is_looked_up_once_however_often_it_is_listed(stage: Stage) -> None:
    stage.standin.comment(IDA, "Open?")
    assert ADAPTER.fetch_page is not None
    page = await ADAPTER.fetch_page(None, None, stage.account, stage.http)
    account = msgspec.structs.replace(stage.account, state=page.state)
    again = await ADAPTER.fetch_page(None, None, account, stage.http)
    assert len(stage.standin.calls.all("GET /rest/socialActions")) == 1
    assert [item.dedup_key for item in again.items] == [page.items[0].dedup_key]


async def test_many_new_comments_of_one_post_cost_one_look(stage: Stage) -> None:
    top = [stage.standin.comment(IDA, f"comment {number}") for number in range(12)]
    stage.standin.comment(IDA, "nested", parent=top[3].urn)
    found = messages(events(await stage.listed()))
    assert {each.thread.key for each in found if each.text == "nested"} == {top[3].urn}
    assert len(stage.standin.calls.all("GET /rest/socialActions")) == 2


async def test_a_look_that_fails_holds_back_nothing(stage: Stage) -> None:
    stage.standin.comment(IDA, "one")
    stage.standin.comment(IDA, "two")
    stage.standin.faults.rules.append(Fault("status", on="GET /rest/socialActions", status=503))
    assert ADAPTER.fetch_page is not None
    page = await ADAPTER.fetch_page(None, None, stage.account, stage.http)
    assert [each.text for each in messages(events(list(page.items)))] == ["one", "two"]
    assert page.state == {}
    assert len(stage.standin.calls.all("GET /rest/socialActions")) == 1


async def test_the_list_is_read_to_its_end_with_a_fixed_stretch_of_time(stage: Stage) -> None:
    for number in range(60):
        stage.standin.world.note("LIKE", stage.standin.world.post)
        if number == 30:
            stage.standin.comment(IDA, "in between")
    items = await stage.listed()
    assert len({item.dedup_key for item in items}) == 61
    assert len([each for each in events(items) if isinstance(each, Reaction)]) == 60
    lists = stage.standin.calls.all("GET /rest/organizationalEntityNotifications")
    assert len(lists) == 2


@pytest.mark.parametrize("mode", ["hang_after", "cut_after"])
async def test_a_comment_whose_answer_was_lost_is_found(stage: Stage, mode: Any) -> None:
    outbound = answer_to(stage, stage.standin.comment(IDA, "Open?").urn)
    stage.standin.faults.rules.append(Fault(mode, on="POST", times=1, seconds=0.1))
    with pytest.raises(Unconfirmed):
        await send(stage, outbound)
    found = await look_up(stage, outbound)
    assert found.platform_message_id == stage.standin.accepted()[0].id


async def test_a_comment_that_never_came_is_not_there(stage: Stage) -> None:
    outbound = answer_to(stage, stage.standin.comment(IDA, "Yes, until noon.").urn)
    stage.standin.faults.rules.append(Fault("cut", on="POST", times=1))
    with pytest.raises(Unconfirmed):
        await send(stage, outbound)
    assert await look_up(stage, outbound) == NotSent()


async def test_the_same_words_said_long_before_are_not_taken_for_it(stage: Stage) -> None:
    comment = stage.standin.comment(IDA, "Open?")
    await send(stage, answer_to(stage, comment.urn))
    later = msgspec.structs.replace(answer_to(stage, comment.urn), at=utc_now() + timedelta(minutes=5))
    assert await look_up(stage, later) is None
    other = msgspec.structs.replace(later, text="Something else")
    assert await look_up(stage, other) == NotSent()


async def test_an_answer_to_an_answer_goes_under_the_top_comment(stage: Stage) -> None:
    top = stage.standin.comment(IDA, "Open?")
    stage.standin.comment(IDA, "And on holidays?", parent=top.urn)
    await stage.settle()
    heard = messages(events(stage.receiver.items))[-1]
    assert heard.thread.key != top.urn, "its notification does not tell what it answers"
    places = heard.thread.reply_to
    await send(stage, msgspec.structs.replace(answer_to(stage, heard.id), reply_to=places))
    assert [each.place for each in stage.standin.accepted()] == [top.urn]


async def test_answers_are_edited_deleted_and_liked(stage: Stage) -> None:
    comment = stage.standin.comment(IDA, "Open?")
    sent = await send(stage, answer_to(stage, comment.urn))
    await perform(stage, Ability.EDIT, sent.platform_message_id, text="Until one.")
    assert stage.standin.world.comments[sent.platform_message_id].text == "Until one."
    await perform(stage, Ability.LIKE, comment.urn)
    await perform(stage, Ability.LIKE, comment.urn)
    await perform(stage, Ability.REACT, comment.urn, text="👏")
    assert list(stage.standin.world.reactions.values()) == ["PRAISE"]
    await perform(stage, Ability.UNLIKE, comment.urn)
    await perform(stage, Ability.UNLIKE, comment.urn)
    assert not stage.standin.world.reactions
    await perform(stage, Ability.DELETE, sent.platform_message_id)
    await perform(stage, Ability.DELETE, sent.platform_message_id)
    assert sent.platform_message_id not in stage.standin.world.comments
    with pytest.raises(Rejected, match="only its own"):
        await perform(stage, Ability.DELETE, comment.urn, author=IDA)


async def test_an_answer_to_a_mention_is_a_comment_under_that_post(stage: Stage) -> None:
    share = await stage.standin.say("Best rolls", person="3", source="mention")
    await stage.settle()
    heard = messages(events(stage.receiver.items))[-1]
    outbound = Outbound(
        uuid4(),
        Source.MENTION,
        heard.thread.key,
        None,
        utc_now(),
        text="Thank you!",
        reply_to=heard.thread.reply_to,
    )
    await send(stage, outbound)
    assert heard.id == share
    assert [each.place for each in stage.standin.accepted()] == [stage.standin.world.activity_of(share)]


async def test_limits_of_a_minute_and_of_a_day_are_told_apart() -> None:
    async with staged(comments_a_minute=1) as stage:
        comment = stage.standin.comment(IDA, "Open?")
        await send(stage, answer_to(stage, comment.urn, "one"))
        with pytest.raises(TryAgain) as throttled:
            await send(stage, answer_to(stage, comment.urn, "two"))
        assert (throttled.value.code, throttled.value.retry_after) == ("comment_throttled", 60.0)
        stage.standin.world.settings.calls_a_day = 0
        with pytest.raises(TryAgain) as ended:
            await send(stage, answer_to(stage, comment.urn, "three"))
        assert ended.value.code == "daily_limit"


async def test_an_ended_token_is_refreshed_and_the_consent_ends_all_the_same() -> None:
    clock = FixedClock(utc_now())
    async with staged(clock) as stage:
        assert ADAPTER.refresh is not None
        clock.advance(timedelta(days=61))
        with pytest.raises(Reconnect):
            await send(stage, answer_to(stage, stage.standin.comment(IDA, "Open?").urn))
        fresh = await ADAPTER.refresh(stage.account, stage.http)
        account = msgspec.structs.replace(stage.account, secrets={**stage.account.secrets, **fresh.secrets})
        stage.account = account
        await send(stage, answer_to(stage, stage.standin.comment(IDA, "Open?").urn))
        clock.advance(timedelta(days=305))
        with pytest.raises(Reconnect, match="Sign in with LinkedIn again"):
            await ADAPTER.refresh(account, stage.http)


async def test_a_post_is_given_with_its_picture(stage: Stage) -> None:
    post = stage.standin.world.posts[stage.standin.world.post]
    assert ADAPTER.fetch_post is not None
    found = await ADAPTER.fetch_post(post["share"], stage.account, stage.http)
    assert found is not None
    assert (found.text, found.author_name, found.kind) == (post["text"], stage.standin.world.name, "organic")
    assert await ADAPTER.fetch_post(stage.standin.world.post, stage.account, stage.http) is None
    assert await ADAPTER.fetch_post("urn:li:share:1", stage.account, stage.http) is None


async def test_pages_have_a_name_and_members_have_none(stage: Stage) -> None:
    assert ADAPTER.fetch_profile is not None
    page = await ADAPTER.fetch_profile(stage.standin.world.organization, stage.account, stage.http)
    assert page is not None
    assert page.author.name == "Stand-in Bakery"
    assert await ADAPTER.fetch_profile(IDA, stage.account, stage.http) is None
    assert await ADAPTER.fetch_profile("urn:li:organization:1", stage.account, stage.http) is None


async def test_connecting_from_consent_to_notifications() -> None:
    async with staged() as stage:
        authorization = ADAPTER.authorization
        assert authorization is not None
        values = {
            key: stage.standin.values(stage.address)[key]
            for key in ("client_id", "client_secret", "base_url")
        }
        values["application_id"] = stage.standin.world.application
        back = "https://hark.example/authorized"
        async with httpx.AsyncClient(trust_env=False) as person:
            answer = await person.get(authorization.begin(values, back, "state-1", "unused"))
        came = httpx.URL(answer.headers["location"])
        assert came.params["state"] == "state-1"
        (choice,) = await authorization.finish(values, came.params["code"], back, "", stage.http)
        connected = await ADAPTER.connect(choice.values, stage.account.webhook_url, stage.http)
        assert (connected.platform_account_id, connected.name) == (
            stage.standin.world.organization,
            "Stand-in Bakery",
        )
        assert connected.expires_at is not None
        assert connected.steps == ()
        with pytest.raises(Rejected, match="Start again"):
            await authorization.finish(values, came.params["code"], back, "", stage.http)


async def test_an_address_that_is_not_proved_is_a_step_by_hand() -> None:
    async with staged() as stage:
        assert ADAPTER.subscribe is not None
        account = msgspec.structs.replace(stage.account, webhook_url=f"{stage.address}/nothing")
        (step,) = await ADAPTER.subscribe(account, stage.http)
        assert "developer portal" in step
