"""The stand-in and the real adapter against each other over HTTP, and the stand-in's own rules."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hark.adapters.instagram import ADAPTER
from hark.channels.contract import (
    Ability,
    Account,
    AccountNotice,
    Action,
    Deletion,
    Edit,
    InboundEvent,
    Message,
    Outbound,
    Reaction,
    Receipt,
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
from hark.standins import instagram
from hark.standins.instagram import InstagramStandIn, create_standin
from hark.standins.kit import Fault, WebhookFaults
from tests.adapters.facebook.serving import Receiver, listening
from tests.support.waiting import until


class Hook(Receiver):
    """Our side of the webhook, with Instagram's adapter."""

    def _answer(self, request: WebhookRequest) -> tuple[int, str]:
        assert ADAPTER.challenge is not None
        if request.method == "GET":
            challenge = ADAPTER.challenge(request, self.account)
            return (200, challenge) if challenge else (403, "")
        ADAPTER.verify(request, self.account)
        self.bodies.append(request.body)
        return 200, ""

    @property
    def events(self) -> list[InboundEvent]:
        items = [item for body in self.bodies for item in ADAPTER.split(body)]
        return [event for item in items for event in ADAPTER.normalize(item.payload, utc_now())]


class Stage(msgspec.Struct):
    standin: InstagramStandIn
    hook: Hook
    http: GuardedHttp
    account: Account
    values: dict[str, str]

    async def told(self, count: int) -> list[InboundEvent]:
        await until(lambda: len(self.hook.events) >= count)
        return self.hook.events

    def outbound(self, text: str, source: Source = Source.DM, **more: Any) -> Outbound:
        base: dict[str, Any] = {
            "reference": UUID(int=9),
            "recipient": None,
            "at": utc_now(),
            "thread_key": "",
        }
        return Outbound(**{**base, "source": source, "text": text, **more})

    async def answer(self, message: Message, text: str, **more: Any) -> Sent:
        thread = message.thread
        customer = thread.customer.id if thread.customer else None
        known = {"thread_key": thread.key, "reply_to": thread.reply_to, "recipient": customer}
        return await ADAPTER.send(
            self.outbound(text, thread.source, **{**known, **more}), self.account, self.http
        )

    async def act(self, ability: Ability, message: Message, **more: Any) -> None:
        assert ADAPTER.perform is not None
        customer = message.thread.customer
        who = customer.id if customer else None
        action = Action(ability, message.thread.key, recipient=who, **{"target": message.id, **more})
        await ADAPTER.perform(action, self.account, self.http)


@asynccontextmanager
async def staged(linked: bool) -> AsyncIterator[Stage]:
    standin, hook, http = create_standin(), Hook(), GuardedHttp(allow_private=True)
    async with listening(standin) as address, listening(hook) as hooks:
        values = standin.linked_values(address) if linked else standin.values(address)
        url = f"{hooks}/webhooks/instagram/k1"
        connected = await ADAPTER.connect(values, url, http)
        secret = {key: Secret(values[key]) for key in ("access_token", "app_secret")}
        account = Account(
            UUID(int=1),
            UUID(int=2),
            connected.platform_account_id,
            connected.name,
            secrets={**secret, **connected.generated},
            fields={"base_url": address, **connected.fields},
            webhook_url=url,
        )
        hook.account = account
        assert ADAPTER.subscribe is not None
        assert await ADAPTER.subscribe(account, http) == ()
        yield Stage(standin, hook, http, account, values)
        await standin.aclose()
        await http.aclose()


