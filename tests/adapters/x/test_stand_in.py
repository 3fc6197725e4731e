"""The adapter and the stand-in, each written from X's documentation, understand one another over real sockets."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import msgspec
import pytest

from hark.adapters.x import ADAPTER
from hark.adapters.x.errors import NOT_SUMMONED
from hark.channels.contract import (
    Ability,
    Account,
    AccountNotice,
    Action,
    Deletion,
    Edit,
    Message,
    Outbound,
    OutboundAttachment,
    PlatformProblem,
    Receipt,
    Reconnect,
    Rejected,
    Sent,
    Source,
    TryAgain,
    Unconfirmed,
)
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret
from hark.standins.kit import Fault, WebhookFaults
from tests.adapters.x.serving import Stage, events_of, pages, staged
from tests.support.waiting import until

PNG = OutboundAttachment("image", "lamp.png", "image/png", b"\x89PNG" + b"1" * 100, alt="An oak lamp")
FILM = OutboundAttachment("video", "lamp.mp4", "video/mp4", b"film" * 1_500_000)
HOUR = timedelta(hours=1)
perform, subscribe, look_up, refresh = ADAPTER.perform, ADAPTER.subscribe, ADAPTER.look_up, ADAPTER.refresh
assert perform is not None
assert subscribe is not None
assert look_up is not None
assert refresh is not None


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


def reply_to(message: Message, text: str = "Yes, until six.", **more: Any) -> Outbound:
    customer = message.thread.customer
    base: dict[str, Any] = {
        "reference": uuid4(),
        "source": message.thread.source,
        "thread_key": message.thread.key,
        "recipient": customer.id if customer else None,
        "at": utc_now(),
        "text": text,
        "reply_to": message.thread.reply_to,
    }
    return Outbound(**{**base, **more})


async def said(stage: Stage, text: str = "Are you open?", source: str = "dm", person: str = "1") -> Message:
    """What somebody says, as it is read from the lists."""
    own = await stage.x.say(text, source=source, person=person)
    found = await read(stage)
    return next(event for event in found if isinstance(event, Message) and event.id == own)


async def read(stage: Stage) -> list[Any]:
    return events_of(await pages(stage.account, stage.http, utc_now() - HOUR))


async def send(stage: Stage, outbound: Outbound) -> Sent:
    return await ADAPTER.send(outbound, stage.account, stage.http)


async def fails(stage: Stage, outbound: Outbound) -> PlatformProblem:
    with pytest.raises(PlatformProblem) as raised:
        await send(stage, outbound)
    return raised.value


# Connecting --------------------------------------------------------------------------------------------------------------


async def test_connecting_finds_the_account_and_makes_the_apps_own_token(stage: Stage) -> None:
    assert (stage.account.platform_account_id, stage.account.name) == (stage.x.world.us.id, "@fjord_lamps")
    assert stage.account.secrets["bearer_token"].reveal() == stage.x.keys.bearer


async def test_subscribing_answers_the_challenge_and_subscribes_to_everything_once(stage: Stage) -> None:
    before = await ADAPTER.check(stage.account, stage.http)
    assert not before.checks["webhook"][0]
    assert await subscribe(stage.account, stage.http) == ()
    assert await subscribe(stage.account, stage.http) == ()
    assert stage.receiver.challenges == 1
    assert len(stage.x.world.subscriptions) == 10
    after = await ADAPTER.check(stage.account, stage.http)
    assert after.ok, after.checks


async def test_a_wrong_consumer_secret_fails_the_challenge(stage: Stage) -> None:
    wrong = {**stage.account.secrets, "consumer_secret": Secret("another")}
    stage.receiver.account = msgspec.structs.replace(stage.account, secrets=wrong)
    (step,) = await subscribe(stage.account, stage.http)
    assert "CrcValidationFailed" in step


async def test_oauth_1_alone_answers_but_cannot_subscribe_to_private_events(stage: Stage) -> None:
    await stage.connect(oauth2_access_token="", oauth2_refresh_token="")
    message = await said(stage)
    assert (await send(stage, reply_to(message))).platform_message_id
    (step,) = await subscribe(stage.account, stage.http)
    assert "OAuth 2" in step
    sentence = (await ADAPTER.check(stage.account, stage.http)).checks["subscription"][1]
    assert "authorize the account by OAuth 2" in sentence


async def test_authorizing_leads_to_tokens_that_connect(stage: Stage) -> None:
    assert ADAPTER.authorization is not None
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    known = {"client_id": stage.x.keys.client_id, "client_secret": stage.x.keys.client_secret}
    values = {**known, "base_url": stage.address}
    back = "https://hark.example/oauth"
    address = ADAPTER.authorization.begin(values, back, "state-1", challenge)
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(address)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"] == ["state-1"]
    with pytest.raises(Rejected):
        await ADAPTER.authorization.finish(values, "guessed", back, verifier, stage.http)
    (choice,) = await ADAPTER.authorization.finish(values, query["code"][0], back, verifier, stage.http)
    connected = await ADAPTER.connect(choice.values, None, stage.http)
    assert connected.platform_account_id == choice.id == stage.x.world.us.id
    assert connected.expires_at is not None


async def test_tokens_end_after_two_hours_and_are_renewed_once_each(stage: Stage) -> None:
    message = await said(stage)
    stage.x.world.shift += timedelta(hours=2, seconds=1)
    assert isinstance(await fails(stage, reply_to(message)), Reconnect)
    with pytest.raises(Reconnect):
        await ADAPTER.check(stage.account, stage.http)
    old = stage.account
    renewed = await refresh(old, stage.http)
    stage.account = msgspec.structs.replace(old, secrets={**old.secrets, **renewed.secrets})
    assert renewed.expires_at is not None
    assert (await send(stage, reply_to(message))).platform_message_id
    with pytest.raises(Reconnect):
        await refresh(old, stage.http)
    assert await refresh(stage.account, stage.http)


# What comes --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("product", ["activity", "account_activity"])
async def test_both_products_tell_the_same_things_as_the_lists(stage: Stage, product: str) -> None:
    await stage.connect(product=product)
    await subscribe(stage.account, stage.http)
    for source in ("dm", "mention", "comment"):
        await stage.x.say(f"A lamp & <light> {source} https://shop.example/a?b=1&c=2", source=source)
    told = {event.id: event for event in await stage.settle() if isinstance(event, Message)}
    listed = {event.id: event for event in await read(stage) if isinstance(event, Message)}
    assert told.keys() == listed.keys()
    assert len(told) == 3
    for own, event in told.items():
        twin = listed[own]
        assert (event.text, event.author, event.thread.source) == (twin.text, twin.author, twin.thread.source)
        assert event.thread.reply_to == twin.thread.reply_to
        assert event.thread.key == twin.thread.key
        assert abs(event.at - twin.at) < timedelta(seconds=1)
    bodies = [item for body in stage.receiver.bodies for item in ADAPTER.split(body)]
    walked = [
        item for page in await pages(stage.account, stage.http, utc_now() - HOUR) for item in page.items
    ]
    assert {item.dedup_key for item in bodies} == {item.dedup_key for item in walked}


async def test_a_reply_that_names_us_is_told_twice_and_is_one_thing(stage: Stage) -> None:
    await subscribe(stage.account, stage.http)
    await stage.x.say("green too?", source="comment")
    await stage.settle()
    assert len(stage.receiver.bodies) == 2
    assert len([event for event in stage.receiver.events if isinstance(event, Message)]) == 1


async def test_own_words_deletions_reads_and_withdrawn_access_are_told(stage: Stage) -> None:
    await subscribe(stage.account, stage.http)
    mention = await said(stage, "hey", "mention")
    dm = await said(stage)
    posted = await send(stage, reply_to(mention))
    written = await send(stage, reply_to(dm))
    stage.x.tell.read(stage.x.world.person("1"), stage.x.world.dms[written.platform_message_id])
    await perform(action(Ability.DELETE, mention, posted.platform_message_id), stage.account, stage.http)
    stage.x.tell.revoke()
    events = await stage.settle()
    echoes = [event for event in events if isinstance(event, Message) and event.author.us]
    assert {event.id for event in echoes} == {posted.platform_message_id, written.platform_message_id}
    assert {event.thread.key for event in echoes} == {mention.thread.key, dm.thread.key}
    assert [event.target for event in events if isinstance(event, Deletion)] == [posted.platform_message_id]
    assert next(event.target for event in events if isinstance(event, Receipt)) == written.platform_message_id
    assert [event.code for event in events if isinstance(event, AccountNotice)] == ["access_withdrawn"]


async def test_an_edited_mention_keeps_its_id(stage: Stage) -> None:
    first = await said(stage, "is it gren?", "mention")
    stage.x.world.edit(first.id, "is it green? @fjord_lamps")
    again, edit = await read(stage)
    assert isinstance(again, Message)
    assert isinstance(edit, Edit)
    assert (again.id, edit.target, edit.text) == (first.id, first.id, "is it green? @fjord_lamps")
    assert again.thread.key == first.thread.key
    assert again.thread.reply_to["post_id"] != first.id, "an answer goes to the version that is there"


async def test_everything_comes_once_although_it_is_told_often_late_and_in_disorder(stage: Stage) -> None:
    await subscribe(stage.account, stage.http)
    stage.x.faults.webhook = WebhookFaults(copies=3, shuffle=5)
    stage.receiver.statuses = [503, 500]
    texts = {f"Message {number}" for number in range(8)}
    for text in sorted(texts):
        await stage.x.say(text)
    events = await stage.settle()
    assert sorted(event.text or "" for event in events if isinstance(event, Message)) == sorted(texts)


async def test_what_a_webhook_lost_is_found_in_the_lists_and_sent_again_on_request(stage: Stage) -> None:
    await subscribe(stage.account, stage.http)
    stage.receiver.statuses = [503] * 3
    await stage.x.say("Lost?")
    assert await stage.settle() == []
    assert [event.text for event in await read(stage)] == ["Lost?"]
    (hook,) = stage.x.world.webhooks.values()
    hook.valid = False
    line = (await ADAPTER.check(stage.account, stage.http)).checks["webhook"]
    assert (line[0], "switched our webhook off" in line[1]) == (False, True)
    assert await subscribe(stage.account, stage.http) == ()
    assert hook.valid
    assert len(stage.x.setup.replays) == 1
    assert [event.text for event in await stage.settle() if isinstance(event, Message)] == ["Lost?"]


async def test_a_walk_goes_through_all_pages_and_the_next_one_reads_only_what_is_new(stage: Stage) -> None:
    for number in range(230):
        stage.x.write(stage.x.world.person("1"), f"dm {number}")
    for number in range(150):
        stage.x.publish(stage.x.world.person("2"), f"@fjord_lamps mention {number}")
    walked = await pages(stage.account, stage.http, utc_now() - HOUR)
    texts = [event.text for event in events_of(walked)]
    assert len(texts) == len(set(texts)) == 380
    assert [len(page.items) for page in walked] == [100, 50, 20, 100, 100, 10]
    stage.x.world.shift += timedelta(minutes=10)
    await stage.x.say("the last one")
    stage.account = msgspec.structs.replace(stage.account, state=walked[-1].state)
    again = await pages(stage.account, stage.http, stage.x.world.now() - timedelta(minutes=5))
    assert [event.text for event in events_of(again)] == ["the last one"]
    stage.account = msgspec.structs.replace(stage.account, state=again[-1].state)
    stage.x.world.shift += timedelta(minutes=10)
    assert events_of(await pages(stage.account, stage.http, stage.x.world.now() - timedelta(minutes=5))) == []


# What leaves -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["dm", "mention", "comment"])
async def test_an_answer_arrives_as_it_was_written(stage: Stage, source: str) -> None:
    message = await said(stage, source=source)
    text = "a_b *c* <f> & 100 % 😀 مرحبا\n„Zeile“ https://shop.example/x?y=1&z=2"
    sent = await send(stage, reply_to(message, text))
    (accepted,) = stage.x.accepted()
    assert (accepted.id, accepted.text) == (sent.platform_message_id, text)


async def test_files_travel_whole_with_their_description(stage: Stage) -> None:
    dm, mention = await said(stage), await said(stage, "hey", "mention")
    await send(stage, reply_to(dm, attachments=(PNG,)))
    await send(stage, reply_to(mention, "", attachments=(FILM,)))
    picture, film = stage.x.world.media.values()
    assert (picture.content, picture.alt, picture.category) == (PNG.content, "An oak lamp", "dm_image")
    assert (film.content, len(film.pieces), film.category) == (FILM.content, 2, "tweet_video")
    assert film.asked == 1


async def test_a_picture_of_a_direct_message_is_fetched_with_the_accounts_token(stage: Stage) -> None:
    dm = await said(stage)
    await send(stage, reply_to(dm, "Like this", attachments=(PNG,)))
    ours = next(event for event in await read(stage) if isinstance(event, Message) and event.author.us)
    (file,) = ours.attachments
    assert ADAPTER.locate_media is not None
    assert file.file_id is not None
    where = await ADAPTER.locate_media(file.file_id, stage.account, stage.http)
    answer = await stage.http.call("GET", where.url, headers=where.headers)
    assert (answer.status, answer.body) == (200, PNG.content)


async def test_a_comment_that_does_not_name_us_is_refused_before_x_is_asked(stage: Stage) -> None:
    post = stage.x.publish(stage.x.world.person("1"), "lovely", answers=stage.x.world.first.id)
    comment = next(event for event in await read(stage) if isinstance(event, Message) and event.id == post.id)
    assert comment.thread.source is Source.COMMENT
    stage.x.calls.clear()
    problem = await fails(stage, reply_to(comment))
    assert (problem.code, problem.message, problem.http_status) == ("not_summoned", NOT_SUMMONED, None)
    assert stage.x.calls.all() == []
    unknown = {**comment.thread.reply_to, "summoned": ""}
    refused = await fails(stage, reply_to(comment, reply_to=unknown))
    assert (refused.code, refused.message, refused.http_status) == ("not_summoned", NOT_SUMMONED, 403)
    private = await send(stage, reply_to(comment, private_to=comment.id))
    assert (private.thread_source, private.thread_key) == (Source.DM, stage.x.world.pair(comment.author.id))
    stage.x.posts.enterprise = True
    stage.account = msgspec.structs.replace(
        stage.account, fields={**stage.account.fields, "plan": "enterprise"}
    )
    assert (await send(stage, reply_to(comment))).platform_message_id


async def test_who_accepts_no_messages_is_not_written_to(stage: Stage) -> None:
    dm = await said(stage)
    stage.x.world.person("1").accepts_messages = False
    problem = await fails(stage, reply_to(dm))
    assert isinstance(problem, Rejected)
    assert problem.unreachable


async def test_an_answer_to_a_post_that_is_gone_is_refused(stage: Stage) -> None:
    mention = await said(stage, "hey", "mention")
    del stage.x.world.posts[mention.id]
    assert isinstance(await fails(stage, reply_to(mention)), Rejected)


def action(
    ability: Ability, message: Message, target: str | None = None, author: str | None = None
) -> Action:
    return Action(
        ability,
        thread_key=message.thread.key,
        reply_to=message.thread.reply_to,
        recipient=message.thread.customer.id if message.thread.customer else None,
        target=target or message.id,
        author=author,
    )


async def test_hiding_liking_blocking_and_deleting_work_and_may_be_repeated(stage: Stage) -> None:
    comment, dm = await said(stage, "boo", "comment"), await said(stage)
    sent = await send(stage, reply_to(dm))
    with pytest.raises(Rejected, match="enterprise"):
        await perform(action(Ability.LIKE, comment), stage.account, stage.http)
    stage.x.posts.enterprise = True
    stage.account = msgspec.structs.replace(
        stage.account, fields={**stage.account.fields, "plan": "enterprise"}
    )
    for _ in range(2):
        await perform(action(Ability.HIDE, comment), stage.account, stage.http)
        await perform(action(Ability.LIKE, comment), stage.account, stage.http)
        await perform(action(Ability.BAN, dm), stage.account, stage.http)
        await perform(action(Ability.DELETE, dm, sent.platform_message_id), stage.account, stage.http)
    world = stage.x.world
    assert (world.posts[comment.id].hidden, world.liked, world.person("1").blocked) == (
        True,
        {comment.id},
        True,
    )
    assert sent.platform_message_id not in world.dms
    await perform(action(Ability.UNHIDE, comment), stage.account, stage.http)
    await perform(action(Ability.UNLIKE, comment), stage.account, stage.http)
    await perform(action(Ability.UNBAN, dm), stage.account, stage.http)
    assert (world.posts[comment.id].hidden, world.liked, world.person("1").blocked) == (False, set(), False)


# What goes wrong ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["dm", "mention", "comment"])
async def test_a_send_whose_answer_is_lost_is_found_by_looking(stage: Stage, source: str) -> None:
    message = await said(stage, source=source)
    outbound = reply_to(message, "Yes & no, see https://shop.example/help?a=1&b=2")
    stage.x.faults.rules = [Fault("cut_after", on="POST /2/", times=1)]
    assert isinstance(await fails(stage, outbound), Unconfirmed)
    found = await look_up(outbound, stage.account, stage.http)
    (accepted,) = stage.x.accepted()
    assert isinstance(found, Sent)
    assert found.platform_message_id == accepted.id


async def test_a_send_that_never_arrived_is_not_taken_for_an_older_one(stage: Stage) -> None:
    dm, mention = await said(stage), await said(stage, "hey", "mention")
    await send(stage, reply_to(dm))
    stage.x.world.shift += timedelta(minutes=1)
    for message in (dm, mention):
        outbound = reply_to(message, at=stage.x.world.now())
        stage.x.faults.rules = [Fault("cut", on="POST /2/", times=1)]
        assert isinstance(await fails(stage, outbound), Unconfirmed)
        assert not isinstance(await look_up(outbound, stage.account, stage.http), Sent)


async def test_a_post_sent_again_after_a_lost_answer_is_recognized_as_the_first(stage: Stage) -> None:
    mention = await said(stage, "hey", "mention")
    outbound = reply_to(mention)
    stage.x.faults.rules = [Fault("cut_after", on="POST /2/tweets", times=1)]
    assert isinstance(await fails(stage, outbound), Unconfirmed)
    again = await send(stage, outbound)
    assert [each.id for each in stage.x.accepted()] == [again.platform_message_id]


async def test_the_limit_of_messages_is_told_before_it_is_met(stage: Stage) -> None:
    dm = await said(stage)
    stage.tally.quotas.clear()
    for number in range(15):
        await send(stage, reply_to(dm, f"{number}"))
    assert [remaining for _, remaining, _, _ in stage.tally.quotas] == list(range(14, -1, -1))
    assert {kind for kind, _, _, _ in stage.tally.quotas} == {"send:messages"}
    problem = await fails(stage, reply_to(dm, "one too many"))
    assert isinstance(problem, TryAgain)
    assert problem.scope == "account"
    assert problem.retry_after is not None
    assert 800 < problem.retry_after <= 903
    mention = await said(stage, "hey", "mention")
    assert (await send(stage, reply_to(mention))).platform_message_id, "posts have a limit of their own"
    stage.x.world.shift += timedelta(seconds=problem.retry_after + 1)
    assert (await send(stage, reply_to(dm, "after the wait"))).platform_message_id


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("status", status=503, times=1), Unconfirmed),
        (Fault("status", status=502, body="html", times=1), Unconfirmed),
        (Fault("status", status=429, retry_after="7", times=1), TryAgain),
        (Fault("status", status=401, times=1), Reconnect),
        (Fault("cut", times=1), Unconfirmed),
    ],
    ids=["503", "html", "429", "401", "cut"],
)
async def test_a_fault_while_sending_has_its_class(
    stage: Stage, fault: Fault, kind: type[PlatformProblem]
) -> None:
    dm = await said(stage)
    stage.x.faults.rules = [fault]
    problem = await fails(stage, reply_to(dm))
    assert isinstance(problem, kind)
    if isinstance(problem, TryAgain):
        assert problem.retry_after == 7


async def test_an_upload_that_fails_is_tried_again_and_nothing_is_doubled(stage: Stage) -> None:
    dm = await said(stage)
    stage.x.faults.rules = [Fault("cut_after", on="POST /2/media/upload", times=1)]
    assert isinstance(await fails(stage, reply_to(dm, attachments=(PNG,))), TryAgain)
    await send(stage, reply_to(dm, attachments=(PNG,)))
    assert len(stage.x.accepted()) == 1


async def test_what_calls_cost_is_counted(stage: Stage) -> None:
    dm, mention = await said(stage), await said(stage, "hey", "mention")
    stage.tally.spent.clear()
    await send(stage, reply_to(dm))
    await send(stage, reply_to(mention))
    await send(stage, reply_to(mention, "See https://shop.com/help"))
    assert [(kind, usd) for kind, _, usd in stage.tally.spent] == [
        ("dm_create", 0.015),
        ("post_create_summoned", 0.01),
        ("post_create_with_url", 0.2),
    ]
    stage.tally.spent.clear()
    await read(stage)
    kinds = {kind: (units, usd) for kind, units, usd in stage.tally.spent}
    assert kinds["post_read"] == (1, 0.005)
    assert kinds["dm_read"] == (2, 0.02)


async def test_what_is_said_is_there_to_be_polled_without_any_webhook(stage: Stage) -> None:
    stage.account = account_without_hook(stage.account)
    await stage.x.say("hello")
    assert [event.text for event in await read(stage)] == ["hello"]
    health = await ADAPTER.check(stage.account, stage.http)
    assert health.ok
    assert "looks for news" in health.checks["webhook"][1]
    await until(lambda: stage.x.notifier.idle)
    assert stage.receiver.bodies == []


def account_without_hook(account: Account) -> Account:
    return msgspec.structs.replace(account, webhook_url=None)
