"""The adapter and the stand-in, each written from the documentation, understand one another over real sockets."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from hark.adapters.googlereviews import ADAPTER
from hark.channels.contract import (
    Ability,
    AccountNotice,
    Action,
    Deletion,
    Edit,
    Message,
    NotSent,
    Outbound,
    Receipt,
    Reconnect,
    Rejected,
    Sent,
    Source,
    TryAgain,
    Unconfirmed,
    WebhookRequest,
)
from hark.kernel.clock import FixedClock, utc_now
from hark.standins.kit import Fault
from tests.adapters.googlereviews.serving import Stage, events, staged
from tests.support.live import serving
from tests.support.waiting import until


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


def answer_to(review: str, text: str = "Thank you!") -> Outbound:
    return Outbound(uuid4(), Source.REVIEW, review, None, utc_now(), text=text, reply_to={"review": review})


async def send(stage: Stage, outbound: Outbound) -> Sent:
    return await ADAPTER.send(outbound, stage.account, stage.http)


async def look_up(stage: Stage, outbound: Outbound) -> Any:
    assert ADAPTER.look_up is not None
    return await ADAPTER.look_up(outbound, stage.account, stage.http)


async def perform(stage: Stage, ability: Ability, target: str, text: str | None = None) -> None:
    assert ADAPTER.perform is not None
    await ADAPTER.perform(Action(ability, target, target=target, text=text), stage.account, stage.http)


def messages(found: list[Any]) -> list[Message]:
    return [event for event in found if isinstance(event, Message)]


async def test_reviews_come_oldest_first(stage: Stage) -> None:
    for number in range(1, 4):
        stage.standin.review(f"review {number}", number, f"Person {number}")
    found = messages(events(await stage.look()))
    assert [(each.text, each.rating, each.author.name) for each in found] == [
        ("review 1", 1, "Person 1"),
        ("review 2", 2, "Person 2"),
        ("review 3", 3, "Person 3"),
    ]
    assert len({each.author.id for each in found}) == 3


async def test_a_second_look_brings_nothing_new(stage: Stage) -> None:
    stage.standin.review("lovely", 5, "Ida")
    first = {item.dedup_key for item in await stage.look()}
    assert {item.dedup_key for item in await stage.look()} == first


async def test_all_reviews_are_read_page_by_page(stage: Stage) -> None:
    for number in range(120):
        stage.standin.review(f"review {number}", 5, "Ida")
    assert len(await stage.look()) == 120
    assert len(stage.standin.calls.all("GET /v4")) == 3


async def test_the_walk_ends_where_the_last_one_began() -> None:
    clock = FixedClock(utc_now())
    async with staged(clock) as stage:
        for number in range(60):
            stage.standin.review(f"old {number}", 5, "Ida")
        clock.advance(timedelta(minutes=30))
        stage.standin.review("new", 5, "Ben")
        found = await stage.look(since=clock() - timedelta(minutes=10))
        assert len(stage.standin.calls.all("GET /v4")) == 1
        assert messages(events(found))[-1].text == "new"


async def test_a_changed_review_is_an_edit(stage: Stage) -> None:
    review = stage.standin.review("lovely", 5, "Ida")
    await stage.look()
    stage.standin.edit(review, 2, "not any more")
    (change,) = [each for each in events(await stage.look()) if isinstance(each, Edit)]
    assert (change.target, change.text, change.rating) == (review.id, "not any more", 2)


async def test_a_review_that_is_gone_from_the_list_is_a_deletion(stage: Stage) -> None:
    kept, gone = stage.standin.review("stays", 5, "Ida"), stage.standin.review("goes", 1, "Ben")
    await stage.look()
    stage.standin.world.reviews.pop(gone.id)
    found = [each for each in events(await stage.look()) if isinstance(each, Deletion)]
    assert [each.target for each in found] == [gone.id]
    assert not [each for each in events(await stage.look()) if isinstance(each, Deletion)]
    assert kept.id in stage.standin.world.reviews


async def test_a_review_that_only_left_the_newest_page_is_not_gone(stage: Stage) -> None:
    stage.standin.review("early", 5, "Ida")
    await stage.look()
    for number in range(60):
        stage.standin.review(f"later {number}", 5, "Ben")
    assert not [each for each in events(await stage.look()) if isinstance(each, Deletion)]


async def test_our_answer_is_listed_under_the_id_it_was_given(stage: Stage) -> None:
    review = stage.standin.review("lovely", 5, "Ida")
    await stage.look()
    sent = await send(stage, answer_to(review.id))
    found = events(await stage.look())
    (answer,) = [each for each in messages(found) if each.author.us]
    assert (answer.id, answer.at, answer.text) == (sent.platform_message_id, sent.at, "Thank you!")
    assert [each.status for each in found if isinstance(each, Receipt)] == ["delivered"]


async def test_an_answer_that_google_refuses_is_told(stage: Stage) -> None:
    stage.standin.world.settings.moderates = "REJECTED"
    review = stage.standin.review("lovely", 5, "Ida")
    sent = await send(stage, answer_to(review.id))
    (receipt,) = [each for each in events(await stage.look()) if isinstance(each, Receipt)]
    assert (receipt.status, receipt.target, receipt.code) == ("failed", sent.platform_message_id, "OFF_TOPIC")


async def test_a_second_answer_takes_the_place_of_the_first(stage: Stage) -> None:
    review = stage.standin.review("lovely", 5, "Ida")
    first = await send(stage, answer_to(review.id, "Thanks"))
    second = await send(stage, answer_to(review.id, "Thank you very much"))
    assert first.platform_message_id == second.platform_message_id
    assert review.answer is not None
    assert review.answer.text == "Thank you very much"


async def test_an_answer_changed_in_the_profile_is_an_edit(stage: Stage) -> None:
    review = stage.standin.review("lovely", 5, "Ida")
    sent = await send(stage, answer_to(review.id))
    await stage.look()
    stage.standin.world.answer(review, "Thank you, Ida!")
    (change,) = [each for each in events(await stage.look()) if isinstance(each, Edit)]
    assert (change.target, change.text) == (sent.platform_message_id, "Thank you, Ida!")


async def test_a_removed_answer_is_noticed(stage: Stage) -> None:
    review = stage.standin.review("lovely", 5, "Ida")
    sent = await send(stage, answer_to(review.id))
    await stage.look()
    review.answer = None
    (gone,) = [each for each in events(await stage.look()) if isinstance(each, Deletion)]
    assert gone.target == sent.platform_message_id


async def test_an_answer_is_edited_and_deleted(stage: Stage) -> None:
    review = stage.standin.review("lovely", 5, "Ida")
    sent = await send(stage, answer_to(review.id))
    await perform(stage, Ability.EDIT, sent.platform_message_id, "Thanks!")
    assert review.answer is not None
    assert review.answer.text == "Thanks!"
    await perform(stage, Ability.DELETE, sent.platform_message_id)
    await perform(stage, Ability.DELETE, sent.platform_message_id)
    assert review.answer is None


@pytest.mark.parametrize("mode", ["hang_after", "cut_after", "cut"])
async def test_an_answer_whose_outcome_is_not_known_is_looked_for(stage: Stage, mode: Any) -> None:
    review = stage.standin.review("lovely", 5, "Ida")
    outbound = answer_to(review.id)
    stage.standin.faults.rules.append(Fault(mode, on="PUT", times=1, seconds=0.1))
    with pytest.raises(Unconfirmed):
        await send(stage, outbound)
    found = await look_up(stage, outbound)
    assert found == NotSent() if mode == "cut" else found.platform_message_id == f"{review.id}/reply"


async def test_a_location_that_is_not_verified_takes_no_answer(stage: Stage) -> None:
    stage.standin.world.settings.verified = False
    review = stage.standin.review("lovely", 5, "Ida")
    with pytest.raises(Rejected, match="not verified"):
        await send(stage, answer_to(review.id))
    checks = (await ADAPTER.check(stage.account, stage.http)).checks
    assert checks["verified"][0] is False


async def test_a_quota_of_zero_is_explained(stage: Stage) -> None:
    stage.standin.world.settings.queries_a_minute = 0
    with pytest.raises(TryAgain) as refused:
        await stage.look()
    assert (refused.value.code, refused.value.scope) == ("quota_zero", "account")
    checks = (await ADAPTER.check(stage.account, stage.http)).checks
    assert checks["quota"][0] is False
    assert "Application for Basic API Access" in checks["quota"][1]
    with pytest.raises(Rejected, match="quota is 0"):
        await ADAPTER.connect(stage.standin.values(stage.address), None, stage.http)


async def test_more_edits_than_a_minute_allows_wait(stage: Stage) -> None:
    stage.standin.world.settings.edits_a_minute = 1
    review = stage.standin.review("lovely", 5, "Ida")
    await send(stage, answer_to(review.id))
    with pytest.raises(TryAgain) as refused:
        await send(stage, answer_to(review.id, "again"))
    assert (refused.value.code, refused.value.scope) == ("RATE_LIMIT_EXCEEDED", "account")


async def test_a_token_that_ended_is_renewed() -> None:
    clock = FixedClock(utc_now())
    async with staged(clock) as stage:
        clock.advance(timedelta(hours=2))
        with pytest.raises(Reconnect):
            await stage.look()
        assert ADAPTER.refresh is not None
        fresh = await ADAPTER.refresh(stage.account, stage.http)
        assert fresh.expires_at is not None
        stage.account = msgspec.structs.replace(
            stage.account, secrets={**stage.account.secrets, **fresh.secrets}
        )
        assert await stage.look() == []
        stage.standin.world.refresh_token = "another one"
        with pytest.raises(Reconnect, match="testing"):
            await ADAPTER.refresh(stage.account, stage.http)


async def test_connecting_from_consent_to_the_first_look(stage: Stage) -> None:
    authorization = ADAPTER.authorization
    assert authorization is not None
    values = {
        key: stage.standin.values(stage.address)[key] for key in ("client_id", "client_secret", "base_url")
    }
    verifier, back = "v" * 64, "https://hark.example/authorized"
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    async with httpx.AsyncClient(trust_env=False) as person:
        answer = await person.get(authorization.begin(values, back, "state-1", challenge))
    came = httpx.URL(answer.headers["location"]).params
    assert came["state"] == "state-1"
    (choice,) = await authorization.finish(values, came["code"], back, verifier, stage.http)
    assert (choice.id, choice.name) == (stage.standin.world.location, "Stand-in Bakery (1 Main Street)")
    connected = await ADAPTER.connect(choice.values, None, stage.http)
    assert connected.platform_account_id == stage.standin.world.location
    assert connected.expires_at is not None
    assert connected.generated["access_token"].reveal() in stage.standin.world.access


async def test_a_code_is_worth_nothing_without_its_verifier(stage: Stage) -> None:
    authorization = ADAPTER.authorization
    assert authorization is not None
    values = {
        key: stage.standin.values(stage.address)[key] for key in ("client_id", "client_secret", "base_url")
    }
    async with httpx.AsyncClient(trust_env=False) as person:
        answer = await person.get(authorization.begin(values, "https://hark.example/a", "s", "c" * 43))
    code = httpx.URL(answer.headers["location"]).params["code"]
    with pytest.raises(Rejected, match="Start again"):
        await authorization.finish(values, code, "https://hark.example/a", "v" * 64, stage.http)


async def test_a_push_asks_for_a_look(stage: Stage) -> None:
    came: list[WebhookRequest] = []

    async def receive_push(scope: Any, receive: Any, send: Any) -> None:
        query = dict(pair.split("=", 1) for pair in scope["query_string"].decode().split("&"))
        came.append(WebhookRequest("POST", {}, query, (await receive())["body"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    assert ADAPTER.subscribe is not None
    (step,) = await ADAPTER.subscribe(stage.account, stage.http)
    assert "push subscription" in step
    async with serving(receive_push) as hook:
        stage.standin.push_to = f"http://{hook}/webhooks/google_reviews/k82"
        stage.standin.review("lovely", 5, "Ida")
        await until(lambda: came)
    ADAPTER.verify(came[0], stage.account)
    (item,) = ADAPTER.split(came[0].body)
    assert item.platform_account_id == stage.account.platform_account_id
    (notice,) = ADAPTER.normalize(item.payload, utc_now())
    assert isinstance(notice, AccountNotice)
    assert notice.fetch


async def test_the_topic_of_another_program_stays(stage: Stage) -> None:
    stage.standin.world.setting["pubsubTopic"] = "projects/other/topics/reviews"
    assert ADAPTER.subscribe is not None
    step, *_ = await ADAPTER.subscribe(stage.account, stage.http)
    assert "another topic" in step
    assert stage.standin.world.setting["pubsubTopic"] == "projects/other/topics/reviews"


async def test_a_sound_connection_is_healthy(stage: Stage) -> None:
    assert ADAPTER.subscribe is not None
    await ADAPTER.subscribe(stage.account, stage.http)
    health = await ADAPTER.check(stage.account, stage.http)
    assert health.ok, health.checks
    assert set(health.checks) == {"token", "quota", "role", "verified", "subscription"}