@pytest.fixture(params=[False, True], ids=["own login", "page"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with staged(request.param) as found:
        yield found


def test_it_imports_nothing_of_the_product() -> None:
    for path in Path(instagram.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                if name and name.startswith("hark."):
                    assert name.startswith(("hark.standins.", "hark.kernel")), name


async def test_a_connection_by_either_login_is_healthy(stage: Stage) -> None:
    assert stage.account.platform_account_id == stage.standin.world.account.id
    health = await ADAPTER.check(stage.account, stage.http)
    assert health.ok, health.checks
    stage.standin.world.account.dead = True
    assert not (await ADAPTER.check(stage.account, stage.http)).checks["token"][0]


async def test_a_message_comes_in_an_answer_goes_out_and_its_echo_is_ours(stage: Stage) -> None:
    mid = await stage.standin.say("Is it open?")
    (message,) = await stage.told(1)
    assert isinstance(message, Message)
    assert (message.id, message.text) == (mid, "Is it open?")
    sent = await stage.answer(message, "Yes, until 8 🥐")
    echo = (await stage.told(2))[1]
    assert isinstance(echo, Message)
    assert (echo.id, echo.author.us, echo.thread.key) == (sent.platform_message_id, True, message.thread.key)
    assert [each.text for each in stage.standin.accepted()] == ["Yes, until 8 🥐"]


async def test_everything_about_a_message_arrives(stage: Stage) -> None:
    mid = await stage.standin.say("Hello")
    ours = (await stage.answer((await stage.told(1))[0], "Hi")).platform_message_id  # type: ignore[arg-type]
    found = stage.standin.world.message
    stage.standin._change("edit", *found(mid), {"text": "Hallo"})  # type: ignore[misc]
    stage.standin._change("react", *found(ours), {"emoji": "❤️"})  # type: ignore[misc]
    stage.standin._change("seen", *found(ours), {})  # type: ignore[misc]
    stage.standin._change("unsend", *found(mid), {})  # type: ignore[misc]
    events = (await stage.told(6))[2:]
    assert [type(event) for event in events] == [Edit, Reaction, Receipt, Deletion]
    assert [event.target for event in events] == [mid, ours, ours, mid]  # type: ignore[union-attr]


async def test_a_comment_is_answered_hidden_shown_and_deleted(stage: Stage) -> None:
    comment = await stage.standin.say("How much?", source="comment")
    (message,) = await stage.told(1)
    assert isinstance(message, Message)
    sent = await stage.answer(message, "49 euros")
    own = (await stage.told(2))[1]
    assert isinstance(own, Message)
    assert (own.id, own.author.us, own.thread.key) == (sent.platform_message_id, True, comment)
    world = stage.standin.world
    await stage.act(Ability.HIDE, message)
    assert world.comments[comment].hidden
    with pytest.raises(Rejected):
        await stage.answer(message, "hidden ones take no answers")
    await stage.act(Ability.UNHIDE, message)
    assert not world.comments[comment].hidden
    await stage.act(Ability.DELETE, message)
    await stage.act(Ability.DELETE, message)
    assert comment not in world.comments


async def test_a_comment_takes_one_private_answer_within_seven_days(stage: Stage) -> None:
    await stage.standin.say("How much?", source="comment")
    (message,) = await stage.told(1)
    assert isinstance(message, Message)
    sent = await stage.answer(message, "49 euros", private_to=message.id)
    assert sent.thread_source is Source.DM
    assert sent.thread_key in stage.standin.world.conversations
    with pytest.raises(Rejected, match="10900"):
        await stage.answer(message, "again", private_to=message.id)


async def test_a_live_comment_is_answered_privately_while_it_runs(stage: Stage) -> None:
    standin = stage.standin
    live = standin.world.add_media("", "LIVE")
    standin.comment(live, "1", "first")
    standin.comment(live, "2", "second")
    first, second = await stage.told(2)
    assert isinstance(first, Message)
    assert isinstance(second, Message)
    with pytest.raises(Rejected, match="live_comment"):
        await stage.answer(first, "publicly")
    await stage.answer(first, "privately", private_to=first.id)
    live.live = False
    with pytest.raises(Rejected, match="10903"):
        await stage.answer(second, "too late", private_to=second.id)


async def test_a_mention_is_told_completed_and_answered() -> None:
    async with staged(linked=True) as stage:
        assert ADAPTER.fetch_page is not None
        assert ADAPTER.fetch_profile is not None
        media = await stage.standin.say("is great", source="mention")
        message, notice = await stage.told(2)
        assert isinstance(message, Message)
        assert isinstance(notice, AccountNotice)
        account = msgspec.structs.replace(stage.account, state=notice.state)
        page = await ADAPTER.fetch_page(None, None, account, stage.http)
        (edit,) = [event for item in page.items for event in ADAPTER.normalize(item.payload, utc_now())]
        assert isinstance(edit, Edit)
        assert (edit.target, edit.text) == (media, "@standin.bakery is great")
        profile = await ADAPTER.fetch_profile(message.author.id, stage.account, stage.http)
        assert profile is not None
        assert profile.author.handle == "customer.1"
        await stage.answer(message, "Thank you")
        assert [each.place for each in stage.standin.accepted()] == [media]


async def test_an_own_login_is_told_of_no_mentions() -> None:
    async with staged(linked=False) as stage:
        await stage.standin.say("is great", source="mention")
        await stage.standin.say("Hello")
        (message,) = await stage.told(1)
        assert isinstance(message, Message)
        assert message.thread.source is Source.DM


async def test_history_and_notifications_are_the_same_things_under_the_same_keys(stage: Stage) -> None:
    assert ADAPTER.fetch_page is not None
    mid = await stage.standin.say("Hello")
    await stage.answer((await stage.told(1))[0], "Hi")  # type: ignore[arg-type]
    comment = await stage.standin.say("How much?", source="comment")
    media = next(stage.standin.world.own_media())
    stage.standin.comment(media, "2", "me too", comment)
    await stage.told(4)
    told = {item.dedup_key for body in stage.hook.bodies for item in ADAPTER.split(body)}
    cursor, listed = None, set()
    while True:
        page = await ADAPTER.fetch_page(cursor, None, stage.account, stage.http)
        listed |= {item.dedup_key for item in page.items}
        if page.next is None:
            break
        cursor = page.next
    assert listed == told
    assert f"message:{mid}" in listed


async def test_a_send_whose_answer_is_lost_is_found_by_looking(stage: Stage) -> None:
    assert ADAPTER.look_up is not None
    await stage.standin.say("Hello")
    (message,) = await stage.told(1)
    assert isinstance(message, Message)
    outbound = stage.outbound("Hi", recipient=message.thread.key, thread_key=message.thread.key)
    stage.standin.faults.rules.append(Fault("cut_after", on="POST", times=1))
    with pytest.raises(Exception, match="no_answer"):
        await ADAPTER.send(outbound, stage.account, stage.http)
    found = await ADAPTER.look_up(outbound, stage.account, stage.http)
    assert isinstance(found, Sent)
    assert found.platform_message_id == stage.standin.accepted()[0].id


async def test_a_renewed_token_works_and_the_old_one_no_longer() -> None:
    async with staged(linked=False) as stage:
        assert ADAPTER.refresh is not None
        renewed = await ADAPTER.refresh(stage.account, stage.http)
        account = msgspec.structs.replace(stage.account, secrets={**stage.account.secrets, **renewed.secrets})
        assert (await ADAPTER.check(account, stage.http)).checks["token"][0]
        assert not (await ADAPTER.check(stage.account, stage.http)).checks["token"][0]
        stage.standin.world.account.token_ends = utc_now()
        with pytest.raises(Reconnect, match="190/463"):
            await ADAPTER.refresh(account, stage.http)


async def test_an_own_login_ends_in_the_account_that_notifications_name() -> None:
    async with staged(linked=False) as stage:
        assert ADAPTER.authorization is not None
        world, values = (
            stage.standin.world,
            {key: stage.values[key] for key in ("base_url", "app_id", "app_secret")},
        )
        (choice,) = await ADAPTER.authorization.finish(values, f"{world.account.code}#_", "x", "", stage.http)
        assert choice.id == world.account.id != world.account.scoped_id
        with pytest.raises(Rejected, match="has been used"):
            await ADAPTER.authorization.finish(values, "used", "x", "", stage.http)


async def test_limits_windows_and_lengths_are_held(stage: Stage) -> None:
    await stage.standin.say("Hello")
    (message,) = await stage.told(1)
    assert isinstance(message, Message)
    stage.standin.faults.rules.append(Fault("status", on="POST", status=429, retry_after="3", times=1))
    with pytest.raises(TryAgain) as caught:
        await stage.answer(message, "Hi")
    assert caught.value.retry_after == 3
    stage.standin.world.conversations[message.thread.key].opened_at = None
    with pytest.raises(Rejected, match="10/2534022"):
        await stage.answer(message, "Hi")


async def test_copies_and_mixed_order_have_the_keys_of_one(stage: Stage) -> None:
    stage.standin.faults.webhook = WebhookFaults(copies=3)
    for number in range(5):
        await stage.standin.say(f"message {number}", person=str(number + 1))
    await until(lambda: stage.standin.notices.notifier.idle and len(stage.hook.bodies) >= 5)
    keys = {item.dedup_key for body in stage.hook.bodies for item in ADAPTER.split(body)}
    assert len(keys) == 5
