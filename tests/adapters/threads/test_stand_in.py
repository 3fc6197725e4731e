"""The stand-in and the real adapter against each other over HTTP, and the stand-in's own rules."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hark.adapters.threads import ADAPTER
from hark.channels.contract import (
    Ability,
    Account,
    AccountNotice,
    Action,
    Deletion,
    InboundEvent,
    Message,
    Outbound,
    Reconnect,
    Rejected,
    Sent,
    Source,
    TryAgain,
    WebhookRequest,
)
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret
from hark.standins import threads
from hark.standins.kit import Fault
from hark.standins.threads import ThreadsStandIn, create_standin
from tests.adapters.facebook.serving import Receiver, listening
from tests.adapters.threads.bodies import PICTURE
from tests.support.waiting import until


class Hook(Receiver):
    """Our side of the webhook, with the adapter of Threads."""

    def _answer(self, request: WebhookRequest) -> tuple[int, str]:
        ADAPTER.verify(request, self.account)
        self.bodies.append(request.body)
        return 200, ""

    @property
    def events(self) -> list[InboundEvent]:
        items = [item for body in self.bodies for item in ADAPTER.split(body)]
        return [event for item in items for event in ADAPTER.normalize(item.payload, utc_now())]


class Stage(msgspec.Struct):
    standin: ThreadsStandIn
    hook: Hook
    http: GuardedHttp
    account: Account
    values: dict[str, str]

    async def told(self, count: int) -> list[InboundEvent]:
        await until(lambda: len(self.hook.events) >= count)
        return self.hook.events

    async def look(self, **state: Any) -> list[Any]:
        """Everything that is listed, as events."""
        assert ADAPTER.fetch_page is not None
        account, cursor, events = msgspec.structs.replace(self.account, state=state), None, []
        while True:
            page = await ADAPTER.fetch_page(cursor, None, account, self.http)
            events += [event for item in page.items for event in ADAPTER.normalize(item.payload, utc_now())]
            if page.next is None:
                return events
            cursor = page.next

    def outbound(self, message: Message, text: str, **more: Any) -> Outbound:
        thread = message.thread
        base: dict[str, Any] = {"reference": UUID(int=9), "recipient": None, "at": utc_now(), "text": text}
        return Outbound(
            **{**base, "source": thread.source, "thread_key": thread.key, "reply_to": thread.reply_to, **more}
        )

    async def answer(self, message: Any, text: str, **more: Any) -> Sent:
        return await ADAPTER.send(self.outbound(message, text, **more), self.account, self.http)

    async def act(self, ability: Ability, target: str, author: str | None = None) -> None:
        assert ADAPTER.perform is not None
        action = Action(ability, "1", target=target, author=author)
        await ADAPTER.perform(action, self.account, self.http)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    standin, hook, http = create_standin(), Hook(), GuardedHttp(allow_private=True)
    async with listening(standin) as address, listening(hook) as hooks:
        values = standin.values(address)
        connected = await ADAPTER.connect(values, None, http)
        account = Account(
            UUID(int=1),
            UUID(int=2),
            connected.platform_account_id,
            connected.name,
            secrets={key: Secret(values[key]) for key in ("access_token", "app_secret")},
            fields={"base_url": address, **connected.fields},
        )
        hook.account = account
        standin.callback = f"{hooks}/webhooks/threads/k1"
        yield Stage(standin, hook, http, account, values)
        await standin.aclose()
        await http.aclose()


def test_it_imports_nothing_of_the_product() -> None:
    for path in Path(threads.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("hark."):
                assert node.module.startswith(("hark.standins.", "hark.kernel")), node.module


async def test_a_reply_comes_in_an_answer_goes_out_and_both_are_listed_in_one_conversation(
    stage: Stage,
) -> None:
    reply = await stage.standin.say("How much?")
    (message,) = await stage.told(1)
    assert isinstance(message, Message)
    sent = await stage.answer(message, "49 euros")
    listed = {event.id: event for event in await stage.look() if isinstance(event, Message)}
    assert listed.keys() == {reply, sent.platform_message_id}
    assert listed[reply].thread.key == listed[sent.platform_message_id].thread.key == message.thread.key
    assert listed[sent.platform_message_id].author.us


async def test_our_own_reply_is_told_as_something_to_ask_for_and_stays_ours(stage: Stage) -> None:
    await stage.standin.say("How much?")
    (message,) = await stage.told(1)
    sent = await stage.answer(message, "49 euros")
    notice = (await stage.told(2))[1]
    assert isinstance(notice, AccountNotice)
    assert notice.fetch
    own = (await stage.look(**notice.state))[0]
    assert (own.id, own.author.us, own.thread.key) == (
        sent.platform_message_id,
        True,
        message.thread.key,  # type: ignore[union-attr]
    )


async def test_told_and_listed_things_have_the_same_keys(stage: Stage) -> None:
    first = await stage.standin.say("How much?")
    stage.standin.reply(stage.standin.world.posts[first], "teo.example", "Me too")
    await stage.standin.say("is great", source="mention")
    await stage.told(3)
    told = {item.dedup_key for body in stage.hook.bodies for item in ADAPTER.split(body)}
    assert ADAPTER.fetch_page is not None
    cursor, listed = None, set()
    while True:
        page = await ADAPTER.fetch_page(cursor, None, stage.account, stage.http)
        listed |= {item.dedup_key for item in page.items}
        if page.next is None:
            break
        cursor = page.next
    assert listed == told


async def test_a_mention_is_answered_under_the_post_that_mentions(stage: Stage) -> None:
    post = await stage.standin.say("is great", source="mention")
    (message,) = await stage.told(1)
    assert isinstance(message, Message)
    assert message.thread.source is Source.MENTION
    await stage.answer(message, "Thank you")
    assert [each.place for each in stage.standin.accepted()] == [post]


async def test_a_reply_is_hidden_shown_and_ours_deleted(stage: Stage) -> None:
    reply = await stage.standin.say("Rubbish")
    (message,) = await stage.told(1)
    await stage.act(Ability.HIDE, reply)
    assert stage.standin.world.posts[reply].hidden == "HIDDEN"
    assert [event.hidden for event in await stage.look() if not isinstance(event, Message)] == [True]
    await stage.act(Ability.UNHIDE, reply)
    with pytest.raises(Rejected, match="not_ours"):
        await stage.act(Ability.DELETE, reply, "customer.1")
    sent = await stage.answer(message, "Sorry")
    await stage.act(Ability.DELETE, sent.platform_message_id, "standin.bakery")
    await stage.act(Ability.DELETE, sent.platform_message_id, "standin.bakery")
    assert stage.standin.world.alive(sent.platform_message_id) is None


async def test_what_people_delete_is_told(stage: Stage) -> None:
    reply = await stage.standin.say("Oops")
    stage.standin.delete(stage.standin.world.posts[reply])
    events = await stage.told(2)
    assert isinstance(events[1], Deletion)
    assert events[1].target == reply


async def test_a_picture_is_waited_for_and_published(stage: Stage) -> None:
    await stage.standin.say("Show me")
    (message,) = await stage.told(1)
    sent = await stage.answer(message, "Here", attachments=(PICTURE,))
    assert stage.standin.world.posts[sent.platform_message_id].image == PICTURE.url


async def test_a_lost_confirmation_is_found_by_looking_and_nothing_is_there_when_preparing_failed(
    stage: Stage,
) -> None:
    assert ADAPTER.look_up is not None
    await stage.standin.say("How much?")
    (message,) = await stage.told(1)
    assert isinstance(message, Message)
    outbound = stage.outbound(message, "49 euros")
    stage.standin.faults.rules.append(Fault("cut_after", on="POST /v1.0/me/threads", times=1))
    with pytest.raises(TryAgain):
        await ADAPTER.send(outbound, stage.account, stage.http)
    assert stage.standin.accepted() == []
    stage.standin.faults.rules.append(Fault("cut_after", on="POST /v1.0/me/threads_publish", times=1))
    with pytest.raises(Exception, match="no_answer"):
        await ADAPTER.send(outbound, stage.account, stage.http)
    found = await ADAPTER.look_up(outbound, stage.account, stage.http)
    assert isinstance(found, Sent)
    assert found.platform_message_id == stage.standin.accepted()[0].id


async def test_the_limit_of_the_day_and_of_the_text_are_held(stage: Stage) -> None:
    await stage.standin.say("How much?")
    (message,) = await stage.told(1)
    with pytest.raises(Rejected):
        await stage.answer(message, "😀" * 126)
    await stage.answer(message, "😀" * 125)
    world = stage.standin.world
    world.published.extend([world.now()] * 999)
    with pytest.raises(TryAgain, match="4/1349210"):
        await stage.answer(message, "one more")
    assert not (await ADAPTER.check(stage.account, stage.http)).checks["quota"][0]


async def test_login_renewal_and_a_lost_right(stage: Stage) -> None:
    assert ADAPTER.authorization is not None
    assert ADAPTER.refresh is not None
    world = stage.standin.world
    (choice,) = await ADAPTER.authorization.finish(stage.values, world.profile.code, "x", "", stage.http)
    assert choice.id == world.profile.id
    renewed = await ADAPTER.refresh(stage.account, stage.http)
    account = msgspec.structs.replace(stage.account, secrets={**stage.account.secrets, **renewed.secrets})
    assert (await ADAPTER.check(account, stage.http)).ok
    world.profile.scopes.remove("threads_manage_replies")
    assert not (await ADAPTER.check(account, stage.http)).checks["scopes"][0]
    world.profile.dead = True
    with pytest.raises(Reconnect, match="190/463"):
        await ADAPTER.refresh(account, stage.http)
