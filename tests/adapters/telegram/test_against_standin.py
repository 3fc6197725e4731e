"""The adapter against the stand-in, over real connections: what it sends is what Telegram takes, what comes it understands."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hark.adapters.telegram import ADAPTER
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    Edit,
    InboundEvent,
    Message,
    Outbound,
    OutboundAttachment,
    PlatformProblem,
    Reconnect,
    Rejected,
    Source,
    ThreadMoved,
    TryAgain,
    Unconfirmed,
    WebhookRequest,
)
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret
from hark.standins.telegram import DEFAULT_TOKEN
from tests.adapters.telegram.serving import Receiver, StandIn, served, stand_in, until

NOW = datetime.now(UTC)
MARA = {"id": 555, "first_name": "Mara", "language_code": "sv"}
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x20\x00\x00\x00\x10" + b"\x00" * 20
perform = ADAPTER.perform
subscribe = ADAPTER.subscribe
locate_media = ADAPTER.locate_media
assert perform is not None
assert subscribe is not None
assert locate_media is not None


@pytest.fixture
async def telegram() -> AsyncIterator[StandIn]:
    async with stand_in() as server:
        await server.play("message", user=MARA, text="hello")
        yield server


@pytest.fixture
async def http() -> AsyncIterator[GuardedHttp]:
    guarded = GuardedHttp(allow_private=True)
    yield guarded
    await guarded.aclose()


def by(server: StandIn, token: str = DEFAULT_TOKEN, **values: Any) -> Account:
    return Account(
        id=UUID(int=1),
        workspace_id=UUID(int=2),
        platform_account_id=token.partition(":")[0],
        name="Stand-in",
        secrets={"token": Secret(token), "webhook_secret": Secret("hook-1")},
        fields={"base_url": server.url},
        **values,
    )


def out(thread: str = "555", **values: Any) -> Outbound:
    return Outbound(UUID(int=9), Source.DM, thread, "555", NOW, **values)


async def events(server: StandIn) -> list[InboundEvent]:
    """Everything that waits, as the webhook would bring it."""
    updates = await server.client.post(f"{server.url}/bot{DEFAULT_TOKEN}/getUpdates")
    items = ADAPTER.split(updates.content[updates.content.index(b"[") : -1])
    return [event for item in items for event in ADAPTER.normalize(item.payload, NOW)]


async def test_text_arrives_and_is_answered(telegram: StandIn, http: GuardedHttp) -> None:
    (message,) = await events(telegram)
    assert isinstance(message, Message)
    assert (message.text, message.author.name, message.author.language) == ("hello", "Mara", "sv")
    sent = await ADAPTER.send(
        out(message.thread.key, text="hi *Mara* [x", quoted=message.id), by(telegram), http
    )
    room = await telegram.look("room", chat=555)
    arrived = room["messages"][sent.platform_message_id.partition(":")[2]]
    assert (arrived["text"], arrived["reply_to_message"]["text"]) == ("hi *Mara* [x", "hello")
    assert sent.at == datetime.fromtimestamp(arrived["date"], UTC)


@pytest.mark.parametrize(
    ("kind", "name", "mime_type", "field"),
    [
        ("image", "a.png", "image/png", "photo"),
        ("image", "a.gif", "image/gif", "animation"),
        ("image", "a.heic", "image/heic", "document"),
        ("video", "a.mp4", "video/mp4", "video"),
        ("audio", "a.mp3", "audio/mpeg", "audio"),
        ("audio", "a.ogg", "audio/ogg", "voice"),
        ("file", "Größe 3.pdf", "application/pdf", "document"),
    ],
)
async def test_every_kind_of_file_is_taken(
    telegram: StandIn, http: GuardedHttp, kind: str, name: str, mime_type: str, field: str
) -> None:
    item = OutboundAttachment(kind, name, mime_type, PNG)
    sent = await ADAPTER.send(out(text="look", attachments=(item,), quoted="555:1"), by(telegram), http)
    message = (await telegram.look("room", chat=555))["messages"][sent.platform_message_id.partition(":")[2]]
    assert field in message
    assert (message["caption"], message["reply_to_message"]["message_id"]) == ("look", 1)
    if field == "document":
        assert message["document"]["file_name"] == name


@pytest.mark.parametrize(
    ("kinds", "field"),
    [
        ((("image", "a.png", "image/png"), ("video", "b.mp4", "video/mp4")), "photo"),
        ((("image", "a.png", "image/png"), ("file", "b.pdf", "application/pdf")), "document"),
        ((("audio", "a.mp3", "audio/mpeg"), ("audio", "b.mp3", "audio/mpeg")), "audio"),
        ((("audio", "a.ogg", "audio/ogg"), ("audio", "b.ogg", "audio/ogg")), "document"),
        ((("image", "a.gif", "image/gif"), ("image", "b.gif", "image/gif")), "document"),
    ],
)
async def test_albums_are_taken(telegram: StandIn, http: GuardedHttp, kinds: Any, field: str) -> None:
    items = tuple(OutboundAttachment(*kind, PNG) for kind in kinds)
    sent = await ADAPTER.send(out(text="both", attachments=items), by(telegram), http)
    messages = (await telegram.look("room", chat=555))["messages"]
    first, second = (messages[key.partition(":")[2]] for key in (sent.platform_message_id, *sent.parts))
    assert (first["caption"], "caption" in second) == ("both", False)
    assert field in first


async def test_file_of_a_customer_is_fetched(telegram: StandIn, http: GuardedHttp) -> None:
    media = {"kind": "document", "name": "a.pdf", "data": base64.b64encode(b"%PDF").decode()}
    await telegram.play("message", user=MARA, media=media)
    message = (await events(telegram))[-1]
    assert isinstance(message, Message)
    file_id = message.attachments[0].file_id
    assert file_id is not None
    request = await locate_media(file_id, by(telegram), http)
    assert (await http.call("GET", request.url, headers=request.headers)).body == b"%PDF"


async def test_file_over_the_limit_cannot_be_had(telegram: StandIn, http: GuardedHttp) -> None:
    await telegram.play("message", user=MARA, media={"kind": "video", "size": 68157440})
    message = (await events(telegram))[-1]
    assert isinstance(message, Message)
    assert message.attachments[0].skip
    assert message.attachments[0].file_id is not None
    with pytest.raises(Rejected):
        await locate_media(message.attachments[0].file_id, by(telegram), http)


async def test_actions(telegram: StandIn, http: GuardedHttp) -> None:
    account = by(telegram)
    sent = (await ADAPTER.send(out(text="one"), account, http)).platform_message_id
    await perform(Action(Ability.TYPING, "555"), account, http)
    await perform(Action(Ability.MARK_READ, "555", target="555:1"), account, http)
    await perform(Action(Ability.REACT, "555", target="555:1", text="👍"), account, http)
    await perform(Action(Ability.EDIT, "555", target=sent, text="two"), account, http)
    await perform(Action(Ability.EDIT, "555", target=sent, text="two"), account, http)
    room = await telegram.look("room", chat=555)
    assert room["messages"][sent.partition(":")[2]]["text"] == "two"
    assert room["actions"] == ["typing"]
    assert room["reactions"]["1"] == [{"type": "emoji", "emoji": "👍"}]
    await perform(Action(Ability.DELETE, "555", target=sent), account, http)
    await perform(Action(Ability.DELETE, "555", target=sent), account, http)
    assert (await telegram.look("room", chat=555))["deleted"] == [int(sent.partition(":")[2])]
    with pytest.raises(Rejected):
        await perform(Action(Ability.EDIT, "555", target="555:1", text="not mine"), account, http)


async def test_text_beside_a_photo_is_edited(telegram: StandIn, http: GuardedHttp) -> None:
    photo = OutboundAttachment("image", "a.png", "image/png", PNG)
    sent = (await ADAPTER.send(out(text="one", attachments=(photo,)), by(telegram), http)).platform_message_id
    await perform(Action(Ability.EDIT, "555", target=sent, text="two"), by(telegram), http)
    room = await telegram.look("room", chat=555)
    assert room["messages"][sent.partition(":")[2]]["caption"] == "two"


async def test_pressed_button_is_acknowledged(telegram: StandIn, http: GuardedHttp) -> None:
    await telegram.play("press", user=MARA, message_id=1, data="yes")
    pressed = (await events(telegram))[-1]
    assert isinstance(pressed, Message)
    assert pressed.postback == "yes"
    action = Action(Ability.MARK_READ, pressed.thread.key, target=pressed.id)
    await perform(action, by(telegram), http)
    await perform(action, by(telegram), http)  # too late by now, and no error
    calls = [call for call in await telegram.look("calls") if call["method"] == "answerCallbackQuery"]
    assert [call["status"] for call in calls] == [200, 400]


async def test_business_account(telegram: StandIn, http: GuardedHttp) -> None:
    await telegram.play("business", id="bc1", owner={"id": 42, "first_name": "Owner"})
    await telegram.play("message", user=MARA, business="bc1", text="rent?")
    message = (await events(telegram))[-1]
    assert isinstance(message, Message)
    sent = await ADAPTER.send(out(message.thread.key, text="yes", quoted=message.id), by(telegram), http)
    echo = (await events(telegram))[-1]
    assert isinstance(echo, Message)
    assert (echo.id, echo.author.us, echo.thread.key) == (sent.platform_message_id, True, message.thread.key)
    await perform(Action(Ability.MARK_READ, message.thread.key, target=message.id), by(telegram), http)
    await perform(Action(Ability.TYPING, message.thread.key), by(telegram), http)
    await perform(
        Action(Ability.DELETE, message.thread.key, target=sent.platform_message_id), by(telegram), http
    )
    room = await telegram.look("room", chat=555, business="bc1")
    assert (room["read_until"], room["actions"], len(room["deleted"])) == (1, ["typing"], 1)
    await telegram.play("business", id="bc1", owner={"id": 42}, enabled=False)
    with pytest.raises(Rejected) as problem:
        await ADAPTER.send(out(message.thread.key, text="more"), by(telegram), http)
    assert problem.value.code == "business_disconnected"


async def test_forum_topic_and_channel_direct_messages(telegram: StandIn, http: GuardedHttp) -> None:
    for chat, flag in ((-1001, "is_forum"), (-1002, "is_direct_messages")):
        await telegram.play("group", chat={"id": chat, flag: True})
        await telegram.play(
            "message",
            user=MARA,
            chat=chat,
            topic=7,
            text="@stand_in_bot hi",
            extra={"entities": [{"type": "mention", "offset": 0, "length": 13}]},
        )
        message = (await events(telegram))[-1]
        assert isinstance(message, Message)
        sent = await ADAPTER.send(out(message.thread.key, text="x", quoted=message.id), by(telegram), http)
        assert sent.platform_message_id.startswith(f"{chat}:")


async def test_group_that_moved_is_answered_in_its_new_chat(telegram: StandIn, http: GuardedHttp) -> None:
    await telegram.play("group", chat={"id": -5, "type": "group"})
    await telegram.play("migrate", chat=-5, to=-1005)
    moved = (await events(telegram))[-1]
    assert isinstance(moved, ThreadMoved)
    sent = await ADAPTER.send(out("-5", text="x", quoted="-5:1"), by(telegram), http)
    assert (sent.new_thread_key, sent.platform_message_id) == (moved.new, "-1005:1")


async def test_edit_of_a_customer_names_the_message(telegram: StandIn) -> None:
    await telegram.play("edit", user=MARA, message_id=1, text="hello!")
    message, edit = await events(telegram)
    assert isinstance(message, Message)
    assert isinstance(edit, Edit)
    assert (edit.target, edit.text) == (message.id, "hello!")


# What goes wrong --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "problem", "arrived"),
    [
        ({"kind": "flood", "seconds": 14}, TryAgain, 0),
        ({"kind": "server_error"}, TryAgain, 0),
        ({"kind": "bad_gateway"}, TryAgain, 0),
        ({"kind": "blocked"}, Rejected, 0),
        ({"kind": "bad_request", "description": "CHAT_RESTRICTED"}, Rejected, 0),
        ({"kind": "drop_before"}, Unconfirmed, 0),
        ({"kind": "drop_after"}, Unconfirmed, 1),
    ],
)
async def test_faults(
    telegram: StandIn, http: GuardedHttp, rule: Any, problem: type[PlatformProblem], arrived: int
) -> None:
    await telegram.play("faults", [{"times": 1, **rule}])
    with pytest.raises(problem) as raised:
        await ADAPTER.send(out(text="x"), by(telegram), http)
    assert len((await telegram.look("room", chat=555))["messages"]) == 1 + arrived
    assert DEFAULT_TOKEN not in f"{raised.value!r}{raised.value.__context__!r}{raised.value.__cause__!r}"
    if rule["kind"] == "flood":
        assert isinstance(raised.value, TryAgain)
        assert raised.value.retry_after == 14


async def test_slow_answer_is_waited_for_and_a_silent_one_is_unconfirmed(
    telegram: StandIn, http: GuardedHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    await telegram.play("faults", [{"kind": "slow", "seconds": 0.05, "times": 1}])
    await ADAPTER.send(out(text="x"), by(telegram), http)
    monkeypatch.setattr("hark.adapters.telegram.client.CALL_TIMEOUT", 0.1)
    await telegram.play("faults", [{"kind": "timeout_after", "seconds": 5}])
    with pytest.raises(Unconfirmed):
        await ADAPTER.send(out(text="y"), by(telegram), http)
    assert len((await telegram.look("room", chat=555))["messages"]) == 3


async def test_server_that_is_down_is_tried_again(http: GuardedHttp) -> None:
    async with stand_in() as server:
        gone = by(server)
    with pytest.raises(TryAgain):
        await ADAPTER.send(out(text="x"), gone, http)


async def test_unknown_token_and_unknown_chat(telegram: StandIn, http: GuardedHttp) -> None:
    with pytest.raises(Reconnect):
        await ADAPTER.send(out(text="x"), by(telegram, "1:revoked"), http)
    with pytest.raises(Rejected) as problem:
        await ADAPTER.send(out("556", text="x"), by(telegram), http)
    assert (problem.value.code, problem.value.unreachable) == ("chat_not_found", True)


# Connecting -------------------------------------------------------------------------------------------------------------------


async def test_connect_subscribe_receive_and_check(http: GuardedHttp) -> None:
    hook = Receiver()
    async with stand_in() as server, served(hook) as url:
        values = {"token": DEFAULT_TOKEN, "base_url": server.url}
        connected = await ADAPTER.connect(values, url, http)
        assert connected.steps == ()
        assert connected.fields["username"] == "stand_in_bot"
        account = by(server, webhook_url=url)
        secrets = {**account.secrets, **connected.generated}
        account = Account(
            id=account.id,
            workspace_id=account.workspace_id,
            platform_account_id=connected.platform_account_id,
            name=connected.name,
            secrets=secrets,
            fields=account.fields,
            webhook_url=url,
        )
        assert not (await ADAPTER.check(account, http)).checks["webhook"][0]
        assert await subscribe(account, http) == ()
        await server.play("message", user=MARA, text="hi")
        await server.play("react", user=MARA, message_id=1, emoji=["👍"])
        await until(lambda: len(hook.updates) == 2)
        assert [next(key for key in update if key != "update_id") for update in hook.updates] == [
            "message",
            "message_reaction",
        ]
        headers = {"x-telegram-bot-api-secret-token": hook.secrets[0] or ""}
        ADAPTER.verify(WebhookRequest("POST", headers, {}, b"{}"), account)
        health = await ADAPTER.check(account, http)
        assert health.ok, health.checks


async def test_connect_with_a_token_of_nobody(telegram: StandIn, http: GuardedHttp) -> None:
    with pytest.raises(Rejected):
        await ADAPTER.connect({"token": "1:nobody", "base_url": telegram.url}, None, http)


async def test_answer_within_the_business_window_only(telegram: StandIn, http: GuardedHttp) -> None:
    await telegram.play("business", id="bc1", owner={"id": 42})
    await telegram.play("message", user=MARA, business="bc1", text="rent?")
    late = out("bc1:555", text="x", last_opened_at=NOW - timedelta(hours=25))
    with pytest.raises(Rejected) as problem:
        await ADAPTER.send(late, by(telegram), http)
    assert problem.value.code == "reply_window_closed"
    assert not [call for call in await telegram.look("calls") if call["method"] == "sendMessage"]


async def test_somebody_is_kept_out_of_a_group_and_let_in_again(telegram: StandIn, http: GuardedHttp) -> None:
    await telegram.play("group", chat={"id": -100777, "type": "supergroup", "title": "Riders"})
    room = next(room for room in telegram.world.rooms.values() if room.chat["id"] == -100777)
    for ability, banned in ((Ability.BAN, {555}), (Ability.BAN, {555}), (Ability.UNBAN, set())):
        await perform(Action(ability, "-100777", target="-100777:5", author="555"), by(telegram), http)
        assert room.banned == banned
    with pytest.raises(Rejected) as problem:
        await perform(Action(Ability.BAN, "-100777", target="-100777:5", author="999999"), by(telegram), http)
    assert problem.value.code == "unknown_person"
